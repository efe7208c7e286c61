"""Quiet hours by the business's clock."""

from datetime import UTC, datetime, time

import pytest

from leads.quiet import is_quiet

EVENING, MORNING = time(22), time(7)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [((21, 59), False), ((22, 0), True), ((23, 59), True), ((0, 0), True), ((6, 59), True), ((7, 0), False)],
)
def test_quiet_hours_may_go_over_midnight(clock, expected):
    now = datetime(2026, 1, 28, *clock, tzinfo=UTC)
    assert is_quiet(EVENING, MORNING, timezone="UTC", now=now) is expected


@pytest.mark.parametrize(("clock", "expected"), [((11, 59), False), ((12, 0), True), ((13, 0), False)])
def test_or_be_within_a_day(clock, expected):
    now = datetime(2026, 1, 28, *clock, tzinfo=UTC)
    assert is_quiet(time(12), time(13), timezone="UTC", now=now) is expected


@pytest.mark.parametrize(("begins", "ends"), [(None, None), (EVENING, None), (None, MORNING), (EVENING, EVENING)])
def test_what_is_no_span_is_never_quiet(begins, ends):
    assert not is_quiet(begins, ends, timezone="UTC", now=datetime(2026, 1, 28, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        # In Berlin the clock goes from 2:00 to 3:00 on 29 March at 1:00 UTC, and back on 25 October.
        (datetime(2026, 3, 29, 4, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 29, 5, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 28, 5, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 28, 6, 0, tzinfo=UTC), False),
        (datetime(2026, 10, 25, 5, 59, tzinfo=UTC), True),
        (datetime(2026, 10, 25, 6, 0, tzinfo=UTC), False),
    ],
)
def test_the_clock_of_the_business_counts_also_when_it_is_put_forward_or_back(at, expected):
    assert is_quiet(EVENING, MORNING, timezone="Europe/Berlin", now=at) is expected
