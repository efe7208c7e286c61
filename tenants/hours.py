"""Whether a business is open at a moment, and until when it can promise something. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tenants.zones import zone_named

DAYS_AHEAD = 60  # who is closed for longer than this promises by the clock


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


def after_open_hours(hours: HoursConfig, now: datetime, *, count: float) -> datetime:
    """When the business will have been open for `count` hours from `now` on; in UTC. Where it named no opening times,
    or is closed for two months, so many hours from now."""
    left = timedelta(hours=count)
    for opens_at, closes_at in _openings(hours, now):
        begins_at = max(opens_at, now)
        if closes_at - begins_at >= left:
            return begins_at + left
        left -= max(closes_at - begins_at, timedelta())
    return (now + timedelta(hours=count)).astimezone(UTC)


def _openings(hours: HoursConfig, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Beginning and end of each opening that ends after `now`, in order, in UTC."""
    zone = zone_named(hours.timezone)
    today = now.astimezone(zone).date()
    for ahead in range(DAYS_AHEAD) if hours.weekly else ():
        day = today + timedelta(days=ahead)
        if day in hours.closed_days:
            continue
        for _weekday, opens, closes in sorted(one for one in hours.weekly if one[0] == day.weekday()):
            opens_at, closes_at = (datetime.combine(day, at, zone).astimezone(UTC) for at in (opens, closes))
            if closes_at > now:
                yield opens_at, closes_at
