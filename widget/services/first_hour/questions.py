"""The third step: five questions that visitors of such a business would ask, and what they would be told."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import knowledge
from tenants import services as tenant_services
from tenants.jobs import JobKind, Step, Work
from tenants.knowledge import articles
from tenants.models import FirstHour, FirstQuestion, Tenant
from widget.engine.first_hour.heuristics import propose
from widget.services.first_hour.looks import site_of
from widget.services.first_hour.steps import lock_hour
from widget.services.trying import try_question

KIND = "widget.ask_first_questions"
Verdict = FirstQuestion.Verdict
LONGEST_DRAFT = 2_000


def ask_questions(tenant: Tenant, *, user_id: int | None, now: datetime) -> None:
    """Have those asked that have no answer yet, five of them where there are none. Raises TooManyJobs."""
    with transaction.atomic():
        hour = lock_hour(tenant)
        if hour.questions_job and hour.questions_job.is_open:
            return
        waiting = tenant.first_questions.filter(answered_at=None)
        if tenant.first_questions.exists() and not waiting.exists():
            return
        _start(hour, user_id=user_id, now=now)


def find_good(tenant: Tenant, question_id: int) -> None:
    """A person says that this answer is as it should be."""
    tenant.first_questions.filter(pk=question_id, verdict="").exclude(answered_at=None).update(verdict=Verdict.GOOD)


def write_answer(tenant: Tenant, question_id: int, body: str, *, user_id: int | None, now: datetime) -> None:
    """Write down what is to be answered, and have it asked again. Raises ArticleInvalid and TooManyJobs."""
    with transaction.atomic():
        hour = lock_hour(tenant)
        question = tenant.first_questions.select_for_update(no_key=True).filter(pk=question_id).first()
        if question is None:
            return
        text = articles.ArticleText(title=question.text, body=body, kind="question")
        articles.import_articles(tenant, [text])  # which replaces what was written for it before
        question.verdict, question.answered_at = Verdict.WRITTEN, None
        question.save(update_fields=["verdict", "answered_at"])
        if not (hour.questions_job and hour.questions_job.is_open):
            _start(hour, user_id=user_id, now=now)


def run(work: Work) -> Iterator[Step]:
    """A job's runner: makes up the questions where there are none, and asks one after the other."""
    if not work.tenant.first_questions.exists():
        _make(work.tenant)
        yield _step(work.tenant)
    while question := work.tenant.first_questions.filter(answered_at=None).order_by("position").first():
        # The index is the worker's to build; that of what was just read may not be there yet.
        knowledge.rebuild(work.tenant.pk)
        work.tenant.refresh_from_db()
        _answer(work.tenant, question)
        yield _step(work.tenant)


def _start(hour: FirstHour, *, user_id: int | None, now: datetime) -> None:
    hour.questions_job_id = tenant_services.start_job(
        KIND, tenant=hour.tenant, user_id=user_id, settings={}, now=now, message=_("Asking five questions.")
    )
    hour.save(update_fields=["questions_job"])


def _make(tenant: Tenant) -> None:
    hour = FirstHour.objects.for_tenant(tenant).select_related("source").get()
    texts = (hour.proposal or {}).get("questions") or propose(site_of(tenant, hour.source)).questions
    rows = [FirstQuestion(tenant=tenant, position=place, text=text[:300]) for place, text in enumerate(texts, 1)]
    FirstQuestion.objects.bulk_create(rows, ignore_conflicts=True)


def _answer(tenant: Tenant, question: FirstQuestion) -> None:
    trial = try_question(tenant, question.text, now=timezone.now())
    reply = trial.reply or trial.offline
    nearest = next(iter(trial.found.passages), None) if reply.is_unanswered and trial.found.zone == "suggest" else None
    tenant.first_questions.filter(pk=question.pk).update(
        answer=reply.content,
        is_answered=not reply.is_unanswered,
        sources=[[source.title, source.url] for source in reply.sources],
        buttons=[action.label for action in reply.suggested_actions],
        draft=nearest.body[:LONGEST_DRAFT] if nearest else "",
        draft_title=(nearest.question or nearest.heading or nearest.title)[:300] if nearest else "",
        answered_at=timezone.now(),
    )


def _step(tenant: Tenant) -> Step:
    counts = tenant.first_questions.aggregate(total=Count("pk"), done=Count("pk", filter=Q(answered_at__isnull=False)))
    return Step(**counts, message=_("All of them have been asked.") if counts["done"] == counts["total"] else "")


ASKING = JobKind(label=gettext_lazy("Asking five questions"), run=run)
