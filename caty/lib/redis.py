"""The process's one small pool of Redis connections, for what goes round Django's cache."""

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
