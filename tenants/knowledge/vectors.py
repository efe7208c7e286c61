"""The vectors of one knowledge base: stored as bytes, and compared with that of a message. Needs numpy.

    magic "CATYVEC\\0" | how many and their width, 4 bytes each | CRC-32 of the rest | passages' keys | marks | vectors

A passage has a vector for each wording of its question, or one for its text; the mark is that text's digest. Keys and
marks are 8 bytes, numbers little-endian; a vector is a byte for each dimension.
"""

import struct
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy

MAGIC = b"CATYVEC\0"
HEADER = struct.Struct("<8sIII")
LARGEST = 127
ROWS_AT_ONCE = 4096
UNKNOWN = 0.0  # the cosine taken for a passage without a vector: as good as none in common


class VectorsUnreadable(Exception):
    """The bytes are not as `dump` writes them."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Row n of `rows` (int8) was made of the text with `marks[n]`, of the passage `keys[n]`."""

    keys: numpy.ndarray
    marks: numpy.ndarray
    rows: numpy.ndarray

    @property
    def size_bytes(self) -> int:
        return self.keys.nbytes + self.marks.nbytes + self.rows.nbytes

    @property
    def units(self) -> list[tuple[int, int]]:
        """(key, mark) of each."""
        return list(zip(self.keys.tolist(), self.marks.tolist(), strict=True))

    def of(self, passages: Sequence[int]) -> "Vectors":
        """Those of these passages alone."""
        return self._take(numpy.isin(self.keys, numpy.fromiter(passages, numpy.uint64, len(passages))))

    def among(self, units: Collection[tuple[int, int]]) -> "Vectors":
        """Those of these texts alone."""
        return self._take(numpy.array([unit in units for unit in self.units], bool))

    def and_those(self, other: "Vectors") -> "Vectors":
        if not (len(self.keys) and len(other.keys)):  # none have no width that could be the same
            return other if len(other.keys) else self
        pairs = ((self.keys, other.keys), (self.marks, other.marks), (self.rows, other.rows))
        return Vectors(*(numpy.concatenate(pair) for pair in pairs))

    def _take(self, kept: numpy.ndarray) -> "Vectors":
        return Vectors(self.keys[kept], self.marks[kept], self.rows[kept])


def mark_of(text: str) -> int:
    """What a text is known by: it has changed where this has."""
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "little")


def make(units: Sequence[tuple[int, int]], encoded: numpy.ndarray) -> Vectors:
    """Of vectors of length 1, with the passage's key and the text's mark of each."""
    rows = numpy.clip(numpy.rint(encoded * LARGEST), -LARGEST, LARGEST).astype(numpy.int8)
    keys, marks = (numpy.fromiter((unit[part] for unit in units), numpy.uint64, len(units)) for part in (0, 1))
    return Vectors(keys, marks, rows)


def empty() -> Vectors:
    return Vectors(numpy.empty(0, numpy.uint64), numpy.empty(0, numpy.uint64), numpy.empty((0, 0), numpy.int8))


def dump(vectors: Vectors) -> bytes:
    """The vectors as bytes."""
    body = vectors.keys.astype("<u8").tobytes() + vectors.marks.astype("<u8").tobytes() + vectors.rows.tobytes()
    return HEADER.pack(MAGIC, *vectors.rows.shape, zlib.crc32(body)) + body


def load(stored: bytes) -> Vectors:
    """The vectors in these bytes, without copying them. Raises VectorsUnreadable."""
    if len(stored) < HEADER.size:
        raise VectorsUnreadable("Too short.")
    magic, count, width, crc = HEADER.unpack_from(stored)
    if magic != MAGIC or len(stored) != HEADER.size + count * (16 + width):
        raise VectorsUnreadable("Not vectors, or damaged.")
    if zlib.crc32(memoryview(stored)[HEADER.size :]) != crc:
        raise VectorsUnreadable("Damaged.")
    keys = numpy.frombuffer(stored, "<u8", count, HEADER.size)
    marks = numpy.frombuffer(stored, "<u8", count, HEADER.size + 8 * count)
    rows = numpy.frombuffer(stored, numpy.int8, count * width, HEADER.size + 16 * count)
    return Vectors(keys, marks, rows.reshape(count, width))


class Nearness:
    """The vectors of the passages of one index, in the index's own numbers."""

    def __init__(self, vectors: Vectors, references: Sequence[int]) -> None:
        known = vectors.of(references)
        places = {key: number for number, key in enumerate(references)}
        self._numbers = numpy.fromiter((places[key] for key in known.keys.tolist()), numpy.int64, len(known.keys))
        self._rows = known.rows
        self._count = len(references)
        self.size_bytes = known.size_bytes

    def cosines(self, message: numpy.ndarray) -> list[float]:
        """Of each passage: that of the vector nearest to the message's."""
        best = numpy.full(self._count, -numpy.inf, numpy.float32)
        for start in range(0, len(self._rows), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            cosines = self._rows[part].astype(numpy.float32) @ message.astype(numpy.float32) / LARGEST
            numpy.maximum.at(best, self._numbers[part], cosines)
        return numpy.where(numpy.isinf(best), UNKNOWN, best).tolist()
