"""A breaker around something that may fail for a while: who asks next is told at once, instead of waiting as well.

After `failures` within `window_seconds` nobody asks for `rest_seconds`; then one does (half open), and either all may
again or the rest begins anew. All processes share what they know through Redis; without it everybody may ask.
"""

import logging
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from redis import Redis, RedisError

from caty.lib import redis
from caty.lib.memory import ShortMemory

log = logging.getLogger(__name__)

# KEYS: failures, rest, probe. ARGV: how many failures, milliseconds that a probe may take.
# 3: nothing has failed, 2: ask all the same, 1: ask, as the one who finds out, 0: don't.
MAY_ASK = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local failures = tonumber(redis.call('GET', KEYS[1]) or '0')
if failures == 0 then return 3 end
if failures < tonumber(ARGV[1]) then return 2 end
if redis.call('SET', KEYS[3], '1', 'NX', 'PX', ARGV[2]) then return 1 end
return 0
"""
# ARGV: how many failures, milliseconds of the window, of the rest. Whether a rest began.
NOTE_FAILURE = """
local failures = redis.call('INCR', KEYS[1])
if failures == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
redis.call('DEL', KEYS[3])
if failures < tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2] + ARGV[3])
return 1
"""


@dataclass(frozen=True)
class Breaker:
    """`name` says what is asked; a subject is one of it ("claude-haiku-5-5")."""

    name: str
    failures: int = 5
    window_seconds: int = 60
    rest_seconds: int = 30
    probe_seconds: int = 30
    # An answer that is a second old is good enough, and costs no request a way to Redis.
    _known: ShortMemory = field(default_factory=lambda: ShortMemory(size=1000, seconds=1), compare=False, repr=False)
    # Whose failures a success has to take back: calls last longer than a second, and most have nothing to take back.
    _failing: ShortMemory = field(
        default_factory=lambda: ShortMemory(size=1000, seconds=120), compare=False, repr=False
    )

    def may_ask(self, subject: str) -> bool:
        """Whether to ask now. Who does says how it went, by `note_failure` or `note_success`."""
        known = self._known.find(subject)
        if known is not None:
            return known
        state = self._run(MAY_ASK, subject, self.failures, self.probe_seconds * 1000)
        if state in (0, 1, 2):
            self._failing.put(subject, True)
        if state != 1:  # the one who finds out is one alone
            self._known.put(subject, state != 0)
        return state != 0

    def note_failure(self, subject: str) -> None:
        self._failing.put(subject, True)
        arguments = (self.failures, self.window_seconds * 1000, self.rest_seconds * 1000)
        if self._run(NOTE_FAILURE, subject, *arguments) == 1:
            log.warning("breaker.open name=%s subject=%s seconds=%s", self.name, subject, self.rest_seconds)
            self._known.put(subject, False)

    def note_success(self, subject: str) -> None:
        """Forget its failures. Where none was known of, this asks Redis nothing."""
        if not self._failing.find(subject):
            return
        try:
            if redis.is_worth_asking():
                redis.client().delete(*self._keys(subject))
        except RedisError:
            redis.note_silence()
        self._known.forget(subject)
        self._failing.forget(subject)

    def forget_all(self) -> None:
        """Have this process ask Redis anew."""
        self._known.clear()
        self._failing.clear()

    def _keys(self, subject: str) -> list[str]:
        start = f"{settings.REDIS_KEY_PREFIX}:breaker:{self.name}:{subject}"
        return [f"{start}:failures", f"{start}:rest", f"{start}:probe"]

    def _run(self, script: str, subject: str, *arguments: int) -> int | None:
        """What the script answers; None while Redis can't be reached."""
        if not redis.is_worth_asking():
            return None
        try:
            answer = _script(redis.client(), script)(self._keys(subject), arguments)
        except RedisError as error:
            redis.note_silence()
            log.warning("breaker.unavailable reason=%s", type(error).__name__)
            return None
        redis.note_answer()
        return answer


@lru_cache(maxsize=8)
def _script(client: Redis, text: str):
    return client.register_script(text)
