"""The time within one request, told from its beginning."""

import time
from datetime import datetime, timedelta


class Clock:
    """Starts at `now` and runs with the monotonic clock, so that a change of the system's time moves no deadline."""

    def __init__(self, now: datetime, seconds: float):
        self._began_at = now
        self._began = time.monotonic()
        self._seconds = seconds

    def now(self) -> datetime:
        return self._began_at + timedelta(seconds=time.monotonic() - self._began)

    def left(self) -> float:
        """Seconds to the deadline; negative when it is over."""
        return self._seconds - (time.monotonic() - self._began)
