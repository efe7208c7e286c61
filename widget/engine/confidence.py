"""How sure an answer is: what a model says of itself, held against what was measured of it. Pure.

From 0.8 on, four in five answers are to be right. What a model claims of itself is no measurement: without one, only
knowledge that finds the same passage by itself can let it pass.
"""

from bisect import bisect_right
from collections.abc import Sequence

MOST_UNMEASURED = 0.79

Curve = Sequence[tuple[float, float]]


def calibrate(stated: float, curve: Curve, *, backing: float = 0.0) -> float:
    """The confidence, 0 to 1, of an answer whose model states its certainty so.

    `curve` are measured points (stated, share that was right), rising in both; `backing` is the probability, from
    knowledge alone, that the passage which the answer names first answers the question.
    """
    own = read_curve(curve, stated) if curve else min(stated, MOST_UNMEASURED)
    return max(own, min(stated, backing))


def read_curve(curve: Curve, stated: float) -> float:
    """Between two points on the line that joins them, beyond the last ones as there."""
    place = bisect_right([point for point, _ in curve], stated)
    if place == 0:
        return curve[0][1]
    if place == len(curve):
        return curve[-1][1]
    (left, low), (right, high) = curve[place - 1], curve[place]
    return low + (high - low) * (stated - left) / (right - left)
