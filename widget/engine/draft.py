"""Drafts the answer to what visitors asked in vain, for a colleague to check: from the passages, with gaps marked."""

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from tenants.contracts import FoundPassage, WidgetConfig
from widget.engine import cleaning
from widget.engine.links import policy_for
from widget.engine.model import Prompt
from widget.engine.personal import without_personal_data
from widget.engine.prompt import TONES, fenced, passage_text
from widget.engine.schema import InvalidReply, read_json_object, take
from widget.engine.writing import numbers_in

MOST_PASSAGES = 8
MOST_WORDINGS = 20
LONGEST_TITLE, LONGEST_BODY = 200, 4_000
_MOST_OUTPUT_TOKENS = 1_200
_TEMPLATE = Template((Path(__file__).parent / "prompts" / "draft.md").read_text("utf-8"))
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["title", "body"],
    "properties": {
        "title": {"type": "string", "description": "The question, in one line."},
        "body": {"type": "string", "description": "The answer, with gaps in [square brackets]."},
    },
}
# Gaps and addresses stay as they are, and so does the number of an item in a list.
_NUMBER_OR_KEPT = re.compile(
    r"\[[^\]]*\]|\([^()\s]*://[^()\s]*\)|https?://\S+|^\s*\d+[.)]\s|\d+(?:[.,]\d+)*", re.MULTILINE
)
_MAIL = re.compile(r"[^\s@<>()\[\],;:]+@[^\s@<>()\[\],;:]+\.[^\s@<>()\[\],;:.!?]+")


@dataclass(frozen=True, kw_only=True)
class DraftRequest:
    """How visitors put it, and the best that is written about it. Wordings are stripped of personal data here."""

    config: WidgetConfig
    wordings: tuple[str, ...]
    passages: tuple[FoundPassage, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A question and its answer. What doesn't stand in the passages is in square brackets."""

    title: str
    body: str


def build_draft_prompt(request: DraftRequest) -> Prompt:
    """Return the prompt for one draft."""
    config = request.config
    rules = _TEMPLATE.substitute(
        language=config.language,
        tone=TONES.get(config.persona.tone, TONES["friendly"]),
        business=fenced(config.business_name),
    )
    passages = "\n".join(passage_text(passage) for passage in request.passages[:MOST_PASSAGES])
    asked = "\n".join(f"- {fenced(without_personal_data(text))}" for text in request.wordings[:MOST_WORDINGS])
    return Prompt(
        model=config.model,
        max_output_tokens=_MOST_OUTPUT_TOKENS,
        rules=rules,
        message=f"<passages>\n{passages or 'Nothing is written about it yet.'}\n</passages>\n\n"
        f"<visitor_message>\n{asked}\n</visitor_message>\n\nWrite the draft.",
        schema=_SCHEMA,
    )


def read_draft(text: str, request: DraftRequest) -> Draft:
    """Return the draft, made safe: foreign links are gone, and numbers and addresses nobody gave it are gaps to check.

    Raises InvalidReply where there is nothing to read.
    """
    fields = read_json_object(text)
    title = cleaning.one_line(take(fields, "title", str), longest=LONGEST_TITLE)
    passages = request.passages[:MOST_PASSAGES]
    body = cleaning.without_control_characters(take(fields, "body", str)[: 2 * LONGEST_BODY])
    body = cleaning.with_links_checked(cleaning.without_markup(body), policy_for(request.config.hosts, passages))
    body = cleaning.shortened(cleaning.tidied(_with_gaps(body, passages)), longest=LONGEST_BODY)
    if not any(map(str.isalpha, title)) or not any(map(str.isalpha, body)):
        raise InvalidReply("draft")
    return Draft(title=title, body=body)


def _with_gaps(body: str, passages: tuple[FoundPassage, ...]) -> str:
    """The text with a mark at every number and mail address that no passage states: a colleague has to know it."""
    given = "\n".join(f"{passage.title} {passage.heading} {passage.question} {passage.body}" for passage in passages)
    numbers = numbers_in(given)

    def check_number(found: re.Match[str]) -> str:
        text = found.group()
        is_known = not text[0].isdigit() or text[-1].isspace() or numbers_in(text) <= numbers
        return text if is_known else f"[{text}?]"

    body = _MAIL.sub(lambda found: found.group() if found.group() in given else f"[{found.group()}?]", body)
    return _NUMBER_OR_KEPT.sub(check_number, body)
