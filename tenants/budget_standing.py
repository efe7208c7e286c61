"""How much of each budget is used, and which budgets are nearly or wholly used up.

Only read here: no row is locked, so that nobody who answers waits for it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import BigIntegerField, Case, F, OuterRef, Q, QuerySet, Subquery, When

from tenants.budget import installation_limits
from tenants.models import Reservation, Spending

NEARLY = 80  # per cent
Period = Spending.Period


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One account, `tenant_id` None for the installation's. `used_microusd` is what was spent and what is set aside
    for calls under way. `is_used_up`: what is left is less than was set aside for the last answer."""

    tenant_id: int | None
    period: str
    begins_on: date
    limit_microusd: int
    used_microusd: int
    is_used_up: bool

    @property
    def percent(self) -> int:
        """Of the budget, rounded down, at most 100."""
        return min(100, 100 * self.used_microusd // self.limit_microusd) if self.limit_microusd else 100

    @property
    def ends_at(self) -> datetime:
        """When a new budget begins."""
        first = datetime.combine(self.begins_on, time(), tzinfo=UTC)
        return first + timedelta(days=1) if self.period == Period.DAY else (first + timedelta(days=31)).replace(day=1)


def is_nearly_used(*, used_microusd: int, limit_microusd: int) -> bool:
    """Whether 80 % of a budget, or more, are used."""
    return used_microusd > 0 and used_microusd * 100 >= limit_microusd * NEARLY


def find_nearly_used(
    tenant_ids: Collection[int] | None, *, now: datetime, ended_within: timedelta = timedelta(0)
) -> list[Standing]:
    """The accounts of these tenants, or of all where None, of which 80 % or more are used; by tenant, months first.

    Of tenants that are active, and of the current day and month (UTC) or what ended no longer ago than `ended_within`.
    """
    rows = _of_now(now, ended_within).filter(tenant__is_active=True)
    rows = rows.annotate(limit=_tenants_limit(), used=_used())
    if tenant_ids is not None:
        rows = rows.filter(tenant__in=tenant_ids)
    nearly = rows.filter(used__gt=0, used__gte=(F("limit") * NEARLY + 99) / 100)
    # Plus nothing: or all tenants' reservations are walked through from the newest on until one of this tenant's comes.
    newest = Reservation.objects.filter(tenant=OuterRef("tenant")).order_by((F("pk") + 0).desc())
    nearly = nearly.annotate(last=Subquery(newest.values("amount_microusd")[:1]))
    nearly = nearly.order_by("tenant", "-period", "-begins_on")
    return [_standing(row, row.limit, row.last or 0) for row in nearly]


def find_installation_nearly_used(*, now: datetime, ended_within: timedelta = timedelta(0)) -> list[Standing]:
    """As `find_nearly_used`, of what all tenants together may spend."""
    limits = installation_limits()
    rows = list(_of_now(now, ended_within).filter(tenant=None).annotate(used=_used()).order_by("-period", "-begins_on"))
    last = Reservation.objects.order_by("-pk").values_list("amount_microusd", flat=True).first() if rows else 0
    return [
        _standing(row, limits[row.period], last or 0)
        for row in rows
        if is_nearly_used(used_microusd=row.used, limit_microusd=limits[row.period])
    ]


def get_month(tenant_id: int, *, limit_microusd: int, now: datetime) -> Standing:
    """How the tenant's budget of this month (UTC) stands, whatever of it is used."""
    first = now.astimezone(UTC).date().replace(day=1)
    rows = Spending.objects.filter(tenant=tenant_id, period=Period.MONTH, begins_on=first)
    used = sum(spent + reserved for spent, reserved in rows.values_list("spent_microusd", "reserved_microusd"))
    return Standing(
        tenant_id=tenant_id,
        period=Period.MONTH,
        begins_on=first,
        limit_microusd=limit_microusd,
        used_microusd=used,
        is_used_up=0 < limit_microusd <= used,
    )


def _of_now(now: datetime, ended_within: timedelta) -> QuerySet:
    days = {moment.astimezone(UTC).date() for moment in (now, now - ended_within)}
    months = {day.replace(day=1) for day in days}
    return Spending.objects.filter(
        Q(period=Period.DAY, begins_on__in=days) | Q(period=Period.MONTH, begins_on__in=months)
    )


def _used():
    return F("spent_microusd") + F("reserved_microusd")


def _tenants_limit() -> Case:
    return Case(
        When(period=Period.DAY, then=F("tenant__daily_budget_microusd")),
        default=F("tenant__monthly_budget_microusd"),
        output_field=BigIntegerField(),
    )


def _standing(row: Spending, limit: int, last: int) -> Standing:
    """`last` is what was set aside for the newest answer."""
    return Standing(
        tenant_id=row.tenant_id,
        period=row.period,
        begins_on=row.begins_on,
        limit_microusd=limit,
        used_microusd=row.used,
        is_used_up=row.used >= limit or row.used + last > limit,
    )
