"""From which likelihood on "0.8" may be said: fitted on sets of questions, and tried on those it was not fitted on.

The promise is that of the questions with a confidence of 0.8 or more, 80 of 100 are answered rightly, whatever the
knowledge base. So the set counts on which a likelihood is worth least, not the mean, and as the next one may be worse
than all so far, a few more right answers are asked of the sets at hand than are promised.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.retrieval_bars import Bar
from benchmarks.retrieval_figures import SURE, Figures
from tenants.knowledge.probability import SURE_FROM

ASKED_OF_KNOWN = 0.85
FEWEST = 20  # questions; of fewer, the share says little
CANDIDATES = [hundredth / 100 for hundredth in range(80, 100)]


@dataclass(frozen=True)
class Tried:
    """`sure_from` as fitted without one family of sets, and on that family: the set with the least share of right ones.

    `share` is None where no set of the family has enough questions to tell.
    """

    family: str
    sure_from: float
    label: str = ""
    count: int = 0
    share: float | None = None


def fit(sets: Sequence[Figures]) -> float:
    """The least likelihood from which every set has enough right answers; 1 where there is none."""
    for likelihood in CANDIDATES:
        shares = (_share_right(one, likelihood) for one in sets)
        if all(count < FEWEST or share >= ASKED_OF_KNOWN for share, count in shares):
            return likelihood
    return 1.0


def leave_each_out(sets: Sequence[Figures]) -> Iterator[Tried]:
    """What is fitted without each family of sets, tried on it. Nothing where there is only one family."""
    families = sorted({one.questions.family for one in sets})
    for family in families if len(families) > 1 else ():
        sure_from = fit([one for one in sets if one.questions.family != family])
        left_out = [(one, *_share_right(one, sure_from)) for one in sets if one.questions.family == family]
        told = [(share, count, one.questions.label) for one, share, count in left_out if count >= FEWEST]
        if told:
            share, count, label = min(told)
            yield Tried(family, sure_from, label, count, share)
        else:
            yield Tried(family, sure_from)


def confidence_bars(measured: Mapping[str, Figures]) -> Iterator[Bar]:
    """Prints what was fitted and yields the bars: for sets that were left out, and for each as shipped."""
    sets = [one for one in measured.values() if not one.questions.variation.endswith("typos")]
    print(
        f"\n{'Confidence: 0.8 is said from a likelihood of':<56}{'on the set left out':<34}{'questions':>9}{'right':>9}"
    )
    for tried in leave_each_out(sets):
        share = f"{'-':>9}" if tried.share is None else f"{tried.share:9.3f}"
        fitted = f"  {f'fitted without {tried.family}':<44}{tried.sure_from:<10.2f}"
        print(f"{fitted}{tried.label:<34}{tried.count:9}{share}")
        if tried.share is not None:
            yield Bar(f"{tried.label}: right of confidence ≥ 0.8, when left out", tried.share, SURE)
    print(f"  {'fitted on all':<44}{fit(sets):.2f}\n  {'shipped (SURE_FROM)':<44}{SURE_FROM:.2f}")
    for one in sets:
        if one.answering.sure >= FEWEST:
            yield Bar(f"{one.questions.label}: right of confidence ≥ 0.8", one.answering.sure_right, SURE)


def _share_right(figures: Figures, likelihood: float) -> tuple[float, int]:
    """Of the questions at least as likely as this, the share answered rightly, and how many they are."""
    places = [one.is_right for one in figures.judged if one.likelihood >= likelihood]
    return (sum(places) / len(places) if places else 0.0), len(places)
