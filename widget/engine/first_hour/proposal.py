"""A proposal by the model, of which nothing is believed: what doesn't fit is what the site itself would make of it."""

from dataclasses import replace
from pathlib import Path
from string import Template
from typing import Any

from widget.engine.first_hour.colours import colours_of
from widget.engine.first_hour.contracts import (
    LONGEST,
    MOST_CANDIDATES,
    MOST_QUESTIONS,
    MOST_QUICK_REPLIES,
    Proposal,
    Site,
)
from widget.engine.first_hour.heuristics import business_of, propose
from widget.engine.model import Prompt
from widget.engine.proactive_text import checked_text
from widget.engine.prompt import TONES, fenced
from widget.engine.schema import InvalidReply, read_json_object

_TEMPLATE = Template((Path(__file__).parent.parent / "prompts" / "first_hour.md").read_text("utf-8"))
_MOST_OUTPUT_TOKENS = 900
_MOST_PAGES, _LONGEST_PAGE = 12, 900
_MOST_COLOURS = 8
_TEXTS = ("persona_name", "role", "greeting")
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["persona_name", "role", "tone", "greeting", "primary", "quick_replies", "questions"],
    "properties": {
        "persona_name": {"type": "string"},
        "role": {"type": "string"},
        "tone": {"type": "string", "enum": list(TONES)},
        "greeting": {"type": "string"},
        "primary": {"type": "string", "description": "#rrggbb, one of those named, or empty."},
        "quick_replies": {"type": "array", "items": {"type": "string"}},
        "questions": {"type": "array", "items": {"type": "string"}},
    },
}


def read_proposal(answer: str, site: Site) -> Proposal:
    """The model's proposal, checked and filled up from the site's own; raises InvalidReply where there is none."""
    return _checked(read_json_object(answer), propose(site), site)


def build_proposal_prompt(site: Site, model_name: str) -> Prompt:
    """Return the prompt for one proposal."""
    rules = _TEMPLATE.substitute(
        language=site.language,
        business=fenced(business_of(site)),
        colours=", ".join(_colours(site)) or "none",
        longest_role=LONGEST["role"],
        longest_greeting=LONGEST["greeting"],
        longest_quick_reply=LONGEST["quick_reply"],
    )
    pages = [
        f"<passage>\nTitle: {fenced(page.title)}\n{fenced(page.text[:_LONGEST_PAGE])}\n</passage>"
        for page in site.pages[:_MOST_PAGES]
    ]
    about = f"<page>\nBusiness: {fenced(site.business)}\nSays of itself: {fenced(site.description[:500])}\n</page>"
    return Prompt(
        model=model_name,
        max_output_tokens=_MOST_OUTPUT_TOKENS,
        rules=rules,
        message="\n".join([about, "<passages>", *pages, "</passages>", "", "Make your proposal."]),
        schema=_SCHEMA,
    )


def _colours(site: Site) -> tuple[str, ...]:
    return colours_of(site.colours, site.styles).found[:_MOST_COLOURS]


def _checked(fields: dict[str, Any], own: Proposal, site: Site) -> Proposal:
    """Whatever is wrong is the site's own in its place, or missing."""
    texts = {name: _text(fields.get(name), LONGEST[name]) or getattr(own, name) for name in _TEXTS}
    tone, primary = fields.get("tone"), fields.get("primary")
    replies = _list(fields.get("quick_replies"), LONGEST["quick_reply"], MOST_QUICK_REPLIES)
    questions = _list(fields.get("questions"), LONGEST["question"], MOST_QUESTIONS)
    return replace(
        own,
        **texts,
        tone=tone if tone in TONES else "",
        primary=primary.lower() if isinstance(primary, str) and primary.lower() in _colours(site) else own.primary,
        quick_replies=tuple(dict.fromkeys([*replies, *own.quick_replies]))[:MOST_CANDIDATES],
        questions=tuple(dict.fromkeys([*questions, *own.questions]))[:MOST_QUESTIONS],
        is_by_model=True,
    )


def _list(values: object, longest: int, most: int) -> tuple[str, ...]:
    if not isinstance(values, list):
        return ()
    return tuple(dict.fromkeys(filter(None, (_text(value, longest) for value in values[:20]))))[:most]


def _text(value: object, longest: int) -> str:
    """The words on one line; "" for what is too long, holds an address or a blank to fill in, or is no text."""
    if not isinstance(value, str):
        return ""
    try:
        text = checked_text(value).strip("*_#` ")
    except InvalidReply:
        return ""
    return text if len(text) <= longest else ""
