"""What answers cost: by month and model, for owners of theirs and for the operator of the installation's."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from caty.lib.money import dollars
from tenants.admin.budget_notices import find_notices
from tenants.admin.fields import OwnTenantForm
from tenants.budget import installation_limits
from tenants.models import Spending, Tenant
from tenants.staff import OWNERS, staff_of
from widget.models import Answer

MONTHS = 6
LONGEST_VISIT = timedelta(days=7)  # so much earlier than its answers a conversation may have begun
Period = Spending.Period


@dataclass(frozen=True, kw_only=True)
class Use:
    """What answers took, of a month or of one model in it. `tokens_in` are those from the cache as well."""

    by_ai: int = 0
    from_texts: int = 0
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    cost_microusd: int = 0
    model: str = ""

    def __add__(self, other: "Use") -> "Use":
        counted = ("by_ai", "from_texts", "tokens_in", "tokens_cached", "tokens_out", "cost_microusd")
        return Use(**{name: getattr(self, name) + getattr(other, name) for name in counted})

    @property
    def cost(self) -> str:
        return dollars(self.cost_microusd)


@dataclass(frozen=True, kw_only=True)
class Month:
    """`spent_microusd` is what was booked: more than for answers, where texts were written ahead or questions tried."""

    begins_on: date
    models: list[Use]
    spent_microusd: int
    limit_microusd: int | None = None  # none is kept of earlier months

    @property
    def total(self) -> Use:
        return sum(self.models, Use())

    @property
    def cost(self) -> str:
        return dollars(self.spent_microusd)

    @property
    def other_cost(self) -> str:
        other = self.spent_microusd - self.total.cost_microusd
        return dollars(other) if other > 0 else ""

    @property
    def budget(self) -> str:
        return "" if self.limit_microusd is None else dollars(self.limit_microusd)


class BusinessChoice(OwnTenantForm):
    """One business, or all of one's own together."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["tenant"].required, self.fields["tenant"].empty_label = False, _("All together")
        self.fields["tenant"].initial = None


def page(model_admin, request):
    """A table of months, of all that the person owns or of one of them."""
    staff, now = staff_of(request), timezone.now()
    if not staff.has_role(OWNERS):
        raise PermissionDenied
    owned = staff.tenant_ids(OWNERS)
    form = BusinessChoice(request.GET or None, tenant_ids=owned)
    chosen = _chosen(form)
    tenant_ids = None if staff.is_operator and chosen is None else [chosen] if chosen else owned
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("What answers cost"),
        "months": months(tenant_ids, now=now),
        "form": form if len(owned) > 1 else None,
        "budgets": find_notices(staff, now=now, tenant_id=chosen),
    }
    return TemplateResponse(request, "admin/widget/costs.html", context)


def months(tenant_ids: list[int] | None, *, now: datetime) -> list[Month]:
    """The last six months (UTC) in which there was anything, newest first; of the installation where None."""
    this = now.astimezone(UTC).date().replace(day=1)
    since = this
    for _month in range(MONTHS - 1):
        since = (since - timedelta(days=1)).replace(day=1)
    by_month: dict[date, list[Use]] = {}
    for begins_on, use in _uses(tenant_ids, since):
        by_month.setdefault(begins_on, []).append(use)
    spent = _spent(tenant_ids, since)
    return [
        Month(
            begins_on=first,
            models=by_month.get(first, []),
            spent_microusd=spent.get(first, 0),
            limit_microusd=_limit(tenant_ids) if first == this else None,
        )
        for first in sorted({this, *by_month, *spent}, reverse=True)
    ]


def _chosen(form: BusinessChoice) -> int | None:
    """Raises Http404 for a business that isn't theirs."""
    if not form.is_bound:
        return None
    if not form.is_valid():
        raise Http404
    tenant = form.cleaned_data["tenant"]
    return tenant.pk if tenant else None


def _uses(tenant_ids: list[int] | None, since: date) -> list[tuple[date, Use]]:
    """By month and model, the dearest model of a month first."""
    done = Q(state=Answer.State.DONE)
    rows = (
        _answers(tenant_ids, datetime.combine(since, time(), tzinfo=UTC))
        .annotate(month=TruncMonth("created_at", tzinfo=UTC))
        .values("month", "model")
        .annotate(
            by_ai=Count("pk", filter=done & Q(fallback_reason="")),
            from_texts=Count("pk", filter=done & ~Q(fallback_reason="")),
            tokens_in=Sum(F("input_tokens") + F("cache_read_tokens") + F("cache_write_tokens")),
            tokens_cached=Sum("cache_read_tokens"),
            tokens_out=Sum("output_tokens"),
            cost_microusd=Sum("cost_microusd"),
        )
    )
    rows = rows.order_by("month", "-cost_microusd", "model")
    return [(row.pop("month").date(), Use(**row)) for row in rows]


def _answers(tenant_ids: list[int] | None, since: datetime) -> QuerySet:
    rows = Answer.objects.filter(created_at__gte=since)
    if tenant_ids is None:
        return rows
    # Conversations have an index by business and beginning, answers have none.
    return rows.filter(session__tenant__in=tenant_ids, session__started_at__gte=since - LONGEST_VISIT)


def _spent(tenant_ids: list[int] | None, since: date) -> dict[date, int]:
    rows = Spending.objects.filter(period=Period.MONTH, begins_on__gte=since)
    rows = rows.filter(tenant=None) if tenant_ids is None else rows.filter(tenant__in=tenant_ids)
    return dict(rows.order_by().values_list("begins_on").annotate(Sum("spent_microusd")))


def _limit(tenant_ids: list[int] | None) -> int:
    if tenant_ids is None:
        return installation_limits()[Period.MONTH]
    return Tenant.objects.filter(pk__in=tenant_ids).aggregate(most=Sum("monthly_budget_microusd"))["most"] or 0
