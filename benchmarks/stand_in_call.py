"""One call to the stand-in for Claude: a good answer, or one of many bad ones."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.stand_in_answers import answer_to, message_start, usage_of, visitor_words

FAILURES = (
    "500",  # api_error
    "529",  # overloaded_error
    "429",  # rate_limit_error, with retry-after
    "400",  # invalid_request_error
    "401",  # authentication_error
    "hang",  # accepts and never answers
    "drip_headers",  # one byte of the headers now and then
    "drip_comments",  # comments of the event stream, for ever; without a stream, spaces
    "drip_pings",  # ping events, for ever
    "drip_text",  # text, for ever
    "flood",  # one endless event
    "nonsense",  # text that is no JSON
    "wrong_shape",  # JSON of another shape
    "html",  # a page in place of an event stream
    "truncated",  # ends in the middle, politely
    "reset",  # is cut off before the first byte
    "reset_midway",  # is cut off after some text
    "overloaded_midway",  # an error event after some text
    "overloaded_early",  # an error event before any text
    "refusal",  # stop_reason refusal
    "max_tokens",  # stop_reason max_tokens in the middle of the JSON
)
_ERROR_TYPES = {
    "500": "api_error",
    "529": "overloaded_error",
    "429": "rate_limit_error",
    "400": "invalid_request_error",
    "401": "authentication_error",
}
_DRIP_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`seconds` to the last byte, `first` to the first text; `tokens` is the number of text events.

    `fail` is one of FAILURES, for the first `times` calls (0: for all). `answer` replaces the answer's JSON text.
    With `search` it wants that looked up first, wherever it may.
    With `stamp` the answer begins with the second, of the system's monotonic clock, at which it is written.
    """

    seconds: float = 0.0
    first: float = 0.0
    tokens: int = 20
    fail: str = ""
    retry_after: str = ""
    times: int = 0
    stamp: int = 0
    answer: str | None = None
    search: str = ""


