"""Limits, counted in Redis: several windows in one round trip, exact across processes, all or nothing."""

import logging
import math
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from redis import Redis, RedisError

from caty.lib import redis
from caty.lib.errors import CatyError

log = logging.getLogger(__name__)

# A window begins with its first spending and ends when its key expires, so no clock but Redis's own counts.
# ARGV: the amount, then limit and milliseconds of each key. Answers whether it was spent, then count and
# milliseconds left of each key. An amount of 0 only asks whether one more would fit.
SPEND = """
local amount = tonumber(ARGV[1])
local answer = {1}
for i, key in ipairs(KEYS) do
  local used = tonumber(redis.call('GET', key) or '0')
  if used + math.max(amount, 1) > tonumber(ARGV[2 * i]) then answer[1] = 0 end
  answer[2 * i] = used
  answer[2 * i + 1] = redis.call('PTTL', key)
end
if answer[1] == 0 or amount == 0 then return answer end
for i, key in ipairs(KEYS) do
  answer[2 * i] = redis.call('INCRBY', key, amount)
  if answer[2 * i + 1] < 0 then
    redis.call('PEXPIRE', key, ARGV[2 * i + 1])
    answer[2 * i + 1] = tonumber(ARGV[2 * i + 1])
  end
end
return answer
"""


class RateLimited(CatyError):
    """A window is full; `retry_after` seconds from now it begins anew."""

    status = 429
    code = "RATE_LIMITED"
    message = "Too many requests. Please wait a moment and try again."


@dataclass(frozen=True)
class Window:
    """At most `limit` for one `subject` in `seconds`. `scope` names what is counted ("messages")."""

    scope: str
    subject: str
    limit: int
    seconds: int

    @property
    def key(self) -> str:
        return f"{settings.REDIS_KEY_PREFIX}:throttle:{self.scope}:{self.seconds}:{self.subject}"


@dataclass(frozen=True)
class Allowance:
    """What is left of the tightest window asked for."""

    is_allowed: bool
    limit: int
    remaining: int
    reset_seconds: int
    scope: str


def spend(*windows: Window, amount: int = 1) -> Allowance:
    """Count `amount` against every window, or against none if one of them is too full.

    While Redis can't be reached everything is allowed and "throttle.unavailable" logged.
    """
    return _ask(windows, amount)


def require(*windows: Window, amount: int = 1) -> Allowance:
    """Like `spend`; raises RateLimited where it would say no."""
    allowance = _ask(windows, amount)
    if not allowance.is_allowed:
        raise RateLimited(retry_after=allowance.reset_seconds)
    return allowance


def look(*windows: Window) -> Allowance:
    """Whether one more would fit, without counting anything."""
    return _ask(windows, 0)


def _ask(windows: tuple[Window, ...], amount: int) -> Allowance:
    if not redis.is_worth_asking():
        return _untold(windows)
    arguments = [amount]
    for window in windows:
        arguments += [window.limit, window.seconds * 1000]
    try:
        answer = _script(redis.client())([window.key for window in windows], arguments)
    except RedisError as error:
        redis.note_silence()
        log.warning("throttle.unavailable reason=%s", type(error).__name__)
        return _untold(windows)
    redis.note_answer()
    return _tightest(windows, answer)


@lru_cache(maxsize=4)
def _script(client: Redis):
    return client.register_script(SPEND)


def _untold(windows: tuple[Window, ...]) -> Allowance:
    first = windows[0]
    return Allowance(True, first.limit, first.limit, first.seconds, first.scope)


def _tightest(windows: tuple[Window, ...], answer: list[int]) -> Allowance:
    """The window with the least left; of several the one that stays so for longest."""
    is_allowed, *counts = answer
    allowances = [
        Allowance(
            is_allowed=bool(is_allowed),
            limit=window.limit,
            remaining=max(0, window.limit - used),
            reset_seconds=math.ceil(left_ms / 1000) if left_ms > 0 else window.seconds,
            scope=window.scope,
        )
        for window, used, left_ms in zip(windows, counts[::2], counts[1::2], strict=True)
    ]
    return min(allowances, key=lambda allowance: (allowance.remaining, -allowance.reset_seconds))
