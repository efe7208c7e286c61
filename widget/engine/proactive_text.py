"""Writes, ahead of need, the words with which a rule speaks on a page."""

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from tenants.contracts import FoundPassage, RuleConfig, WidgetConfig
from widget.engine import cleaning, leaks, vouching
from widget.engine.links import policy_for
from widget.engine.model import Prompt
from widget.engine.prompt import TONES, fenced, instructions_text, passage_text
from widget.engine.schema import InvalidReply, read_json_object, take

LONGEST_TEXT = 240
_MOST_PASSAGES = 4
_MOST_OUTPUT_TOKENS = 400
_RULES_TEXT = (Path(__file__).parent / "prompts" / "proactive.md").read_text("utf-8")
_TEMPLATE = Template(_RULES_TEXT)
_TOLD = leaks.as_told(_RULES_TEXT, *TONES.values())
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text"],
    "properties": {"text": {"type": "string", "description": "The message the visitor reads."}},
}
_PLACEHOLDER = re.compile(r"\[[^\]]*\]|\{[^}]*\}|<[^>]*>|\bX{2,}\b|_{3,}|lorem ipsum", re.IGNORECASE)
_ADDRESS = re.compile(r"://|www\.|\b[\w-]+\.(?:com|net|org|io|de|fr|es|shop|app)\b|\S@\S", re.IGNORECASE)
_FIGURE = re.compile(r"\d+(?:[.,’' ]\d+)*")
# What a rule is about, said to who writes: by what it waits for, else by the kind of message that it was made as.
_MOMENTS = {
    "exit_intent": "is about to leave the page",
    "form_idle_seconds": "has begun to fill in a form and hesitates",
    "visits": "has been on the website before",
    "pages": "has looked at several pages",
    "hours:closed": "comes while nobody of the business is there",
    "scroll_percent": "reads the page with interest",
    "visible_seconds": "reads the page with interest",
    "clicks": "looks at things on the page closely",
    "idle_seconds": "has stopped on the page",
}
_KINDS = {
    "exit_offer": "is about to leave the page",
    "form_help": "has begun to fill in a form and hesitates",
    "pricing_help": "looks at prices",
    "welcome_back": "has come back to the website",
}


@dataclass(frozen=True, kw_only=True)
class ProactiveTextRequest:
    """A rule, the page it speaks on, what the business has written about it, and the language to write in: the
    business's own where that is empty."""

    config: WidgetConfig
    rule: RuleConfig
    page_url: str
    language: str = ""
    page_title: str = ""
    passages: tuple[FoundPassage, ...] = ()


def read_text(answer: str, request: ProactiveTextRequest) -> str:
    """Return the text of a model's answer, fit to be shown; raise InvalidReply where it isn't."""
    return _guarded(take(read_json_object(answer), "text", str), request)


def build_text_prompt(request: ProactiveTextRequest) -> Prompt:
    """Return the prompt for one text."""
    config, rule = request.config, request.rule
    rules = _TEMPLATE.substitute(
        longest=LONGEST_TEXT,
        language=request.language or config.language,
        tone=TONES.get(config.persona.tone, TONES["friendly"]),
        business=fenced(config.business_name),
        assistant=fenced(config.persona.name),
        moment=_moment(rule),
        page_url=fenced(request.page_url[:500]),
        page_title=fenced(request.page_title[:300]),
        instructions=instructions_text(config.persona.instructions),
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


def _moment(rule: RuleConfig) -> str:
    awaited = [one for one in rule.conditions if one.operator in ("at_least", "is")]
    names = [name for one in awaited for name in (one.kind, f"{one.kind}:{one.value}")]
    known = [_MOMENTS[name] for name in names if name in _MOMENTS]
    told = dict.fromkeys([_KINDS[rule.message_type]] if rule.message_type in _KINDS else known)
    return "; ".join([fenced(rule.name), *(f"the visitor {words}" for words in told)])


def _guarded(text: str, request: ProactiveTextRequest) -> str:
    """Return `text` on one line; raise InvalidReply for what the guard of answers would take out, and for figures that
    nobody has named. Out of so short a text nothing can be taken: it is written anew, or the rule's own is used."""
    plain = checked_text(text)
    passages, config = request.passages[:_MOST_PASSAGES], request.config
    own = (config.business_name, config.website, config.persona.instructions, request.rule.text, request.page_title)
    vouched = vouching.named_in_passages(passages) | vouching.named_in(own)
    is_as_given = vouching.without_strangers(plain, vouched, policy_for(config.hosts, passages)) == plain
    known = _figures(*own, *(text for one in passages for text in (one.title, one.question, one.heading, one.body)))
    if not is_as_given or leaks.without_rules(plain, _TOLD) != plain or not _figures(plain) <= known:
        raise InvalidReply("text")
    return plain


def _figures(*texts: str) -> set[str]:
    """Every number in texts, as digits: 1,299.00 and 1299.00 are the same."""
    return {"".join(filter(str.isdigit, found)) for text in texts for found in _FIGURE.findall(text)}


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
