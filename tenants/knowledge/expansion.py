"""What an unknown word of a question may stand for: a mistyped term of the knowledge base, or a part of a compound."""

from collections import Counter
from collections.abc import Collection
from heapq import nsmallest

from tenants.knowledge.index import LexicalIndex

SHORTEST_EXPANDED = 4
MOST_CANDIDATES = 40
MOST_ALTERNATIVES = 3
LEAST_OVERLAP = 0.3  # Dice coefficient of the two words' trigrams
ONE_EDIT, TWO_EDITS, CONTAINED = 0.85, 0.65, 0.6


def pieces_of(word: str) -> Collection[str]:
    """The distinct trigrams of a word with its ends marked; none for words too short to guess at or with digits."""
    if len(word) < 3 or any(map(str.isdigit, word)):
        return ()
    marked = f"^{word}$"
    return dict.fromkeys(marked[start : start + 3] for start in range(len(marked) - 2))


def find_alternatives(index: LexicalIndex, word: str) -> tuple[tuple[int, float], ...]:
    """Up to three (term number, weight) for a term the index doesn't know, best first."""
    pieces = pieces_of(word) if len(word) >= SHORTEST_EXPANDED else ()
    found = []
    for number, shared in _candidates(index, pieces):
        spelling = index.spellings[number]
        overlap = 2 * shared / (len(pieces) + len(pieces_of(spelling)))
        if overlap < LEAST_OVERLAP:
            continue
        weight = _likeness(word, spelling)
        if weight:
            found.append((weight, overlap, number))
    found.sort(key=lambda item: (-item[0], -item[1], item[2]))
    return tuple((number, weight) for weight, _, number in found[:MOST_ALTERNATIVES])


def _candidates(index: LexicalIndex, pieces: Collection[str]) -> list[tuple[int, int]]:
    """(term number, trigrams shared), most first; the same in every process."""
    shared: Counter[int] = Counter()
    for piece in pieces:
        row = index.pieces.get(piece)
        if row is not None:
            shared.update(index.piece_terms.ids_of(row))
    # One trigram in common is always below LEAST_OVERLAP, and most words have no more than that.
    likely = (item for item in shared.items() if item[1] > 1)
    return nsmallest(MOST_CANDIDATES, likely, key=lambda item: (-item[1], item[0]))


def _likeness(word: str, spelling: str) -> float:
    """0 where one can't stand for the other."""
    allowed = 1 if min(len(word), len(spelling)) <= 5 else 2
    edits = edit_distance(word, spelling, limit=allowed)
    if edits <= 1:
        return ONE_EDIT
    if edits <= allowed and word[0] == spelling[0]:
        return TWO_EDITS
    shorter, longer = sorted((word, spelling), key=len)
    return CONTAINED if len(shorter) >= 5 and shorter in longer else 0.0


def edit_distance(left: str, right: str, *, limit: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words; above `limit` gives `limit + 1`.

    The optimal string alignment distance, row by row.
    """
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            cost = min(above[column] + 1, current[-1] + 1, above[column - 1] + (letter != other))
            is_swap = row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other
            if is_swap:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before, above = above, current
    return above[-1]
