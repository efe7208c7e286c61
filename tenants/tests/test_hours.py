from datetime import UTC, date, datetime, time

import pytest

from tenants.hours import HoursConfig, is_open

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
