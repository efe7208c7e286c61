"""Search among 1,000 businesses in one process, as the web process does it: under gevent, with its pool and its cache.

Started by answers.py in a process that gevent has patched, with the environment of production. Makes 1,000 businesses
with 8 to 400 passages and one with 20,000 in the database, and asks them. A greenlet that only wants its turn every two
milliseconds notes how long it had to wait, which is what any other request would have waited. Prints figures, and last
its bars as JSON.
"""

import json
import random
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from itertools import cycle, islice
from pathlib import Path

import gevent
from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks.measure import percentile, rss_mb
from benchmarks.retrieval_bars import Bar
from benchmarks.retrieval_figures import built
from benchmarks.retrieval_large import enlarge
from benchmarks.retrieval_sets import QuestionSet, find_sets, read_set, split_history
from benchmarks.retrieval_speed import LEAST_OF
from tenants import knowledge
from tenants.knowledge import serialise
from tenants.knowledge.index import Entry, LexicalIndex
from tenants.knowledge.loading import cache
from tenants.models import Article, KnowledgeIndex, Passage, Tenant

BUSINESSES = 1_000
LARGE = 20_000
KINDS = 40  # different knowledge bases among the small ones
SMALLEST, LARGEST = 8, 400  # passages of a small one; half have fewer than 57
ASKERS = 8
LARGE_EVERY = 25
LOADS = 20
TURN_SECONDS = 0.002
PREFIX = "bench-knowledge"
LONGEST_PIECE_MS = 50


@dataclass
class Turns:
    """Of each turn of the waiting greenlet: milliseconds it came too late, and processor time used meanwhile."""

    late_ms: list[float] = field(default_factory=list)
    piece_ms: list[float] = field(default_factory=list)

    @property
    def longest_wait_ms(self) -> float:
        return max(self.late_ms, default=0.0)

    @property
    def longest_piece_ms(self) -> float:
        return max(self.piece_ms, default=0.0)


@contextmanager
def waiting() -> Iterator[Turns]:
    """A greenlet that wants its turn again and again while the block runs."""
    turns = Turns()

    def take_turns() -> None:
        while True:
            used, began = time.thread_time(), time.perf_counter()
            gevent.sleep(TURN_SECONDS)
            turns.late_ms.append(1000 * (time.perf_counter() - began - TURN_SECONDS))
            turns.piece_ms.append(1000 * (time.thread_time() - used))

    greenlet = gevent.spawn(take_turns)
    gevent.sleep(5 * TURN_SECONDS)
    try:
        yield turns
        gevent.sleep(5 * TURN_SECONDS)
    finally:
        greenlet.kill()


