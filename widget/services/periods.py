"""Days in the time of a business, from the first to the last, whatever the clocks do in between."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from tenants.zones import zone_named

MOST_DAYS = 366


class PeriodInvalid(ValueError):
    """Not two days, in the wrong order, or too far apart."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """Both days are in it. `zone` is the business's."""

    first: date
    last: date
    zone: str

    def __post_init__(self):
        if not 0 <= (self.last - self.first).days < MOST_DAYS:
            raise PeriodInvalid

    @property
    def begins_at(self) -> datetime:
        return datetime.combine(self.first, time(), zone_named(self.zone))

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), zone_named(self.zone))

    @property
    def days(self) -> Iterator[date]:
        return (self.first + timedelta(days=count) for count in range((self.last - self.first).days + 1))

    @property
    def in_url(self) -> str:
        return f"{self.first}..{self.last}"

    def holds(self, column: str) -> Q:
        return Q(**{f"{column}__gte": self.begins_at, f"{column}__lt": self.ends_at})


def last_days(count: int, *, now: datetime, zone: str) -> Period:
    """So many days, today among them."""
    today = now.astimezone(zone_named(zone)).date()
    return Period(first=today - timedelta(days=count - 1), last=today, zone=zone)


def from_url(text: str, *, zone: str) -> Period:
    """What `in_url` gave. Raises PeriodInvalid for anything else."""
    first, _dots, last = text.partition("..")
    try:
        return Period(first=date.fromisoformat(first), last=date.fromisoformat(last), zone=zone)
    except (ValueError, OverflowError) as error:
        raise PeriodInvalid from error
