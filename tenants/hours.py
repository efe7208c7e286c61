"""Whether a business is open at a moment. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time

from tenants.zones import zone_named


@dataclass(frozen=True, kw_only=True)
class HoursConfig:
    """`weekly` are (weekday, opens, closes), Monday 0; `closed_days` are closed whatever the weekday. Without weekly
    times nothing was said, and the business counts as open."""

    timezone: str = "UTC"
    weekly: tuple[tuple[int, time, time], ...] = ()
    closed_days: frozenset[date] = frozenset()


def is_open(hours: HoursConfig, now: datetime) -> bool:
    """Whether `now` (aware) is within the opening hours; at the moment of closing it is not."""
    if not hours.weekly:
        return True
    local = now.astimezone(zone_named(hours.timezone))
    if local.date() in hours.closed_days:
        return False
    at = local.time().replace(tzinfo=None)
    return any(day == local.weekday() and opens <= at < closes for day, opens, closes in hours.weekly)
