import pytest

from tenants.contracts import EngagementWeights
from widget.engine.engagement import EngagementFacts, score

WEIGHTS = EngagementWeights()


def points(weights=WEIGHTS, **facts):
    return score(EngagementFacts(**facts), weights)


def test_example_of_the_contract_gives_65():
    assert points(time_on_page_ms=45_000, scroll_depth=75, click_count=3, pages=1, visits=1) == 65


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, 0),
        ({"time_on_page_ms": 60_000}, 40),
        ({"time_on_page_ms": 30_000}, 20),
        ({"time_on_page_ms": 6_000_000}, 40),
        ({"scroll_depth": 100}, 30),
        ({"scroll_depth": 1000}, 30),
        ({"click_count": 5}, 20),
        ({"click_count": 1}, 4),
        ({"pages": 2}, 2),
        ({"visits": 3}, 4),
        ({"pages": 3, "visits": 4}, 10),
        ({"pages": 600, "visits": 400}, 10),
        ({"pages": 0, "visits": 0}, 0),
        ({"time_on_page_ms": 60_000, "scroll_depth": 100, "click_count": 5, "pages": 6}, 100),
    ],
)
def test_each_part_is_bounded_by_its_weight(facts, expected):
    assert points(**facts) == expected


@pytest.mark.parametrize(("time_on_page_ms", "expected"), [(749, 0), (750, 1), (2_249, 1), (2_250, 2), (3_750, 3)])
def test_halves_are_rounded_up(time_on_page_ms, expected):
    assert points(time_on_page_ms=time_on_page_ms) == expected


@pytest.mark.parametrize("odd", [-5, float("nan"), float("-inf"), -(10**40)])
def test_odd_numbers_count_as_nothing(odd):
    assert points(time_on_page_ms=odd, scroll_depth=odd, click_count=odd, pages=odd, visits=odd) == 0


@pytest.mark.parametrize("huge", [10**40, float("inf"), 1e308])
def test_huge_numbers_count_as_full(huge):
    assert points(time_on_page_ms=huge, scroll_depth=huge, click_count=huge, pages=huge, visits=huge) == 100


def test_weights_are_the_tenants_and_the_score_stays_within_bounds():
    weights = EngagementWeights(time_on_page=90, scroll_depth=90, clicks=0, visits=0)

    assert points(weights, time_on_page_ms=60_000) == 90
    assert points(weights, time_on_page_ms=60_000, scroll_depth=100) == 100
    assert points(weights, click_count=5) == 0
