"""How visitors were answered: who resolved their conversations, how long they waited, how they found it.

Each figure leads to the list of what it counts.
"""

from django import forms
from django.contrib import admin
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from tenants.admin.fields import OwnTenantForm
from tenants.models import Tenant
from tenants.staff import EVERYONE, staff_of
from widget.admin.live_filters import in_words
from widget.admin.report_figures import Links, shown
from widget.services.periods import Period, PeriodInvalid, last_days
from widget.services.reports import read_report

PERIODS = (7, 30, 90)
FIRST_SHOWN = 30


class DayInput(UnfoldAdminTextInputWidget):
    input_type = "date"


class DaysForm(OwnTenantForm):
    """Of which business, and from which day to which; without any days the last thirty."""

    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=DayInput)
    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=DayInput)

    def period(self, days: int, *, zone: str, now) -> Period:
        """What is asked, else the last `days`; where that is not possible the form says why."""
        first, last = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        otherwise = last_days(days, now=now, zone=zone)
        if not (first or last):
            return otherwise
        try:
            return Period(first=first or last, last=last or max(first, otherwise.last), zone=zone)
        except PeriodInvalid:
            self.add_error("until", _("Choose a day that is not before the first, and at most a year after it."))
            return otherwise


def page(request):
    """The report of one business, which is chosen by those who work for several."""
    tenant_ids = staff_of(request).tenant_ids(EVERYONE)
    context = {**admin.site.each_context(request), "title": _("How visitors were answered")}
    if tenant_ids:
        context |= _report(request, tenant_ids)
    return TemplateResponse(request, "admin/widget/reports.html", context)


def _report(request, tenant_ids: list[int]) -> dict:
    form = DaysForm({"tenant": tenant_ids[0], **request.GET.dict()}, tenant_ids=tenant_ids)
    form.is_valid()  # a day that is none is told beside its field
    tenant, days, now = form.cleaned_data.get("tenant"), _days(request), timezone.now()
    if tenant is None:
        raise Http404
    period = form.period(days, zone=tenant.timezone, now=now)
    links = Links(period=period, tenant_id=tenant.pk if len(tenant_ids) > 1 else None)
    return {
        "form": form,
        "tenant": tenant,
        "period": period,
        "period_in_words": in_words(period),
        "periods": [_choice(count, tenant, links, is_asked=count == days and not _has_days(form)) for count in PERIODS],
        **shown(read_report(tenant, period, now=now), links),
    }


def _days(request) -> int:
    """Raises Http404 for what no link of ours asks."""
    asked = request.GET.get("days", str(FIRST_SHOWN))
    if asked not in map(str, PERIODS):
        raise Http404
    return int(asked)


def _has_days(form: DaysForm) -> bool:
    return bool(form.cleaned_data.get("since") or form.cleaned_data.get("until"))


def _choice(count: int, tenant: Tenant, links: Links, *, is_asked: bool) -> dict:
    chosen = f"&tenant={tenant.pk}" if links.tenant_id else ""
    return {"days": count, "query": f"?days={count}{chosen}", "is_asked": is_asked}
