"""How well the questions of a set are answered from its knowledge base alone, without a model."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.retrieval_sets import QuestionSet
from tenants.knowledge.builder import build
from tenants.knowledge.calibration import calibrate
from tenants.knowledge.index import LexicalIndex
from tenants.knowledge.probability import SURE, confidence, probability, zone
from tenants.knowledge.ranking import rank

MOST_SUGGESTED = 3
DEPTH = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one question. `place` of the first passage that answers it, 0 for the best; None: not in five.

    `confidence` is what is told of the likelihood.
    """

    likelihood: float
    place: int | None
    is_answerable: bool
    zone: str

    @property
    def is_right(self) -> bool:
        return self.place == 0

    @property
    def confidence(self) -> float:
        return confidence(self.likelihood)


@dataclass(frozen=True)
class Finding:
    """Shares of the answerable questions whose passage came first, among 3, among 5; mean of one over its place."""

    first: float
    in_three: float
    in_five: float
    reciprocal: float


@dataclass(frozen=True)
class Answering:
    """What would be said. `right` to `refused` are shares of the answerable questions and add up to 1; `helped` are
    those of the suggested whose passage is among the three shown. `false`: the others that were answered outright.

    `calibration_error` (ECE) weighs both kinds of question alike, as the probabilities were fitted. `sure_right` is the
    share of right ones among the `sure` questions, with a confidence of 0.8 or more. None: no such questions.
    """

    threshold: float
    right: float
    wrong: float
    suggested: float
    helped: float
    refused: float
    false: float | None
    calibration_error: float | None
    sure: int
    sure_right: float | None


@dataclass(frozen=True)
class Figures:
    questions: QuestionSet
    finding: Finding
    answering: Answering
    judged: tuple[Judged, ...]


def measure(questions: QuestionSet, find_cosines: Callable[[str], Sequence[float]] | None = None) -> Figures:
    """Puts every question of the set to its index, calibrated as shipped, and searched by meaning too if asked."""
    index = built(questions)
    by_words = find_cosines is None
    cosines = [() if by_words else find_cosines(one.text) for one in questions.asked]
    judged = tuple(_judge(index, questions, number, cosines[number]) for number in range(len(questions.asked)))
    threshold = index.thresholds.question if questions.has_questions else index.thresholds.chunk
    places = [one.place for one in judged if one.is_answerable]
    return Figures(questions, find_shares(places), _answer_shares(judged, threshold), judged)


def built(questions: QuestionSet) -> LexicalIndex:
    """The set's index, calibrated as shipped; its references are the passages' numbers."""
    index = build(questions.entries, language=questions.language)
    index.thresholds = calibrate(index, questions.entries)
    index.references = range(index.passage_count)
    return index


def find_place(questions: QuestionSet, number: int, found: Sequence[int]) -> int | None:
    """The place among `found` passages of the first that answers question `number`."""
    gold = questions.asked[number].gold
    return next((place for place, passage in enumerate(found[:DEPTH]) if questions.ids[passage] in gold), None)


def find_shares(places: Sequence[int | None]) -> Finding:
    """Of the places of all answerable questions."""
    count = len(places) or 1
    within = [sum(place is not None and place < depth for place in places) / count for depth in (1, 3, DEPTH)]
    return Finding(*within, sum(1 / (1 + place) for place in places if place is not None) / count)


def _judge(index: LexicalIndex, questions: QuestionSet, number: int, cosines: Sequence[float]) -> Judged:
    one = questions.asked[number]
    ranked = rank(index, one.text, earlier=one.earlier, limit=DEPTH, cosines=cosines)
    if ranked.evidence is None:
        return Judged(0.0, None, bool(one.gold), "refuse")
    likelihood = probability(ranked.evidence)
    place = find_place(questions, number, [passage for passage, _ in ranked.passages])
    return Judged(likelihood, place, bool(one.gold), zone(ranked.evidence, likelihood, index.thresholds))


def _answer_shares(judged: Sequence[Judged], threshold: float) -> Answering:
    answerable = [one for one in judged if one.is_answerable]
    others = [one for one in judged if not one.is_answerable]
    zones = Counter((one.zone, one.is_right) for one in answerable)
    helped = sum(one.zone == "suggest" and one.place is not None and one.place < MOST_SUGGESTED for one in answerable)
    sure = [one.is_right for one in judged if one.confidence >= SURE]
    count = len(answerable) or 1
    return Answering(
        threshold=threshold,
        right=zones["answer", True] / count,
        wrong=zones["answer", False] / count,
        suggested=sum(one.zone == "suggest" for one in answerable) / count,
        helped=helped / count,
        refused=sum(one.zone == "refuse" for one in answerable) / count,
        false=sum(one.zone == "answer" for one in others) / len(others) if others else None,
        calibration_error=calibration_error(judged) if others and answerable else None,
        sure=len(sure),
        sure_right=sum(sure) / len(sure) if sure else None,
    )


def calibration_error(judged: Sequence[Judged]) -> float:
    """Expected calibration error of the confidence, in ten bins; both kinds of question weigh half, however many."""
    totals = Counter(one.is_answerable for one in judged)
    gaps: dict[int, float] = defaultdict(float)
    for one in judged:
        gaps[min(9, int(one.confidence * 10))] += (one.confidence - one.is_right) / (2 * totals[one.is_answerable])
    return sum(abs(gap) for gap in gaps.values())
