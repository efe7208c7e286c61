"""The package's clients, shared by all tenants of a process."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import anthropic
import httpx2

from widget.engine import network

# The library looks at every connection of a pool, twice a request. With the 500 that a process holds in one pool this
# took longer than all the rest of a call.
_CONNECTIONS_A_POOL = 16
_KEEPALIVE_SECONDS = 60.0
# Bodies and headers are logged at DEBUG: conversations and keys. Whoever turns DEBUG on for all doesn't mean these.
_TALKATIVE_LOGGERS = ("anthropic", "httpx2", "httpcore2")


class Clients:
    """Clients for one address, each with a small pool of connections; as many as are needed."""

    def __init__(self, base_url: str | None) -> None:
        self._base_url = base_url
        self._lock = threading.Lock()
        self._clients: list[anthropic.Anthropic] = []
        self._in_use: list[int] = []

    @contextmanager
    def borrow(self) -> Iterator[anthropic.Anthropic]:
        """Yield the first client that has a connection to spare: while little goes on, always the same one."""
        place = self._take()
        try:
            yield self._clients[place]
        finally:
            with self._lock:
                self._in_use[place] -= 1

    def _take(self) -> int:
        with self._lock:
            place = next((at for at, count in enumerate(self._in_use) if count < _CONNECTIONS_A_POOL), None)
            if place is None:
                place = len(self._clients)
                self._clients.append(_make(self._base_url))
                self._in_use.append(0)
            self._in_use[place] += 1
            return place


@lru_cache(maxsize=8)
def clients_for(base_url: str | None) -> Clients:
    """Return the clients for an address, None for Anthropic's own; the same object every time."""
    for name in _TALKATIVE_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    return Clients(base_url)


def _make(base_url: str | None) -> anthropic.Anthropic:
    http_client = anthropic.DefaultHttpxClient(
        limits=httpx2.Limits(
            max_connections=_CONNECTIONS_A_POOL,
            max_keepalive_connections=_CONNECTIONS_A_POOL,
            keepalive_expiry=_KEEPALIVE_SECONDS,
        ),
        verify=_ssl_context(),
        event_hooks={"request": [network.forget_body_once_sent]},
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


@lru_cache(maxsize=1)
def _ssl_context():
    """One for all: reading the certificates takes 20 ms and half a megabyte."""
    return httpx2.create_ssl_context()
