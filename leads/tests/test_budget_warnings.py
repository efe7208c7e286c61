"""Budgets that are nearly used: found by a sweep, told once, whatever happens to the limits meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction

from leads import budget_warnings, mailing, services
from leads.models import BudgetWarning, StaffMail
from leads.tests.staff import colleague
from tenants import budget
from tenants import services as tenant_services
from tenants.models import Spending

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DOLLAR = 1_000_000


@pytest.fixture
def frugal(acme):
    """Acme with ten dollars a month, of which all may be spent on one day, and an owner who has chosen nothing."""
    acme.daily_budget_microusd, acme.monthly_budget_microusd = 100 * DOLLAR, 10 * DOLLAR
    acme.save()
    colleague(acme)
    return acme


def spend(tenant, cents: int, now=NOON):
    """In answers of ten cents each at most."""
    for _ in range(cents // 10):
        budget.settle(
            budget.reserve(tenant=tenant, ceiling_microusd=DOLLAR // 10, now=now), cost_microusd=DOLLAR // 10, now=now
        )


def set_limit(tenant, dollars: int):
    tenant.monthly_budget_microusd = dollars * DOLLAR
    tenant.save()


def mails() -> list[tuple[str, str]]:
    return list(StaffMail.objects.order_by("pk").values_list("membership__user__email", "about"))


def test_owners_are_told_once_when_80_per_cent_are_used(frugal):
    spend(frugal, 790)
    assert budget_warnings.warn(now=NOON) == 0
    spend(frugal, 10)

    assert budget_warnings.warn(now=NOON) == 1
    spend(frugal, 100)
    assert budget_warnings.warn(now=NOON + MINUTE) == 0

    assert mails() == [("owner@acme.example", "month:2026-11-01:10000000")]


def test_what_is_set_aside_counts_as_used(frugal):
    budget.reserve(tenant=frugal, ceiling_microusd=8 * DOLLAR, now=NOON)
    assert budget_warnings.warn(now=NOON) == 1


def test_day_and_month_are_told_apart_and_anew_each_time(frugal):
    frugal.daily_budget_microusd = DOLLAR
    set_limit(frugal, 3)
    for day in range(3):
        spend(frugal, 80, NOON + timedelta(days=day))
        budget_warnings.warn(now=NOON + timedelta(days=day))
    spend(frugal, 100, NOON + timedelta(days=30))
    budget_warnings.warn(now=NOON + timedelta(days=30))

    assert [about for _, about in mails()] == [
        "day:2026-11-22:1000000",
        "day:2026-11-23:1000000",
        "month:2026-11-01:3000000",
        "day:2026-11-24:1000000",
        "day:2026-12-22:1000000",
    ]


def test_a_lower_limit_is_told_though_nothing_more_was_spent(frugal):
    spend(frugal, 450)
    assert budget_warnings.warn(now=NOON) == 0
    set_limit(frugal, 5)
    assert budget_warnings.warn(now=NOON) == 1
    assert BudgetWarning.objects.get().used_microusd == 4_500_000


@pytest.mark.parametrize("dollars", [8, 9, 11])
def test_a_limit_that_is_changed_a_little_is_not_told_twice(frugal, dollars):
    spend(frugal, 880)
    budget_warnings.warn(now=NOON)
    for limit in (dollars, 10, dollars):
        set_limit(frugal, limit)
        assert budget_warnings.warn(now=NOON) == 0
    assert len(mails()) == 1


def test_a_limit_that_is_raised_is_told_when_80_per_cent_of_that_are_used_too(frugal):
    spend(frugal, 800)
    budget_warnings.warn(now=NOON)
    set_limit(frugal, 20)
    spend(frugal, 790)
    assert budget_warnings.warn(now=NOON) == 0
    spend(frugal, 10)
    assert [budget_warnings.warn(now=NOON) for _ in range(2)] == [1, 0]
    set_limit(frugal, 10)
    assert budget_warnings.warn(now=NOON) == 0
    assert [about for _, about in mails()] == ["month:2026-11-01:10000000", "month:2026-11-01:20000000"]


def test_what_is_passed_just_before_midnight_is_told_after_it(frugal):
    frugal.daily_budget_microusd = DOLLAR
    frugal.save()
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    spend(frugal, 80, midnight - timedelta(seconds=1))
    assert budget_warnings.warn(now=midnight + MINUTE) == 1
    assert budget_warnings.warn(now=midnight + 2 * MINUTE) == 0
    assert mails() == [("owner@acme.example", "day:2026-11-22:1000000")]


def test_what_is_long_over_is_no_news(frugal):
    spend(frugal, 900)
    assert budget_warnings.warn(now=NOON + timedelta(days=20)) == 0


def test_a_budget_of_nothing_is_told_only_where_something_was_spent(frugal, rival):
    colleague(rival)
    for tenant in (frugal, rival):
        set_limit(tenant, 1 if tenant == frugal else 0)
    spend(frugal, 10)
    set_limit(frugal, 0)
    budget_warnings.warn(now=NOON)
    assert mails() == [("owner@acme.example", "month:2026-11-01:0")]


def test_only_owners_who_want_it_are_told_and_only_of_their_own(frugal, rival):
    colleague(frugal, "editor", budgets=True)
    colleague(frugal, "owner", name="second", budgets=False)
    colleague(frugal, "owner", name="third", digest_from=NOON)
    colleague(rival)
    spend(frugal, 900)
    budget_warnings.warn(now=NOON)
    assert [address for address, _ in mails()] == ["owner@acme.example", "third@acme.example"]


def test_a_business_that_is_switched_off_is_not_told(frugal):
    spend(frugal, 900)
    frugal.is_active = False
    frugal.save()
    assert budget_warnings.warn(now=NOON) == 0


def test_the_installations_budget_is_told_once_in_the_log_and_nobody_by_mail(acme, rival, settings, caplog):
    colleague(acme)
    settings.INSTALLATION_MONTHLY_BUDGET_USD = 1
    spend(acme, 40)
    spend(rival, 40)
    for _ in range(2):
        budget_warnings.warn(now=NOON)
    told = [record.getMessage() for record in caplog.records if "budget.nearly_used" in record.getMessage()]
    assert told == ["budget.nearly_used tenant=installation period=month percent=80"]
    assert mails() == []


def test_the_mail_says_how_much_is_used_and_what_happens_then(frugal, mailoutbox):
    spend(frugal, 830)
    budget_warnings.warn(now=NOON)

    assert [mailing.send(pk, now=NOON) for pk in mailing.find_due(now=NOON)] == ["sent"]

    (letter,) = mailoutbox
    stop = f"https://caty.example/mail/stop/{services.stop_path(StaffMail.objects.get().membership_id, 'budget')}/"
    assert letter.subject == "83 % of November's AI budget used · Acme"
    assert letter.body == (
        "83 % of November's budget for AI answers is used. When it is used up, answers come from your texts alone "
        "until 1 December.\n"
        "\n"
        "Used: $8.30 of $10.00.\n"
        "Whoever runs this installation can give more, on the page of the business.\n"
        "\n"
        "What answers cost: https://caty.example/admin/widget/session/costs/\n"
        "\n"
        "You get this as a colleague at Acme.\n"
        f"No more mails like this one: {stop}\n"
        "Choose what you get: https://caty.example/admin/leads/staffmail/mine/\n"
    )
    assert StaffMail.objects.get().contents is None


def test_the_mail_of_a_budget_that_is_used_up_says_so(frugal, mailoutbox):
    frugal.timezone = "Europe/Berlin"
    frugal.save()
    spend(frugal, 1000)
    budget_warnings.warn(now=NOON)
    mailing.send(mailing.find_due(now=NOON)[0], now=NOON)
    assert mailoutbox[0].subject == "November's AI budget used up · Acme"
    assert mailoutbox[0].body.startswith(
        "November's budget for AI answers is used up. Until 1 December, 01:00 answers come from your texts alone.\n"
    )


def test_a_mail_that_waits_is_not_sent_once_the_budget_was_raised_beyond_it(frugal, mailoutbox):
    spend(frugal, 830)
    budget_warnings.warn(now=NOON)
    set_limit(frugal, 20)
    assert [mailing.send(pk, now=NOON) for pk in mailing.find_due(now=NOON)] == ["skipped"]
    spend(frugal, 800)
    budget_warnings.warn(now=NOON)
    assert [mailing.send(pk, now=NOON) for pk in mailing.find_due(now=NOON)] == ["sent"]


def test_a_sweep_costs_the_same_however_many_have_been_told(acme, rival, django_assert_num_queries):
    for tenant in (acme, rival):
        tenant.daily_budget_microusd = DOLLAR
        set_limit(tenant, 1)
        spend(tenant, 80)
    assert budget_warnings.warn(now=NOON) == 4
    with django_assert_num_queries(4):
        budget_warnings.warn(now=NOON)


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_moment_tell_once():
    tenant = tenant_services.create_tenant(name="Acme")
    set_limit(tenant, 10)
    colleague(tenant)
    Spending.objects.create(
        tenant=tenant, period="month", begins_on=NOON.date().replace(day=1), spent_microusd=9_000_000
    )
    all_there = Barrier(8)

    def sweep(_):
        all_there.wait(timeout=60)
        try:
            return budget_warnings.warn(now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(sweep, range(8))) == 1
    assert len(mails()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_sweep_waits_for_nobody_who_is_answering():
    """It reads what is committed while the rows are locked by somebody else."""
    tenant = tenant_services.create_tenant(name="Acme")
    set_limit(tenant, 10)
    Spending.objects.create(tenant=tenant, period="month", begins_on="2026-11-01", spent_microusd=9_000_000)

    def sweep():
        try:
            return budget_warnings.warn(now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        list(Spending.objects.select_for_update())
        assert pool.submit(sweep).result(timeout=10) == 1
