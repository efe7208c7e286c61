"""How engaged a visitor is, as one number."""

import math
from dataclasses import dataclass
from fractions import Fraction

from tenants.contracts import EngagementWeights

_FULL_TIME_MS = 60_000
_FULL_SCROLL_PERCENT = 100
_FULL_CLICKS = 5
_FULL_RETURNS = 5


@dataclass(frozen=True, kw_only=True)
class EngagementFacts:
    """What was seen of a visitor.

    The first three are of the page view at hand, `scroll_depth` in percent; `pages` counts those seen in the session,
    `visits` the sessions of the visitor, each with this one.
    """

    time_on_page_ms: float = 0
    scroll_depth: float = 0
    click_count: float = 0
    pages: float = 1
    visits: float = 1


def score(facts: EngagementFacts, weights: EngagementWeights) -> int:
    """Return 0–100: time on page (full at 60 s), scroll depth, clicks (full at 5), and further pages and visits (full
    at 5 together), each times its weight, rounded half up."""
    further = _share(facts.pages, _FULL_RETURNS + 1, first=1) + _share(facts.visits, _FULL_RETURNS + 1, first=1)
    points = (
        weights.time_on_page * _share(facts.time_on_page_ms, _FULL_TIME_MS)
        + weights.scroll_depth * _share(facts.scroll_depth, _FULL_SCROLL_PERCENT)
        + weights.clicks * _share(facts.click_count, _FULL_CLICKS)
        + weights.visits * min(further, Fraction(1))
    )
    # Exact fractions: in floating point a half can come out a little below itself.
    return max(0, min(100, math.floor(points + Fraction(1, 2))))


def _share(amount: float, full: int, *, first: int = 0) -> Fraction:
    """Return how much of the way from `first` to `full` an amount is, 0 to 1; anything odd counts as nothing."""
    if isinstance(amount, float) and math.isnan(amount):
        return Fraction(0)
    bounded = max(first, min(amount, full))
    return (Fraction(bounded) - first) / (full - first)
