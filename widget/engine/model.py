"""What the study asks of a language model, whoever makes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from widget.engine.contracts import Usage

UNAVAILABLE_REASONS = ("timeout", "overloaded", "unreachable", "rejected", "refused")


class Search(StrEnum):
    """Whether the model may ask for more passages in place of an answer. What is over was offered before: it still
    belongs to the beginning that the API caches, but nothing comes of it any more."""

    NONE = "none"
    OFFERED = "offered"
    OVER = "over"


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One question to a model.

    `rules` comes first, is the same for every visitor of a tenant and is cached by the API; `message` is what belongs
    to this visitor. The answer is a JSON object after `schema`, whose first property may be shown while it is written.
    """

    model: str
    max_output_tokens: int
    rules: str
    message: str
    schema: Mapping[str, Any] = field(hash=False)
    search: Search = Search.NONE


@dataclass(frozen=True, kw_only=True)
class ModelReply:
    """The finished JSON text of an answer, unchecked, with what it cost. `stop_reason` is the API's own word.

    `search` is what the model wants looked up first; then `text` is no answer.
    """

    text: str
    usage: Usage
    stop_reason: str
    search: str = ""


class ModelUnavailable(Exception):
    """The model gave no answer. `reason` is one of UNAVAILABLE_REASONS; `usage` is what was billed all the same.

    It says nothing else on purpose: neither the key nor the conversation can leak through it.
    """

    def __init__(self, reason: str, *, usage: Usage | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.usage = usage


class ChatModel(Protocol):
    """Something that can be asked."""

    def complete(
        self,
        prompt: Prompt,
        *,
        deadline_seconds: float,
        on_delta: Callable[[str], None] | None = None,
    ) -> ModelReply:
        """Return the whole answer within `deadline_seconds` of wall-clock time, or raise ModelUnavailable.

        `on_delta` gets the schema's first property piece by piece, decoded, as it is being written.
        """
        ...


def add_usage(first: Usage | None, second: Usage | None) -> Usage | None:
    """Return what two tries together used; None where neither was billed."""
    if first is None or second is None:
        return first or second
    return Usage(
        model=second.model,
        input_tokens=first.input_tokens + second.input_tokens,
        output_tokens=first.output_tokens + second.output_tokens,
        cache_read_tokens=first.cache_read_tokens + second.cache_read_tokens,
        cache_write_tokens=first.cache_write_tokens + second.cache_write_tokens,
    )
