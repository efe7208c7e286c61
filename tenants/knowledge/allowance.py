"""The time that somebody who watches gives a reading."""

import math
import time

from tenants.jobs import Work


class Allowance:
    """The seconds that a reading may take over all its slices; those in which nobody works at it don't count."""

    def __init__(self, work: Work):
        self._most = work.settings.get("seconds") or math.inf
        self._before, self._began = work.cursor.get("spent_seconds", 0.0), time.monotonic()

    @property
    def spent_seconds(self) -> float:
        return round(self._before + time.monotonic() - self._began, 1)

    @property
    def is_spent(self) -> bool:
        return self.spent_seconds > self._most
