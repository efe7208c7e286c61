"""Sites that asked for a tenant's widget and may not have it, so that owners see what they forgot to allow.

Kept in Redis for a week, the last five of each tenant: strangers can make us write here, and this must cost no row.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from redis import RedisError

from caty.lib import redis
from caty.lib.memory import ShortMemory
from tenants.origins import OriginUnreadable, clean_pattern

log = logging.getLogger(__name__)

KEPT = 5
KEPT_FOR = timedelta(days=7)
NOTED_EVERY = timedelta(minutes=10)
_noted = ShortMemory(size=5000, seconds=NOTED_EVERY.total_seconds())


@dataclass(frozen=True)
class RefusedOrigin:
    """A site that asked in vain, and when it last did."""

    tenant_id: int
    origin: str
    at: datetime


def note_refused(*, tenant_id: int, origin: str, now: datetime) -> None:
    """Write down that a page of this origin was refused, at most once in ten minutes. Without Redis it isn't."""
    if _noted.find((tenant_id, origin)):
        return
    _noted.put((tenant_id, origin), True)
    if _is_site(origin):
        _write(_key(tenant_id), origin, now)


def list_refused(tenant_ids: Sequence[int]) -> list[RefusedOrigin]:
    """The latest first; empty while Redis can't be reached."""
    if not tenant_ids or not redis.is_worth_asking():
        return []
    try:
        with redis.client().pipeline(transaction=False) as pipe:
            for tenant_id in tenant_ids:
                pipe.zrange(_key(tenant_id), 0, -1, withscores=True)
            rows = pipe.execute()
    except RedisError as error:
        _note_silence(error)
        return []
    redis.note_answer()
    found = [
        RefusedOrigin(tenant_id, origin.decode(), datetime.fromtimestamp(at, UTC))
        for tenant_id, refused in zip(tenant_ids, rows, strict=True)
        for origin, at in refused
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def forget_noted() -> None:
    _noted.clear()


def _write(key: str, origin: str, now: datetime) -> None:
    if not redis.is_worth_asking():
        return
    try:
        with redis.client().pipeline() as pipe:
            pipe.zadd(key, {origin: now.timestamp()}).zremrangebyrank(key, 0, -KEPT - 1).expire(key, KEPT_FOR).execute()
    except RedisError as error:
        _note_silence(error)
    else:
        redis.note_answer()


def _is_site(origin: str) -> bool:
    """Whether it is the origin of a page that could be allowed; anybody can send anything."""
    try:
        return clean_pattern(origin) == origin and "*" not in origin
    except OriginUnreadable:
        return False


def _note_silence(error: RedisError) -> None:
    redis.note_silence()
    log.warning("refused_origins.unavailable reason=%s", type(error).__name__)


def _key(tenant_id: int) -> str:
    return f"{settings.REDIS_KEY_PREFIX}:refused_origins:{tenant_id}"
