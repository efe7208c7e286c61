"""The page of a group of questions that were asked in vain: how, why, and what is answered now."""

from dataclasses import dataclass

from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from caty.lib import tasks
from tenants import knowledge
from tenants.contracts import Found
from widget.models import UnansweredQuestion
from widget.services.question_groups import group_of
from widget.services.questions import WORDINGS_ASKED, find_answer

State = UnansweredQuestion.State
COLORS = {State.OPEN: "warning", State.DONE: "success", State.IGNORED: ""}
REASONS = (
    ("unknown_times", gettext_lazy("not known")),
    ("unsure_times", gettext_lazy("answered without being sure")),
    ("unhelpful_times", gettext_lazy("found unhelpful")),
)
SAID = {
    "answer": gettext_lazy("Answered outright from"),
    "suggest": gettext_lazy("Too uncertain to answer outright. The nearest is"),
    "refuse": gettext_lazy("Not answered."),
}


@dataclass(frozen=True)
class Shown:
    """A wording on the page."""

    question: UnansweredQuestion
    why: str
    said: str
    article_title: str
    article_url: str
    state: str
    color: str


def page(model_admin, request, head: UnansweredQuestion):
    """Everything about the group."""
    context = {
        **model_admin.admin_site.each_context(request),
        **_state(head),
        "opts": model_admin.opts,
        "title": head.text,
        "asked": asked(head),
        "wordings": _wordings(head),
        "more": max(0, head.group_wordings - WORDINGS_ASKED),
        "may_answer": model_admin.may(request, model_admin.roles_to_answer, head),
        "object_buttons": model_admin.buttons_for(request, head),
        "progress_url": reverse("admin:widget_unansweredquestion_progress", args=[head.pk]),
    }
    return TemplateResponse(request, "admin/widget/question_group.html", context)


def parts(model_admin, request, head: UnansweredQuestion):
    """What changes while a draft is written or an article read in; all wordings only once that has ended."""
    state = _state(head)
    context = {**state, "may_answer": model_admin.may(request, model_admin.roles_to_answer, head)}
    if not state["is_waiting"]:
        context["wordings"] = _wordings(head)
    return TemplateResponse(request, "admin/widget/question_group_parts.html", context)


def asked(head: UnansweredQuestion) -> str:
    """How often, in how many wordings."""
    times = ngettext("once", "%d times", head.group_times)
    times = times % head.group_times if "%d" in times else times
    if head.group_wordings == 1:
        return times
    return _("%(times)s in %(count)d wordings") % {"times": times, "count": head.group_wordings}


def _state(head: UnansweredQuestion) -> dict:
    """How far the answer has come: a draft being written or read, an article being read in, or asked again."""
    job, article = head.draft_job, head.article
    step = ""
    if job and job.is_open:
        step = "drafting"
    elif article and article.needs_review:
        step = "drafted"
    elif article and not article.is_published:
        step = "unpublished"
    elif article and head.has_open:
        step = _how_far_read_in(head)
    elif not head.has_open and head.has_done:
        step = "answered"
    failed = job if job and job.state == "failed" and step not in ("drafted", "answered") else None
    waits = step in ("drafting", "reading", "asking")
    return {"head": head, "step": step, "failed_draft": failed, "is_waiting": waits, "article": article}


def _how_far_read_in(head: UnansweredQuestion) -> str:
    version = knowledge.version_read_in(head.tenant)
    if version is None:
        return "reading"
    if head.asked_again_version >= version:
        return "partly"
    if head.tenant.is_active:
        tasks.hint("widget.sort_tenant_questions", tenant_id=head.tenant_id)
        return "asking"
    return "partly"


def _wordings(head: UnansweredQuestion) -> list[Shown]:
    return [_shown(head, question) for question in group_of(head)[:WORDINGS_ASKED]]


def _shown(head: UnansweredQuestion, question: UnansweredQuestion) -> Shown:
    found = find_answer(head.tenant, question.text)
    zone, passage = _zone(found)
    return Shown(
        question=question,
        why=why(question),
        said=SAID[zone],
        article_title=(passage.question or passage.title) if passage else "",
        article_url=reverse("admin:tenants_article_change", args=[passage.article_id]) if passage else "",
        state=State(question.state).label,
        color=COLORS[question.state],
    )


def _zone(found: Found):
    if not found.passages or found.zone == "refuse":
        return "refuse", None
    return found.zone, found.passages[0]


def why(question: UnansweredQuestion) -> str:
    """Why a question is here, in words."""
    reasons = [str(words) for column, words in REASONS if getattr(question, column)]
    return ", ".join(reasons) or str(REASONS[0][1])
