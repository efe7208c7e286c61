"""What answers may cost: reserved before a model is called, settled after.

Four accounts bound every call: the tenant's and the installation's, for the day and for the month (UTC).

All answers of an installation meet at two of these rows, so each is locked for one statement alone. A transaction of
several would hold them across round trips, and thereby while a busy process serves others first: with a hundred chats
arriving, they would queue for seconds.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import connection

from caty.lib.errors import Unavailable
from tenants.models import Reservation, Spending, Tenant

STALE_AFTER = timedelta(minutes=5)
KEPT_FOR = timedelta(days=7)
BATCH = 500
MOST_FORGOTTEN = 5000

# In one order everywhere, so that no two statements wait for each other: the tenant's first, so that the
# installation's are held for least long.
LOCK = """
    FROM tenants_spending
    WHERE ((tenant_id = %(tenant_id)s AND period = 'day' AND begins_on = %(day)s)
        OR (tenant_id = %(tenant_id)s AND period = 'month' AND begins_on = %(month)s)
        OR (tenant_id IS NULL AND period = 'day' AND begins_on = %(day)s)
        OR (tenant_id IS NULL AND period = 'month' AND begins_on = %(month)s))
"""
IN_ORDER = "ORDER BY tenant_id NULLS LAST, period, begins_on FOR UPDATE"
RESERVE = f"""
    WITH account AS (
        SELECT id, tenant_id, period, spent_microusd + reserved_microusd + %(amount)s > CASE
            WHEN tenant_id IS NULL AND period = 'day' THEN %(installation_day)s
            WHEN tenant_id IS NULL THEN %(installation_month)s
            WHEN period = 'day' THEN %(tenant_day)s
            ELSE %(tenant_month)s
        END AS is_exceeded
        {LOCK} {IN_ORDER}
    ), decided AS (
        SELECT count(*) = 4 AND NOT bool_or(is_exceeded) AS is_granted FROM account
    ), booked AS (
        UPDATE tenants_spending SET reserved_microusd = reserved_microusd + %(amount)s
        WHERE id IN (SELECT id FROM account) AND (SELECT is_granted FROM decided)
    ), reservation AS (
        INSERT INTO tenants_reservation (tenant_id, amount_microusd, day, created_at)
        SELECT %(tenant_id)s, %(amount)s, %(day)s, %(now)s FROM decided WHERE is_granted
        RETURNING id
    )
    SELECT tenant_id, period, is_exceeded, (SELECT id FROM reservation) FROM account
"""  # noqa: S608  made of constants
SETTLE = f"""
    WITH closed AS (
        UPDATE tenants_reservation SET settled_at = %(now)s
        WHERE id = %(reservation)s AND settled_at IS NULL
        RETURNING id
    ), account AS (
        SELECT id {LOCK} AND EXISTS (SELECT FROM closed) {IN_ORDER}
    )
    UPDATE tenants_spending
    SET reserved_microusd = reserved_microusd - %(amount)s, spent_microusd = spent_microusd + %(cost)s
    WHERE id IN (SELECT id FROM account)
"""  # noqa: S608  made of constants


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
    with connection.cursor() as cursor:
        cursor.execute(
            SETTLE,
            {
                **_keys(reservation.tenant_id, reservation.day),
                "reservation": reservation.pk,
                "amount": reservation.amount_microusd,
                "cost": cost_microusd,
                "now": now,
            },
        )


def release_stale(now: datetime) -> int:
    """Settle, in full, what processes that died had reserved over five minutes ago; returns how many.

    In full, because the model may have been called and paid for.
    """
    stale = Reservation.objects.filter(settled_at=None, created_at__lte=now - STALE_AFTER)
    reservations = list(stale.order_by("created_at")[:BATCH])
    for reservation in reservations:
        settle(reservation, cost_microusd=reservation.amount_microusd, now=now)
    oldest = Reservation.objects.order_by("pk").values("pk")[:MOST_FORGOTTEN]  # no index knows when they were settled
    Reservation.objects.filter(pk__in=oldest, settled_at__lte=now - KEPT_FOR).delete()
    return len(reservations)


def installation_limits() -> dict[str, int]:
    """What all tenants together may spend in microdollars, by period."""
    return {
        Spending.Period.DAY: round(settings.INSTALLATION_DAILY_BUDGET_USD * 1_000_000),
        Spending.Period.MONTH: round(settings.INSTALLATION_MONTHLY_BUDGET_USD * 1_000_000),
    }


def limits_of(tenant: Tenant) -> dict[str, int]:
    """What the tenant's answers may cost in microdollars, by period."""
    return {
        Spending.Period.DAY: tenant.daily_budget_microusd,
        Spending.Period.MONTH: tenant.monthly_budget_microusd,
    }


def spent_this_month(tenant: Tenant | None, *, now: datetime) -> int:
    """Microdollars booked since the month began (UTC), for the tenant, or the installation where it is None."""
    rows = Spending.objects.filter(tenant=tenant, period=Spending.Period.MONTH, begins_on=_day(now).replace(day=1))
    return sum(rows.values_list("spent_microusd", flat=True))


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _keys(tenant_id: int, day: date) -> dict:
    return {"tenant_id": tenant_id, "day": day, "month": day.replace(day=1)}


def _accounts(tenant: Tenant, day: date) -> list[Account]:
    begins_on = {Spending.Period.DAY: day, Spending.Period.MONTH: day.replace(day=1)}
    owners = ((tenant.pk, limits_of(tenant)), (None, installation_limits()))
    return [
        Account(owner, period, begins_on[period], limit) for owner, limits in owners for period, limit in limits.items()
    ]


def _try_reserve(tenant: Tenant, accounts: list[Account], amount: int, now: datetime) -> Reservation | None:
    """None where an account must be opened first."""
    day = accounts[0].begins_on
    limits = {account.name: account.limit_microusd for account in accounts}
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, {**_keys(tenant.pk, day), **limits, "amount": amount, "now": now})
        rows = cursor.fetchall()
    if len(rows) < len(accounts):
        return None
    exceeded = {(tenant_id, period) for tenant_id, period, is_exceeded, _ in rows if is_exceeded}
    for account in accounts:
        if (account.tenant_id, account.period) in exceeded:
            raise BudgetExceeded(account.name)
    return Reservation(pk=rows[0][3], tenant=tenant, amount_microusd=amount, day=day, created_at=now)


def _open_accounts(accounts: list[Account]) -> None:
    """Apart from the statement that locks: whoever inserts holds no lock another one waits for."""
    Spending.objects.bulk_create(
        (
            Spending(tenant_id=account.tenant_id, period=account.period, begins_on=account.begins_on)
            for account in accounts
        ),
        ignore_conflicts=True,
    )
