"""Makes the vectors of a tenant's passages. For workers: some 27 texts a second, in slices that are kept."""

import logging
import time
from collections.abc import Collection, Iterator
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.module_loading import import_string

from caty.lib.database import release_connection
from caty.lib.tasks import hint
from tenants.knowledge.meaning import is_understood
from tenants.models import KnowledgeIndex, KnowledgeVectors, Passage, Tenant

SLICE_SECONDS = 20
TEXTS_AT_ONCE = 16
MOST_VECTORS = 60_000  # of a tenant: 23 MB; passages beyond are found by their words alone
MOST_HINTED = 100  # tenants a sweep; the next one takes the rest

log = logging.getLogger(__name__)

Unit = tuple[int, int]  # a passage's key, and the mark of one of its texts


def encode(tenant_id: int) -> None:
    """Bring a tenant's vectors nearer to its passages, for some seconds; hints itself again until they are there.

    Only texts that have none yet are worked on. May run twice or late: what two make at once is the same. No connection
    is held while the model works.
    """
    tenant = Tenant.objects.filter(pk=tenant_id, is_active=True).first()
    if tenant is None or not is_understood(tenant.language):
        return
    version = KnowledgeIndex.objects.for_tenant(tenant).values_list("version", flat=True).first()
    wanted = {unit for unit, _ in _read_texts(tenant)}
    known = wanted.intersection(_read_units(tenant))
    missing = sorted(wanted - known)[: MOST_VECTORS - len(known)]
    made = _make(tenant, missing)
    left = len(missing) - len(made.keys)
    with transaction.atomic():
        _store(tenant, made, wanted, version=0 if left or version is None else version)
    log.info("knowledge.encoded tenant_id=%s texts=%s left=%s", tenant.pk, len(made.keys), left)
    if left:
        hint("tenants.encode_knowledge", tenant_id=tenant.pk)


def encode_stale() -> int:
    """Hint the work for tenants whose vectors are older than their index; how many. None where meaning is off."""
    if not settings.SEMANTIC_ENCODER:
        return 0
    fresh = KnowledgeVectors.objects.filter(tenant=OuterRef("tenant"), version__gte=OuterRef("version"))
    stale = KnowledgeIndex.objects.filter(
        ~Exists(fresh), tenant__is_active=True, tenant__language__in=_understood_tags(), passage_count__gt=0
    )
    tenant_ids = stale.order_by("tenant").values_list("tenant", flat=True)[:MOST_HINTED]
    for tenant_id in tenant_ids:
        hint("tenants.encode_knowledge", tenant_id=tenant_id)
    return len(tenant_ids)


def _understood_tags() -> list[str]:
    """The languages that tenants have, with regions, where their meaning is understood."""
    spoken = Tenant.objects.order_by().values_list("language", flat=True).distinct()
    return [tag for tag in spoken if is_understood(tag)]


def _make(tenant: Tenant, missing: list[Unit]):
    """The vectors of as many of these texts as there is time for."""
    vectors = import_module("tenants.knowledge.vectors")
    encoder = import_string(settings.SEMANTIC_ENCODER)()
    made, ends_at = vectors.empty(), time.monotonic() + SLICE_SECONDS
    for start in range(0, len(missing), TEXTS_AT_ONCE):
        if start and time.monotonic() >= ends_at:
            break
        wanted = missing[start : start + TEXTS_AT_ONCE]
        texts = dict(_read_texts(tenant, keys={key for key, _ in wanted}))
        release_connection()
        units = [unit for unit in wanted if unit in texts]  # others have changed since
        if units:
            made = made.and_those(vectors.make(units, encoder.encode([texts[unit] for unit in units])))
    return made


def _read_texts(tenant: Tenant, *, keys: Collection[int] | None = None) -> Iterator[tuple[Unit, str]]:
    """Each wording of a passage's question, or its text where it has none; of all passages or of these."""
    vectors = import_module("tenants.knowledge.vectors")
    passages = Passage.objects.for_tenant(tenant)
    if keys is not None:
        passages = passages.filter(pk__in=keys)
    for passage in passages.order_by("pk").iterator(chunk_size=500):
        prose = "\n".join(filter(None, (passage.title, passage.heading, passage.body)))
        for text in (passage.question, *passage.variants) if passage.question else (prose,):
            yield (passage.pk, vectors.mark_of(text)), text


def _read_units(tenant: Tenant) -> list[Unit]:
    """What there are vectors of."""
    row = KnowledgeVectors.objects.for_tenant(tenant).first()
    return _unpack(row).units if row else []


def _store(tenant: Tenant, made, wanted: set[Unit], *, version: int) -> None:
    """Add what was made to what is stored by now, in the caller's transaction, without texts that are gone."""
    vectors = import_module("tenants.knowledge.vectors")
    KnowledgeVectors.objects.get_or_create(tenant=tenant, defaults={"version": 0, "made_at": timezone.now()})
    row = KnowledgeVectors.objects.for_tenant(tenant).select_for_update().get()
    kept = _unpack(row).among(wanted)
    new = made.among(wanted.difference(kept.units))
    row.blob = vectors.dump(kept.and_those(new))
    row.version = max(row.version, version)
    row.made_at = timezone.now()
    row.save()


def _unpack(row: KnowledgeVectors):
    vectors = import_module("tenants.knowledge.vectors")
    try:
        return vectors.load(bytes(row.blob)) if row.blob else vectors.empty()
    except vectors.VectorsUnreadable:
        log.error("knowledge.vectors_unreadable tenant_id=%s", row.tenant_id)
        return vectors.empty()
