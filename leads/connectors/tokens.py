"""Access tokens that workers share: fetched by one of them, kept encrypted in Redis until shortly before their end.

Zoho gives ten in ten minutes; whoever asks for each delivery is shut out.
"""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import salted_hmac
from redis import RedisError

from caty.lib import encryption, redis
from caty.lib.encryption import CredentialsUnreadable

log = logging.getLogger(__name__)
SPARE_SECONDS = 60
LOCK_SECONDS = 20
PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Token:
    """An access token, good for `seconds`. `extra` is what came with it, such as the address that calls go to."""

    value: str
    seconds: int
    extra: dict[str, str]


def shared_token(kind: str, credentials: Mapping[str, str], fetch: Callable[[], Token], *, refused: str = "") -> Token:
    """The token that was fetched last for these credentials, or a new one. A `refused` one is not given again.

    `fetch` may raise what it likes. While Redis is away every call fetches its own.
    """
    key = _key(kind, credentials)
    if found := _find(key, refused):
        return found
    with _turn(key, refused):
        if found := _find(key, refused):
            return found
        token = fetch()
        _keep(key, token)
        return token


def _key(kind: str, credentials: Mapping[str, str]) -> str:
    digest = salted_hmac("leads.tokens", repr(sorted(credentials.items())), algorithm="sha256").hexdigest()
    return f"{settings.REDIS_KEY_PREFIX}:token:{kind}:{digest}"


def _find(key: str, refused: str) -> Token | None:
    try:
        stored = redis.client().get(key)
        token = Token(**encryption.decrypt(stored.decode())) if stored else None
    except (RedisError, CredentialsUnreadable, TypeError) as error:
        log.warning("token.unavailable reason=%s", type(error).__name__)
        return None
    return token if token and token.value != refused else None


def _keep(key: str, token: Token) -> None:
    seconds = token.seconds - SPARE_SECONDS
    if seconds <= 0:
        return
    try:
        redis.client().set(key, encryption.encrypt(vars(token)), ex=seconds)
    except RedisError as error:
        log.warning("token.not_kept reason=%s", type(error).__name__)


@contextmanager
def _turn(key: str, refused: str):
    """One fetches, others wait for it at most as long as a fetch may take; then they help themselves."""
    lock = f"{key}:lock"
    is_mine = False
    ends = time.monotonic() + LOCK_SECONDS
    try:
        while not (is_mine := bool(redis.client().set(lock, b"1", nx=True, ex=LOCK_SECONDS))):
            if time.monotonic() > ends or _find(key, refused):
                break
            time.sleep(PAUSE_SECONDS)
    except RedisError as error:
        log.warning("token.unlocked reason=%s", type(error).__name__)
    try:
        yield
    finally:
        if is_mine:
            try:
                redis.client().delete(lock)
            except RedisError as error:
                log.warning("token.lock_left reason=%s", type(error).__name__)
