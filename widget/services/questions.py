"""Sorting what was asked in vain into groups, and asking a group again once it is to be answered. In the worker."""

import logging
from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef, QuerySet

from caty.lib import tasks
from caty.lib.database import only_one
from tenants import knowledge
from tenants.config import load_config
from tenants.contracts import Found
from tenants.knowledge.likeness import MOST_COMPARED, find_group
from tenants.models import Article, Tenant
from widget.models import UnansweredQuestion
from widget.services.question_groups import group_of

log = logging.getLogger(__name__)

TENANTS_A_RUN = 1000
SORTED_A_RUN = 200
GROUPS_COMPARED = 300  # the newest: who asks today is compared with what was asked lately
GROUPS_ASKED_AGAIN = 50
WORDINGS_ASKED = 20  # of a group
State = UnansweredQuestion.State


def hint_sorters() -> int:
    """Hint a task for each active tenant with questions to sort or to ask again; gives their number."""
    rows = UnansweredQuestion.objects.filter(tenant=OuterRef("pk"))
    waiting = Exists(rows.filter(group=None)) | Exists(_to_ask_again(rows))
    tenant_ids = Tenant.objects.filter(waiting, is_active=True).order_by("pk").values_list("pk", flat=True)
    for tenant_id in tenant_ids[:TENANTS_A_RUN]:
        tasks.hint("widget.sort_tenant_questions", tenant_id=tenant_id)
    return len(tenant_ids[:TENANTS_A_RUN])


def sort_questions(*, tenant_id: int) -> int:
    """Give each new question of a tenant its group, and ask those again that may be answered by now; how many new."""
    tenant = Tenant.objects.filter(pk=tenant_id, is_active=True).first()
    if tenant is None:
        return 0
    with only_one(f"sort-questions:{tenant_id}") as is_mine:
        if not is_mine:
            return 0
        number = _sort_new(tenant)
        _ask_again(tenant)
    return number


def find_answer(tenant: Tenant, question: str) -> Found:
    """What a tenant's texts say to a question now."""
    is_cautious = load_config(tenant).behavior.is_cautious
    return knowledge.search(tenant, question, limit=1, is_cautious=is_cautious)


def _sort_new(tenant: Tenant) -> int:
    rows = UnansweredQuestion.objects.for_tenant(tenant)
    new = list(rows.filter(group=None).order_by("pk")[:SORTED_A_RUN])
    if not new:
        return 0
    comparer = knowledge.find_comparer(tenant)
    heads = _heads_to_compare(rows)
    groups = [[comparer.read(text) for text in texts] for texts in _wordings(rows, heads)]
    for question in new:
        asked = comparer.read(question.text)
        place = find_group(asked, groups)
        if place is None:
            heads.append(question.pk)
            groups.append([])
            place = -1
        groups[place].append(asked)
        question.group_id = heads[place]
    UnansweredQuestion.objects.bulk_update(new, ["group"])
    log.info("questions.sorted tenant=%s questions=%s", tenant.slug, len(new))
    return len(new)


def _heads_to_compare(rows: QuerySet) -> list[int]:
    """The newest groups. Those that are none of ours are left alone: a new question may be, however alike."""
    heads = rows.filter(group=F("pk")).exclude(state=State.IGNORED).order_by("-last_asked_at", "-pk")
    return list(heads.values_list("pk", flat=True)[:GROUPS_COMPARED])


def _wordings(rows: QuerySet, heads: Sequence[int]) -> list[list[str]]:
    """The most asked wordings of each of these groups."""
    texts: dict[int, list[str]] = defaultdict(list)
    asked = rows.filter(group__in=heads).order_by("-times", "pk")
    for group, text in asked.values_list("group", "text"):
        if len(texts[group]) < MOST_COMPARED:
            texts[group].append(text)
    return [texts[head] for head in heads]


def _ask_again(tenant: Tenant) -> None:
    """Mark those wordings answered that what was written since answers outright by now."""
    version = knowledge.version_read_in(tenant)
    if version is None:
        return
    for head in _to_ask_again(UnansweredQuestion.objects.for_tenant(tenant)).order_by("pk")[:GROUPS_ASKED_AGAIN]:
        answered = [
            question.pk
            for question in group_of(head).filter(state=State.OPEN).select_related("tenant")[:WORDINGS_ASKED]
            if _is_answered(question, find_answer(tenant, question.text), head.article_id)
        ]
        rows = UnansweredQuestion.objects.for_tenant(tenant)
        rows.filter(pk__in=answered, state=State.OPEN).update(state=State.DONE)
        rows.filter(pk=head.pk).update(asked_again_version=version)
        log.info("questions.asked_again tenant=%s question=%s answered=%s", tenant.slug, head.pk, len(answered))


def _is_answered(question: UnansweredQuestion, found: Found, article_id: int | None) -> bool:
    """Whether it is answered outright: by the group's article, or by one that is newer than the question.

    An older one was there when the question was asked in vain.
    """
    if found.zone != "answer":
        return False
    by = found.passages[0].article_id
    newer = Article.objects.for_tenant(question.tenant).filter(pk=by, updated_at__gt=question.last_asked_at)
    return by == article_id or newer.exists()


def _to_ask_again(rows: QuerySet) -> QuerySet:
    """Heads whose article is used in answers, with wordings still open, and an index that hasn't been asked yet."""
    is_open = UnansweredQuestion.objects.filter(group=OuterRef("pk"), state=State.OPEN)
    return rows.filter(
        Exists(is_open),
        group=F("pk"),
        article__is_published=True,
        asked_again_version__lt=F("tenant__knowledge_index__version"),
        tenant__knowledge_index__version__gte=F("tenant__knowledge_version"),
    )
