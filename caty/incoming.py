"""Request bodies on their way in: whole, in time, or broken off."""

import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

from gevent import Timeout
from gunicorn.http.errors import ParseException

BODY_SECONDS = 20.0


class BodyBrokenOff(OSError):
    """The client stopped sending what it had announced, or cut it into pieces wrongly."""


class PunctualBody:
    """A `wsgi.input` that ends `seconds` after it was first asked for anything, however it drips.

    By itself the server waits for an announced body without end, in a place that others need. Raises BodyBrokenOff.
    """

    def __init__(self, stream: BinaryIO, *, seconds: float = BODY_SECONDS):
        self._stream = stream
        self._seconds = seconds
        self._ends_at: float | None = None

    def read(self, size: int = -1) -> bytes:
        return self._take(self._stream.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._take(self._stream.readline, size)

    def readlines(self, _hint: int = -1) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _take(self, read: Callable[[int], bytes], size: int) -> bytes:
        if self._ends_at is None:
            self._ends_at = time.monotonic() + self._seconds
        left_seconds = max(0.0, self._ends_at - time.monotonic())
        try:
            with Timeout(left_seconds, BodyBrokenOff("The body did not come in time.")):
                return read(size)
        except ParseException:
            # What the server says of it repeats what was sent, and would be logged.
            raise BodyBrokenOff("The body's chunks are malformed.") from None
