"""Makes the vectors of a tenant's passages. For workers: some 27 passages a second, in slices that are kept."""

import logging
import time
from collections.abc import Iterator
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
PASSAGES_AT_ONCE = 16
MOST_VECTORS = 60_000  # of a tenant: 23 MB; passages beyond are found by their words alone
MOST_HINTED = 100  # tenants a sweep; the next one takes the rest

log = logging.getLogger(__name__)


def encode(tenant_id: int) -> None:
    """Bring a tenant's vectors nearer to its passages, for some seconds; hints itself again until they are there.

    What a passage says never changes under its key, so that a vector once made stays right. May run twice or late:
    what two make at once is the same. No connection is held while the model works.
    """
    tenant = Tenant.objects.filter(pk=tenant_id, is_active=True).first()
    if tenant is None or not is_understood(tenant.language):
        return
    version = KnowledgeIndex.objects.for_tenant(tenant).values_list("version", flat=True).first()
    wanted = list(Passage.objects.for_tenant(tenant).order_by("pk").values_list("pk", flat=True))
    known = _read_keys(tenant)
    missing = sorted(set(wanted).difference(known))
    made, left = _make(tenant, missing, room=MOST_VECTORS - len(known))
    with transaction.atomic():
        _store(tenant, made, wanted, version=0 if left or version is None else version)
    log.info("knowledge.encoded tenant_id=%s passages=%s left=%s", tenant.pk, len(missing) - left, left)
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


def _make(tenant: Tenant, missing: list[int], *, room: int):
    """The vectors of as many of these passages as there is time and room for, and how many are left for later."""
    vectors = import_module("tenants.knowledge.vectors")
    encoder = import_string(settings.SEMANTIC_ENCODER)()
    made, place, ends_at = vectors.empty(), 0, time.monotonic() + SLICE_SECONDS
    while place < len(missing) and len(made.keys) < room and (place == 0 or time.monotonic() < ends_at):
        texts = list(_read_texts(tenant, missing[place : place + PASSAGES_AT_ONCE]))
        release_connection()
        if texts:
            keys, wordings = zip(*texts, strict=True)
            made = made.and_those(vectors.make(keys, encoder.encode(wordings)))
        place += PASSAGES_AT_ONCE
    return made, max(0, len(missing) - place) if len(made.keys) < room else 0


def _read_texts(tenant: Tenant, keys: list[int]) -> Iterator[tuple[int, str]]:
    """Each wording of a passage's question, or its text where it has none, with its key."""
    for passage in Passage.objects.for_tenant(tenant).filter(pk__in=keys).order_by("pk"):
        if passage.question:
            yield from ((passage.pk, wording) for wording in (passage.question, *passage.variants))
        else:
            yield passage.pk, "\n".join(filter(None, (passage.title, passage.heading, passage.body)))


def _read_keys(tenant: Tenant) -> list[int]:
    """The passage of each vector there is."""
    row = KnowledgeVectors.objects.for_tenant(tenant).first()
    return _unpack(row).keys.tolist() if row else []


def _store(tenant: Tenant, made, wanted: list[int], *, version: int) -> None:
    """Add what was made to what is stored by now, in the caller's transaction, without passages that are gone."""
    vectors = import_module("tenants.knowledge.vectors")
    KnowledgeVectors.objects.get_or_create(tenant=tenant, defaults={"version": 0, "made_at": timezone.now()})
    row = KnowledgeVectors.objects.for_tenant(tenant).select_for_update().get()
    kept = _unpack(row).of(wanted)
    known = set(kept.keys.tolist())
    new = made.of([key for key in set(made.keys.tolist()) if key not in known])
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
