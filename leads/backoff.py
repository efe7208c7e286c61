"""When to try again. Pure; chance is an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# What may have arrived is left this long before it is looked for: whoever is slow has it written down by then.
AMBIGUOUS_SECONDS = 60
# A destination that fails this often in a row, or half of many times in a short while, rests, so that it can't keep a
# worker from the others. After its rest one delivery tries it out.
REST_AFTER = 5
WINDOW = timedelta(minutes=5)
WINDOW_TRIES = 20
FIRST_REST_SECONDS = 120
LONGEST_REST_SECONDS = 1800


@dataclass(frozen=True)
class Patience:
    """Seconds after the first, second … failure, the last of them for all further ones, moved by chance.

    `jitter` is the part of a wait by which it may be shorter and, where `both_ways`, longer. A delivery is given up
    when its waits are used up or, where `days` says so, when it has been tried for that long.
    """

    waits: tuple[int, ...]
    jitter: float
    both_ways: bool = True
    days: int | None = None


# The schedule of Svix, over a day: receivers of webhooks know it.
WEBHOOK = Patience(waits=(5, 300, 1800, 7200, 18_000, 36_000, 36_000), jitter=0.2)
# 5 s · 4ⁿ up to six hours, with "full jitter" on its upper half, for three days.
CRM = Patience(waits=(5, 20, 80, 320, 1280, 5120, 20_480, 21_600), jitter=0.5, both_ways=False, days=3)


def next_try_at(
    patience: Patience,
    *,
    failures: int,
    first_at: datetime,
    now: datetime,
    chance: float,
    retry_after_seconds: int | None = None,
    is_ambiguous: bool = False,
) -> datetime | None:
    """When to try after so many failures (1 for the first), None after the last.

    `first_at` is when it was first due, `chance` from 0 to 1 moves the wait. Never earlier than the destination asked
    for.
    """
    is_last = patience.days is None and failures > len(patience.waits)
    if is_last or (patience.days is not None and now >= first_at + timedelta(days=patience.days)):
        return None
    seconds = patience.waits[min(failures, len(patience.waits)) - 1] * _jitter(patience, chance)
    least = max(retry_after_seconds or 0, AMBIGUOUS_SECONDS if is_ambiguous else 0)
    return now + timedelta(seconds=max(seconds, least))


def rest_until(
    *, failures: int, is_failing_often: bool = False, now: datetime, retry_after_seconds: int | None
) -> datetime | None:
    """Until when to leave a destination alone after so many failures in a row over all that is sent to it."""
    seconds = retry_after_seconds or 0
    if failures >= REST_AFTER or is_failing_often:
        doublings = min(max(0, failures - REST_AFTER), 10)
        seconds = max(seconds, min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2**doublings))
    return now + timedelta(seconds=seconds) if seconds else None


def is_failing_often(*, tries: int, failures: int) -> bool:
    """Whether at least half of many tries within one window failed."""
    return tries >= WINDOW_TRIES and 2 * failures >= tries


def _jitter(patience: Patience, chance: float) -> float:
    if patience.both_ways:
        return 1 + patience.jitter * (2 * chance - 1)
    return 1 - patience.jitter * (1 - chance)
