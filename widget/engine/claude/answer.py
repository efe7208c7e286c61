"""One try's answer as it grows, event by event."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from widget.engine import pricing
from widget.engine.contracts import Usage
from widget.engine.model import ModelReply, Prompt, Search, add_usage
from widget.engine.streaming import FirstStringReader

EVENTS = ("message_start", "content_block_start", "content_block_delta", "message_delta", "message_stop")
SEARCH = "search_knowledge"
_CHARACTERS_A_TOKEN = 3
_LONGEST_SEARCH = 300


class GrowingAnswer:
    """What has been told so far. `on_delta` gets what a visitor may see of it."""

    def __init__(self, prompt: Prompt, on_delta: Callable[[str], None] | None) -> None:
        self.prompt = prompt
        self.stop_reason = ""
        self.is_finished = False
        self.was_shown = False
        self._usage: Usage | None = None
        self._on_delta = on_delta
        self._pieces: list[str] = []
        self._search_pieces: list[str] | None = None  # None: no search has been begun
        self._reader = FirstStringReader(next(iter(prompt.schema["properties"])))

    @property
    def is_awaited(self) -> bool:
        """Whether somebody watches it grow; else it may as well come whole."""
        return self._on_delta is not None

    def take(self, event: Any) -> None:
        """Add one event of the Messages API's stream; unknown ones and misshapen ones count for nothing."""
        kind = part(event, "type")
        if kind == "message_start":
            self._count(part(part(event, "message"), "usage"))
        elif kind == "content_block_start":
            self._begin(part(event, "content_block"))
        elif kind == "content_block_delta":
            self._add(part(part(event, "delta"), "text"))
            self._add_search(part(part(event, "delta"), "partial_json"))
        elif kind == "message_delta":
            self._count(part(event, "usage"))
            self.stop_reason = str(part(part(event, "delta"), "stop_reason") or "")
        elif kind == "message_stop":
            self.is_finished = True

    def as_reply(self, *, before: Usage | None = None) -> ModelReply:
        usage = add_usage(before, self._usage) or Usage(model=self.prompt.model)
        text = "".join(self._pieces)
        return ModelReply(text=text, usage=usage, stop_reason=self.stop_reason, search=self._search())

    def assume_the_most(self) -> None:
        """Count a call of which nothing was heard as if it had written all it may: it is billed without a word."""
        if self._usage is None:
            self._usage = pricing.most_usage(self.prompt)

    def usage_so_far(self) -> Usage | None:
        """Return what a broken-off answer is billed: the API counted its beginning, but charges all it wrote."""
        if self._usage is None:
            return None
        pieces = [*self._pieces, *(self._search_pieces or ())]
        written = sum(len(piece) for piece in pieces) // _CHARACTERS_A_TOKEN
        return replace(self._usage, output_tokens=max(self._usage.output_tokens, written))

    def _begin(self, block: Any) -> None:
        """Heed a search, where one was offered; no other tool exists."""
        if self.prompt.search == Search.OFFERED and part(block, "name") == SEARCH and self._search_pieces is None:
            self._search_pieces = []

    def _add_search(self, piece: object) -> None:
        if isinstance(piece, str) and self._search_pieces is not None:
            self._search_pieces.append(piece)

    def _search(self) -> str:
        try:
            query = part(json.loads("".join(self._search_pieces or ())), "query")
        except (ValueError, RecursionError):
            return ""
        return " ".join(query.split())[:_LONGEST_SEARCH] if isinstance(query, str) else ""

    def _add(self, text: object) -> None:
        if not isinstance(text, str):
            return
        self._pieces.append(text)
        visible = self._reader.feed(text) if self._on_delta else ""
        if visible and self._on_delta:
            self.was_shown = True
            self._on_delta(visible)

    def _count(self, usage: Any) -> None:
        # The counts of a later event are totals so far; one that it leaves out keeps its earlier value.
        before = self._usage or Usage(model=self.prompt.model)
        self._usage = Usage(
            model=self.prompt.model,
            input_tokens=_tokens(usage, "input_tokens", before.input_tokens),
            output_tokens=_tokens(usage, "output_tokens", before.output_tokens),
            cache_read_tokens=_tokens(usage, "cache_read_input_tokens", before.cache_read_tokens),
            cache_write_tokens=_tokens(usage, "cache_creation_input_tokens", before.cache_write_tokens),
        )


def as_events(message: Any) -> Iterator[dict]:
    """Yield the events of a stream that would have told this message, which came whole."""
    blocks, usage = part(message, "content"), part(message, "usage")
    if not isinstance(blocks, list) or usage is None:
        return
    for block in blocks:
        yield {"type": "content_block_start", "content_block": block}
        delta = {"text": part(block, "text"), "partial_json": json.dumps(part(block, "input"))}
        yield {"type": "content_block_delta", "delta": delta}
    yield {"type": "message_delta", "delta": {"stop_reason": part(message, "stop_reason")}, "usage": usage}
    yield {"type": "message_stop"}


def part(value: Any, name: str) -> Any:
    """Return a member of what should be an object; None where it isn't one or lacks it."""
    return value.get(name) if isinstance(value, dict) else None


def _tokens(usage: Any, name: str, before: int) -> int:
    count = part(usage, name)
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else before
