"""Sets a knowledge base's own threshold: how sure is the index when the right entry isn't there?"""

from collections.abc import Sequence

from tenants.knowledge.index import Entry, LexicalIndex, Thresholds
from tenants.knowledge.probability import probability
from tenants.knowledge.ranking import rank

MOST_ASKED = 300
LOWEST, HIGHEST = 0.60, 0.85


def calibrate(index: LexicalIndex, entries: Sequence[Entry]) -> Thresholds:
    """Thresholds for the index of these entries.

    Every stored question (of large bases an even sample) is asked with its own entry left out. The 95th percentile
    of the probabilities so reached is what false answers look like here, held between 0.60 and 0.85.
    """
    asked = [(number, question) for number, entry in enumerate(entries) for question in entry.questions]
    step = max(1, len(asked) // MOST_ASKED)
    reached = sorted(_probability_without(index, number, question) for number, question in asked[::step])
    if not reached:
        return Thresholds()
    percentile = reached[min(len(reached) - 1, int(0.95 * len(reached)))]
    return Thresholds(question=max(LOWEST, min(HIGHEST, percentile)))


def _probability_without(index: LexicalIndex, number: int, question: str) -> float:
    evidence = rank(index, question, limit=1, without=(number,)).evidence
    return probability(evidence) if evidence else 0.0
