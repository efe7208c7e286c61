"""What speaks for and against the passage found first, from the message's own words."""

from dataclasses import dataclass, field

from tenants.knowledge.index import LexicalIndex
from tenants.knowledge.question import Question

HIGHEST_STRENGTH = 1.5
MOST_WORDS_COUNTED = 8
FULL_BODY_SCORE = 2.2  # what BM25 gives a term that a body is full of: k1 + 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """Shares are weighted by idf and lie between 0 and 1.

    covered: of the message, found in the passage; covered_by_question: found in its best question; overlap: Dice
    coefficient of message and question; spelling: 4-gram cosine; margin: lead over the second passage (negative where
    it is behind, down to -1); unmatched: the rarest word not found; content_words: how many, of eight; strength: the
    score by what a chunk could reach, up to 1.5. nearness: cosine of the meaning, None where it isn't known;
    nearness_lead: over the nearest of the others.
    """

    has_question: bool
    has_content: bool
    covered: float
    covered_by_question: float
    overlap: float
    spelling: float
    margin: float
    unmatched: float
    content_words: float
    strength: float
    nearness: float | None = None
    nearness_lead: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """The first passage, its best-matching question if any, and the scores by the message alone."""

    passage: int
    unit: int | None
    spelling: float
    score: float
    best_other_score: float


@dataclass(slots=True)
class _Coverage:
    """Sums of idf over the message's terms."""

    by_passage: float = 0.0
    by_question: float = 0.0
    rarest_unmatched: float = 0.0
    has_content: bool = False
    question_rows: set[int] = field(default_factory=set)


def weigh(index: LexicalIndex, question: Question, candidate: Candidate) -> Evidence:
    """The evidence for a candidate."""
    coverage = _cover(index, question, candidate)
    mass = question.mass or 1.0
    overlap = 0.0
    if candidate.unit is not None:
        matched = sum(index.idf[row] for row in sorted(coverage.question_rows))
        overlap = (coverage.by_question + matched) / (mass + index.unit_masses[candidate.unit])
    return Evidence(
        has_question=candidate.unit is not None,
        has_content=coverage.has_content,
        covered=coverage.by_passage / mass,
        covered_by_question=coverage.by_question / mass,
        overlap=overlap,
        spelling=candidate.spelling,
        margin=_margin(candidate),
        unmatched=coverage.rarest_unmatched / index.highest_idf,
        content_words=min(question.content_count, MOST_WORDS_COUNTED) / MOST_WORDS_COUNTED,
        strength=min(HIGHEST_STRENGTH, candidate.score / (FULL_BODY_SCORE * mass)),
    )


def _cover(index: LexicalIndex, question: Question, candidate: Candidate) -> _Coverage:
    coverage = _Coverage()
    unit_rows = set() if candidate.unit is None else set(index.unit_terms.ids_of(candidate.unit))
    for term in question.terms:
        hits = [(row, weight) for row, weight in term.alternatives if row in unit_rows]
        in_question = max((weight for _, weight in hits), default=0.0)
        in_body = max((w for row, w in term.alternatives if index.bodies.has(row, candidate.passage)), default=0.0)
        coverage.question_rows.update(row for row, _ in hits)
        coverage.by_question += term.idf * in_question
        coverage.by_passage += term.idf * max(in_question, in_body)
        if not (in_question or in_body):
            coverage.rarest_unmatched = max(coverage.rarest_unmatched, term.idf)
        elif not term.is_stop_word:
            coverage.has_content = True
    return coverage


def _margin(candidate: Candidate) -> float:
    if not candidate.score:
        return -1.0
    return max(-1.0, (candidate.score - candidate.best_other_score) / candidate.score)
