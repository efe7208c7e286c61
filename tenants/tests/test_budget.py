"""Money: finite, exact however many ask at once, and never forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, BoundedSemaphore
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from tenants import budget, services
from tenants.budget import BudgetExceeded
from tenants.models import Reservation, Spending

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def frugal(acme):
    """Acme with 1,000 microdollars a day and 3,000 a month."""
    acme.daily_budget_microusd, acme.monthly_budget_microusd = 1_000, 3_000
    acme.save()
    return acme


def books(tenant, period="day", begins_on=None):
    """(reserved, spent) of one account."""
    begins_on = begins_on or (NOON.date() if period == "day" else date(2026, 11, 1))
    row = Spending.objects.get(tenant=tenant, period=period, begins_on=begins_on)
    return row.reserved_microusd, row.spent_microusd


def test_a_reservation_stands_in_all_four_accounts_and_is_settled_in_all(frugal):
    reservation = budget.reserve(tenant=frugal, ceiling_microusd=400, now=NOON)
    accounts = [(owner, period) for owner in (frugal, None) for period in ("day", "month")]
    assert [books(*account) for account in accounts] == [(400, 0)] * 4

    budget.settle(reservation, cost_microusd=150, now=NOON)

    assert [books(*account) for account in accounts] == [(0, 150)] * 4
    assert Reservation.objects.get().settled_at == NOON


def test_what_is_reserved_counts_as_spent(frugal):
    budget.reserve(tenant=frugal, ceiling_microusd=700, now=NOON)

    with pytest.raises(BudgetExceeded) as refused:
        budget.reserve(tenant=frugal, ceiling_microusd=301, now=NOON)

    assert refused.value.which == "tenant_day"
    assert books(frugal) == books(None) == (700, 0)
    assert Reservation.objects.count() == 1


def test_the_last_microdollar_may_be_spent(frugal):
    budget.reserve(tenant=frugal, ceiling_microusd=1_000, now=NOON)

    assert books(frugal) == (1_000, 0)


def test_each_of_the_four_accounts_can_refuse(frugal, settings):
    def refusal(amount):
        with pytest.raises(BudgetExceeded) as refused:
            budget.reserve(tenant=frugal, ceiling_microusd=amount, now=NOON)
        return refused.value.which

    assert refusal(1_001) == "tenant_day"
    frugal.daily_budget_microusd = 10_000
    assert refusal(3_001) == "tenant_month"
    frugal.monthly_budget_microusd = 10_000
    settings.INSTALLATION_DAILY_BUDGET_USD = 0.002
    assert refusal(2_001) == "installation_day"
    settings.INSTALLATION_DAILY_BUDGET_USD, settings.INSTALLATION_MONTHLY_BUDGET_USD = 1, 0.002
    assert refusal(2_001) == "installation_month"
    assert not Reservation.objects.exists()


def test_the_installation_bounds_all_tenants_together(acme, rival, settings):
    settings.INSTALLATION_DAILY_BUDGET_USD = 0.001
    budget.reserve(tenant=acme, ceiling_microusd=600, now=NOON)

    with pytest.raises(BudgetExceeded):
        budget.reserve(tenant=rival, ceiling_microusd=600, now=NOON)

    assert books(rival) == (0, 0)


def test_a_new_day_begins_anew_and_the_month_goes_on(frugal):
    budget.settle(budget.reserve(tenant=frugal, ceiling_microusd=900, now=NOON), cost_microusd=900, now=NOON)

    budget.reserve(tenant=frugal, ceiling_microusd=900, now=NOON + timedelta(days=1))

    assert books(frugal, begins_on=date(2026, 11, 23)) == (900, 0)
    assert books(frugal, "month") == (900, 900)


def test_a_call_that_ends_after_midnight_is_booked_on_the_day_it_began(frugal):
    before_midnight = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    reservation = budget.reserve(tenant=frugal, ceiling_microusd=100, now=before_midnight)

    budget.settle(reservation, cost_microusd=80, now=before_midnight + timedelta(seconds=20))

    assert books(frugal, begins_on=date(2026, 11, 30)) == (0, 80)
    assert books(frugal, "month") == (0, 80)


def test_days_are_those_of_utc(frugal):
    budget.reserve(tenant=frugal, ceiling_microusd=1, now=datetime(2026, 11, 23, 1, tzinfo=ZoneInfo("Asia/Tokyo")))

    assert books(frugal, begins_on=date(2026, 11, 22)) == (1, 0)


def test_settling_twice_books_once(frugal):
    reservation = budget.reserve(tenant=frugal, ceiling_microusd=100, now=NOON)

    budget.settle(reservation, cost_microusd=80, now=NOON)
    budget.settle(reservation, cost_microusd=80, now=NOON)

    assert books(frugal) == (0, 80)


def test_a_call_that_cost_more_than_thought_is_booked_all_the_same(frugal):
    reservation = budget.reserve(tenant=frugal, ceiling_microusd=100, now=NOON)

    budget.settle(reservation, cost_microusd=5_000, now=NOON)

    assert books(frugal) == (0, 5_000)


def test_what_a_dead_process_reserved_is_booked_in_full_after_five_minutes(frugal):
    budget.reserve(tenant=frugal, ceiling_microusd=100, now=NOON)
    young = budget.reserve(tenant=frugal, ceiling_microusd=10, now=NOON + timedelta(minutes=1))

    released = budget.release_stale(NOON + timedelta(minutes=5))

    assert released == 1
    assert books(frugal) == (10, 100)
    assert Reservation.objects.get(settled_at=None) == young
    assert budget.release_stale(NOON + timedelta(minutes=5)) == 0


def test_settled_reservations_are_not_kept_for_ever(frugal):
    budget.settle(budget.reserve(tenant=frugal, ceiling_microusd=1, now=NOON), cost_microusd=1, now=NOON)

    budget.release_stale(NOON + timedelta(days=6))
    assert Reservation.objects.count() == 1
    budget.release_stale(NOON + timedelta(days=7))

    assert Reservation.objects.count() == 0
    assert books(frugal) == (0, 1)


def test_staff_are_told_what_the_month_has_cost(frugal, rival):
    for tenant, cost in ((frugal, 30), (frugal, 12), (rival, 5)):
        budget.settle(budget.reserve(tenant=tenant, ceiling_microusd=50, now=NOON), cost_microusd=cost, now=NOON)

    assert [budget.spent_this_month(owner, now=NOON) for owner in (frugal, rival, None)] == [42, 5, 47]
    assert budget.spent_this_month(frugal, now=NOON + timedelta(days=30)) == 0


def test_accounts_are_locked_for_one_statement_alone(frugal, django_assert_num_queries):
    budget.settle(budget.reserve(tenant=frugal, ceiling_microusd=1, now=NOON), cost_microusd=1, now=NOON)

    with django_assert_num_queries(1):
        reservation = budget.reserve(tenant=frugal, ceiling_microusd=1, now=NOON)
    with django_assert_num_queries(1):
        budget.settle(reservation, cost_microusd=1, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_parallel_calls_of_many_tenants_never_pass_a_budget(settings):
    settings.INSTALLATION_DAILY_BUDGET_USD = 0.001
    tenants = [services.create_tenant(name=name) for name in ("Acme", "Rival")]

    def call(number):
        try:
            reservation = budget.reserve(tenant=tenants[number % 2], ceiling_microusd=100, now=NOON)
            budget.settle(reservation, cost_microusd=90, now=NOON)
        except BudgetExceeded:
            return 0
        else:
            return 90
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        spent = sum(pool.map(call, range(60)))

    # Ten calls fit while all of them are reserved; once they are settled for 90 each, an eleventh does.
    assert spent in (900, 990)
    assert books(None) == (0, spent)
    assert sum(books(tenant)[1] for tenant in tenants if Spending.objects.filter(tenant=tenant).exists()) == spent


@pytest.mark.django_db(transaction=True)
def test_parallel_reservations_let_exactly_the_budget_through():
    tenant = services.create_tenant(name="Acme")
    tenant.daily_budget_microusd = 1_000

    def call(_):
        try:
            budget.reserve(tenant=tenant, ceiling_microusd=70, now=NOON)
        except BudgetExceeded:
            return 0
        else:
            return 1
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(call, range(60))) == 14
    assert books(tenant) == (980, 0)


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_get_the_thirty_there_is_money_for_and_settling_gives_the_rest_back():
    tenant = services.create_tenant(name="Acme")
    tenant.daily_budget_microusd = 3_000
    # More connections at once than a web process ever has; PostgreSQL refuses more than there are for all the tests.
    all_there, connections = Barrier(100), BoundedSemaphore(30)

    def call(_):
        all_there.wait(timeout=60)
        with connections:
            try:
                return budget.reserve(tenant=tenant, ceiling_microusd=100, now=NOON)
            except BudgetExceeded:
                return None
            finally:
                connection.close()

    with ThreadPoolExecutor(100) as pool:
        granted = list(filter(None, pool.map(call, range(100))))
    assert len(granted) == len({reservation.pk for reservation in granted}) == 30
    assert books(tenant) == books(None) == (3_000, 0)

    for reservation in granted:
        budget.settle(reservation, cost_microusd=40, now=NOON)

    assert books(tenant) == books(None) == (0, 1_200)
    # The 1,800 that were not needed are there for eighteen more, and for no nineteenth.
    for _ in range(18):
        budget.reserve(tenant=tenant, ceiling_microusd=100, now=NOON)
    with pytest.raises(BudgetExceeded):
        budget.reserve(tenant=tenant, ceiling_microusd=1, now=NOON)
