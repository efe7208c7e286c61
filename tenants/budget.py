"""What answers may cost: reserved before a model is called, settled after.

Four accounts bound every call: the tenant's and the installation's, for the day and for the month (UTC).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from caty.lib.errors import Unavailable
from tenants.models import Reservation, Spending, Tenant

STALE_AFTER = timedelta(minutes=5)
KEPT_FOR = timedelta(days=7)
BATCH = 500


class BudgetExceeded(Unavailable):
    """`which` account is used up: tenant_day, tenant_month, installation_day or installation_month."""

    message = "The budget for answers is used up for now."

    def __init__(self, which: str):
        super().__init__()
        self.which = which


@dataclass(frozen=True)
class Account:
    """One line of the books; `tenant_id` is None for the installation."""

    tenant_id: int | None
    period: str
    begins_on: date
    limit_microusd: int = 0

    @property
    def name(self) -> str:
        return f"{'installation' if self.tenant_id is None else 'tenant'}_{self.period}"


def reserve(*, tenant: Tenant, ceiling_microusd: int, now: datetime) -> Reservation:
    """Set `ceiling_microusd` aside in all four accounts, or in none.

    Exact however many processes ask at once. Must not be called inside a transaction, which would hold everybody
    else's answers up. Raises BudgetExceeded.
    """
    accounts = _accounts(tenant, _day(now))
    while (reservation := _try_reserve(tenant, accounts, ceiling_microusd, now)) is None:
        _open_accounts(accounts)
    return reservation


def settle(reservation: Reservation, *, cost_microusd: int, now: datetime) -> None:
    """Book what the call has cost in place of what was set aside. The second time, nothing happens."""
    with transaction.atomic():
        is_open = Reservation.objects.filter(pk=reservation.pk, settled_at=None).update(settled_at=now)
        if not is_open:
            return
        rows = _lock(_accounts(reservation.tenant, reservation.day))
        Spending.objects.filter(pk__in=[row.pk for row in rows]).update(
            reserved_microusd=F("reserved_microusd") - reservation.amount_microusd,
            spent_microusd=F("spent_microusd") + cost_microusd,
        )


def release_stale(now: datetime) -> int:
    """Settle, in full, what processes that died had reserved over five minutes ago; returns how many.

    In full, because the model may have been called and paid for.
    """
    stale = Reservation.objects.filter(settled_at=None, created_at__lte=now - STALE_AFTER).select_related("tenant")
    reservations = list(stale.order_by("created_at")[:BATCH])
    for reservation in reservations:
        settle(reservation, cost_microusd=reservation.amount_microusd, now=now)
    Reservation.objects.filter(settled_at__lte=now - KEPT_FOR).delete()
    return len(reservations)


def spent_this_month(tenant: Tenant | None, *, now: datetime) -> int:
    """Microdollars booked since the month began (UTC), for the tenant, or the installation where it is None."""
    rows = Spending.objects.filter(tenant=tenant, period=Spending.Period.MONTH, begins_on=_day(now).replace(day=1))
    return sum(rows.values_list("spent_microusd", flat=True))


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _accounts(tenant: Tenant, day: date) -> list[Account]:
    """In the order in which they are locked: the tenant's first, so that the installation's are held for least long."""
    month = day.replace(day=1)
    daily, monthly = settings.INSTALLATION_DAILY_BUDGET_USD, settings.INSTALLATION_MONTHLY_BUDGET_USD
    return [
        Account(tenant.pk, Spending.Period.DAY, day, tenant.daily_budget_microusd),
        Account(tenant.pk, Spending.Period.MONTH, month, tenant.monthly_budget_microusd),
        Account(None, Spending.Period.DAY, day, round(daily * 1_000_000)),
        Account(None, Spending.Period.MONTH, month, round(monthly * 1_000_000)),
    ]


def _try_reserve(tenant: Tenant, accounts: list[Account], amount: int, now: datetime) -> Reservation | None:
    """None where an account must be opened first."""
    with transaction.atomic():
        rows = list(_lock(accounts))
        if len(rows) < len(accounts):
            return None
        for account, row in _pairs(accounts, rows):
            if row.spent_microusd + row.reserved_microusd + amount > account.limit_microusd:
                raise BudgetExceeded(account.name)
        Spending.objects.filter(pk__in=[row.pk for row in rows]).update(
            reserved_microusd=F("reserved_microusd") + amount
        )
        return Reservation.objects.create(
            tenant=tenant, amount_microusd=amount, day=accounts[0].begins_on, created_at=now
        )


def _lock(accounts: list[Account]) -> QuerySet[Spending]:
    """The accounts' rows, locked in one order everywhere, so that no two wait for each other."""
    wanted = Q()
    for account in accounts:
        wanted |= Q(tenant=account.tenant_id, period=account.period, begins_on=account.begins_on)
    order = (F("tenant_id").asc(nulls_last=True), "period", "begins_on")
    return Spending.objects.select_for_update().filter(wanted).order_by(*order)


def _pairs(accounts: list[Account], rows: list[Spending]) -> Iterator[tuple[Account, Spending]]:
    by_key = {(row.tenant_id, row.period): row for row in rows}
    return ((account, by_key[account.tenant_id, account.period]) for account in accounts)


def _open_accounts(accounts: list[Account]) -> None:
    """Outside the transaction that locks: whoever inserts holds no lock another one waits for."""
    Spending.objects.bulk_create(
        (
            Spending(tenant_id=account.tenant_id, period=account.period, begins_on=account.begins_on)
            for account in accounts
        ),
        ignore_conflicts=True,
    )
