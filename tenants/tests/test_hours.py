from datetime import UTC, date, datetime, time, timedelta

import pytest

from tenants.hours import HoursConfig, after_open_hours, is_open

HOURS = HoursConfig(
    timezone="Europe/Berlin",
    weekly=((0, time(9), time(12)), (0, time(13), time(17, 30)), (5, time(10), time(14))),
    closed_days=frozenset({date(2026, 12, 28)}),
)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 30, 8, 0, tzinfo=UTC), True),  # Monday, nine in Berlin
        (datetime(2026, 11, 30, 7, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 30, 11, 0, tzinfo=UTC), False),  # noon is closing time
        (datetime(2026, 11, 30, 16, 29, tzinfo=UTC), True),
        (datetime(2026, 12, 1, 9, 0, tzinfo=UTC), False),
        (datetime(2026, 12, 5, 9, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 28, 9, 0, tzinfo=UTC), False),  # a Monday that is closed
        (datetime(2026, 7, 6, 7, 0, tzinfo=UTC), True),  # summer time
    ],
)
def test_hours_are_those_of_the_business(moment, expected):
    assert is_open(HOURS, moment) is expected


def test_who_has_said_nothing_counts_as_open():
    assert is_open(HoursConfig(), datetime(2026, 11, 29, 3, 0, tzinfo=UTC))


def test_an_unknown_time_zone_is_utc():
    hours = HoursConfig(timezone="Moon/Base", weekly=((0, time(9), time(12)),))

    assert is_open(hours, datetime(2026, 11, 30, 9, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("since", "hours", "until"),
    [
        (datetime(2026, 11, 30, 8, 0, tzinfo=UTC), 2, datetime(2026, 11, 30, 10, 0, tzinfo=UTC)),
        (datetime(2026, 11, 30, 8, 0, tzinfo=UTC), 3, datetime(2026, 11, 30, 11, 0, tzinfo=UTC)),
        (datetime(2026, 11, 30, 8, 0, tzinfo=UTC), 4, datetime(2026, 11, 30, 13, 0, tzinfo=UTC)),  # over lunch
        (datetime(2026, 11, 30, 2, 0, tzinfo=UTC), 1, datetime(2026, 11, 30, 9, 0, tzinfo=UTC)),  # before it opens
        (datetime(2026, 12, 5, 11, 0, tzinfo=UTC), 4, datetime(2026, 12, 7, 10, 0, tzinfo=UTC)),  # over a Sunday
        (datetime(2026, 12, 26, 13, 0, tzinfo=UTC), 1, datetime(2027, 1, 2, 10, 0, tzinfo=UTC)),  # a closed Monday
    ],
)
def test_what_is_promised_counts_the_hours_in_which_the_business_is_open(since, hours, until):
    assert after_open_hours(HOURS, since, count=hours) == until


def test_who_is_open_always_promises_by_the_clock():
    night = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)

    assert after_open_hours(HoursConfig(), night, count=4) == datetime(2026, 11, 30, 3, 0, tzinfo=UTC)


def test_who_never_opens_again_promises_by_the_clock():
    closed = HoursConfig(weekly=((0, time(9), time(12)),), closed_days=frozenset(_mondays()))
    midnight = datetime(2026, 11, 29, tzinfo=UTC)

    assert after_open_hours(closed, midnight, count=4) == midnight + timedelta(hours=4)


def _mondays():
    return (date(2026, 11, 30) + timedelta(weeks=week) for week in range(20))
