"""Asking a tenant's knowledge: the best passages for a message, or all of them where they are few."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.conf import settings

from tenants.contracts import Found, FoundPassage
from tenants.knowledge.index import LexicalIndex
from tenants.knowledge.likeness import Comparer, comparer_for
from tenants.knowledge.loading import KnowledgeState, cache, find_index, read_state
from tenants.knowledge.meaning import find_cosines
from tenants.knowledge.probability import confidence, probability, zone
from tenants.knowledge.ranking import Ranked, rank
from tenants.models import Passage, Tenant

USUAL_PASSAGES, MOST_PASSAGES = 8, 50
BYTES_PER_CHARACTER = 2
PASSAGE_COLUMNS = ("pk", "article_id", "question", "heading", "title", "body", "url", "category")


@dataclass(frozen=True, slots=True)
class _Message:
    text: str
    earlier: str
    limit: int


@dataclass(frozen=True)
class Consulted:
    """What a message wants of a knowledge base: what was `found`, and the `whole` of it where that fits a prompt.

    `is_large`: there is more of it than fits. `version` is what was asked, None while a newer one is being read in.
    """

    found: Found
    whole: tuple[FoundPassage, ...]
    is_large: bool
    version: int | None


def consult(tenant: Tenant, text: str, *, history: Sequence[str] = (), is_cautious: bool = False) -> Consulted:
    """What `search` finds, and all passages in an order that edits elsewhere don't change, () where they are too many.

    One query where the knowledge is small, two where it is large. How large it is was counted when its index was built.
    """
    state = read_state(tenant)
    everything = _whole(tenant, state)
    found = _search(tenant, state, _message(text, history, USUAL_PASSAGES), is_cautious=is_cautious, at_hand=everything)
    if state is None:
        return Consulted(found, everything, is_large=False, version=None)
    version = state.index_version if state.index_version == state.knowledge_version else None
    return Consulted(found, everything, is_large=not _fits_prompt(state), version=version)


def search(
    tenant: Tenant, text: str, *, history: Sequence[str] = (), limit: int = USUAL_PASSAGES, is_cautious: bool = False
) -> Found:
    """Up to `limit` passages for a visitor's message, best first, with how likely the first one answers it.

    `history` are the visitor's earlier turns; the last one moves ranks, never the probability. A cautious tenant asks
    for more certainty before something counts as an answer. Nothing is found where no index has been built yet.
    Two queries, whatever the size of the knowledge.
    """
    return _search(tenant, read_state(tenant), _message(text, history, limit), is_cautious=is_cautious)


def find_comparer(tenant: Tenant) -> Comparer:
    """What tells how alike two of a tenant's questions are, by how rare words are in its own knowledge."""
    return comparer_for(find_index(tenant, read_state(tenant)), language=tenant.language)


def version_read_in(tenant: Tenant) -> int | None:
    """The version of the knowledge that is searched, None while it lags behind what has been written."""
    state = read_state(tenant)
    return state.index_version if state and state.index_version >= state.knowledge_version else None


def _message(text: str, history: Sequence[str], limit: int) -> _Message:
    return _Message(text, history[-1] if history else "", max(1, min(limit, MOST_PASSAGES)))


def _search(
    tenant: Tenant,
    state: KnowledgeState | None,
    message: _Message,
    *,
    is_cautious: bool,
    at_hand: Sequence[FoundPassage] = (),
) -> Found:
    index = find_index(tenant, state)
    if index is None:
        return Found()
    cosines = find_cosines(tenant, index, message.text)
    ranked, stored, is_changed = _rank_stored(tenant, index, message, at_hand, cosines)
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
    return Found(passages=passages, probability=confidence(likelihood), zone=decided)


def _fits_prompt(state: KnowledgeState) -> bool:
    return state.token_count <= settings.KNOWLEDGE_WHOLE_PROMPT_TOKENS


def _whole(tenant: Tenant, state: KnowledgeState | None) -> tuple[FoundPassage, ...]:
    if state is None or not _fits_prompt(state):
        return ()
    held = cache.find(("whole", tenant.pk))
    if held and held[0] == state:
        return held[1]
    rows = _published(tenant).order_by("article_id", "position").values(*PASSAGE_COLUMNS)
    passages = tuple(_found(row) for row in rows)
    cache.put(("whole", tenant.pk), (state, passages), size_bytes=_size_bytes(passages))
    return passages


def _rank_stored(
    tenant: Tenant,
    index: LexicalIndex,
    message: _Message,
    at_hand: Sequence[FoundPassage],
    cosines: Sequence[float],
) -> tuple[Ranked, dict[int, FoundPassage], bool]:
    """The ranking, what may be shown of it by reference, and whether any of it is no longer there."""
    asked = {"earlier": message.earlier, "cosines": cosines}
    ranked = rank(index, message.text, limit=message.limit, **asked)
    wanted = [index.references[number] for number, _ in ranked.passages]
    stored = _pick(wanted, at_hand) if at_hand else _read_passages(tenant, wanted)
    gone = frozenset(number for number, _ in ranked.passages if index.references[number] not in stored)
    if gone:
        # Deleted or unpublished since the index was built: the rest is weighed as if they had never been found.
        ranked = rank(index, message.text, limit=MOST_PASSAGES, without=gone, **asked)
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