def make_businesses(large: QuestionSet) -> None:
    """The small ones and last the large one, with passages and indexes in the database."""
    remove_businesses()
    chance = random.Random(13)
    names = [*(f"{PREFIX}-{number}" for number in range(BUSINESSES)), f"{PREFIX}-large"]
    tenants = Tenant.objects.bulk_create([Tenant(name=name, slug=name) for name in names])
    Article.objects.bulk_create([Article(tenant=tenant, title="Bench", body="Bench") for tenant in tenants])
    articles = dict(Article.objects.filter(tenant__in=tenants).values_list("tenant_id", "pk"))
    kinds = [_kind(large, chance) for _ in range(KINDS)]
    for tenant, (entries, index) in zip(tenants[:-1], cycle(kinds), strict=False):
        _store(tenant, articles[tenant.pk], entries, index)
    _store(tenants[-1], articles[tenants[-1].pk], large.entries, built(large))
    with connection.cursor() as cursor:
        for table in ("tenants_tenant", "tenants_article", "tenants_passage", "tenants_knowledgeindex"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def _kind(large: QuestionSet, chance: random.Random) -> tuple[tuple[Entry, ...], LexicalIndex]:
    size = round(SMALLEST * (LARGEST / SMALLEST) ** chance.random())
    entries = tuple(chance.sample(large.entries, size))
    return entries, built(QuestionSet("", "", large.language, tuple(map(str, range(size))), entries, ()))


def _store(tenant: Tenant, article_pk: int, entries: Sequence[Entry], index: LexicalIndex) -> None:
    rows = [
        Passage(tenant=tenant, article_id=article_pk, position=place, kind="chunk", title="Bench", body=entry.text)
        for place, entry in enumerate(entries)
    ]
    index.references = array("Q", [row.pk for row in Passage.objects.bulk_create(rows, batch_size=2000)])
    KnowledgeIndex.objects.create(
        tenant=tenant,
        version=1,
        blob=serialise.dump(index),
        calibration={"format": serialise.FORMAT},
        passage_count=len(entries),
        token_count=settings.KNOWLEDGE_WHOLE_PROMPT_TOKENS + 1,
        built_at=timezone.now(),
    )


def remove_businesses() -> None:
    ours = "IN (SELECT id FROM tenants_tenant WHERE slug LIKE %s)"
    with connection.cursor() as cursor:
        for table in ("passage", "knowledgeindex", "article"):
            cursor.execute(f"DELETE FROM tenants_{table} WHERE tenant_id {ours}", [f"{PREFIX}-%"])  # noqa: S608
        cursor.execute("DELETE FROM tenants_tenant WHERE slug LIKE %s", [f"{PREFIX}-%"])


def ask(tenant: Tenant, text: str) -> float:
    """Milliseconds of one search, from a request's first statement to giving the connection back."""
    began = time.perf_counter()
    knowledge.search(tenant, text)
    connection.close()
    return 1000 * (time.perf_counter() - began)


def measure_held(name: str, tenants: Sequence[Tenant], texts: Sequence[str]) -> float:
    """The 95th percentile where the index is in memory already."""
    for tenant in tenants:
        ask(tenant, texts[0])
    took = [
        min(ask(tenant, text) for _ in range(LEAST_OF)) for tenant, text in zip(cycle(tenants), texts, strict=False)
    ]
    tell(f"a search in {name}, index held: ms, p50 and p95", percentile(took, 50), percentile(took, 95))
    return percentile(took, 95)


def measure_loads(large: Tenant, texts: Sequence[str]) -> tuple[float, float]:
    """The longest wait in the typical load of the large index, and the longest piece of processor time in any."""
    waits, pieces, took = [], [], []
    for text in islice(cycle(texts), LOADS):
        cache.clear()
        with waiting() as turns:
            took.append(ask(large, text))
        waits.append(turns.longest_wait_ms)
        pieces.append(turns.longest_piece_ms)
    tell("a search that loads it: ms, p50 and most", percentile(took, 50), max(took))
    tell(
        "others waited meanwhile: ms, longest of the typical load and of all",
        percentile(waits, 50),
        max(waits),
    )
    tell("processor time in one piece meanwhile: ms, longest of all", max(pieces))
    return percentile(waits, 50), max(pieces)


def measure_in_turn(tenants: Sequence[Tenant], large: Tenant, texts: Sequence[str]) -> tuple[float, Turns]:
    """All of them asked in turn, by several at once; the most that the cache held in MB, and how others waited."""
    cache.clear()
    most_held, took = 0, []
    plan = iter(_plan(tenants, large, texts))

    def ask_again_and_again() -> None:
        nonlocal most_held
        for tenant, text in plan:
            took.append(ask(tenant, text))
            most_held = max(most_held, cache.size_bytes)

    with waiting() as turns:
        gevent.joinall([gevent.spawn(ask_again_and_again) for _ in range(ASKERS)], raise_error=True)
    tell(f"{len(took):,} searches, {ASKERS} at a time, all in turn: ms, p50 and p95", *_p50_p95(took))
    tell("others waited meanwhile: ms, p95 and longest", percentile(turns.late_ms, 95), turns.longest_wait_ms)
    tell("processor time in one piece meanwhile: ms, longest", turns.longest_piece_ms)
    return most_held / 2**20, turns


def _plan(tenants: Sequence[Tenant], large: Tenant, texts: Sequence[str]) -> Iterator[tuple[Tenant, str]]:
    for number, (tenant, text) in enumerate(zip(tenants, cycle(texts), strict=False)):
        yield tenant, text
        if number % LARGE_EVERY == 0:
            yield large, text


def _p50_p95(took: Sequence[float]) -> tuple[float, float]:
    return percentile(took, 50), percentile(took, 95)


def tell(name: str, *values: float) -> None:
    print(f"  {name:<92}{''.join(f'{value:9.2f}' for value in values)}", flush=True)


def measure_all(texts: Sequence[str]) -> list[Bar]:
    """All of it; prints figures and returns the bars."""
    *tenants, large = Tenant.objects.filter(slug__startswith=f"{PREFIX}-").order_by("pk")
    fresh_mb = rss_mb(["self"])
    print(f"\n{BUSINESSES:,} businesses with {SMALLEST} to {LARGEST} passages and one with {LARGE:,}, in one process")
    small = measure_held("small knowledge", tenants[:20], texts)
    held = measure_held(f"{LARGE:,} passages", [large], texts)
    wait, piece = measure_loads(large, texts)
    most_held, turns = measure_in_turn(tenants, large, texts)
    most = settings.KNOWLEDGE_CACHE_BYTES / 2**20
    tell("the process grew since it started by: MB", rss_mb(["self"]) - fresh_mb)
    return [
        Bar("small knowledge among 1,000: p95 ms, index held", small, 10, is_most=True),
        Bar("20,000 passages among 1,000: p95 ms, index held", held, 10, is_most=True),
        Bar("loading 20,000 passages: ms that others wait, typical load", wait, LONGEST_PIECE_MS, is_most=True),
        Bar("loading 20,000 passages: ms of processor in one piece", piece, LONGEST_PIECE_MS, is_most=True),
        Bar("1,000 in turn: ms of processor in one piece", turns.longest_piece_ms, LONGEST_PIECE_MS, is_most=True),
        Bar("1,000 in turn: MB that the cache holds", most_held, most, is_most=True),
    ]


def make(folder: str, plan: str) -> None:
    """Make the businesses, and write down what to ask them in the file `plan`."""
    large = enlarge([split_history(read_set(path))[0] for path in find_sets(Path(folder))], LARGE)
    make_businesses(large)
    Path(plan).write_text(json.dumps([one.text for one in large.asked]))


def main(plan: str) -> None:
    """Measure, print the bars as a line of JSON, and leave nothing in the database."""
    try:
        bars = measure_all(json.loads(Path(plan).read_text()))
    finally:
        remove_businesses()
        connection.close_pool()
    print(json.dumps([astuple(bar) for bar in bars]))
