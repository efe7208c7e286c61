"""A wall-clock deadline and a limit of bytes for the HTTP client below the model.

The client's own time-outs are per read: a server that sends one byte now and then, be it in the headers, a comment or a
ping, is never late. Here every single read gets only what is left of the call's time.
"""

import ipaddress
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import httpcore2
import httpx2

_WRITE_PIECE_BYTES = 16_384


@dataclass
class _Allowance:
    give_up_at: float
    bytes_left: int


# A context variable is per thread and per greenlet, in whatever order gevent's patches and imports came.
_allowance: ContextVar[_Allowance | None] = ContextVar("model_call_allowance", default=None)


@contextmanager
def bounded(*, give_up_at: float, most_bytes: int) -> Iterator[None]:
    """Bound all reading and writing inside to `give_up_at` (of time.monotonic) and to `most_bytes` received."""
    token = _allowance.set(_Allowance(give_up_at, most_bytes))
    try:
        yield
    finally:
        _allowance.reset(token)


def bound_client(client: httpx2.Client) -> httpx2.Client:
    """Make every connection of `client`, through a proxy or not, obey `bounded`."""
    for transport in (client._transport, *client._mounts.values()):
        if transport is not None:
            # httpx has no public way to hand a network backend to its pools.
            transport._pool._network_backend = _Backend(transport._pool._network_backend)
    return client


class _Once(httpx2.SyncByteStream):
    """A body that is gone once it was sent. A process holds hundreds of requests that wait for their answer."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        body, self._body = self._body, b""
        yield body


def forget_body_once_sent(request: httpx2.Request) -> None:
    """For a client's "request" hook. Whoever wants to send it again must make it again."""
    request.stream = _Once(request.read())
    request._content = b""


def _seconds_left(timeout: float | None, error: type[Exception]) -> float | None:
    allowance = _allowance.get()
    if allowance is None:
        return timeout
    left = allowance.give_up_at - time.monotonic()
    if left <= 0:
        raise error("the call's time is up")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        received = self._inner.read(max_bytes, timeout=_seconds_left(timeout, httpcore2.ReadTimeout))
        allowance = _allowance.get()
        if allowance is not None:
            allowance.bytes_left -= len(received)
            if allowance.bytes_left < 0:
                raise httpcore2.ReadError("the answer is too long")
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _WRITE_PIECE_BYTES):
            piece = buffer[start : start + _WRITE_PIECE_BYTES]
            self._inner.write(piece, timeout=_seconds_left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        left = _seconds_left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str):
        return self._inner.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, inner: httpcore2.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        # One address after another, each within what is left: the library gives every one of them the whole time-out.
        failure: Exception = httpcore2.ConnectError("the name has no address")
        for address in _addresses(host, port):
            left = _seconds_left(timeout, httpcore2.ConnectTimeout)
            try:
                return _Stream(self._inner.connect_tcp(address, port, left, local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(self, path, timeout=None, socket_options=None):
        left = _seconds_left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.connect_unix_socket(path, left, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


def _addresses(host: str, port: int) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore2.ConnectError("the name could not be resolved") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
