"""What is asked of retrieval on sets that are known by name. Others are measured and told, without a bar."""

import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.retrieval_figures import Figures

FIRST, THREE, FIVE = "first", "in_three", "in_five"
MEASURES = {FIRST: "R@1", THREE: "R@3", FIVE: "R@5"}
FINDING = {
    ("stackfaq k0", FIRST): 0.74,
    ("stackfaq k0", FIVE): 0.92,
    ("covidfaq k0", FIVE): 0.88,
    ("banking77 k9", FIRST): 0.67,
    ("banking77 k9", FIVE): 0.88,
    ("clinc150 k9", FIRST): 0.70,
    ("hint3-curekart k9", THREE): 0.77,
    ("hint3-sofmattress k9", THREE): 0.85,
    ("mtrag-cloud history", FIVE): 0.85,
    ("mtrag-govt history", FIVE): 0.86,
    ("mtrag-fiqa history", FIVE): 0.85,
    ("mtrag-clapnq history", FIVE): 0.82,
    ("xquad-de", FIRST): 0.88,
    ("xquad-es", FIRST): 0.90,
    ("xquad-en", FIRST): 0.92,
    ("piaf-fr", FIVE): 0.84,
}
MOST_FALSE = {
    "hint3-curekart k9": 0.08,
    "hint3-powerplay11 k9": 0.08,
    "hint3-sofmattress k9": 0.08,
    "clinc150 k9": 0.03,
    "stackfaq k0 drop": 0.05,
    "banking77 k9 drop": 0.16,
}
LEAST_RIGHT = {"clinc150 k9": 0.38, "stackfaq k0 drop": 0.38}
LOST_TO_TYPOS = {"stackfaq k0": 0.06, "banking77 k9": 0.06, "mtrag-cloud": 0.06, "xquad-en": 0.06, "xquad-de": 0.06}
WON_BY_VARIANTS = {"banking77": 0.20}
FAQ_MEANS = {"false": 0.06, "wrong": 0.04, "calibration_error": 0.10}
CHUNK_MEANS = {"wrong": 0.06, "calibration_error": 0.13}
TOLD = {"false": "false answers", "wrong": "wrong answers", "calibration_error": "calibration error"}


@dataclass(frozen=True)
class Bar:
    """What is asked of one figure; `is_most` where it may be no more than `limit`, else no less."""

    what: str
    value: float
    limit: float
    is_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit if self.is_most else self.value >= self.limit

    def __str__(self) -> str:
        sign = "≤" if self.is_most else "≥"
        return f"{'ok  ' if self.is_met else 'MISS'} {self.what:<62} {self.value:8.3f} {sign} {self.limit:g}"


def quality_bars(measured: Mapping[str, Figures]) -> Iterator[Bar]:
    """The bars of what was measured, by label; sets that are not there have none."""
    for (label, name), limit in FINDING.items():
        if label in measured:
            yield Bar(f"{label}: {MEASURES[name]}", getattr(measured[label].finding, name), limit)
    for label, limit in LOST_TO_TYPOS.items():
        if f"{label} typos" in measured:
            lost = _first(measured, label) - _first(measured, f"{label} typos")
            yield Bar(f"{label}: R@1 lost to typos", lost, limit, is_most=True)
    for name, limit in WON_BY_VARIANTS.items():
        if f"{name} k9" in measured:
            won = _first(measured, f"{name} k9") - _first(measured, f"{name} k0")
            yield Bar(f"{name}: R@1 won by nine variants", won, limit)
    yield from _answering_bars(measured)


def _answering_bars(measured: Mapping[str, Figures]) -> Iterator[Bar]:
    for label, limit in MOST_FALSE.items():
        if label in measured and measured[label].answering.false is not None:
            yield Bar(f"{label}: false answers", measured[label].answering.false, limit, is_most=True)
    for label, limit in LEAST_RIGHT.items():
        if label in measured:
            yield Bar(f"{label}: right answers", measured[label].answering.right, limit)
    # Those with both kinds of question, each set as it would be used: with all the wordings it has.
    has_both = (one for one in measured.values() if one.answering.calibration_error is not None)
    sets = [one for one in has_both if _is_as_used(one, measured)]
    yield from _mean_bars("FAQ sets", FAQ_MEANS, sets, lambda one: one.questions.has_questions)
    yield from _mean_bars("chunk sets", CHUNK_MEANS, sets, lambda one: not one.questions.has_questions)


def _is_as_used(figures: Figures, measured: Mapping[str, Figures]) -> bool:
    most = "k9" if f"{figures.questions.name} k9" in measured else "k0" if figures.questions.has_questions else ""
    return figures.questions.variation in (most, f"{most} drop".strip())


def _mean_bars(
    name: str, limits: Mapping[str, float], sets: list[Figures], belongs: Callable[[Figures], bool]
) -> Iterator[Bar]:
    chosen = [one.answering for one in sets if belongs(one)]
    for field, limit in limits.items():
        if chosen:
            mean = statistics.fmean(getattr(one, field) for one in chosen)
            yield Bar(f"{name} ({len(chosen)}): {TOLD[field]}, mean", mean, limit, is_most=True)


def _first(measured: Mapping[str, Figures], label: str) -> float:
    return measured[label].finding.first
