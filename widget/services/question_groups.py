"""What staff do with a group of questions that were asked in vain."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet

from tenants.models import Article
from widget.models import UnansweredQuestion

State = UnansweredQuestion.State
LEAVING = {State.IGNORED: (State.OPEN,), State.DONE: (State.OPEN,), State.OPEN: (State.IGNORED, State.DONE)}


def group_of(question: UnansweredQuestion) -> QuerySet:
    """The questions of its group, the most asked first; itself alone where it has none yet."""
    rows = UnansweredQuestion.objects.filter(tenant_id=question.tenant_id)
    same = Q(pk=question.pk) | Q(group_id=question.group_id) if question.group_id else Q(pk=question.pk)
    return rows.filter(same).order_by("-times", "pk")


def take_out(question: UnansweredQuestion) -> None:
    """Make a question a group of its own; of a head, the most asked of the others becomes the head in its place."""
    rows = UnansweredQuestion.objects.filter(tenant_id=question.tenant_id)
    with transaction.atomic():
        others = list(group_of(question).exclude(pk=question.pk).values_list("pk", flat=True))
        if others and question.group_id == question.pk:
            rows.filter(pk__in=others).update(group_id=others[0])
            rows.filter(pk=others[0]).update(article=question.article_id, draft_job=question.draft_job_id)
            rows.filter(pk=question.pk).update(article=None, draft_job=None)
        rows.filter(pk=question.pk).update(group_id=question.pk)


def hold(question: UnansweredQuestion) -> None:
    """Have a question that has no group yet stay the head of its own: what is done about it is noted there."""
    rows = UnansweredQuestion.objects.for_tenant(question.tenant)
    rows.filter(pk=question.pk, group=None).update(group_id=question.pk)


def set_state(heads: Iterable[UnansweredQuestion], state: str) -> int:
    """Say of these groups that they are answered, none of ours, or open again; how many questions changed."""
    changed = 0
    for head in heads:
        rows = UnansweredQuestion.objects.filter(pk__in=group_of(head).values("pk"), state__in=LEAVING[state])
        changed += rows.update(state=state)
    return changed


def answer_by(head: UnansweredQuestion, article: Article) -> None:
    """Have the group asked again as soon as this article is read in."""
    hold(head)
    rows = UnansweredQuestion.objects.for_tenant(head.tenant).filter(pk=head.pk)
    rows.update(article=article, asked_again_version=0)
