"""The index of a tenant as this process holds it: loaded once for each version, by one caller at a time."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from psycopg.pq import Format

from caty.lib.tasks import hint
from tenants.knowledge import serialise
from tenants.knowledge.cache import ByteBoundCache
from tenants.knowledge.index import LexicalIndex
from tenants.models import Tenant

LONGEST_WAIT_SECONDS = 10
LONGEST_STRETCH_SECONDS = 0.002  # of work before the others of this process are let in
SHORTEST_SLEEP_SECONDS = 0.001

log = logging.getLogger(__name__)
cache = ByteBoundCache(settings.KNOWLEDGE_CACHE_BYTES)
# Made when first needed, so after gevent has patched threading: a lock made before would stop every greenlet.
_loading: dict[int, threading.Lock] = {}


# As SQL, since every message asks it: the ORM takes six times as long to write this down.
STATE = """
    SELECT i.version, i.built_at, i.token_count, t.knowledge_version
    FROM tenants_knowledgeindex i JOIN tenants_tenant t ON t.id = i.tenant_id
    WHERE i.tenant_id = %s
"""


LOAD = "SELECT version, built_at, blob FROM tenants_knowledgeindex WHERE tenant_id = %s"


@dataclass(frozen=True, slots=True)
class KnowledgeState:
    """What is stored of a tenant's knowledge now: which index, how large, and the version that articles are at."""

    index_version: int
    built_at: datetime
    token_count: int
    knowledge_version: int


@dataclass(frozen=True, slots=True)
class _Held:
    """`index` is None where what is stored can't be read and nothing older is at hand."""

    version: int
    built_at: datetime
    index: LexicalIndex | None

    def is_of(self, state: KnowledgeState) -> bool:
        return (self.version, self.built_at) == (state.index_version, state.built_at)


def read_state(tenant: Tenant) -> KnowledgeState | None:
    """None where no index has been built yet. One indexed read."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, [tenant.pk])
        row = cursor.fetchone()
    return KnowledgeState(*row) if row else None


def find_index(tenant: Tenant, state: KnowledgeState | None) -> LexicalIndex | None:
    """The index of this state, or the one before while another caller loads the newest; None where there is none.

    One query when a new version has to be loaded.
    """
    held = cache.find(("index", tenant.pk))
    if state is None or (held and held.is_of(state)):
        return held.index if held and state else None
    lock = _loading.setdefault(tenant.pk, threading.Lock())
    # Who has an older version answers from it; who has nothing waits for the one that loads.
    if not (lock.acquire(blocking=False) if held else lock.acquire(timeout=LONGEST_WAIT_SECONDS)):
        if held is None:
            log.warning("knowledge.load_awaited_in_vain tenant_id=%s version=%s", tenant.pk, state.index_version)
        return held.index if held else None
    try:
        held = cache.find(("index", tenant.pk))
        if not (held and held.is_of(state)):
            held = _load(tenant, held)
        return held.index if held else None
    finally:
        lock.release()


def _load(tenant: Tenant, older: _Held | None) -> _Held | None:
    row = _read_stored(tenant)
    if row is None:
        return None
    version, built_at, blob = row
    try:
        index = serialise.load(blob, pause=turn_giver())
    except serialise.IndexUnreadable as error:
        log.error("knowledge.index_unreadable tenant_id=%s version=%s reason=%s", tenant.pk, version, error)
        hint("tenants.rebuild_knowledge", tenant_id=tenant.pk)
        index = older.index if older else None
    held = _Held(version, built_at, index)
    cache.put(("index", tenant.pk), held, size_bytes=index.size_bytes if index else 0)
    return held


def _read_stored(tenant: Tenant) -> tuple[int, datetime, bytes] | None:
    with connection.cursor() as cursor:
        # As text the bytes are sent twice as large, and turned back in one piece: a hundredth of a second for 3 MB.
        cursor.cursor.format = Format.BINARY
        cursor.execute(LOAD, [tenant.pk])
        return cursor.fetchone()


def turn_giver() -> Callable[[], None]:
    """Lets the other requests of this process run, where more than a few milliseconds have passed since it last did.

    A large index takes a good part of a second to unpack, and nobody's message should wait for all of it.
    """
    began = time.monotonic()

    def give_turn() -> None:
        nonlocal began
        if time.monotonic() - began >= LONGEST_STRETCH_SECONDS:
            # Under gevent a sleep of nothing only lets those run who wait for nothing: it doesn't look for what has
            # come over the network, or for whose time has come.
            time.sleep(SHORTEST_SLEEP_SECONDS)
            began = time.monotonic()

    return give_turn
