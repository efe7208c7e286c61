"""Filters of conversations and of calls for a person: when, by whom, how it was. Reports lead to them."""

from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from leads.admin.filters import Question
from tenants.models import Membership, Tenant
from tenants.staff import EVERYONE, staff_of
from widget.admin.words import OUTCOMES, RESOLVED_BY
from widget.models import Handoff, Session
from widget.services.live import CAME_BY_ITSELF
from widget.services.periods import Period, PeriodInvalid, from_url, last_days
from widget.services.reports import OPEN
from widget.services.resolution import answered_by, resolved_by

TENANT = "tenant__id__exact"  # of the filter of those who work for several
MOST_COLLEAGUES = 100


def query(period: Period, *, column: str, tenant_id: int | None = None, **asked) -> str:
    """The query string of a list that shows what is `asked` of a period; `tenant_id` where one has several."""
    own = {} if tenant_id is None else {TENANT: tenant_id}
    return "?" + urlencode({**own, column: period.in_url, **asked})


class PeriodFilter(Question):
    """Days of the business that is looked at; of one's own time zone where that is several."""

    column = ""
    words = {"7": _("In the last 7 days"), "30": _("In the last 30 days"), "90": _("In the last 90 days")}

    def lookups(self, request, model_admin):
        asked = request.GET.get(self.parameter_name, "")
        period = None if asked in self.words else self._find_period(asked, request)
        return [*self.words.items(), *([(asked, in_words(period))] if period else [])]

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        period = self._find_period(self.value(), request)
        return queryset.none() if period is None else queryset.filter(period.holds(self.column))

    def _find_period(self, asked: str, request) -> Period | None:
        zone = _zone_of(request)
        if asked in self.words:
            return last_days(int(asked), now=timezone.now(), zone=zone)
        try:
            return from_url(asked, zone=zone)
        except PeriodInvalid:
            return None


def in_words(period: Period) -> str:
    """Such as “1 Nov – 30 Nov 2026”."""
    last = formats.date_format(period.last, "j M Y")
    return last if period.first == period.last else f"{formats.date_format(period.first, 'j M')} – {last}"


def _zone_of(request) -> str:
    staff, asked = staff_of(request), request.GET.get(TENANT, "")
    if asked.isascii() and asked.isdigit() and int(asked) in staff.names:
        return Tenant.objects.values_list("timezone", flat=True).get(pk=int(asked))
    return staff.timezone


class BeganFilter(PeriodFilter):
    title = _("When did it begin?")
    parameter_name = "began"
    column = "started_at"


class CalledFilter(PeriodFilter):
    title = _("When?")
    parameter_name = "called"
    column = "requested_at"


class ResolvedFilter(Question):
    title = _("Who resolved it?")
    parameter_name = "resolved"
    words = RESOLVED_BY

    def queryset(self, request, queryset):
        if self.value() not in self.words:
            return queryset
        return resolved_by(queryset, self.value(), timezone.now())


class SatisfactionFilter(Question):
    title = _("How it was")
    parameter_name = "how"
    words = dict(Session.Satisfaction.choices)
    conditions = {said: {"satisfaction": said} for said in Session.Satisfaction.values}


class ColleagueFilter(Question):
    """Offers the colleagues of one's own businesses."""

    def lookups(self, request, model_admin):
        rows = Membership.objects.filter(tenant__in=staff_of(request).tenant_ids(EVERYONE)).select_related("user")
        return [(str(row.pk), row.staff_name) for row in rows.order_by("created_at", "pk")[:MOST_COLLEAGUES]]

    def has_output(self):
        return bool(self.lookup_choices or self.value())

    def queryset(self, request, queryset):
        asked = self.value() or ""
        if not asked:
            return queryset
        return self.of_colleague(queryset, int(asked)) if asked.isascii() and asked.isdigit() else queryset.none()

    def of_colleague(self, rows: QuerySet, membership_pk: int) -> QuerySet:
        raise NotImplementedError


class AnswererFilter(ColleagueFilter):
    title = _("Which colleague answered?")
    parameter_name = "answerer"

    def of_colleague(self, rows, membership_pk):
        return answered_by(rows, membership_pk)


class TakerFilter(ColleagueFilter):
    title = _("Who took it?")
    parameter_name = "taker"

    def of_colleague(self, rows, membership_pk):
        return rows.filter(taker=membership_pk)


class ReplierFilter(ColleagueFilter):
    title = _("Who answered first?")
    parameter_name = "replier"

    def of_colleague(self, rows, membership_pk):
        return rows.filter(replier=membership_pk)


class OutcomeFilter(Question):
    title = _("What became of it?")
    parameter_name = "outcome"
    words = OUTCOMES
    conditions = {**{name: {"outcome": name} for name in Handoff.Outcome.values}, OPEN: {"outcome": ""}}


class UnaskedFilter(Question):
    title = _("Was somebody called?")
    parameter_name = "asked"
    words = {"yes": _("Yes"), "no": _("No, a colleague came by themselves")}
    conditions = {"no": {"reason": CAME_BY_ITSELF}}

    def queryset(self, request, queryset):
        if self.value() == "yes":
            return queryset.exclude(reason=CAME_BY_ITSELF)
        return super().queryset(request, queryset)


class TakenFilter(Question):
    title = _("Did a colleague come?")
    parameter_name = "taken"
    words = {"yes": _("Yes"), "no": _("No")}
    conditions = {"yes": {"taken_at__isnull": False}, "no": {"taken_at": None}}


class RepliedFilter(Question):
    title = _("Did a colleague write?")
    parameter_name = "replied"
    words = {"yes": _("Yes"), "no": _("No")}
    conditions = {"yes": {"first_reply_at__isnull": False}, "no": {"first_reply_at": None}}
