"""A visitor's words as the index understands them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tenants.knowledge.analysis import character_grams
from tenants.knowledge.expansion import find_alternatives
from tenants.knowledge.index import STOP_WORD_WEIGHT, LexicalIndex

LONGEST_QUESTION = 4_000  # characters; what comes after is not looked at
MOST_TERMS = 48
MOST_EXPANDED = 8


@dataclass(frozen=True, slots=True)
class QuestionTerm:
    """`alternatives` are (row, weight): the term itself at 1.0, what it may stand for at less, or nothing."""

    alternatives: tuple[tuple[int, float], ...]
    idf: float
    is_stop_word: bool


@dataclass(frozen=True, slots=True)
class Question:
    """`mass` is the sum of the terms' idf; `grams` maps known gram rows to squared idf."""

    terms: tuple[QuestionTerm, ...]
    mass: float
    grams: dict[int, float]
    gram_length: float

    @property
    def content_count(self) -> int:
        return sum(not term.is_stop_word for term in self.terms)


def read_question(index: LexicalIndex, text: str) -> Question:
    """The terms and grams of a visitor's message, bounded whatever its length."""
    words = index.analyzer.words(text[:LONGEST_QUESTION])
    terms = _bounded(_terms(index, words))
    grams, gram_length = _grams(index, words[: 4 * MOST_TERMS])
    return Question(terms, sum(term.idf for term in terms), grams, gram_length)


def read_history(index: LexicalIndex, text: str, *, besides: str) -> tuple[QuestionTerm, ...]:
    """What an earlier turn adds to the message `besides`: content terms it has alone and the index can place."""
    already = set(index.analyzer.terms(besides[:LONGEST_QUESTION]))
    words = [w for w in index.analyzer.words(text[:LONGEST_QUESTION]) if index.analyzer.term(w) not in already]
    return _bounded([term for term in _terms(index, words) if term.alternatives and not term.is_stop_word])


def _terms(index: LexicalIndex, words: Sequence[str]) -> list[QuestionTerm]:
    found, expanded = [], 0
    for term in dict.fromkeys(map(index.analyzer.term, words)):
        is_stop_word = term in index.analyzer.stop_terms
        row = index.terms.get(term)
        if row is not None:
            found.append(QuestionTerm(((row, 1.0),), index.idf[row], is_stop_word))
        elif is_stop_word:
            found.append(QuestionTerm((), STOP_WORD_WEIGHT * index.highest_idf / 2, True))
        else:
            alternatives = find_alternatives(index, term) if expanded < MOST_EXPANDED else ()
            expanded += 1
            idf = max((index.idf[other] for other, _ in alternatives), default=index.highest_idf)
            found.append(QuestionTerm(alternatives, idf, False))
    return found


def _bounded(terms: list[QuestionTerm]) -> tuple[QuestionTerm, ...]:
    """The terms, or of a very long message the ones that say most."""
    if len(terms) > MOST_TERMS:
        terms = sorted(terms, key=lambda term: -term.idf if term.alternatives else 0.0)[:MOST_TERMS]
    return tuple(terms)


def _grams(index: LexicalIndex, words: list[str]) -> tuple[dict[int, float], float]:
    known, squares = {}, 0.0
    unknown_square = math.log(1 + index.unit_count) ** 2
    for gram in character_grams(words) if index.unit_count else ():
        row = index.grams.get(gram)
        if row is None:
            squares += unknown_square
        elif index.gram_units.offsets[row] < index.gram_units.offsets[row + 1]:
            known[row] = index.gram_idf[row] ** 2
            squares += known[row]
    return known, math.sqrt(squares)
