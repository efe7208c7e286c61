"""The process's one small pool of Redis connections, for what goes round Django's cache, and whether Redis is there."""

import time
from functools import lru_cache

from django.conf import settings
from redis import BlockingConnectionPool, ConnectionError, Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def client() -> Redis:
    """The shared client for REDIS_URL. It waits at most a second for a connection, an answer or a free place."""
    return _client(settings.REDIS_URL, settings.REDIS_MAX_CONNECTIONS)


@lru_cache(maxsize=4)
def _client(url: str, max_connections: int) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=max_connections,
        timeout=1,
        socket_timeout=1,
        socket_connect_timeout=1,
        # Servers close idle connections, and restart: the first use after that needs a second try.
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
    )
    return Redis(connection_pool=pool)


def lasting_client() -> Redis:
    """A client of its own for a connection that is read for as long as the process lives. Nothing is tried twice."""
    return Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))


# While Redis is away one caller in this time asks it anew, and may wait for a socket's time-out; all others do without.
PAUSE_SECONDS = 2.0
_is_away = False
_asked_again_at = 0.0


def is_worth_asking() -> bool:
    """Whether to ask Redis now. Who is told so and asks says how it went, by `note_answer` or `note_silence`.

    So a dead network costs a request one wait, however often it would ask, and most requests none.
    """
    global _asked_again_at
    if not _is_away:
        return True
    if time.monotonic() < _asked_again_at:
        return False
    _asked_again_at = time.monotonic() + PAUSE_SECONDS
    return True


def note_answer() -> None:
    global _is_away
    _is_away = False


def note_silence() -> None:
    global _is_away, _asked_again_at
    _is_away, _asked_again_at = True, time.monotonic() + PAUSE_SECONDS


def forget_all() -> None:
    """Have this process ask Redis anew."""
    global _asked_again_at
    note_answer()
    _asked_again_at = 0.0
