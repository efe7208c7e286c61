import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from widget.engine.uplift import Share, compare

shares = st.tuples(st.integers(0, 5000), st.integers(0, 5000)).map(lambda pair: Share(min(pair), max(pair)))


# The examples of Newcombe's paper, table II, method 10.
@pytest.mark.parametrize(
    ("heard", "alone", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_interval_is_the_published_one(heard, alone, low, high):
    uplift = compare(Share(*heard), Share(*alone))

    assert (round(uplift.low, 4), round(uplift.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [((0, 0), 0.0, 1.0), ((0, 10), 0.0, 0.2775), ((10, 10), 0.7225, 1.0), ((81, 263), 0.2553, 0.3662)],
)
def test_interval_of_one_share_is_wilsons(share, low, high):
    assert tuple(round(end, 4) for end in Share(*share).interval) == (low, high)


@pytest.mark.parametrize(
    ("heard", "alone", "verdict"),
    [
        ((31, 412), (2, 52), "too_early"),
        ((0, 0), (0, 0), "nobody_left_alone"),
        ((31, 412), (0, 0), "nobody_left_alone"),
        ((0, 0), (2, 52), "too_early"),
        ((10, 10), (0, 10), "too_early"),  # however clear: twenty people are no shop
        ((300, 4000), (30, 1000), "helps"),
        ((30, 1000), (300, 4000), "harms"),
        ((120, 4000), (40, 1000), "no_help"),
        ((0, 5000), (0, 500), "no_help"),
        ((0, 400), (0, 50), "no_help"),
    ],
)
def test_verdict_says_no_more_than_the_figures(heard, alone, verdict):
    assert compare(Share(*heard), Share(*alone)).verdict == verdict


def test_difference_is_told_in_shares():
    uplift = compare(Share(300, 4000), Share(30, 1000))

    assert (uplift.difference, round(uplift.low, 4), round(uplift.high, 4)) == (
        pytest.approx(0.045),
        0.0303,
        0.0574,
    )
    assert compare(Share(0, 0), Share(0, 0)).difference == 0
    assert (compare(Share(3, 9), Share(0, 0)).low, compare(Share(3, 9), Share(0, 0)).high) == (-1.0, 1.0)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shares, shares)
def test_interval_holds_the_difference_and_turns_with_the_groups(one, other):
    uplift, turned = compare(one, other), compare(other, one)

    assert -1 <= uplift.low <= uplift.difference <= uplift.high <= 1
    assert (uplift.low, uplift.high) == pytest.approx((-turned.high, -turned.low))
