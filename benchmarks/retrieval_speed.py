"""What a search takes in time and memory among few and many passages, beside what others take in the same run.

What only computes is measured in processor time, which is what it takes where nothing else is going on. PostgreSQL is
measured by the clock.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.measure import percentile
from benchmarks.retrieval_bars import Bar
from benchmarks.retrieval_baselines import FullTextSearch, PlainBm25, text_of
from benchmarks.retrieval_figures import built, find_place
from benchmarks.retrieval_large import enlarge
from benchmarks.retrieval_sets import QuestionSet
from tenants.knowledge import serialise
from tenants.knowledge.index import LexicalIndex
from tenants.knowledge.ranking import rank

SIZES = (100, 2_000, 20_000)
MEMORY = Path(__file__).with_name("retrieval_memory.py")
LEAST_OF = 2  # of these runs of a question the quicker one counts: other work on the machine only adds


@dataclass(frozen=True)
class Speed:
    """Milliseconds of a search, megabytes in memory or in the database."""

    p50_ms: float
    p95_ms: float
    memory_mb: float


def measure_sizes(sets: Sequence[QuestionSet], connection: psycopg.Connection | None) -> Iterator[Bar]:
    """Prints the figures of each size and yields the bars."""
    for size in SIZES:
        questions = enlarge(sets, size)
        print(f"\n{questions.name:<34}{'p50 ms':>9}{'p95 ms':>9}{'MB':>8}{'R@1':>7}")
        yield from _measure_size(questions, connection)


def _measure_size(questions: QuestionSet, connection: psycopg.Connection | None) -> Iterator[Bar]:
    texts = [text_of(entry) for entry in questions.entries]
    bm25 = _show("plain BM25", questions, PlainBm25(texts).find, _memory_of_bm25(questions, texts), time.process_time)
    if connection is not None:
        search = FullTextSearch(connection, texts, language=questions.language)
        _show("PostgreSQL ts_rank", questions, search.find, search.size_mb, time.perf_counter)
    started = time.process_time()
    blob = serialise.dump(built(questions))
    build_seconds = time.process_time() - started
    started = time.process_time()
    index = serialise.load(blob)
    load_ms = 1000 * (time.process_time() - started)
    ours = _show("Caty", questions, _find_in(index), _memory_of_index(questions, blob), time.process_time)
    print(f"  built in {build_seconds:.2f} s, stored in {len(blob) / 1e6:.2f} MB, loaded in {load_ms:.0f} ms;", end=" ")
    print(f"{len(index.terms):,} terms; kept to be {index.size_bytes / 1e6:.1f} MB")
    yield from _bars(len(questions.ids), ours, bm25, build_seconds)


def _bars(size: int, ours: Speed, bm25: Speed, build_seconds: float) -> Iterator[Bar]:
    if size == 2_000:
        yield Bar("2,000 passages: p95 ms", ours.p95_ms, 5, is_most=True)
    if size == 20_000:
        yield Bar("20,000 passages: p95 ms", ours.p95_ms, 10, is_most=True)
        yield Bar("20,000 passages: p95, times plain BM25's", ours.p95_ms / bm25.p95_ms, 0.5, is_most=True)
        yield Bar("20,000 passages: MB of memory", ours.memory_mb, 60, is_most=True)
        yield Bar("20,000 passages: seconds to build", build_seconds, 15, is_most=True)


def _show(
    name: str, questions: QuestionSet, find: Callable[[str], list[int]], memory_mb: float, clock: Callable[[], float]
) -> Speed:
    took, firsts = [], []
    for number, one in enumerate(questions.asked):
        best = float("inf")
        for _ in range(LEAST_OF):
            started = clock()
            found = find(one.text)
            best = min(best, clock() - started)
        took.append(1000 * best)
        if one.gold & set(questions.ids):
            firsts.append(find_place(questions, number, found) == 0)
    speed = Speed(percentile(took, 50), percentile(took, 95), memory_mb)
    first = f"{statistics.fmean(firsts):7.3f}" if firsts else f"{'-':>7}"
    print(f"  {name:<32}{speed.p50_ms:9.2f}{speed.p95_ms:9.2f}{speed.memory_mb:8.1f}{first}", flush=True)
    return speed


def _find_in(index: LexicalIndex) -> Callable[[str], list[int]]:
    return lambda text: [number for number, _ in rank(index, text).passages]


def _memory_of_index(questions: QuestionSet, blob: bytes) -> float:
    return _memory("index", blob, questions)


def _memory_of_bm25(questions: QuestionSet, texts: list[str]) -> float:
    return _memory("bm25", json.dumps(texts).encode(), questions)


def _memory(kind: str, content: bytes, questions: QuestionSet) -> float:
    with tempfile.TemporaryDirectory() as folder:
        file, asked = Path(folder, "content"), Path(folder, "asked")
        file.write_bytes(content)
        asked.write_text(json.dumps([one.text for one in questions.asked]))
        command = [sys.executable, str(MEMORY), kind, str(file), str(asked)]
        return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
