"""Claude, through the `anthropic` package: the only file that knows it."""

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import anthropic
import httpx2

from widget.engine import network
from widget.engine.catalogue import facts_of, output_limit
from widget.engine.contracts import Usage
from widget.engine.model import ModelReply, ModelUnavailable, Prompt, add_usage
from widget.engine.streaming import FirstStringReader

_CONNECT_SECONDS = 5.0
_KEEPALIVE_SECONDS = 60.0
_MOST_CONNECTIONS = 1_200
_MOST_IDLE_CONNECTIONS = 200
_PASSING_ERRORS = ("overloaded_error", "api_error", "rate_limit_error", "timeout_error")
_EVENTS = ("message_start", "content_block_delta", "message_delta", "message_stop")
_FIRST_PAUSE_SECONDS = 0.25
_CHARACTERS_A_TOKEN = 3
# Bodies and headers are logged at DEBUG: conversations and keys. Whoever turns DEBUG on for all doesn't mean these.
_TALKATIVE_LOGGERS = ("anthropic", "httpx2", "httpcore2")


@dataclass(frozen=True, kw_only=True)
class _Failure:
    reason: str
    is_worth_retrying: bool = False
    retry_after_seconds: float | None = None


class ClaudeModel:
    """A ChatModel that asks Claude with one tenant's key.

    `base_url` is ANTHROPIC_BASE_URL, or None for Anthropic's own. All instances share one pool of connections, making
    one is cheap. A failed try is repeated once if `retry_needs_seconds` are left and the visitor has seen nothing yet.
    `most_bytes` bounds what one call may receive.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str | None = None,
        retry_needs_seconds: float = 3.0,
        most_bytes: int = 8_000_000,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = _shared_client(base_url).with_options(api_key=api_key)
        self._retry_needs_seconds = retry_needs_seconds
        self._most_bytes = most_bytes
        self._sleep = sleep

    def complete(
        self,
        prompt: Prompt,
        *,
        deadline_seconds: float,
        on_delta: Callable[[str], None] | None = None,
    ) -> ModelReply:
        """Return Claude's answer within `deadline_seconds` over both tries, or raise ModelUnavailable."""
        give_up_at = time.monotonic() + deadline_seconds
        with network.bounded(give_up_at=give_up_at, most_bytes=self._most_bytes):
            first = _Answer(prompt, on_delta)
            failure = self._try(first, give_up_at)
            if failure is None:
                return first.as_reply()
            pause = self._pause_before_retry(failure, first, give_up_at)
            if pause is None:
                raise ModelUnavailable(failure.reason, usage=first.usage_so_far())
            self._sleep(pause)
            second = _Answer(prompt, on_delta)
            failure = self._try(second, give_up_at)
            if failure is None:
                return second.as_reply(before=first.usage_so_far())
            raise ModelUnavailable(failure.reason, usage=add_usage(first.usage_so_far(), second.usage_so_far()))

    def _try(self, answer: "_Answer", give_up_at: float) -> _Failure | None:
        # What the library raises holds the request with its key and its text: it ends here, and isn't chained.
        for event in self._events(answer.prompt, give_up_at):
            if isinstance(event, _Failure):
                return event
            answer.take(event)
            if time.monotonic() >= give_up_at and not answer.is_finished:
                return _Failure(reason="timeout")
        if answer.stop_reason == "refusal":
            return _Failure(reason="refused")
        return None if answer.is_finished else _Failure(reason="unreachable", is_worth_retrying=True)

    def _events(self, prompt: Prompt, give_up_at: float) -> Iterator[Any]:
        """Yield the API's events and, where something goes wrong, a _Failure as the last."""
        stream = None
        try:
            stream = self._client.messages.create(**_parameters(prompt, give_up_at))
            # The raw events: making objects of them would cost as much as all the rest of a call.
            for event in stream.raw_events(stream.response):
                if event.event == "error":
                    yield _classify_type(_part(_part(event.json(), "error"), "type"))
                    return
                if event.event in _EVENTS:
                    yield event.json()
        except (anthropic.AnthropicError, httpx2.HTTPError, httpx2.StreamError, ValueError) as error:
            is_late = time.monotonic() >= give_up_at
            yield _Failure(reason="timeout") if is_late else _classify(error)
        finally:
            if stream is not None:
                with suppress(httpx2.HTTPError, OSError):
                    stream.close()

    def _pause_before_retry(self, failure: _Failure, answer: "_Answer", give_up_at: float) -> float | None:
        """Return how long to wait before asking again, in seconds; None where that makes no sense."""
        if not failure.is_worth_retrying or answer.was_shown:
            return None
        pause = failure.retry_after_seconds
        if pause is None:
            pause = _FIRST_PAUSE_SECONDS * (1 + random.random())  # noqa: S311  spreads retries, guards nothing
        fits = time.monotonic() + pause + self._retry_needs_seconds <= give_up_at
        return pause if fits else None


@lru_cache(maxsize=64)
def find_claude(*, api_key: str, base_url: str | None = None) -> ClaudeModel | None:
    """Return Claude with this key, the same object every time; None without a key."""
    return ClaudeModel(api_key=api_key, base_url=base_url or None) if api_key else None


