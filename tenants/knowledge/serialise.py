"""An index as bytes and back: raw arrays behind a JSON header, each compressed and checked.

Never pickle: the bytes come from a database, and a pickle runs what it says.

    magic "CATYIDX\\0" | header length, 4 bytes | header, JSON | section | section | …

Numbers are little-endian. The header names each section's element type, element count, stored size and CRC-32.
"""

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Iterator
from itertools import count
from operator import le

from tenants.knowledge.index import LexicalIndex, Thresholds
from tenants.knowledge.postings import Postings

FORMAT = 1  # raise it with every change of layout or of the analysis: older blobs are then rebuilt
MAGIC = b"CATYIDX\0"
LARGEST_HEADER = 64 * 1024
LARGEST_SECTION = 256 * 1024 * 1024
LARGEST_INDEX = 512 * 1024 * 1024
# What is done between two pauses when loading: a millisecond or two of work each.
STORED_BYTES_AT_ONCE = 64 * 1024
NUMBERS_AT_ONCE = 50_000
STRINGS_AT_ONCE = 10_000

ARRAYS = ("idf", "body_norms", "question_norms", "unit_passages", "unit_masses", "gram_idf", "unit_gram_norms")
POSTINGS = ("bodies", "questions", "unit_terms", "gram_units", "piece_terms")
FRACTIONS = frozenset(ARRAYS) - {"unit_passages"}
STRINGS = ("terms", "grams", "pieces")
TYPES = {"B": 1, "H": 2, "I": 4, "Q": 8, "d": 8}


class IndexUnreadable(Exception):
    """The bytes are not an index of this format. Expected after an upgrade; the cure is to build it again."""


def dump(index: LexicalIndex) -> bytes:
    """The index as bytes, compressed; `references` must be set, one for each passage."""
    sections, stored = {}, []
    for name, content in _sections(index):
        raw = _raw(content)
        packed = zlib.compress(raw, 6)
        kind = content.typecode if isinstance(content, array) else "text"
        sections[name] = {"type": kind, "bytes": len(raw), "stored": len(packed), "crc": zlib.crc32(raw)}
        stored.append(packed)
    header = {
        "format": FORMAT,
        "language": index.language,
        "passages": index.passage_count,
        "thresholds": {"question": index.thresholds.question, "chunk": index.thresholds.chunk},
        "sections": sections,
    }
    encoded = json.dumps(header, sort_keys=False).encode()
    return b"".join((MAGIC, struct.pack("<I", len(encoded)), encoded, *stored))


def load(blob: bytes | memoryview, *, pause: Callable[[], None] = lambda: None) -> LexicalIndex:
    """The index in these bytes. `pause` is called after every few milliseconds of work, whatever the index's size.

    Raises IndexUnreadable where anything is not as `dump` writes it, before trusting a single size or number.
    """
    try:
        header, body = _split(memoryview(blob))
        parts = _read_sections(header, body, pause)
        index = _assemble(header, parts, pause)
    except (KeyError, TypeError, ValueError, AttributeError, struct.error, zlib.error, RecursionError) as error:
        raise IndexUnreadable(f"{type(error).__name__} in a stored index") from error
    _check(index, pause)
    return index


def _sections(index: LexicalIndex) -> Iterator[tuple[str, array | str]]:
    for name in STRINGS:
        yield name, "\n".join(getattr(index, name))
    for name in ARRAYS:
        yield name, getattr(index, name)
    for name in POSTINGS:
        postings = getattr(index, name)
        yield f"{name}.offsets", postings.offsets
        yield f"{name}.ids", postings.ids
        yield f"{name}.counts", postings.counts
    yield "references", array("Q", index.references)


def _raw(content: array | str) -> bytes:
    if isinstance(content, str):
        return content.encode()
    if sys.byteorder == "big":
        content = content[:]
        content.byteswap()
    return content.tobytes()


def _split(blob: memoryview) -> tuple[dict, memoryview]:
    start = len(MAGIC) + 4
    if bytes(blob[: len(MAGIC)]) != MAGIC:
        raise IndexUnreadable("Not an index.")
    (length,) = struct.unpack("<I", blob[len(MAGIC) : start])
    if length > LARGEST_HEADER:
        raise IndexUnreadable("The header is too large.")
    header = json.loads(bytes(blob[start : start + length]))
    if header["format"] != FORMAT:
        raise IndexUnreadable("The index has another format.")
    return header, blob[start + length :]


