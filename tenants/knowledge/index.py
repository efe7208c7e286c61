"""The lexical index of one knowledge base: what is looked up when a question is asked."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from tenants.knowledge.analysis import Analyzer
from tenants.knowledge.postings import Postings

STOP_WORD_WEIGHT = 0.3
QUESTION_WEIGHT = 2.0
GRAM_WEIGHT = 0.4
SATURATION = 1.2  # k1 of BM25
QUESTION_LENGTH_WEIGHT = 0.3  # b of BM25 in each field
BODY_LENGTH_WEIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as the index sees it: `questions` are the ways it may be asked for, `text` is everything else in it."""

    questions: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Least probability at which a passage is given as the answer: for stored questions and for chunks of prose."""

    question: float = 0.60
    chunk: float = 0.65


@dataclass(slots=True)
class LexicalIndex:
    """Passages are numbered from 0 in the order given. A unit is one wording of a passage's question.

    `terms`, `grams` and `pieces` (the trigrams of terms) give the row in the postings beside them. Pruned rows are
    empty. `references` are the caller's keys of the passages and may be set after building.
    """

    language: str
    passage_count: int
    terms: dict[str, int]
    idf: array
    bodies: Postings
    body_norms: array
    questions: Postings
    question_norms: array
    unit_passages: array
    unit_terms: Postings
    unit_masses: array
    grams: dict[str, int]
    gram_idf: array
    gram_units: Postings
    unit_gram_norms: array
    pieces: dict[str, int]
    piece_terms: Postings
    thresholds: Thresholds = field(default_factory=Thresholds)
    references: Sequence[int] = ()
    analyzer: Analyzer = field(init=False)
    spellings: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.analyzer = Analyzer(self.language)
        self.spellings = list(self.terms)

    @property
    def highest_idf(self) -> float:
        """What a term that no passage holds would weigh."""
        return math.log(1 + (self.passage_count + 0.5) / 0.5)

    @property
    def unit_count(self) -> int:
        return len(self.unit_passages)

    @property
    def size_bytes(self) -> int:
        """Memory taken, in bytes, to within a fifth: arrays exactly, strings and their dict entries by a flat rate."""
        postings = (self.bodies, self.questions, self.unit_terms, self.gram_units, self.piece_terms)
        arrays = (self.idf, self.body_norms, self.question_norms, self.unit_passages, self.unit_masses)
        arrays += (self.gram_idf, self.unit_gram_norms)
        strings = len(self.terms) + len(self.grams) + len(self.pieces)
        flat = sum(part.itemsize * len(part) for part in arrays) + 8 * len(self.references)
        return flat + sum(part.size_bytes for part in postings) + 150 * strings


def inverse_frequency(frequency: int, passages: int) -> float:
    """BM25's idf in the form that never turns negative: ln(1 + (N - n + 0.5) / (n + 0.5))."""
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))
