"""The shape of a model's reply: what is asked for, and reading it with no trust at all."""

import json
import math
from dataclasses import dataclass
from typing import Any

from widget.engine.contracts import ACTION_KINDS, BUILT_IN_INTENTS

_LONGEST_REPLY = 100_000
_MOST_ITEMS = 50

# The order matters: `content` comes first, so that it can be shown while the rest is being written.
REPLY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "content",
        "sources",
        "suggested_actions",
        "intent",
        "confidence",
        "is_answered",
        "name",
        "company",
    ],
    "properties": {
        "content": {
            "type": "string",
            "description": "The answer the visitor reads. Light Markdown, no headings.",
        },
        "sources": {
            "type": "array",
            "description": "The ref of every passage the answer rests on, most important first; empty if none.",
            "items": {"type": "string"},
        },
        "suggested_actions": {
            "type": "array",
            "description": "At most 4 buttons, only those that help now. `url` is empty except for a link.",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["label", "action", "url"],
                "properties": {
                    "label": {"type": "string"},
                    "action": {"type": "string", "enum": list(ACTION_KINDS)},
                    "url": {"type": "string"},
                },
            },
        },
        "intent": {
            "type": "string",
            "description": f"One of {', '.join(BUILT_IN_INTENTS)}, or another name in snake_case if none fits.",
        },
        "confidence": {
            "type": "number",
            "description": "0 to 1: how surely the passages support the answer.",
        },
        "is_answered": {
            "type": "boolean",
            "description": "false where the knowledge does not answer the question.",
        },
        "name": {"type": "string", "description": "The visitor's own name if they told it, else empty."},
        "company": {
            "type": "string",
            "description": "The visitor's own company if they told it, else empty.",
        },
    },
}


@dataclass(frozen=True, kw_only=True)
class RawAction:
    label: str
    action: str
    url: str


@dataclass(frozen=True, kw_only=True)
class RawReply:
    """A reply of the right shape, whose contents are not checked yet."""

    content: str
    sources: tuple[str, ...]
    suggested_actions: tuple[RawAction, ...]
    intent: str
    confidence: float
    is_answered: bool
    name: str
    company: str


class InvalidReply(Exception):
    """The model's answer is not what was asked for. Says where, never what it was."""


def read_json_object(text: str) -> dict[str, Any]:
    """Return the JSON object that `text` is; raise InvalidReply for anything else, however deep, long or odd."""
    if len(text) > _LONGEST_REPLY:
        raise InvalidReply("too long")
    try:
        parsed = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        # The parser's message quotes the text.
        parsed = None
    if not isinstance(parsed, dict):
        raise InvalidReply("not a JSON object")
    return parsed


def parse_reply(text: str) -> RawReply:
    """Return the reply in `text`; raise InvalidReply where a field is missing or of the wrong type."""
    fields = read_json_object(text)
    return RawReply(
        content=take(fields, "content", str),
        sources=tuple(_take_list(fields, "sources", str)),
        suggested_actions=tuple(_parse_action(item) for item in _take_list(fields, "suggested_actions", dict)),
        intent=take(fields, "intent", str),
        confidence=_take_number(fields, "confidence"),
        is_answered=take(fields, "is_answered", bool),
        name=take(fields, "name", str),
        company=take(fields, "company", str),
    )


def take(fields: dict[str, Any], name: str, kind: type) -> Any:
    """Return a field of exactly this type, or raise InvalidReply."""
    value = fields.get(name)
    if not isinstance(value, kind):
        raise InvalidReply(name)
    return value


def _take_list(fields: dict[str, Any], name: str, kind: type) -> list[Any]:
    values = take(fields, name, list)
    if len(values) > _MOST_ITEMS or not all(isinstance(value, kind) for value in values):
        raise InvalidReply(name)
    return values


def _take_number(fields: dict[str, Any], name: str) -> float:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidReply(name)
    try:
        number = float(value)
    except OverflowError:
        raise InvalidReply(name) from None
    if not math.isfinite(number):
        raise InvalidReply(name)
    return number


def _parse_action(fields: dict[str, Any]) -> RawAction:
    return RawAction(label=take(fields, "label", str), action=take(fields, "action", str), url=take(fields, "url", str))


def _refuse_constant(name: str) -> float:
    raise ValueError(name)
