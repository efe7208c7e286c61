"""Ranks the passages of one index for a question: BM25 over questions and bodies, and likeness of spelling on questions.

score(d) = 2 * max over d's questions u of [BM25(q, u) + 0.4 * mass(q) * cosine of 4-grams(q, u)] + BM25(q, body of d)
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from heapq import nsmallest

from tenants.knowledge.index import GRAM_WEIGHT, QUESTION_WEIGHT, SATURATION, LexicalIndex
from tenants.knowledge.probability import Evidence
from tenants.knowledge.question import Question, QuestionTerm, read_history, read_question

HISTORY_WEIGHT = 0.15
HISTORY_WEIGHT_OF_FOLLOW_UP = 0.4
FEWEST_WORDS_ALONE = 4  # content words from which a message is taken to stand by itself


@dataclass(frozen=True, slots=True)
class Ranked:
    """`passages` are (number, score), best first; `evidence` speaks of the first one, None where nothing was found."""

    passages: tuple[tuple[int, float], ...] = ()
    evidence: Evidence | None = None


@dataclass(slots=True)
class _Matches:
    """Scores by body (passage number) and by unit (wording of a question), before they are added up."""

    bodies: dict[int, float]
    units: dict[int, float]

    def copy(self) -> "_Matches":
        return _Matches(dict(self.bodies), dict(self.units))


def rank(index: LexicalIndex, text: str, *, earlier: str = "", limit: int = 8, without: Collection[int] = ()) -> Ranked:
    """The best passages for a message, never those in `without`. The `earlier` turn moves ranks; evidence is the message's alone."""
    question = read_question(index, text)
    matches = _Matches({}, {})
    _add_terms(index, matches, question.terms, weight=1.0)
    cosines = _gram_cosines(index, question)
    for unit, cosine in cosines.items():
        matches.units[unit] = matches.units.get(unit, 0.0) + GRAM_WEIGHT * question.mass * cosine
    alone, best_units = _add_up(index, matches)
    totals = alone
    if earlier:
        matches = matches.copy()
        weight = _history_weight(index, text, question)
        _add_terms(index, matches, read_history(index, earlier, besides=text), weight=weight)
        totals, _ = _add_up(index, matches)
    top = _best(totals, limit, without)
    if not top:
        return Ranked()
    unit = best_units.get(top[0][0])
    evidence = _weigh(index, question, top[0][0], unit, cosines.get(unit, 0.0), alone, without)
    return Ranked(tuple(top), evidence)


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


def _best(totals: dict[int, float], limit: int, without: Collection[int]) -> list[tuple[int, float]]:
    allowed = ((passage, score) for passage, score in totals.items() if passage not in without)
    return nsmallest(limit, allowed, key=lambda item: (-item[1], item[0]))


def _history_weight(index: LexicalIndex, text: str, question: Question) -> float:
    """A message that points back or says little on its own leans on the turn before."""
    points_back = not index.analyzer.pointing_words.isdisjoint(index.analyzer.words(text))
    is_short = question.content_count < FEWEST_WORDS_ALONE
    return HISTORY_WEIGHT_OF_FOLLOW_UP if points_back or is_short else HISTORY_WEIGHT


def _weigh(
    index: LexicalIndex,
    question: Question,
    passage: int,
    unit: int | None,
    cosine: float,
    scores: dict[int, float],
    without: Collection[int],
) -> Evidence:
    """What speaks for the first passage, from the message's own terms."""
    unit_rows = set() if unit is None else set(index.unit_terms.ids_of(unit))
    in_passage = in_question = unmatched = 0.0
    matched_rows: set[int] = set()
    has_content = False
    for term in question.terms:
        hit_unit = max((w for row, w in term.alternatives if row in unit_rows), default=0.0)
        hit_body = max((w for row, w in term.alternatives if index.bodies.has(row, passage)), default=0.0)
        matched_rows.update(row for row, _ in term.alternatives if row in unit_rows)
        in_question += term.idf * hit_unit
        in_passage += term.idf * max(hit_unit, hit_body)
        if not (hit_unit or hit_body):
            unmatched = max(unmatched, term.idf)
        elif not term.is_stop_word:
            has_content = True
    unit_mass = 0.0 if unit is None else index.unit_masses[unit]
    matched_mass = sum(index.idf[row] for row in sorted(matched_rows))
    score = scores.get(passage, 0.0)
    others = (other for number, other in scores.items() if number != passage and number not in without)
    mass = question.mass or 1.0
    return Evidence(
        has_question=unit is not None,
        has_content=has_content,
        covered=in_passage / mass,
        covered_by_question=in_question / mass,
        overlap=0.0 if unit is None else (in_question + matched_mass) / ((mass + unit_mass) or 1.0),
        spelling=cosine,
        margin=(score - max(others, default=0.0)) / score if score else -1.0,
        unmatched=unmatched / index.highest_idf,
        content_words=min(question.content_count, 8) / 8,
        strength=min(1.5, score / (2.2 * mass)),
    )
