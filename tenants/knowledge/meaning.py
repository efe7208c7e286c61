"""How near in meaning a message is to each passage, where the installation has the optional model for it.

Nothing of it is imported, and no statement asked, where SEMANTIC_MODEL is empty.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string
from psycopg.pq import Format

from tenants.knowledge.analysis import LANGUAGES_OF_MEANING, primary_language
from tenants.knowledge.index import LexicalIndex
from tenants.knowledge.loading import cache
from tenants.models import Tenant

MADE_AT = "SELECT made_at FROM tenants_knowledgevectors WHERE tenant_id = %s"
LOAD = "SELECT made_at, blob FROM tenants_knowledgevectors WHERE tenant_id = %s"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Held:
    made_at: datetime
    index: LexicalIndex
    nearness: Any  # a vectors.Nearness; None where what is stored can't be read


def is_understood(language: str) -> bool:
    """Whether knowledge in this language is searched by meaning too."""
    return bool(settings.SEMANTIC_ENCODER) and primary_language(language) in LANGUAGES_OF_MEANING


def find_cosines(tenant: Tenant, index: LexicalIndex, text: str) -> Sequence[float]:
    """One for each passage of the index; () where meaning isn't understood here, or no vectors have been made yet.

    One statement, two where vectors have to be loaded.
    """
    if not is_understood(index.language) or not text.strip():
        return ()
    held = _find_held(tenant, index)
    if held is None or held.nearness is None:
        return ()
    encoder = import_string(settings.SEMANTIC_ENCODER)()
    return held.nearness.cosines(encoder.encode([text])[0])


def _find_held(tenant: Tenant, index: LexicalIndex) -> _Held | None:
    held = cache.find(("vectors", tenant.pk))
    row = _read(MADE_AT, tenant)
    if row is None:
        return None
    if held is None or held.made_at != row[0] or held.index is not index:
        held = _load(tenant, index)
    return held


def _load(tenant: Tenant, index: LexicalIndex) -> _Held | None:
    row = _read(LOAD, tenant)
    if row is None:
        return None
    vectors = import_module("tenants.knowledge.vectors")
    made_at, blob = row
    try:
        nearness = vectors.Nearness(vectors.load(blob), index.references)
    except vectors.VectorsUnreadable as error:
        log.error("knowledge.vectors_unreadable tenant_id=%s reason=%s", tenant.pk, error)
        nearness = None
    held = _Held(made_at, index, nearness)
    cache.put(("vectors", tenant.pk), held, size_bytes=nearness.size_bytes if nearness else 0)
    return held


def _read(statement: str, tenant: Tenant) -> tuple | None:
    with connection.cursor() as cursor:
        cursor.cursor.format = Format.BINARY
        cursor.execute(statement, [tenant.pk])
        return cursor.fetchone()
