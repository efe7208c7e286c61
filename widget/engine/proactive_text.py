"""Writes, ahead of need, the words with which a rule speaks on a page."""

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from tenants.contracts import FoundPassage, RuleConfig, WidgetConfig
from widget.engine import cleaning, pricing
from widget.engine.contracts import Usage
from widget.engine.model import ChatModel, ModelUnavailable, Prompt
from widget.engine.prompt import TONES, fenced, passage_text
from widget.engine.schema import InvalidReply, read_json_object, take

LONGEST_TEXT = 240
_MOST_PASSAGES = 4
_MOST_OUTPUT_TOKENS = 400
_TEMPLATE = Template((Path(__file__).parent / "prompts" / "proactive.md").read_text("utf-8"))
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text"],
    "properties": {"text": {"type": "string", "description": "The message the visitor reads."}},
}
_PLACEHOLDER = re.compile(r"\[[^\]]*\]|\{[^}]*\}|<[^>]*>|\bX{2,}\b|_{3,}|lorem ipsum", re.IGNORECASE)
_ADDRESS = re.compile(r"://|www\.|\b[\w-]+\.(?:com|net|org|io|de|fr|es|shop|app)\b|\S@\S", re.IGNORECASE)
_MOMENTS = {
    "high_engagement": "reads the page with interest",
    "exit_intent": "is about to leave the page",
    "pricing_page": "looks at prices",
    "return_visitor": "has come back to the website",
    "form_abandonment": "has begun to fill in a form and hesitates",
}


@dataclass(frozen=True, kw_only=True)
class ProactiveTextRequest:
    """A rule, the page it speaks on, and what the business has written about it."""

    config: WidgetConfig
    rule: RuleConfig
    page_url: str
    page_title: str = ""
    passages: tuple[FoundPassage, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProactiveText:
    """`text` is fit to be shown, or "" with a `problem`: a reason of ModelUnavailable, or invalid_reply."""

    text: str
    problem: str = ""
    usage: Usage | None = None
    cost_microusd: int = 0


def write(request: ProactiveTextRequest, *, model: ChatModel, deadline_seconds: float = 20.0) -> ProactiveText:
    """Return a text for one rule on one page, checked. What it cost is told in any case."""
    usage: Usage | None = None
    text = ""
    try:
        answer = model.complete(build_text_prompt(request), deadline_seconds=deadline_seconds)
        usage = answer.usage
        text, problem = checked_text(take(read_json_object(answer.text), "text", str)), ""
    except ModelUnavailable as error:
        usage, problem = error.usage, error.reason
    except InvalidReply:
        problem = "invalid_reply"
    return ProactiveText(text=text, problem=problem, usage=usage, cost_microusd=pricing.cost_microusd(usage))


def estimate_text_ceiling(request: ProactiveTextRequest) -> int:
    """Return the most, in millionths of a US dollar, that `write` can spend."""
    return pricing.ceiling_microusd(build_text_prompt(request))


def build_text_prompt(request: ProactiveTextRequest) -> Prompt:
    """Return the prompt for one text."""
    config, rule = request.config, request.rule
    rules = _TEMPLATE.substitute(
        longest=LONGEST_TEXT,
        language=config.language,
        tone=TONES.get(config.persona.tone, TONES["friendly"]),
        business=fenced(config.business_name),
        assistant=fenced(config.persona.name),
        moment=f"the visitor {_MOMENTS.get(rule.trigger_type, fenced(rule.name))}",
        page_url=fenced(request.page_url[:500]),
        page_title=fenced(request.page_title[:300]),
    )
    passages = "\n".join(passage_text(passage) for passage in request.passages[:_MOST_PASSAGES])
    example = f"The business would say something like: {fenced(rule.text)}\n" if rule.text else ""
    return Prompt(
        model=config.model,
        max_output_tokens=_MOST_OUTPUT_TOKENS,
        rules=rules,
        message=f"<passages>\n{passages}\n</passages>\n\n{example}Write the message.",
        schema=_SCHEMA,
    )


def checked_text(text: str) -> str:
    """Return `text` on one line; raise InvalidReply where it is empty, too long, or holds a link or a placeholder."""
    plain = " ".join(cleaning.without_control_characters(text[: 4 * LONGEST_TEXT]).split()).strip("\"'“”")
    is_fit = (
        any(letter.isalpha() for letter in plain)
        and len(plain) <= LONGEST_TEXT
        and not _PLACEHOLDER.search(plain)
        and not _ADDRESS.search(plain)
    )
    if not is_fit:
        raise InvalidReply("text")
    return plain
