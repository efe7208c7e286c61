"""Drafting the answer to a group of questions: a job that a colleague starts and whose draft waits for their word."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import budget, knowledge
from tenants import services as tenant_services
from tenants.config import load_config
from tenants.contracts import FoundPassage
from tenants.jobs import JobKind, JobRefused, Step, Work
from tenants.knowledge import articles
from tenants.knowledge.wordings import unlike
from tenants.models import Tenant
from widget.engine import draft as engine
from widget.engine.personal import without_personal_data
from widget.models import UnansweredQuestion
from widget.services.question_groups import answer_by, group_of, hold
from widget.services.thinking import find_model
from widget.services.writing import ModelResting, write_paid

KIND = "widget.draft"
MODEL_SECONDS = 40.0
SEARCHED_WORDINGS = 4


def can_draft() -> bool:
    return find_model() is not None


def start_draft(head: UnansweredQuestion, *, user_id: int, now: datetime) -> None:
    """Have an answer to the group of this question drafted, unless that is being done. Raises TooManyJobs."""
    hold(head)
    with transaction.atomic():
        rows = UnansweredQuestion.objects.for_tenant(head.tenant).select_for_update(of=("self",))
        locked = rows.select_related("draft_job").get(pk=head.pk)
        if locked.draft_job and locked.draft_job.is_open:
            return
        locked.draft_job_id = tenant_services.start_job(
            KIND, tenant=head.tenant, user_id=user_id, settings={"question": head.pk}, now=now
        )
        locked.save(update_fields=["draft_job"])


def clean_wordings(texts: list[str]) -> list[str]:
    """Visitors' wordings stripped of personal data, each once, short enough to be another way to ask."""
    stripped = (without_personal_data(text)[: articles.LONGEST_VARIANT] for text in texts)
    return unlike(stripped)


def run(work: Work) -> Iterator[Step]:
    """Write the draft and keep it as an article that waits. Raises JobRefused."""
    if work.cursor.get("is_complete"):
        return
    head = UnansweredQuestion.objects.for_tenant(work.tenant).filter(pk=work.settings["question"]).first()
    if head is None:
        raise JobRefused(_("This question is no longer there."))
    wordings = clean_wordings([question.text for question in group_of(head)[: engine.MOST_WORDINGS]])
    yield Step(done=0, total=1, cursor={"has": "questions"})
    draft = _ask(work, wordings)
    _keep(work.tenant, head, draft, wordings)
    yield Step(done=1, total=1, cursor={"is_complete": True}, message=_("The draft waits for your word."))


def _ask(work: Work, wordings: list[str]) -> engine.Draft:
    """Raises JobRefused."""
    model = find_model()
    if model is None:
        raise JobRefused(_("No model is set up, so nothing can be drafted."))
    request = engine.DraftRequest(
        config=load_config(work.tenant),
        wordings=tuple(wordings),
        passages=_best_passages(work.tenant, wordings),
    )
    try:
        written = write_paid(
            work.tenant,
            engine.build_draft_prompt(request),
            lambda text: engine.read_draft(text, request),
            model=model,
            seconds=MODEL_SECONDS,
            now=work.now,
        )
    except budget.BudgetExceeded as error:
        raise JobRefused(_("The budget for AI is used up for now, so nothing can be drafted.")) from error
    except ModelResting as error:
        raise JobRefused(_("Claude is away for the moment. Try again in a few minutes.")) from error
    if written.content is None:
        raise JobRefused(_("Claude gave no usable draft this time. Try again, or write the answer yourself."))
    return written.content


def _best_passages(tenant: Tenant, wordings: list[str]) -> tuple[FoundPassage, ...]:
    """The best passages of each of the most asked wordings, in turn."""
    each = [knowledge.search(tenant, text, limit=4).passages for text in wordings[:SEARCHED_WORDINGS]]
    in_turn = [found[place] for place in range(4) for found in each if place < len(found)]
    by_reference = {passage.reference: passage for passage in in_turn}
    return tuple(by_reference.values())[: engine.MOST_PASSAGES]


def _keep(tenant: Tenant, head: UnansweredQuestion, draft: engine.Draft, wordings: list[str]) -> None:
    """The wordings go along as other ways to ask: whoever publishes the draft has read them beside it."""
    text = articles.ArticleText(
        title=draft.title,
        body=draft.body,
        kind="question",
        variants=tuple(unlike(wordings, besides=[draft.title]))[: articles.MOST_VARIANTS],
    )
    with transaction.atomic():
        answer_by(head, articles.draft_article(tenant, text))


DRAFTING = JobKind(
    label=gettext_lazy("Drafting an answer"),
    run=run,
    advice=gettext_lazy("You can write the answer yourself at any time."),
)
