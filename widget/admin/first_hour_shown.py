"""What the pages of the first hour show."""

import re
from dataclasses import asdict
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants.admin import installation
from tenants.models import FirstHour, FirstQuestion, Job, Source, SourcePage, Tenant
from widget.admin.first_hour_forms import LooksForm, PastedForm, WebsiteForm
from widget.engine.first_hour.contracts import MOST_QUESTIONS
from widget.services import first_hour

MOST_PAGES = 40
LONG = timedelta(seconds=30)  # for work to wait for its turn


def frame_of(tenant: Tenant, hour: FirstHour, steps: dict[str, int], step: str) -> dict:
    """What every step has around it."""
    return {
        "title": _("Set up your assistant"),
        "business": tenant,
        "hour": hour,
        "step": steps[step],
        "step_label": FirstHour.Step(steps[step]).label,
        "steps": [
            {
                "label": FirstHour.Step(number).label,
                "number": number,
                "url": reverse("admin:first_hour_step", args=[tenant.pk, name]),
                "is_open": number <= hour.reached,
                "is_done": number < hour.reached or bool(hour.finished_at),
                "is_current": name == step,
            }
            for name, number in steps.items()
        ],
        "progress_url": reverse("admin:first_hour_progress", args=[tenant.pk, step]),
    }


def progress_of(request, tenant: Tenant, hour: FirstHour, step: str) -> dict:
    """Context of the part of a step that changes by itself."""
    if step == "website":
        return _reading(hour)
    if step == "looks":
        return {"job": hour.looks_job, "is_slow": _is_slow(hour.looks_job), "is_proposing": _is_open(hour.looks_job)}
    if step == "questions":
        return _questions(tenant, hour)
    sites = installation.sites_of(request, [tenant.pk])
    return {**sites, "is_seen": any(site["state"] == "good" for site in sites["sites"])}


def line_of(tenant: Tenant, *, key: str = "") -> dict:
    return installation.line_of([tenant.pk], key=key)


def _website_forms(tenant: Tenant, hour: FirstHour) -> dict:
    source = hour.source
    address = source.address if source and not source.is_kept_here else tenant.website
    text = bytes(source.file.content).decode() if source and source.kind == Source.Kind.TEXT else ""
    return {
        "website_form": WebsiteForm(initial={"address": address}),
        "pasted_form": PastedForm(initial={"text": text}),
    }


def _looks_form(tenant: Tenant, hour: FirstHour) -> dict:
    return {
        "looks_form": LooksForm(initial=_initial(tenant, hour)),
        "is_proposed": hour.proposal is not None,
        "preview_url": reverse("admin:first_hour_preview", args=[tenant.pk]),
    }


def _initial(tenant: Tenant, hour: FirstHour) -> dict:
    looks = asdict(first_hour.looks_to_begin_with(tenant, hour))
    return {**looks, "quick_replies": list(looks["quick_replies"])}


FORMS = {
    "website": _website_forms,
    "looks": _looks_form,
    "questions": lambda tenant, hour: {},
    "site": lambda tenant, hour: line_of(tenant),
}


def _reading(hour: FirstHour) -> dict:
    source = hour.source
    if source is None:
        return {"is_reading": False}
    rows = source.pages.filter(round=source.round).exclude(state=SourcePage.State.WAITING)
    pages = list(rows.defer("texts", "links").order_by("read_at", "pk")[:MOST_PAGES])
    waiting = source.pages.filter(round=source.round, state=SourcePage.State.WAITING).count()
    is_stopped = source.state == Source.State.READING and not source.is_being_read
    return {
        "source": source,
        "is_reading": source.is_being_read,
        "is_slow": _is_slow(source.job),
        "is_stopped": is_stopped,
        "is_read": source.state == Source.State.READ,
        "has_failed": source.state == Source.State.FAILED,
        "pages": pages,
        "words": _words(source, len(pages), waiting),
    }


def _words(source: Source, done: int, waiting: int) -> str:
    """How far the reading is; read out whenever it changes."""
    if not source.is_being_read:
        return source.message
    if not done:
        return _("Looking for pages.")
    said = ngettext("%d page read so far.", "%d pages read so far.", done) % done
    return f"{said} " + ngettext("%d more to read.", "%d more to read.", waiting) % waiting if waiting else said


def _quoted(answer: str) -> str:
    """The words of one's own texts in an answer that quotes them, else all of it."""
    quoted = [line.removeprefix(">").strip() for line in answer.splitlines() if line.startswith(">")]
    return "\n".join(quoted) if quoted else answer


def _questions(tenant: Tenant, hour: FirstHour) -> dict:
    rows = {row.position: row for row in tenant.first_questions.all()}
    is_asking = _is_open(hour.questions_job)
    return {
        "is_asking": is_asking,
        "is_slow": _is_slow(hour.questions_job),
        "places": [_place(number, rows.get(number)) for number in range(1, MOST_QUESTIONS + 1)],
        "answered": sum(1 for row in rows.values() if row.answered_at),
        "must_ask": not is_asking and (not rows or any(row.answered_at is None for row in rows.values())),
        "Verdict": FirstQuestion.Verdict,
    }


def _place(number: int, row: FirstQuestion | None) -> dict:
    if row is None:
        return {"number": number, "question": None}
    answer = re.sub(r"^> ?", "", row.answer, flags=re.MULTILINE)
    return {
        "number": number,
        "question": row,
        "answer": answer,
        "quoted": _quoted(row.answer) if row.is_answered else row.draft,
    }


def _is_open(job: Job | None) -> bool:
    return job is not None and job.is_open


def _is_slow(job: Job | None) -> bool:
    """Whether nobody has begun with it for longer than it takes where a worker runs."""
    return _is_open(job) and job.started_at is None and job.created_at < timezone.now() - LONG