def _read_sections(header: dict, body: memoryview, pause: Callable[[], None]) -> dict[str, array | str]:
    parts, place = {}, 0
    sizes = [(described["bytes"], described["stored"]) for described in header["sections"].values()]
    if any(not 0 <= size <= LARGEST_SECTION for pair in sizes for size in pair):
        raise IndexUnreadable("A section is too large.")
    if sum(raw for raw, _ in sizes) > LARGEST_INDEX or sum(stored for _, stored in sizes) != len(body):
        raise IndexUnreadable("The sections don't fill the index.")
    for name, described in header["sections"].items():
        parts[name] = _read_section(described, body[place : place + described["stored"]], pause)
        place += described["stored"]
        pause()
    return parts


def _read_section(described: dict, stored: memoryview, pause: Callable[[], None]) -> array | str:
    raw = _unpack(stored, described["bytes"], pause)
    if len(raw) != described["bytes"] or zlib.crc32(raw) != described["crc"]:
        raise IndexUnreadable("A section is damaged.")
    if described["type"] == "text":
        return raw.decode()
    content = array(described["type"])
    if TYPES[described["type"]] != content.itemsize:
        raise IndexUnreadable("Numbers have another size on this machine.")
    content.frombytes(raw)
    if sys.byteorder == "big":
        content.byteswap()
    return content


def _unpack(stored: memoryview, size: int, pause: Callable[[], None]) -> bytearray:
    """The section's bytes; one more than announced where it holds more, however much that is."""
    unpacker, raw = zlib.decompressobj(), bytearray()
    for start in range(0, len(stored), STORED_BYTES_AT_ONCE):
        raw += unpacker.decompress(stored[start : start + STORED_BYTES_AT_ONCE], size + 1 - len(raw))
        if len(raw) > size:
            break
        pause()
    return raw


def _assemble(header: dict, parts: dict[str, array | str], pause: Callable[[], None]) -> LexicalIndex:
    fields = {name: _numbered(parts[name], pause) for name in STRINGS}
    fields |= {name: parts[name] for name in ARRAYS}
    if any(parts[name].typecode not in "BHIQ" for name in parts.keys() - set(STRINGS) - FRACTIONS):
        raise IndexUnreadable("Places must be whole numbers.")
    for name in POSTINGS:
        fields[name] = Postings(parts[f"{name}.offsets"], parts[f"{name}.ids"], parts[f"{name}.counts"])
    thresholds = Thresholds(float(header["thresholds"]["question"]), float(header["thresholds"]["chunk"]))
    passages = int(header["passages"])
    return LexicalIndex(
        language=str(header["language"]),
        passage_count=passages,
        thresholds=thresholds,
        references=parts["references"],
        **fields,
    )


def _numbered(text: str, pause: Callable[[], None]) -> dict[str, int]:
    strings = text.split("\n") if text else []
    numbered: dict[str, int] = {}
    for start in range(0, len(strings), STRINGS_AT_ONCE):
        numbered.update(zip(strings[start : start + STRINGS_AT_ONCE], count(start), strict=False))
        pause()
    return numbered


def _check(index: LexicalIndex, pause: Callable[[], None]) -> None:
    """Every number that is used as a place must point at one: a question must not be able to fail later."""
    passages, units, terms = index.passage_count, index.unit_count, len(index.terms)
    lengths = (
        (index.references, passages),
        (index.body_norms, passages),
        (index.question_norms, units),
        (index.unit_masses, units),
        (index.unit_gram_norms, units),
        (index.idf, terms),
        (index.gram_idf, len(index.grams)),
    )
    if any(len(part) != length for part, length in lengths) or max(index.unit_passages, default=-1) >= passages:
        raise IndexUnreadable("The parts don't fit together.")
    _check_postings(index.bodies, pause, rows=terms, below=passages, counted=True)
    _check_postings(index.questions, pause, rows=terms, below=units, counted=True)
    _check_postings(index.gram_units, pause, rows=len(index.grams), below=units)
    _check_postings(index.unit_terms, pause, rows=units, below=terms)
    _check_postings(index.piece_terms, pause, rows=len(index.pieces), below=terms)


def _check_postings(
    postings: Postings, pause: Callable[[], None], *, rows: int, below: int, counted: bool = False
) -> None:
    offsets, ids = postings.offsets, postings.ids
    is_sound = (
        len(offsets) == rows + 1
        and offsets[0] == 0
        and offsets[-1] == len(ids)
        and all(all(map(le, part, part[1:])) for part in _parts(offsets, pause, overlap=1))
        and all(max(part) < below for part in _parts(ids, pause))
        and len(postings.counts) == (len(ids) if counted else 0)
    )
    if not is_sound:
        raise IndexUnreadable("A list of postings is damaged.")


def _parts(numbers: array, pause: Callable[[], None], *, overlap: int = 0) -> Iterator[array]:
    """The numbers in pieces, the last `overlap` of each again in the next."""
    for start in range(0, len(numbers), NUMBERS_AT_ONCE):
        yield numbers[start : start + NUMBERS_AT_ONCE + overlap]
        pause()