class Call:
    """One answer."""

    def __init__(self, settings: Settings, body: dict, writer: asyncio.StreamWriter) -> None:
        self._settings = settings
        self._body = body
        self._writer = writer
        self._fail = settings.fail

    async def run(self) -> bool:
        """Answer, and return whether the connection can be used again."""
        if self._fail in _ERROR_TYPES:
            return await self._error(int(self._fail))
        odd: dict[str, Callable] = {"hang": self._hang, "drip_headers": self._drip_headers, "reset": self._reset}
        if self._fail in odd:
            return await odd[self._fail]()
        if self._fail == "html":
            await self._send(_head(200, "text/html", 13) + b"<html></html>")
            return True
        if not self._body.get("stream"):
            return await self._json()
        return await self._stream()

    async def _error(self, status: int) -> bool:
        # The message repeats the prompt, as real ones sometimes do: it must reach no log.
        error = {"type": _ERROR_TYPES[self._fail], "message": f"about: {visitor_words(self._body)[-200:]}"}
        payload = json.dumps({"type": "error", "error": error}).encode()
        extra = f"retry-after: {self._settings.retry_after}\r\n" if self._settings.retry_after else ""
        await self._send(_head(status, "application/json", len(payload), extra) + payload)
        return True

    async def _hang(self) -> bool:
        await asyncio.Event().wait()
        return False

    async def _drip_headers(self) -> bool:
        await self._send(b"HTTP/1.1 200 OK\r\nx-long: ")
        while True:
            await self._send(b"a")
            await asyncio.sleep(_DRIP_SECONDS)

    async def _reset(self) -> bool:
        self._writer.transport.abort()
        return False

    async def _json(self) -> bool:
        await asyncio.sleep(self._settings.seconds)
        text, stop_reason = self._text()
        content = [self._search_block({"query": text})] if self._is_search else [{"type": "text", "text": text}]
        message = {
            **message_start(self._body),
            "content": content,
            "stop_reason": stop_reason,
            "usage": usage_of(self._body, text),
        }
        return await self._send_json(json.dumps(message).encode())

    async def _send_json(self, payload: bytes) -> bool:
        """Send the payload, or what goes wrong with it in the middle."""
        if self._fail.startswith("overloaded_"):
            self._fail = "529"
            return await self._error(529)
        is_endless = self._fail.startswith("drip_") or self._fail == "flood"
        await self._send(_head(200, "application/json", 10**9 if is_endless else len(payload)))
        while is_endless:
            await self._send(b" " * 65_536 if self._fail == "flood" else b" ")
            await asyncio.sleep(0 if self._fail == "flood" else _DRIP_SECONDS)
        if self._fail in ("truncated", "reset_midway"):
            await self._send(payload[: len(payload) // 2])
            if self._fail == "reset_midway":
                self._writer.transport.abort()
            return False
        await self._send(payload)
        return True

    async def _stream(self) -> bool:
        await self._send(_head(200, "text/event-stream", None))
        started = {**message_start(self._body), "usage": {**usage_of(self._body, ""), "output_tokens": 1}}
        await self._event("message_start", {"message": started})
        if self._fail == "overloaded_early":
            return await self._error_event()
        block = self._search_block({}) if self._is_search else {"type": "text", "text": ""}
        await self._event("content_block_start", {"index": 0, "content_block": block})
        await asyncio.sleep(self._settings.first)
        if self._fail.startswith("drip_") or self._fail == "flood":
            return await self._go_on_for_ever()
        text, stop_reason = self._text()
        if not await self._write_text(json.dumps({"query": text}) if self._is_search else text):
            return False
        await self._event("content_block_stop", {"index": 0})
        delta = {"stop_reason": stop_reason, "stop_sequence": None}
        await self._event("message_delta", {"delta": delta, "usage": usage_of(self._body, text)})
        await self._event("message_stop", {})
        await self._send(b"0\r\n\r\n")
        return True

    async def _write_text(self, text: str) -> bool:
        """Send the text piece by piece; return False where it was broken off."""
        if not text:
            return True
        pieces = max(1, min(self._settings.tokens, len(text)))
        size = -(-len(text) // pieces)
        pause = max(0.0, self._settings.seconds - self._settings.first) / pieces
        half = len(text) // 2 if self._fail in ("truncated", "reset_midway", "overloaded_midway") else None
        for start in range(0, len(text), size):
            if half is not None and start >= half:
                return await self._break_off()
            piece = text[start : start + size]
            delta = {"type": "text_delta", "text": piece}
            if self._is_search:
                delta = {"type": "input_json_delta", "partial_json": piece}
            await self._event("content_block_delta", {"index": 0, "delta": delta})
            if pause:
                await asyncio.sleep(pause)
        return True

    async def _break_off(self) -> bool:
        if self._fail == "overloaded_midway":
            await self._error_event()
        elif self._fail == "truncated":
            await self._send(b"0\r\n\r\n")
        else:
            self._writer.transport.abort()
        return False

    async def _error_event(self) -> bool:
        await self._event("error", {"error": {"type": "overloaded_error", "message": "Overloaded"}})
        await self._send(b"0\r\n\r\n")
        return True

    async def _go_on_for_ever(self) -> bool:
        while True:
            if self._fail == "drip_comments":
                await self._send(_chunk(b": still here\n\n"))
            elif self._fail == "drip_pings":
                await self._event("ping", {})
            elif self._fail == "flood":
                await self._send(_chunk(b"data: " + b"x" * 65_536))
                continue
            else:
                await self._event("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "a"}})
            await asyncio.sleep(_DRIP_SECONDS)

    async def _event(self, kind: str, data: dict) -> None:
        payload = json.dumps({"type": kind, **data})
        await self._send(_chunk(f"event: {kind}\ndata: {payload}\n\n".encode()))

    async def _send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    @property
    def _is_search(self) -> bool:
        return bool(self._settings.search) and (self._body.get("tool_choice") or {}).get("type") == "auto"

    def _search_block(self, given: dict) -> dict:
        return {"type": "tool_use", "id": "toolu_stand_in", "name": self._body["tools"][0]["name"], "input": given}

    def _text(self) -> tuple[str, str]:
        """Return the answer, or what is to be looked up, and its stop reason."""
        if self._is_search:
            return self._settings.search, "tool_use"
        opening = f"{time.monotonic():.6f} " if self._settings.stamp else ""
        text = answer_to(self._body, opening) if self._settings.answer is None else self._settings.answer
        if self._fail == "nonsense":
            return "Sure! Here is the JSON you asked for: {content", "end_turn"
        if self._fail == "wrong_shape":
            return '{"content": ["a"], "sources": 3}', "end_turn"
        if self._fail == "refusal":
            return "", "refusal"
        if self._fail == "max_tokens":
            return text[: len(text) // 2], "max_tokens"
        return text, "end_turn"


def _head(status: int, content_type: str, length: int | None, extra: str = "") -> bytes:
    size = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\nrequest-id: req_stand_in\r\n{size}\r\n{extra}\r\n"
    return head.encode()


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
