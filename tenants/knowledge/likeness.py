"""How alike two questions are, by their words: for grouping what visitors ask. No Django."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tenants.knowledge.analysis import Analyzer, character_grams
from tenants.knowledge.index import LexicalIndex

WORDS_SHARE = 0.7  # of the likeness; the rest is spelling
LONGEST = 500  # characters
MOST_COMPARED = 8  # wordings of a group
LEAST_ALIKE = 0.45
"""From here on two questions are one. Of questions sorted with it as they come in, 95 % (stackfaq), 93 % (clinc150),
85 % (hint3-sofmattress) and 81 % (banking77: 77 topics of one bank) are in a group that is mostly about theirs; of all
pairs of wordings of one entry 34, 23, 14 and 20 % are joined, and of the pairs joined 79, 65, 63 and 53 % are of one
entry. Measured by `python -m benchmarks.likeness DATA_DIR`."""


@dataclass(frozen=True, slots=True)
class Worded:
    """A question as it is compared: its content words with their weights, and its character 4-grams."""

    words: dict[str, float]
    weight: float
    grams: frozenset[str]


class Comparer:
    """Compares questions of one language. `weight_of` says how much a term tells; without it all tell the same."""

    def __init__(self, language: str, weight_of: Callable[[str], float] = lambda term: 1.0) -> None:
        self._analyzer = Analyzer(language)
        self._weight_of = weight_of

    def read(self, text: str) -> Worded:
        """Without stop words; a question that has no others is compared by these."""
        words = self._analyzer.words(text[:LONGEST])
        terms = list(dict.fromkeys(map(self._analyzer.term, words)))
        telling = [term for term in terms if term not in self._analyzer.stop_terms] or terms
        weights = {term: self._weight_of(term) for term in telling}
        return Worded(weights, sum(weights.values()), frozenset(character_grams(words)))


def comparer_for(index: LexicalIndex | None, *, language: str) -> Comparer:
    """One that weighs words by how rare they are in this index, where there is one."""
    if index is None:
        return Comparer(language)

    def weight_of(term: str) -> float:
        row = index.terms.get(term)
        return index.highest_idf if row is None else index.idf[row]

    return Comparer(index.language, weight_of)


def likeness(one: Worded, other: Worded) -> float:
    """0 to 1: the Dice coefficient of the words by weight, and the cosine of the 4-grams, which forgives typos."""
    if not one.weight or not other.weight:
        return 0.0
    common = sum(weight for term, weight in one.words.items() if term in other.words)
    dice = 2 * common / (one.weight + other.weight)
    spelling = len(one.grams & other.grams) / math.sqrt(len(one.grams) * len(other.grams))
    return WORDS_SHARE * dice + (1 - WORDS_SHARE) * spelling


def find_group(asked: Worded, groups: Sequence[Sequence[Worded]]) -> int | None:
    """The place of the group that a question belongs to, None where it is like none of them.

    It must be like one of the group's wordings and not unlike the others: else a group would creep from topic to topic.
    """
    best, best_likeness = None, LEAST_ALIKE
    for place, wordings in enumerate(groups):
        alike = [likeness(asked, other) for other in wordings[:MOST_COMPARED]]
        found = (max(alike, default=0.0) + sum(alike) / max(1, len(alike))) / 2
        if found >= best_likeness:
            best, best_likeness = place, found
    return best
