"""Builds the lexical index of a knowledge base. Runs in a worker: 20,000 passages take seconds."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from tenants.knowledge.analysis import Analyzer, character_grams
from tenants.knowledge.expansion import pieces_of
from tenants.knowledge.index import (
    BODY_LENGTH_WEIGHT,
    QUESTION_LENGTH_WEIGHT,
    SATURATION,
    STOP_WORD_WEIGHT,
    Entry,
    LexicalIndex,
    inverse_frequency,
)
from tenants.knowledge.postings import MOST_COUNTED, Postings, from_counted_rows, from_rows

# Stemming a word anew for each passage it stands in would be most of the work.
REMEMBERED_WORDS = 300_000

CountedRows = dict[str, tuple[array, array]]


def build(entries: Iterable[Entry], *, language: str) -> LexicalIndex:
    """The index of these passages, in this order, without calibration and without references."""
    gathered = _Gathered(language)
    for entry in entries:
        gathered.add(entry)
    return gathered.finish()


class _Gathered:
    """What has been read so far, by term."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.analyzer = Analyzer(language, most_remembered=REMEMBERED_WORDS)
        self.body_rows: CountedRows = defaultdict(_empty_row)
        self.question_rows: CountedRows = defaultdict(_empty_row)
        self.gram_rows: dict[str, array] = defaultdict(lambda: array("I"))
        self.passages_with: Counter[str] = Counter()
        self.body_lengths = array("I")
        self.unit_lengths = array("I")
        self.unit_passages = array("I")
        self.unit_terms: list[list[str]] = []

    def add(self, entry: Entry) -> None:
        seen: set[str] = set()
        for question in entry.questions:
            seen.update(self._add_question(question))
        seen.update(self._add_body(entry.text))
        self.passages_with.update(seen)

    def _add_question(self, question: str) -> Iterable[str]:
        words = self.analyzer.words(question)
        counts = Counter(map(self.analyzer.term, words))
        if not counts:
            return ()
        unit = len(self.unit_passages)
        self.unit_passages.append(len(self.body_lengths))
        self.unit_lengths.append(counts.total())
        self.unit_terms.append(list(counts))
        _post(self.question_rows, unit, counts)
        for gram in character_grams(words):
            self.gram_rows[gram].append(unit)
        return counts

    def _add_body(self, text: str) -> Iterable[str]:
        stop_terms = self.analyzer.stop_terms
        counts = Counter(term for term in self.analyzer.terms(text) if term not in stop_terms)
        _post(self.body_rows, len(self.body_lengths), counts)
        self.body_lengths.append(counts.total())
        return counts

    def finish(self) -> LexicalIndex:
        terms = {term: number for number, term in enumerate(sorted(self.passages_with))}
        idf = array("d", (self._idf(term) for term in terms))
        passages, units = len(self.body_lengths), len(self.unit_passages)
        unit_rows = [sorted(terms[term] for term in unit) for unit in self.unit_terms]
        gram_fields = self._gram_fields(units)
        pieces, piece_terms = _index_pieces(terms)
        return LexicalIndex(
            language=self.language,
            passage_count=passages,
            terms=terms,
            idf=idf,
            bodies=self._bodies(terms, passages),
            body_norms=_length_norms(self.body_lengths, BODY_LENGTH_WEIGHT),
            questions=self._questions(terms, units),
            question_norms=_length_norms(self.unit_lengths, QUESTION_LENGTH_WEIGHT),
            unit_passages=self.unit_passages,
            unit_terms=from_rows(unit_rows, largest=len(terms)),
            unit_masses=array("d", (sum(idf[number] for number in row) for row in unit_rows)),
            **gram_fields,
            pieces=pieces,
            piece_terms=piece_terms,
        )

    def _idf(self, term: str) -> float:
        idf = inverse_frequency(self.passages_with[term], len(self.body_lengths))
        return idf * STOP_WORD_WEIGHT if term in self.analyzer.stop_terms else idf

    def _bodies(self, terms: dict[str, int], passages: int) -> Postings:
        # A term in every eighth passage hardly ranks, and its list would be walked for most questions.
        longest = max(1000, int(0.12 * passages))
        rows = (self.body_rows.get(term) for term in terms)
        kept = [row if row and len(row[0]) <= longest else _empty_row() for row in rows]
        return from_counted_rows(kept, largest=passages)

    def _questions(self, terms: dict[str, int], units: int) -> Postings:
        longest = max(300, int(0.05 * units))
        rows = []
        for term in terms:
            row = self.question_rows.get(term) or _empty_row()
            is_too_long = term in self.analyzer.stop_terms and len(row[0]) > longest
            rows.append(_empty_row() if is_too_long else row)
        return from_counted_rows(rows, largest=units)

    def _gram_fields(self, units: int) -> dict:
        longest = max(60, int(0.04 * units))
        grams = {gram: number for number, gram in enumerate(sorted(self.gram_rows))}
        rows = [row if len(row) <= longest else array("I") for row in map(self.gram_rows.get, grams)]
        idf = array("d", (math.log(1 + units / len(row)) if row else 0.0 for row in rows))
        return {
            "grams": grams,
            "gram_idf": idf,
            "gram_units": from_rows(rows, largest=units),
            "unit_gram_norms": _gram_norms(rows, idf, units),
        }


def _empty_row() -> tuple[array, array]:
    return array("I"), array("B")


def _post(rows: CountedRows, number: int, counts: Counter[str]) -> None:
    for term, count in counts.items():
        ids, row_counts = rows[term]
        ids.append(number)
        row_counts.append(min(count, MOST_COUNTED))


def _length_norms(lengths: Sequence[int], weight: float) -> array:
    """The part of BM25's denominator that depends on the length of the field alone."""
    average = sum(lengths) / len(lengths) if lengths else 0
    return array("d", (SATURATION * (1 - weight + weight * n / (average or 1)) for n in lengths))


def _gram_norms(rows: Sequence[array], idf: Sequence[float], units: int) -> array:
    """One over the length of each unit's gram vector."""
    squares = [0.0] * units
    for row, weight in zip(rows, idf, strict=True):
        for unit in row:
            squares[unit] += weight * weight
    return array("d", (1 / math.sqrt(square) if square else 0.0 for square in squares))


def _index_pieces(terms: dict[str, int]) -> tuple[dict[str, int], Postings]:
    """Trigrams of the vocabulary, for finding the term a mistyped word may stand for."""
    rows: dict[str, array] = defaultdict(lambda: array("I"))
    for term, number in terms.items():
        for piece in pieces_of(term):
            rows[piece].append(number)
    pieces = {piece: number for number, piece in enumerate(sorted(rows))}
    return pieces, from_rows([rows[piece] for piece in pieces], largest=len(terms))
