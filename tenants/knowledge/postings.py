"""Lists of numbers laid end to end in flat arrays: far smaller than dicts of tuples, and stored as they are."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_COUNTED = 255  # counts are kept in one byte


def number_array(largest: int) -> array:
    """An empty array of unsigned numbers, two bytes each where `largest` allows it, else four."""
    return array("H" if largest < 1 << 16 else "I")


@dataclass(frozen=True, slots=True)
class Postings:
    """Row r holds `ids[offsets[r]:offsets[r + 1]]`, ascending, with `counts` beside them or no counts at all."""

    offsets: array
    ids: array
    counts: array

    @property
    def row_count(self) -> int:
        return len(self.offsets) - 1

    def ids_of(self, row: int) -> array:
        return self.ids[self.offsets[row] : self.offsets[row + 1]]

    def pairs_of(self, row: int) -> Iterable[tuple[int, int]]:
        """(id, count) of one row."""
        start, end = self.offsets[row], self.offsets[row + 1]
        return zip(self.ids[start:end], self.counts[start:end], strict=True)

    def has(self, row: int, number: int) -> bool:
        start, end = self.offsets[row], self.offsets[row + 1]
        place = bisect_left(self.ids, number, start, end)
        return place < end and self.ids[place] == number

    @property
    def size_bytes(self) -> int:
        return sum(part.itemsize * len(part) for part in (self.offsets, self.ids, self.counts))


def from_rows(rows: Sequence[Iterable[int]], *, largest: int) -> Postings:
    """Rows of ascending ids without counts; no id is above `largest`."""
    offsets, ids = array("I", [0]), number_array(largest)
    for row in rows:
        ids.extend(iter(row))
        offsets.append(len(ids))
    return Postings(offsets, ids, array("B"))


def from_counted_rows(rows: Sequence[tuple[array, array]], *, largest: int) -> Postings:
    """Rows of (ascending ids, counts); no id is above `largest`."""
    offsets, ids, counts = array("I", [0]), number_array(largest), array("B")
    for row_ids, row_counts in rows:
        ids.extend(iter(row_ids))
        counts.extend(row_counts)
        offsets.append(len(ids))
    return Postings(offsets, ids, counts)
