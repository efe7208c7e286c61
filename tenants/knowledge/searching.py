"""Asking a tenant's knowledge: the best passages for a message, or all of them where they are few."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings

from tenants.contracts import Found, FoundPassage
from tenants.knowledge.index import LexicalIndex
from tenants.knowledge.loading import cache, find_index
from tenants.knowledge.probability import probability, zone
from tenants.knowledge.ranking import Ranked, rank
from tenants.models import KnowledgeIndex, Passage, Tenant

MOST_PASSAGES = 50
BYTES_PER_CHARACTER = 2
PASSAGE_COLUMNS = ("pk", "article_id", "question", "heading", "title", "body", "url", "category")


@dataclass(frozen=True, slots=True)
class _Message:
    text: str
    earlier: str
    limit: int


def search(
    tenant: Tenant, text: str, *, history: Sequence[str] = (), limit: int = 8, is_cautious: bool = False
) -> Found:
    """Up to `limit` passages for a visitor's message, best first, with how likely the first one answers it.

    `history` are the visitor's earlier turns; the last one moves ranks, never the probability. A cautious tenant asks
    for more certainty before something counts as an answer. Nothing is found where no index has been built yet.
    Two queries, whatever the size of the knowledge.
    """
    index = find_index(tenant)
    if index is None:
        return Found()
    message = _Message(text, history[-1] if history else "", max(1, min(limit, MOST_PASSAGES)))
    ranked, rows, is_changed = _rank_stored(tenant, index, message)
    passages = tuple(
        _found(rows[index.references[number]], score)
        for number, score in ranked.passages
        if index.references[number] in rows
    )
    if not passages or ranked.evidence is None:
        return Found()
    likelihood = probability(ranked.evidence)
    decided = zone(ranked.evidence, likelihood, index.thresholds, is_cautious=is_cautious)
    if is_changed and decided == "answer":
        decided = "suggest"  # what the index holds best is no longer said; the next best may be beside the point
    return Found(passages=passages, probability=likelihood, zone=decided)


def whole(tenant: Tenant) -> tuple[FoundPassage, ...]:
    """All passages in an order that edits elsewhere don't change; () where they are more than fits into a prompt.

    One query, two after a change. How large a knowledge base is was counted when its index was built.
    """
    columns = ("version", "built_at", "token_count", "tenant__knowledge_version")
    state = KnowledgeIndex.objects.for_tenant(tenant).values_list(*columns).first()
    if state is None or state[2] > settings.KNOWLEDGE_WHOLE_PROMPT_TOKENS:
        return ()
    held = cache.find(("whole", tenant.pk))
    if held and held[0] == state:
        return held[1]
    rows = _published(tenant).order_by("article_id", "position").values(*PASSAGE_COLUMNS)
    passages = tuple(_found(row, 0.0) for row in rows)
    cache.put(("whole", tenant.pk), (state, passages), size_bytes=_size_bytes(passages))
    return passages


def _rank_stored(tenant: Tenant, index: LexicalIndex, message: _Message) -> tuple[Ranked, dict[int, dict], bool]:
    """The ranking, the rows of what may be shown of it, and whether any of it is no longer there."""
    ranked = rank(index, message.text, earlier=message.earlier, limit=message.limit)
    rows = _read_passages(tenant, index, ranked)
    gone = frozenset(number for number, _ in ranked.passages if index.references[number] not in rows)
    if gone:
        # Deleted or unpublished since the index was built: the rest is weighed as if they had never been found.
        ranked = rank(index, message.text, earlier=message.earlier, limit=MOST_PASSAGES, without=gone)
    return ranked, rows, bool(gone)


def _read_passages(tenant: Tenant, index: LexicalIndex, ranked: Ranked) -> dict[int, dict]:
    wanted = [index.references[number] for number, _ in ranked.passages]
    return {row["pk"]: row for row in _published(tenant).filter(pk__in=wanted).values(*PASSAGE_COLUMNS)}


def _published(tenant: Tenant):
    """Passages that may be shown: an article taken back is gone at once, before the index is rebuilt."""
    return Passage.objects.for_tenant(tenant).filter(article__is_published=True)


def _found(row: dict, score: float) -> FoundPassage:
    texts = {name: row[name] for name in PASSAGE_COLUMNS if name != "pk"}
    return FoundPassage(reference=f"p{row['pk']}", score=score, **texts)


def _size_bytes(passages: Iterable[FoundPassage]) -> int:
    return sum(BYTES_PER_CHARACTER * (len(passage.body) + len(passage.heading)) + 500 for passage in passages)
