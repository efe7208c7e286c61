"""When to try again. Pure; chance is an argument."""

from datetime import datetime, timedelta

# Seconds after the first, second … failure; the eighth is the last.
WAITS = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
JITTER = 0.2
# A destination that fails this often in a row rests, so that it can't keep a worker from the others.
REST_AFTER = 5
FIRST_REST_SECONDS = 60
LONGEST_REST_SECONDS = 1800


def next_try_at(*, failures: int, now: datetime, chance: float, retry_after_seconds: int | None) -> datetime | None:
    """When to try after so many failures (1 for the first), None after the last.

    `chance` from 0 to 1 moves the wait by up to 20 % either way. Never earlier than the destination asked for.
    """
    if failures > len(WAITS):
        return None
    seconds = WAITS[failures - 1] * (1 + JITTER * (2 * chance - 1))
    return now + timedelta(seconds=max(seconds, retry_after_seconds or 0))


def rest_until(*, failures: int, now: datetime, retry_after_seconds: int | None) -> datetime | None:
    """Until when to leave a destination alone after so many failures in a row over all that is sent to it."""
    seconds = retry_after_seconds or 0
    if failures >= REST_AFTER:
        seconds = max(seconds, min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2 ** min(failures - REST_AFTER, 10)))
    return now + timedelta(seconds=seconds) if seconds else None
