"""What a visitor's browser sends, as bytes, and one keep-alive connection to send it on."""

import asyncio
import itertools
import json
import secrets
from dataclasses import dataclass, field

ORIGIN = "https://bench.example"
PAGE = f"{ORIGIN}/pricing"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
QUESTIONS = (
    "How long does delivery of the order take?",
    "Can I return a product that I have already used?",
    "What does the larger plan cost and what is in it?",
    "Do you ship to other countries, and what does it cost?",
    "How do I change the address of my subscription?",
)
ANSWER_SECONDS = 40.0
_numbers = itertools.count(1)


class Broken(Exception):
    """The connection ended before the answer was whole."""


@dataclass(frozen=True)
class Answer:
    """A whole answer; `seconds` from sending to its last byte."""

    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Target:
    """Where the site listens, and the key its visitors send. Each visitor comes from an address of their own."""

    port: int
    api_key: str

    def request(self, path: str, body: dict | None = None, *, visitor: int = 0) -> bytes:
        """One request as a browser behind our proxy sends it: a POST where there is a body, else a GET."""
        payload = b"" if body is None else json.dumps(body).encode()
        address = f"10.{visitor >> 16 & 255}.{visitor >> 8 & 255}.{visitor & 255}"
        lines = [
            f"{'GET' if body is None else 'POST'} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"X-Forwarded-For: {address}",
            "X-Forwarded-Proto: https",
            f"Origin: {ORIGIN}",
            f"Referer: {PAGE}",
            f"X-API-Key: {self.api_key}",
            f"User-Agent: {BROWSER}",
            "Accept: */*",
            "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
        ]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + payload


def request_for(target: Target, name: str, sessions: list[str]) -> bytes:
    """The next request of the kind `name`: bare, config, session, track or lead; each from another conversation."""
    number = next(_numbers)
    session = sessions[number % len(sessions)] if sessions else ""
    if name == "bare":
        return target.request("/bare", visitor=number)
    if name == "config":
        return target.request("/api/widget/config", visitor=number)
    bodies = {"session": _session_body, "track": _track_body, "lead": _lead_body}
    return target.request(f"/api/widget/{name}", bodies[name](session, number), visitor=number)


def message_request(target: Target, session: str, words: str = "") -> bytes:
    """A visitor's question; `words` are added to it."""
    number = next(_numbers)
    text = f"{QUESTIONS[number % len(QUESTIONS)]} {words}".strip()
    body = {
        "session_id": session,
        "message": text,
        "context": {"page_url": PAGE},
        "client_message_id": secrets.token_hex(8),
    }
    return target.request("/api/widget/message", body, visitor=number)


def _session_body(_: str, number: int) -> dict:
    return {"page": {"url": PAGE, "title": "Plans and pricing", "referrer": "https://search.example/"}}


def _track_body(session: str, number: int) -> dict:
    """The contract's own example, on the visitor's first page."""
    at = "2026-01-28T10:00:00Z"
    return {
        "session_id": session,
        "events": [
            {"type": "scroll_depth", "data": 75, "timestamp": at, "event_id": f"scroll-{number}"},
            {"type": "click", "data": {"element": "button"}, "timestamp": at, "event_id": f"click-{number}"},
        ],
        "metrics": {"timeOnPage": 45000, "scrollDepth": 75, "clickCount": 3},
    }


def _lead_body(session: str, number: int) -> dict:
    return {
        "session_id": session,
        "name": "John Smith",
        "email": f"john.smith.{number}@customers.example",
        "phone": f"+1415555{number % 10_000:04}",
        "company": "Example Inc",
        "custom_fields": {"interest": "Enterprise plan"},
    }


@dataclass
class Connection(asyncio.Protocol):
    """A keep-alive connection that sends one request at a time and reads answers with a Content-Length."""

    transport: asyncio.Transport | None = None
    is_open: bool = False
    _buffer: bytearray = field(default_factory=bytearray)
    _waiting: asyncio.Future | None = None

    @classmethod
    async def open(cls, port: int) -> "Connection":
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    async def ask(self, request: bytes, *, seconds: float = ANSWER_SECONDS) -> Answer:
        """Send and wait for the whole answer; raises Broken, and TimeoutError after `seconds`."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        if not self.is_open:
            raise Broken
        self._waiting = loop.create_future()
        self.transport.write(request)
        async with asyncio.timeout(seconds):
            status, body = await self._waiting
        return Answer(status, body, loop.time() - began)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def connection_made(self, transport) -> None:
        self.transport, self.is_open = transport, True

    def connection_lost(self, error) -> None:
        self.is_open = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Broken())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._waiting is None or self._waiting.done():
            return
        head = bytes(self._buffer[:end]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(self._buffer) < end + 4 + length:
            return
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        self._waiting.set_result((int(head[9:12]), body))
