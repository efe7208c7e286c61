"""Visitors who read their answer as a stream of events."""

import asyncio
import json
import time
from dataclasses import dataclass, field

from benchmarks.visitors import ANSWER_SECONDS, Broken, Target, message_request

ACCEPT = (b"Accept: */*", b"Accept: text/event-stream")
ENDS = (b"event: done\n", b"event: error\n")


@dataclass(frozen=True)
class Streamed:
    """A stream as one visitor saw it, in seconds: from asking to the first words and to the end, and from the moment
    at which the stand-in for Claude wrote the first words to that at which they were here."""

    first: float
    passed_on: float
    whole: float


def stream_request(target: Target, session: str, words: str = "") -> bytes:
    """A visitor's question whose answer is to come as a stream."""
    return message_request(target, session, f"[[stamp=1 tokens=8]] {words}").replace(*ACCEPT, 1)


@dataclass
class StreamConnection(asyncio.Protocol):
    """A connection for one stream. Each event comes in a chunk of its own, so the bytes are searched as they are."""

    transport: asyncio.Transport | None = None
    _buffer: bytearray = field(default_factory=bytearray)
    _asked_at: float = 0.0
    _first_at: float = 0.0
    _written_at: float = 0.0
    _waiting: asyncio.Future | None = None

    @classmethod
    async def read(cls, target: Target, request: bytes, *, seconds: float = ANSWER_SECONDS) -> Streamed:
        """Ask and read to the end; raises Broken for anything but an answer by the model, and TimeoutError."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, "127.0.0.1", target.port)
        connection._waiting = loop.create_future()
        connection._asked_at = time.monotonic()
        connection.transport.write(request)
        try:
            async with asyncio.timeout(seconds):
                return await connection._waiting
        finally:
            connection.transport.close()

    def connection_made(self, transport) -> None:
        self.transport = transport

    def connection_lost(self, error) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Broken())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._buffer += data
        if not self._first_at:
            self._find_first(now)
        if any(end in self._buffer for end in ENDS) and self._buffer.rstrip(b"\r\n0").endswith(b"}"):
            self._end(now)

    def _find_first(self, now: float) -> None:
        """The model's first word is the time at which it was written."""
        data = self._buffer.partition(b"event: delta\ndata: ")[2]
        if b"\n\n" in data:
            self._first_at = now
            self._written_at = float(json.loads(data.partition(b"\n\n")[0])["content"].split()[0])

    def _end(self, now: float) -> None:
        if self._waiting.done():
            return
        if self._first_at and b'"answered_by":"ai"' in self._buffer:
            first, passed_on = self._first_at - self._asked_at, self._first_at - self._written_at
            self._waiting.set_result(Streamed(first, passed_on, now - self._asked_at))
        else:
            self._waiting.set_exception(Broken())
