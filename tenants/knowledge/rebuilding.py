"""Cuts a tenant's articles into passages and builds their index. For workers: it takes seconds of processor time."""

import logging
from array import array
from collections import defaultdict
from dataclasses import astuple, dataclass

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from caty.lib.tasks import hint
from tenants.knowledge import serialise
from tenants.knowledge.builder import build
from tenants.knowledge.calibration import calibrate
from tenants.knowledge.drafts import ArticleSource, PassageDraft, draft_passages, entry_of, tokens_of
from tenants.knowledge.index import LexicalIndex
from tenants.knowledge.variants import with_written
from tenants.knowledge.wordings import room_for, used_variants
from tenants.models import Article, KnowledgeIndex, Passage, Tenant

MOST_PASSAGES = 50_000
MOST_HINTED = 100  # tenants a sweep; the next one takes the rest
OUT_OF_THE_WAY = 1_000_000_000  # added to the places of rows that change places, so that none meets another
SHOWN = ("article_id", "kind", "question", "heading", "title", "body", "url", "category")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Built:
    """What was computed from the articles as they were at `version`."""

    version: int
    drafts: list[PassageDraft]
    left_out: int
    index: LexicalIndex


def rebuild(tenant_id: int) -> None:
    """Bring a tenant's passages and index up to its articles; does nothing where they are, or where the tenant is gone.

    May run twice or late: passages whose content hasn't changed keep their references, and an index of a newer version
    is never replaced by an older one.
    """
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant is None or _is_current(tenant):
        return
    # The version was read before the articles: should one change in between, the index is newer than it says, and is
    # built once more.
    built = _build(tenant)
    with transaction.atomic():
        is_stored = _store(tenant, built)
    event = "knowledge.rebuilt" if is_stored else "knowledge.rebuild_outrun"
    counts = (tenant.pk, built.version, len(built.drafts), built.left_out)
    log.info(event + " tenant_id=%s version=%s passages=%s left_out=%s", *counts)


def rebuild_stale() -> int:
    """Hint a rebuild for tenants whose index is missing, older than their knowledge, or of another format; how many."""
    fresh = KnowledgeIndex.objects.filter(
        tenant=OuterRef("pk"),
        version__gte=OuterRef("knowledge_version"),
        calibration__format=serialise.FORMAT,
    )
    stale = Tenant.objects.filter(~Exists(fresh), is_active=True)
    tenant_ids = stale.order_by("pk").values_list("pk", flat=True)[:MOST_HINTED]
    for tenant_id in tenant_ids:
        hint("tenants.rebuild_knowledge", tenant_id=tenant_id)
    return len(tenant_ids)


def _is_current(tenant: Tenant) -> bool:
    row = KnowledgeIndex.objects.for_tenant(tenant).filter(version__gte=tenant.knowledge_version).first()
    if row is None:
        return False
    try:
        serialise.load(row.blob)
    except serialise.IndexUnreadable:
        return False
    return True


def _build(tenant: Tenant) -> _Built:
    drafts = draft_passages(_read_articles(tenant))
    kept = drafts[:MOST_PASSAGES]
    entries = [entry_of(draft) for draft in kept]
    index = build(entries, language=tenant.language)
    index.thresholds = calibrate(index, entries)
    return _Built(tenant.knowledge_version, kept, len(drafts) - len(kept), index)


def _read_articles(tenant: Tenant) -> list[ArticleSource]:
    columns = ("id", "kind", "title", "body", "url", "category", "variants")
    published = Article.objects.for_tenant(tenant).filter(is_published=True).order_by("id")
    written = {row["id"]: row["written_variants"] for row in with_written(published).values("id", "written_variants")}
    rows = list(published.values(*columns))
    room = room_for(sum(row["kind"] == Article.Kind.QUESTION for row in rows))
    return [
        ArticleSource(**{**row, "variants": used_variants(row["variants"], written.get(row["id"], {}), most=room)})
        for row in rows
    ]


def _store(tenant: Tenant, built: _Built) -> bool:
    """Whether this version was stored, in the caller's transaction. The row's lock lets one rebuild in at a time."""
    empty = {"version": 0, "blob": b"", "passage_count": 0, "token_count": 0, "built_at": timezone.now()}
    KnowledgeIndex.objects.get_or_create(tenant=tenant, defaults=empty)
    row = KnowledgeIndex.objects.for_tenant(tenant).select_for_update().get()
    if row.version > built.version:
        return False
    built.index.references = array("Q", _store_passages(tenant, built.drafts))
    thresholds = built.index.thresholds
    row.version = built.version
    row.blob = serialise.dump(built.index)
    row.calibration = {
        "format": serialise.FORMAT,
        "question": thresholds.question,
        "chunk": thresholds.chunk,
        "left_out": built.left_out,
    }
    row.passage_count = len(built.drafts)
    row.token_count = sum(map(tokens_of, built.drafts))
    row.built_at = timezone.now()
    row.save()
    return True


def _store_passages(tenant: Tenant, drafts: list[PassageDraft]) -> list[int]:
    """Make the tenant's passages these, keeping rows whose content is unchanged; their ids in the drafts' order."""
    # Articles deleted while the index was being built take their passages along.
    existing_articles = set(Article.objects.for_tenant(tenant).values_list("pk", flat=True))
    unclaimed = defaultdict(list)
    for row in Passage.objects.for_tenant(tenant).order_by("article_id", "-position"):
        unclaimed[_content(row)].append(row)
    places: dict[int, int] = defaultdict(int)
    rows, new, moved, reworded = [], [], [], []
    for draft in drafts:
        position = places[draft.article_id]
        places[draft.article_id] += 1
        if draft.article_id not in existing_articles:
            rows.append(None)
            continue
        same = unclaimed[_content(draft)]
        row = same.pop() if same else _new_passage(tenant, draft)
        if row.pk is None:
            new.append(row)
            row.position = position
        if row.position != position:
            moved.append(row)
            row.position = position
        if row.variants != list(draft.variants):
            reworded.append(row)
            row.variants = list(draft.variants)
        rows.append(row)
    _write_passages(tenant, [row.pk for same in unclaimed.values() for row in same], moved, new)
    Passage.objects.bulk_update(reworded, ["variants"], batch_size=1000)
    return [row.pk if row else 0 for row in rows]


def _write_passages(tenant: Tenant, gone: list[int], moved: list[Passage], new: list[Passage]) -> None:
    passages = Passage.objects.for_tenant(tenant)
    passages.filter(pk__in=gone).delete()
    passages.filter(pk__in=[row.pk for row in moved]).update(position=F("position") + OUT_OF_THE_WAY)
    Passage.objects.bulk_update(moved, ["position"], batch_size=1000)
    Passage.objects.bulk_create(new, batch_size=1000)


def _content(passage: Passage | PassageDraft) -> tuple:
    """What is shown of it. Who is asked in more ways is still the same, and keeps the reference that answers name."""
    return tuple(getattr(passage, name) for name in SHOWN)


def _new_passage(tenant: Tenant, draft: PassageDraft) -> Passage:
    article_id, kind, question, variants, heading, title, body, url, category = astuple(draft)
    return Passage(
        tenant=tenant,
        article_id=article_id,
        kind=kind,
        question=question,
        variants=list(variants),
        heading=heading,
        title=title,
        body=body,
        url=url,
        category=category,
    )
