"""The first hour of a business: its website, its looks, five questions, the line to paste. For its owners."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from caty.lib.errors import CatyError
from tenants import services as tenant_services
from tenants.admin.scope import tell_refusal
from tenants.models import FirstHour, Tenant
from tenants.staff import EVERYONE, OWNERS, staff_of
from widget.admin import first_hour_shown as shown
from widget.admin.first_hour_forms import LooksForm, PastedForm, WebsiteForm
from widget.services import first_hour

STEPS = {"website": 1, "looks": 2, "questions": 3, "site": 4}
NAMES = {number: name for name, number in STEPS.items()}


def page(request, tenant_id: int, step: str = "") -> HttpResponse:
    """One of the steps, or what was pressed on it; without a `step`, the one that it has come to."""
    tenant = _get(request, tenant_id)
    if not step:
        return _to(tenant, NAMES[first_hour.open_hour(tenant).reached])
    if step not in STEPS:
        raise Http404
    if request.method == "POST":
        return _do(request, tenant, step)
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET", "POST"])
    hour = first_hour.open_hour(tenant)
    if hour.reached < STEPS[step]:
        return _to(tenant, NAMES[hour.reached])
    return _show(request, tenant, step)


def progress(request, tenant_id: int, step: str) -> HttpResponse:
    """The part of a step's page that changes by itself, for the script that follows it."""
    tenant = _get(request, tenant_id)
    if step not in STEPS:
        raise Http404
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    context = shown.progress_of(request, tenant, first_hour.open_hour(tenant), step)
    return TemplateResponse(request, f"admin/first_hour/{step}_progress.html", context)


def _get(request, tenant_id: int) -> Tenant:
    staff = staff_of(request)
    if not staff.has_role(EVERYONE, tenant_id):
        raise Http404
    if not staff.has_role(OWNERS, tenant_id):
        raise PermissionDenied
    tenant = Tenant.objects.select_related("persona", "appearance", "behavior").filter(pk=tenant_id).first()
    if tenant is None:
        raise Http404
    return tenant


def _to(tenant: Tenant, step: str) -> HttpResponse:
    return redirect("admin:first_hour_step", tenant.pk, step)


def _show(request, tenant: Tenant, step: str, **more) -> HttpResponse:
    hour = first_hour.open_hour(tenant)
    context = {
        **admin.site.each_context(request),
        **shown.frame_of(tenant, hour, STEPS, step),
        **shown.progress_of(request, tenant, hour, step),
        **shown.FORMS[step](tenant, hour),
        **more,
    }
    return TemplateResponse(request, f"admin/first_hour/{step}.html", context)


def _do(request, tenant: Tenant, step: str) -> HttpResponse:
    """What a button says, as `do`; "good:7" is `good` with "7"."""
    name, _colon, value = request.POST.get("do", "").partition(":")
    action = ACTIONS.get((step, name)) or ACTIONS.get(("", name))
    if action is None:
        return _to(tenant, step)
    try:
        return action(request, tenant, value)
    except CatyError as error:
        messages.error(request, error.message)
        return _to(tenant, step)


def _read(request, tenant: Tenant, _value: str) -> HttpResponse:
    return _begin(request, tenant, WebsiteForm(request.POST), "website_form", "address", first_hour.read_website)


def _paste(request, tenant: Tenant, _value: str) -> HttpResponse:
    return _begin(request, tenant, PastedForm(request.POST), "pasted_form", "text", first_hour.read_text)


def _begin(request, tenant: Tenant, form, name: str, field: str, read: Callable) -> HttpResponse:
    """Have something read, or show the form once more with what is wrong."""
    if form.is_valid():
        try:
            read(tenant, form.cleaned_data[field], user_id=request.user.pk, now=timezone.now())
        except CatyError as error:
            tell_refusal(form, error)
        else:
            return _to(tenant, "website")
    return _show(request, tenant, "website", **{name: form})


def _stop(request, tenant: Tenant, _value: str) -> HttpResponse:
    first_hour.stop_reading(tenant, now=timezone.now())
    return _to(tenant, "website")


def _go_on(request, tenant: Tenant, _value: str) -> HttpResponse:
    first_hour.propose_looks(tenant, user_id=request.user.pk, now=timezone.now())
    return _to(tenant, "looks")


def _save(request, tenant: Tenant, _value: str) -> HttpResponse:
    form = LooksForm(request.POST, initial={"language": tenant.language})
    if not form.is_valid():
        return _show(request, tenant, "looks", looks_form=form)
    first_hour.save_looks(tenant, form.looks())
    first_hour.ask_questions(tenant, user_id=request.user.pk, now=timezone.now())
    return _to(tenant, "questions")


def _ask(request, tenant: Tenant, _value: str) -> HttpResponse:
    first_hour.ask_questions(tenant, user_id=request.user.pk, now=timezone.now())
    return _to(tenant, "questions")


def _good(request, tenant: Tenant, value: str) -> HttpResponse:
    first_hour.find_good(tenant, _key(value))
    return _to(tenant, "questions")


def _write(request, tenant: Tenant, value: str) -> HttpResponse:
    body = request.POST.get(f"answer-{_key(value)}", "")
    if not body.strip():
        messages.error(request, _("Write the answer first."))
        return _to(tenant, "questions")
    first_hour.write_answer(tenant, _key(value), body, user_id=request.user.pk, now=timezone.now())
    return _to(tenant, "questions")


def _to_site(request, tenant: Tenant, _value: str) -> HttpResponse:
    first_hour.reach(tenant, FirstHour.Step.SITE)
    return _to(tenant, "site")


def _make_line(request, tenant: Tenant, _value: str) -> HttpResponse:
    """The key is shown in this answer and in no other."""
    return _show(request, tenant, "site", **shown.line_of(tenant, key=first_hour.make_key(tenant, now=timezone.now())))


def _allow(request, tenant: Tenant, value: str) -> HttpResponse:
    pattern = tenant_services.allow_origin(tenant, value[:300])
    told = _("%(site)s is allowed now. The assistant appears there within half a minute.")
    messages.success(request, told % {"site": pattern})
    return _to(tenant, "site")


def _finish(request, tenant: Tenant, _value: str) -> HttpResponse:
    first_hour.finish(tenant, now=timezone.now())
    messages.success(request, _("Your assistant is set up. Here you see how it goes."))
    return redirect("admin:index")


def _put_away(request, tenant: Tenant, _value: str) -> HttpResponse:
    first_hour.put_away(tenant, now=timezone.now())
    messages.info(request, _("Put away. You find everything in the menu on the left."))
    return redirect("admin:index")


def _key(value: str) -> int:
    return int(value) if value.isdecimal() and len(value) < 19 else 0


ACTIONS = {
    ("website", "read"): _read,
    ("website", "paste"): _paste,
    ("website", "stop"): _stop,
    ("website", "go_on"): _go_on,
    ("looks", "propose"): _go_on,
    ("looks", "save"): _save,
    ("questions", "ask"): _ask,
    ("questions", "good"): _good,
    ("questions", "write"): _write,
    ("questions", "go_on"): _to_site,
    ("site", "line"): _make_line,
    ("site", "allow"): _allow,
    ("site", "finish"): _finish,
    ("", "put_away"): _put_away,
}
