"""Opening hours and closed days of a business, on a page of their own."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.admin.hours_form import ClosedDays, Weekday, WeekForm, days_of, stretches_in_words, week_of
from tenants.models import ClosedDay, OpeningTime, Tenant
from tenants.services.hours import set_hours
from tenants.staff import OWNERS
from tenants.zones import zone_named

COPIED_TO = (Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY)


def page(model_admin, request, object_id):
    """The week and the days that differ; who may not change them reads them."""
    tenant = model_admin.get_object(request, object_id)
    if tenant is None:
        return model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, object_id)
    may_change = model_admin.may(request, OWNERS, tenant)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    today = timezone.localdate(timezone=zone_named(tenant.timezone))
    week, days = _forms(request, tenant, today)
    if request.method == "POST" and "copy" not in request.POST and week.is_valid() and days.is_valid():
        set_hours(tenant, weekly=week.weekly(), closed_days=days.closed_days(), since=today)
        messages.success(request, _("Saved. Rules that ask for opening hours go by these from now on."))
        return redirect("admin:tenants_tenant_hours", tenant.pk)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Opening hours"),
        "tenant": tenant,
        "week": week,
        "days": days,
        "may_change": may_change,
        "now": timezone.now().astimezone(zone_named(tenant.timezone)),
    }
    return TemplateResponse(request, "admin/tenants/hours.html", context)


def _forms(request, tenant: Tenant, today) -> tuple[WeekForm, ClosedDays]:
    data = _copied(request.POST) if "copy" in request.POST else request.POST
    if request.method == "POST":
        return WeekForm(data), ClosedDays(data, prefix="days", since=today)
    times = list(OpeningTime.objects.for_tenant(tenant))
    closed = list(ClosedDay.objects.for_tenant(tenant).filter(day__gte=today))
    return WeekForm(initial=week_of(times)), ClosedDays(initial=days_of(closed), prefix="days", since=today)


def _copied(sent: QueryDict) -> QueryDict:
    """What was sent, with Monday's times on the other days of work."""
    data = sent.copy()
    for day in COPIED_TO:
        data[f"day{day.value}"] = data.get(f"day{Weekday.MONDAY.value}", "")
    return data


def shown_hours(tenant: Tenant) -> str:
    """For the business's page: the week in short, with a link to where it is changed."""
    week = week_of(list(OpeningTime.objects.for_tenant(tenant)))
    lines = [(day.label, stretches_in_words(week[f"day{day.value}"])) for day in Weekday]
    soon = timezone.localdate(timezone=zone_named(tenant.timezone))
    closed = ClosedDay.objects.for_tenant(tenant).filter(day__gte=soon, day__lte=soon + timedelta(days=60))
    return render_to_string(
        "admin/tenants/shown_hours.html",
        {"tenant": tenant, "lines": lines, "is_set": any(times for _day, times in lines), "closed": closed[:5]},
    )
