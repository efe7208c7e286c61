"""Who looks at a conversation and who is typing, for some seconds each. Kept in Redis alone: without it nobody is seen,
and nothing else changes."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from redis import Redis, RedisError

from caty.lib import bell, redis
from widget.queries import conversation_topic

log = logging.getLogger(__name__)

LOOKING_SECONDS = 40  # pages say twice in this time that they are still there
TYPING_SECONDS = 6
VISITOR = "visitor"
Found = TypeVar("Found")


def note_looking(session_key: int, membership_key: int, now: datetime) -> None:
    """A colleague has this conversation before them."""
    key = _key("looking", session_key)
    until = now.timestamp() + LOOKING_SECONDS

    def note(client: Redis) -> None:
        with client.pipeline() as pipeline:
            pipeline.zadd(key, {str(membership_key): until})
            pipeline.expire(key, LOOKING_SECONDS)
            pipeline.execute()

    _ask(note, None)


def note_gone(session_key: int, membership_key: int) -> None:
    """They have closed it."""
    _ask(lambda client: client.zrem(_key("looking", session_key), str(membership_key)), None)


def find_looking(session_key: int, now: datetime) -> list[int]:
    """The memberships of those who have it before them."""
    found = _ask(lambda client: client.zrangebyscore(_key("looking", session_key), now.timestamp(), "+inf"), [])
    return sorted(int(one) for one in found)


def note_typing(session_key: int, who: str) -> None:
    """`who` is VISITOR or a membership's key as text; whoever looks hears of it at once."""
    _ask(lambda client: client.set(_typing(session_key, who), who, ex=TYPING_SECONDS), None)
    bell.ring(conversation_topic(session_key))


def note_sent(session_key: int, who: str) -> None:
    """They have sent what they were typing."""
    _ask(lambda client: client.delete(_typing(session_key, who)), None)


def is_visitor_typing(session_key: int) -> bool:
    return bool(_ask(lambda client: client.exists(_typing(session_key, VISITOR)), 0))


def is_colleague_typing(session_key: int) -> bool:
    return bool(_ask(lambda client: client.exists(_typing(session_key, "")), 0))


def _typing(session_key: int, who: str) -> str:
    return _key("typing:visitor" if who == VISITOR else "typing:staff", session_key)


def _key(what: str, session_key: int) -> str:
    return f"{settings.REDIS_KEY_PREFIX}:live:{what}:{session_key}"


def _ask(ask: Callable[[Redis], Found], otherwise: Found) -> Found:
    if not redis.is_worth_asking():
        return otherwise
    try:
        found = ask(redis.client())
    except RedisError as error:
        redis.note_silence()
        log.warning("presence.unavailable reason=%s", type(error).__name__)
        return otherwise
    redis.note_answer()
    return found
