"""Long work: how far it has come, what became of it, and its file."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from caty.lib.database import release_connection
from tenants import services
from tenants.admin.object_actions import ObjectActions, object_action
from tenants.admin.scope import FactsAdmin
from tenants.jobs import find_kind
from tenants.models import Job
from tenants.services.jobs import KEPT_FILE, read_parts
from tenants.staff import EDITORS

State = Job.State
COLORS = {State.PENDING: "info", State.RUNNING: "info", State.DONE: "success", State.FAILED: "danger"}
ADVICE = _("Start it again. If that fails too, tell whoever runs this installation.")


def state_for_people(job: Job) -> str:
    """What has begun is running, though it waits now and then for its next turn."""
    return State.RUNNING if job.state == State.PENDING and job.started_at else job.state


def sentence(job: Job) -> str:
    """How it stands, in words that change no more than ten times while it runs: they are read out."""
    if job.state == State.DONE:
        return job.message or _("Done.")
    if job.state == State.FAILED:
        return job.message or _("Something went wrong on our side.")
    if job.state == State.CANCELLED:
        return _("Cancelled. What had been done by then stays done.")
    if not job.started_at:
        return job.message or _("Waiting for its turn.")
    return _("About %(percent)d %% done.") % {"percent": job.percent // 10 * 10} if job.total else _("Just begun.")


def progress_of(job: Job) -> dict:
    """Context of admin/tenants/job_progress.html."""
    kind = find_kind(job.kind)
    return {
        "job": job,
        "sentence": sentence(job),
        "advice": (kind and kind.advice) or ADVICE,
        "color": COLORS.get(state_for_people(job), ""),
        "state": State(state_for_people(job)).label,
        "kept_until": job.finished_at and job.finished_at + KEPT_FILE,
    }


@admin.register(Job)
class JobAdmin(ObjectActions, FactsAdmin):
    empty_words = _("Whatever takes a while, such as a file of many leads, shows up here, with how far it has come.")
    list_display = ("shown_kind", "shown_state", "shown_progress", "created_by", "created_at")
    list_select_related = ("tenant", "created_by")
    ordering = ("-created_at", "-pk")
    object_actions = ("cancel",)

    def get_urls(self):
        views = {"progress": self.progress_view, "download": self.download_view}
        return [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"tenants_job_{name}")
            for name, view in views.items()
        ] + super().get_urls()

    def get_actions(self, request):
        return {}

    def change_view(self, request, object_id, form_url="", extra_context=None):
        job = self.get_object(request, object_id)
        if job is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method != "GET":
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **progress_of(job),
            "opts": self.opts,
            "title": self.shown_kind(job),
            "object_buttons": self.buttons_for(request, job),
            "progress_url": reverse("admin:tenants_job_progress", args=[job.pk]),
        }
        return TemplateResponse(request, "admin/tenants/job.html", context)

    def progress_view(self, request, object_id: str):
        """The part of the page that changes, for the script that follows it."""
        context = progress_of(self._get(request, object_id))
        return TemplateResponse(request, "admin/tenants/job_progress.html", context)

    def download_view(self, request, object_id: str):
        job = self._get(request, object_id)
        if not job.has_file:
            raise Http404
        answer = StreamingHttpResponse(_parts(job.pk), content_type=job.file_type or "application/octet-stream")
        answer["Content-Disposition"] = content_disposition_header(True, job.file_name)
        answer["Content-Length"] = str(job.file_bytes)
        return answer

    def _get(self, request, object_id: str) -> Job:
        job = self.get_object(request, object_id)
        if job is None:
            raise Http404
        return job

    @object_action(label=_("Cancel"), roles=EDITORS, when=lambda job: job.is_open)
    def cancel(self, request, job) -> HttpResponse | None:
        if services.cancel_job(job.pk, tenant=job.tenant, now=timezone.now()):
            self.message_user(request, _("Cancelled."), messages.SUCCESS)

    @display(description=_("what"), ordering="kind")
    def shown_kind(self, job):
        kind = find_kind(job.kind)
        return kind.label if kind else job.kind

    @display(description=_("state"), label=COLORS)
    def shown_state(self, job):
        state = State(state_for_people(job))
        return state, state.label

    @display(description=_("how far"))
    def shown_progress(self, job):
        if job.is_open:
            return f"{job.percent} %"
        return sentence(job)


def _parts(job_pk: int):
    """No database connection is kept while somebody's line takes in a part."""
    for part in read_parts(job_pk):
        release_connection()
        yield part
