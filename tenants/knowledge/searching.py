"""Asking a tenant's knowledge: the best passages for a message, or all of them where they are few."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

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
    tenant: Tenant,
    text: str,
    *,
    history: Sequence[str] = (),
    limit: int = 8,
    is_cautious: bool = False,
    at_hand: Sequence[FoundPassage] = (),
) -> Found:
    """Up to `limit` passages for a visitor's message, best first, with how likely the first one answers it.

    `history` are the visitor's earlier turns; the last one moves ranks, never the probability. A cautious tenant asks
    for more certainty before something counts as an answer. Nothing is found where no index has been built yet.
    Two queries, whatever the size of the knowledge; one where `at_hand` is what `whole` has just given.
    """
    index = find_index(tenant)
    if index is None:
        return Found()
    message = _Message(text, history[-1] if history else "", max(1, min(limit, MOST_PASSAGES)))
    ranked, stored, is_changed = _rank_stored(tenant, index, message, at_hand)
    passages = tuple(
        replace(stored[index.references[number]], score=score)
        for number, score in ranked.passages
        if index.references[number] in stored
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
    passages = tuple(_found(row) for row in rows)
    cache.put(("whole", tenant.pk), (state, passages), size_bytes=_size_bytes(passages))
    return passages


def _rank_stored(
    tenant: Tenant, index: LexicalIndex, message: _Message, at_hand: Sequence[FoundPassage]
) -> tuple[Ranked, dict[int, FoundPassage], bool]:
    """The ranking, what may be shown of it by reference, and whether any of it is no longer there."""
    ranked = rank(index, message.text, earlier=message.earlier, limit=message.limit)
    wanted = [index.references[number] for number, _ in ranked.passages]
    stored = _pick(wanted, at_hand) if at_hand else _read_passages(tenant, wanted)
    gone = frozenset(number for number, _ in ranked.passages if index.references[number] not in stored)
    if gone:
        # Deleted or unpublished since the index was built: the rest is weighed as if they had never been found.
        ranked = rank(index, message.text, earlier=message.earlier, limit=MOST_PASSAGES, without=gone)
    return ranked, stored, bool(gone)


def _pick(wanted: Sequence[int], at_hand: Sequence[FoundPassage]) -> dict[int, FoundPassage]:
    by_reference = {passage.reference: passage for passage in at_hand}
    return {key: by_reference[f"p{key}"] for key in wanted if f"p{key}" in by_reference}


def _read_passages(tenant: Tenant, wanted: Sequence[int]) -> dict[int, FoundPassage]:
    return {row["pk"]: _found(row) for row in _published(tenant).filter(pk__in=wanted).values(*PASSAGE_COLUMNS)}


def _published(tenant: Tenant):
    """Passages that may be shown: an article taken back is gone at once, before the index is rebuilt."""
    return Passage.objects.for_tenant(tenant).filter(article__is_published=True)


def _found(row: dict) -> FoundPassage:
    texts = {name: row[name] for name in PASSAGE_COLUMNS if name != "pk"}
    return FoundPassage(reference=f"p{row['pk']}", score=0.0, **texts)


def _size_bytes(passages: Iterable[FoundPassage]) -> int:
    return sum(BYTES_PER_CHARACTER * (len(passage.body) + len(passage.heading)) + 500 for passage in passages)
