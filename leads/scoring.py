"""How a lead scores: named rules, each counted once, capped. Pure."""

from collections.abc import Iterable
from dataclasses import fields

from tenants.contracts import ScoreWeights

HIGHEST = 100
HOT_FROM = 70
WARM_FROM = 40
RULES = tuple(field.name for field in fields(ScoreWeights))


def points_for(rule: str, weights: ScoreWeights) -> int:
    """Raises ValueError for a rule that ScoreWeights doesn't name."""
    if rule not in RULES:
        raise ValueError(f"no such score rule: {rule}")
    return getattr(weights, rule)


def reweighed(entries: Iterable[tuple[str, int]], weights: ScoreWeights) -> list[tuple[str, int]]:
    """(rule, points) as they would be by `weights`. Rules that ScoreWeights doesn't name keep their points."""
    return [(rule, getattr(weights, rule) if rule in RULES else points) for rule, points in entries]


def total(entries: Iterable[tuple[str, int]]) -> int:
    """0–100 from (rule, points), oldest first. A rule counts once: as it was first written down."""
    first = {}
    for rule, points in entries:
        first.setdefault(rule, points)
    return max(0, min(HIGHEST, sum(first.values())))


def band_of(score: int) -> str:
    """hot from 70, warm from 40, cold below."""
    if score >= HOT_FROM:
        return "hot"
    return "warm" if score >= WARM_FROM else "cold"
