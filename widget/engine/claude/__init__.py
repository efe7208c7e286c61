"""Claude, through the `anthropic` package: the only place that knows it."""

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

import anthropic
import httpx2

from widget.engine import network
from widget.engine.catalogue import facts_of, output_limit
from widget.engine.claude.answer import EVENTS, SEARCH, GrowingAnswer, as_events, part
from widget.engine.claude.clients import clients_for
from widget.engine.claude.failures import Failure, classify, classify_type
from widget.engine.model import ModelReply, ModelUnavailable, Prompt, Search, add_usage

_CONNECT_SECONDS = 5.0
_FIRST_PAUSE_SECONDS = 0.25
_TOOLS = [
    {
        "name": SEARCH,
        "description": (
            "Looks for further passages in the texts of the business. Use it, at most once, where the passages given "
            "don't answer a question that those texts may well answer: because it was asked in another language, with "
            "other words, or only makes sense together with what was said before. What it finds is shown to you; then "
            "you answer."
        ),
        "input_schema": {
            "type": "object",
            "additionalProperties": False,
            "required": ["query"],
            "properties": {
                "query": {
                    "type": "string",
                    "description": "The whole question, in the language of the business and the words its texts use.",
                }
            },
        },
        "strict": True,
    }
]
_BROKEN = (anthropic.AnthropicError, httpx2.HTTPError, httpx2.StreamError, ValueError)


class ClaudeModel:
    """A ChatModel that asks Claude with one tenant's key.

    `base_url` is ANTHROPIC_BASE_URL, or None for Anthropic's own. All instances share their connections, making one is
    cheap. A failed try is repeated once if `retry_needs_seconds` are left and the visitor has seen nothing yet.
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
        self._clients = clients_for(base_url)
        self._api_key = api_key
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
            first = GrowingAnswer(prompt, on_delta)
            failure = self._try(first, give_up_at)
            if failure is None:
                return first.as_reply()
            pause = self._pause_before_retry(failure, first, give_up_at)
            if pause is None:
                raise ModelUnavailable(failure.reason, usage=first.usage_so_far())
            self._sleep(pause)
            second = GrowingAnswer(prompt, on_delta)
            failure = self._try(second, give_up_at)
            if failure is None:
                return second.as_reply(before=first.usage_so_far())
            raise ModelUnavailable(failure.reason, usage=add_usage(first.usage_so_far(), second.usage_so_far()))

    def _try(self, answer: GrowingAnswer, give_up_at: float) -> Failure | None:
        failure = self._read(answer, give_up_at)
        if failure is not None and failure.may_be_billed:
            answer.assume_the_most()
        return failure

    def _read(self, answer: GrowingAnswer, give_up_at: float) -> Failure | None:
        # What the library raises holds the request with its key and its text: it ends here, and isn't chained.
        for event in self._events(answer, give_up_at):
            if isinstance(event, Failure):
                return event
            answer.take(event)
            if time.monotonic() >= give_up_at and not answer.is_finished:
                return Failure(reason="timeout", may_be_billed=True)
        if answer.stop_reason == "refusal":
            return Failure(reason="refused")
        if answer.is_finished:
            return None
        return Failure(reason="unreachable", is_worth_retrying=True, may_be_billed=True)

    def _events(self, answer: GrowingAnswer, give_up_at: float) -> Iterator[Any]:
        """Yield the API's events and, where something goes wrong, a Failure as the last."""
        read = _streamed if answer.is_awaited else _whole
        try:
            with self._clients.borrow() as client:
                yield from read(client.with_options(api_key=self._api_key), _parameters(answer.prompt, give_up_at))
        except _BROKEN as error:
            yield classify(error, is_late=time.monotonic() >= give_up_at)

    def _pause_before_retry(self, failure: Failure, answer: GrowingAnswer, give_up_at: float) -> float | None:
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


def _streamed(client: anthropic.Anthropic, parameters: dict[str, Any]) -> Iterator[Any]:
    stream = client.messages.create(**parameters, stream=True)
    try:
        # The raw events: making objects of them would cost as much as all the rest of a call.
        for event in stream.raw_events(stream.response):
            if event.event == "error":
                yield classify_type(part(part(event.json(), "error"), "type"))
                return
            if event.event in EVENTS:
                yield event.json()
    finally:
        with suppress(httpx2.HTTPError, OSError):
            stream.close()


def _whole(client: anthropic.Anthropic, parameters: dict[str, Any]) -> Iterator[Any]:
    """For an answer that nobody watches: a stream would wake the process up at every word of it."""
    response = client.messages.with_raw_response.create(**parameters)
    yield from as_events(json.loads(response.http_response.content))


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
        "timeout": httpx2.Timeout(left, connect=min(_CONNECT_SECONDS, left)),
    }
    if prompt.search != Search.NONE:
        # The tool stays where it was, so that what the API holds of the prompt's beginning is found again.
        parameters["tools"] = _TOOLS
        is_offered = prompt.search == Search.OFFERED
        parameters["tool_choice"] = (
            {"type": "auto", "disable_parallel_tool_use": True} if is_offered else {"type": "none"}
        )
    if quiet == "low_effort":
        output_config["effort"] = "low"
    elif quiet:
        parameters["thinking"] = {"type": quiet}
    return parameters
