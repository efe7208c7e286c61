import json
import struct
import subprocess
import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.knowledge import serialise
from tenants.knowledge.builder import build
from tenants.knowledge.index import Entry, Thresholds
from tenants.knowledge.ranking import rank
from tenants.knowledge.serialise import MAGIC, IndexUnreadable, dump, load


def make_index():
    entries = [Entry(("How long does delivery take?",), "Three days."), Entry((), "Founded in Leipzig, Straße 5.")]
    index = build(entries, language="en")
    index.thresholds = Thresholds(question=0.7)
    index.references = [11, 2**40]
    return index


INDEX = make_index()
BLOB = dump(INDEX)


def with_header(change) -> bytes:
    """The blob with its header changed by a function."""
    (length,) = struct.unpack("<I", BLOB[8:12])
    header = json.loads(BLOB[12 : 12 + length])
    change(header)
    encoded = json.dumps(header).encode()
    return MAGIC + struct.pack("<I", len(encoded)) + encoded + BLOB[12 + length :]


def test_a_loaded_index_answers_as_the_one_stored():
    loaded = load(BLOB)

    assert rank(loaded, "when is delivery in Leipzig") == rank(INDEX, "when is delivery in Leipzig")
    assert list(loaded.references) == [11, 2**40]
    assert loaded.thresholds == Thresholds(question=0.7)
    assert dump(loaded) == BLOB


def test_an_empty_index_can_be_stored():
    assert load(dump(build([], language="de"))).passage_count == 0


def test_loading_pauses_between_sections():
    pauses = []

    load(BLOB, pause=lambda: pauses.append(1))

    assert len(pauses) > 20


def test_what_is_done_between_two_pauses_does_not_grow_with_the_index(monkeypatch):
    for bound in ("STORED_BYTES_AT_ONCE", "NUMBERS_AT_ONCE", "STRINGS_AT_ONCE"):
        monkeypatch.setattr(serialise, bound, 1)
    pauses = []

    loaded = load(BLOB, pause=lambda: pauses.append(1))

    assert dump(loaded) == BLOB
    assert len(pauses) > 1000


def test_rows_out_of_order_are_noticed_where_two_pieces_meet(monkeypatch):
    monkeypatch.setattr(serialise, "NUMBERS_AT_ONCE", 1)
    index = make_index()
    index.bodies.offsets[3] = index.bodies.offsets[2] - 1

    with pytest.raises(IndexUnreadable, match="postings"):
        load(dump(index))


@pytest.mark.parametrize("damaged", [b"", b"CATY", b"\x80\x04K\x01.", BLOB[:-1], BLOB + b"x", BLOB[: len(BLOB) // 2]])
def test_bytes_that_are_no_index_are_refused(damaged):
    with pytest.raises(IndexUnreadable):
        load(damaged)


def test_another_format_is_refused():
    with pytest.raises(IndexUnreadable, match="another format"):
        load(with_header(lambda header: header.update(format=0)))


def test_a_section_larger_than_announced_is_not_unpacked():
    bomb = zlib.compress(bytes(10_000_000))

    def announce(header):
        header["sections"] = {"terms": {"type": "text", "bytes": 10, "stored": len(bomb), "crc": 0}}

    blob = with_header(announce)
    (length,) = struct.unpack("<I", blob[8:12])
    with pytest.raises(IndexUnreadable, match="damaged"):
        load(blob[: 12 + length] + bomb)


def test_sizes_beyond_the_bounds_are_refused_before_anything_is_read():
    with pytest.raises(IndexUnreadable, match="too large"):
        load(with_header(lambda header: header["sections"]["terms"].update(bytes=2**40)))


def test_numbers_that_point_nowhere_are_refused():
    with pytest.raises(IndexUnreadable):
        load(with_header(lambda header: header.update(passages=1)))


@given(st.integers(0, len(BLOB) - 1), st.integers(1, 255))
def test_any_changed_byte_is_noticed_or_harmless(place, change):
    damaged = bytearray(BLOB)
    damaged[place] ^= change
    try:
        loaded = load(bytes(damaged))
    except IndexUnreadable:
        return
    rank(loaded, "when is delivery in Leipzig")


def test_ranking_needs_no_django():
    modules = "builder calibration chunking drafts evidence markdown probability question ranking serialise tokens"
    imports = ", ".join(f"tenants.knowledge.{name}" for name in modules.split())
    code = f"import sys, {imports}; sys.exit('django' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