class _Answer:
    """One try's answer as it grows."""

    def __init__(self, prompt: Prompt, on_delta: Callable[[str], None] | None) -> None:
        self.prompt = prompt
        self.usage: Usage | None = None
        self.stop_reason = ""
        self.is_finished = False
        self.was_shown = False
        self._on_delta = on_delta
        self._pieces: list[str] = []
        self._reader = FirstStringReader(next(iter(prompt.schema["properties"])))

    def take(self, event: Any) -> None:
        """Add one event of the Messages API's stream; unknown ones and misshapen ones count for nothing."""
        kind = _part(event, "type")
        if kind == "message_start":
            self._count(_part(_part(event, "message"), "usage"))
        elif kind == "content_block_delta":
            self._add(_part(_part(event, "delta"), "text"))
        elif kind == "message_delta":
            self._count(_part(event, "usage"))
            self.stop_reason = str(_part(_part(event, "delta"), "stop_reason") or "")
        elif kind == "message_stop":
            self.is_finished = True

    def as_reply(self, *, before: Usage | None = None) -> ModelReply:
        usage = add_usage(before, self.usage) or Usage(model=self.prompt.model)
        return ModelReply(text="".join(self._pieces), usage=usage, stop_reason=self.stop_reason)

    def usage_so_far(self) -> Usage | None:
        """Return what a broken-off answer is billed: the API counted its beginning, but charges all it wrote."""
        if self.usage is None:
            return None
        written = sum(len(piece) for piece in self._pieces) // _CHARACTERS_A_TOKEN
        return replace(self.usage, output_tokens=max(self.usage.output_tokens, written))

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
        before = self.usage or Usage(model=self.prompt.model)
        self.usage = Usage(
            model=self.prompt.model,
            input_tokens=_tokens(usage, "input_tokens", before.input_tokens),
            output_tokens=_tokens(usage, "output_tokens", before.output_tokens),
            cache_read_tokens=_tokens(usage, "cache_read_input_tokens", before.cache_read_tokens),
            cache_write_tokens=_tokens(usage, "cache_creation_input_tokens", before.cache_write_tokens),
        )


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _tokens(usage: Any, name: str, before: int) -> int:
    count = _part(usage, name)
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else before


@lru_cache(maxsize=8)
def _shared_client(base_url: str | None) -> anthropic.Anthropic:
    for name in _TALKATIVE_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    http_client = anthropic.DefaultHttpxClient(
        limits=httpx2.Limits(
            max_connections=_MOST_CONNECTIONS,
            max_keepalive_connections=_MOST_IDLE_CONNECTIONS,
            keepalive_expiry=_KEEPALIVE_SECONDS,
        ),
        # A redirect would carry the conversation to a host nobody chose.
        follow_redirects=False,
    )
    return anthropic.Anthropic(
        api_key="set-per-tenant",
        base_url=base_url,
        max_retries=0,
        http_client=network.bound_client(http_client),
        open_telemetry=False,
    )


def _parameters(prompt: Prompt, give_up_at: float) -> dict[str, Any]:
    left = max(0.001, give_up_at - time.monotonic())
    quiet = facts_of(prompt.model).quiet
    output_config: dict[str, Any] = {"format": {"type": "json_schema", "schema": dict(prompt.schema)}}
    parameters: dict[str, Any] = {
        "model": prompt.model,
        "max_tokens": output_limit(prompt.model, prompt.max_output_tokens),
        "system": [{"type": "text", "text": prompt.rules, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": prompt.message}],
        "output_config": output_config,
        "stream": True,
        "timeout": httpx2.Timeout(left, connect=min(_CONNECT_SECONDS, left)),
    }
    if quiet == "low_effort":
        output_config["effort"] = "low"
    elif quiet:
        parameters["thinking"] = {"type": quiet}
    return parameters


def _classify(error: Exception) -> _Failure:
    cause = error if isinstance(error, httpx2.HTTPError) else error.__cause__
    if isinstance(error, anthropic.APIStatusError):
        return _classify_status(error)
    if isinstance(cause, httpx2.TimeoutException) and not isinstance(cause, httpx2.ConnectTimeout):
        return _Failure(reason="timeout")
    is_network = isinstance(error, (anthropic.APIConnectionError, httpx2.HTTPError))
    return _Failure(reason="unreachable", is_worth_retrying=is_network)


def _classify_status(error: anthropic.APIStatusError) -> _Failure:
    if error.status_code not in (408, 429) and error.status_code < 500:
        return _classify_type(error.type)
    headers = error.response.headers
    return _Failure(
        reason="overloaded",
        is_worth_retrying=headers.get("x-should-retry") != "false",
        retry_after_seconds=_retry_after(headers.get("retry-after")),
    )


def _classify_type(kind: object) -> _Failure:
    if kind in _PASSING_ERRORS:
        return _Failure(reason="overloaded", is_worth_retrying=True)
    return _Failure(reason="rejected")


def _retry_after(header: str | None) -> float | None:
    """Return the seconds a server asks to wait. A date or nonsense reads as too long: it did ask for a pause."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        return float("inf")
    return seconds if seconds >= 0 else 0.0
