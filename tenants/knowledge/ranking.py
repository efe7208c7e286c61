"""Ranks the passages of one index for a message: BM25 over questions and bodies, likeness of spelling on questions.

The score of a passage is 2 x the best of its questions [BM25 + 0.4 x mass of the message x cosine of 4-grams]
+ BM25 of its body. Where the cosines of the meaning are known, they are added to that score on their own scale.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest, nsmallest

from tenants.knowledge.evidence import FULL_BODY_SCORE, Candidate, Evidence, weigh
from tenants.knowledge.index import GRAM_WEIGHT, QUESTION_WEIGHT, SATURATION, LexicalIndex
from tenants.knowledge.question import Question, QuestionTerm, read_history, read_question

HISTORY_WEIGHT = 0.15
HISTORY_WEIGHT_OF_FOLLOW_UP = 0.4
FEWEST_WORDS_ALONE = 4  # content words from which a message is taken to stand by itself
FULL_SCORE = 5.5  # about what a message's mass is multiplied by where a stored question is asked word for word
MOST_BY_WORDS, MOST_BY_MEANING = 200, 50  # passages that are weighed by both


@dataclass(frozen=True, slots=True)
class Ranked:
    """`passages` are (number, score), best first; `evidence` is about the first one, None where nothing was found."""

    passages: tuple[tuple[int, float], ...] = ()
    evidence: Evidence | None = None


@dataclass(slots=True)
class _Matches:
    """Scores by body (passage number) and by unit (wording of a question), before they are added up."""

    bodies: dict[int, float]
    units: dict[int, float]


def rank(
    index: LexicalIndex,
    text: str,
    *,
    earlier: str = "",
    limit: int = 8,
    without: Collection[int] = (),
    cosines: Sequence[float] = (),
) -> Ranked:
    """The best passages for a message, never those in `without`.

    The visitor's `earlier` turn moves ranks only: the evidence is the message's alone. `cosines`, one for each passage,
    say how near its meaning is to the message's; they move ranks and are evidence.
    """
    question = read_question(index, text)
    matches = _Matches({}, {})
    _add_terms(index, matches, question.terms, weight=1.0)
    spellings = _gram_cosines(index, question)
    for unit, cosine in spellings.items():
        matches.units[unit] = matches.units.get(unit, 0.0) + GRAM_WEIGHT * question.mass * cosine
    alone, best_units = _add_up(index, matches)
    totals = alone
    if earlier:
        history = read_history(index, earlier, besides=text)
        _add_terms(index, matches, history, weight=_history_weight(index, text, question))
        totals, _ = _add_up(index, matches)
    if cosines:
        totals = _blend(index, totals, question.mass, cosines)
    passages = _best(totals, limit, without)
    if not passages:
        return Ranked()
    first = passages[0][0]
    unit = best_units.get(first)
    if cosines and unit is None:
        unit = _find_unit(index, first)
    candidate = _candidate(first, unit, spellings.get(unit, 0.0), alone, without)
    evidence = weigh(index, question, candidate)
    if cosines:
        others = (cosine for number, cosine in enumerate(cosines) if number != first and number not in without)
        lead = cosines[first] - max(others, default=0.0)
        evidence = replace(evidence, nearness=cosines[first], nearness_lead=lead)
    return Ranked(tuple(passages), evidence)


def _add_terms(index: LexicalIndex, matches: _Matches, terms: Iterable[QuestionTerm], *, weight: float) -> None:
    bodies, units = matches.bodies, matches.units
    body_norms, question_norms = index.body_norms, index.question_norms
    for term in terms:
        for row, likeness in term.alternatives:
            gain = weight * likeness * index.idf[row] * (SATURATION + 1)
            for passage, count in index.bodies.pairs_of(row):
                bodies[passage] = bodies.get(passage, 0.0) + gain * count / (count + body_norms[passage])
            for unit, count in index.questions.pairs_of(row):
                units[unit] = units.get(unit, 0.0) + gain * count / (count + question_norms[unit])


def _gram_cosines(index: LexicalIndex, question: Question) -> dict[int, float]:
    """Likeness of spelling, 0 to 1, of the message to each unit that shares a 4-gram with it."""
    shared: dict[int, float] = {}
    for row, square in question.grams.items():
        for unit in index.gram_units.ids_of(row):
            shared[unit] = shared.get(unit, 0.0) + square
    length = question.gram_length or 1.0
    return {unit: square * index.unit_gram_norms[unit] / length for unit, square in shared.items()}


def _add_up(index: LexicalIndex, matches: _Matches) -> tuple[dict[int, float], dict[int, int]]:
    """Scores by passage, and of each passage the unit that matched best."""
    best: dict[int, float] = {}
    best_units: dict[int, int] = {}
    for unit, score in matches.units.items():
        passage = index.unit_passages[unit]
        if score > best.get(passage, 0.0):
            best[passage], best_units[passage] = score, unit
    totals = dict(matches.bodies)
    for passage, score in best.items():
        totals[passage] = totals.get(passage, 0.0) + QUESTION_WEIGHT * score
    return totals, best_units


def _blend(index: LexicalIndex, totals: dict[int, float], mass: float, cosines: Sequence[float]) -> dict[int, float]:
    """A sum, not one rank beside the other: it keeps how far apart they are, and outlives vectors that say little."""
    scale = (FULL_SCORE if index.unit_count else FULL_BODY_SCORE) * (mass or 1.0)
    by_words = nlargest(MOST_BY_WORDS, totals, key=totals.__getitem__)
    by_meaning = nlargest(MOST_BY_MEANING, range(len(cosines)), key=cosines.__getitem__)
    chosen = dict.fromkeys([*by_words, *by_meaning])
    return {passage: totals.get(passage, 0.0) / scale + cosines[passage] for passage in chosen}


def _find_unit(index: LexicalIndex, passage: int) -> int | None:
    """A wording of the passage's question, of which the message has no word; None where it has no question."""
    return index.unit_passages.index(passage) if passage in index.unit_passages else None


def _best(totals: dict[int, float], limit: int, without: Collection[int]) -> list[tuple[int, float]]:
    allowed = ((passage, score) for passage, score in totals.items() if passage not in without)
    return nsmallest(limit, allowed, key=lambda item: (-item[1], item[0]))


def _history_weight(index: LexicalIndex, text: str, question: Question) -> float:
    """A message that points back or says little on its own leans on the turn before."""
    points_back = not index.analyzer.pointing_words.isdisjoint(index.analyzer.words(text))
    is_short = question.content_count < FEWEST_WORDS_ALONE
    return HISTORY_WEIGHT_OF_FOLLOW_UP if points_back or is_short else HISTORY_WEIGHT


def _candidate(
    passage: int, unit: int | None, spelling: float, scores: dict[int, float], without: Collection[int]
) -> Candidate:
    others = (score for number, score in scores.items() if number != passage and number not in without)
    return Candidate(passage, unit, spelling, scores.get(passage, 0.0), max(others, default=0.0))
