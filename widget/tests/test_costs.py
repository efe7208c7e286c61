"""What answers cost, and word of budgets that are nearly used, as staff see them."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from caty.tests.admin_cast import OPERATOR, client_of
from tenants.models import Reservation, Spending
from widget.admin import costs
from widget.models import Answer, Message, Session, Visitor

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
COSTS = "/admin/widget/session/costs/"
SONNET = {"model": "claude-sonnet", "input_tokens": 1_000, "cache_read_tokens": 500, "cache_write_tokens": 200}
HAIKU = {"model": "claude-haiku", "input_tokens": 300, "output_tokens": 20, "cost_microusd": 4_000}


def answer(tenant, at, **columns):
    visitor = Visitor.objects.create(tenant=tenant, first_seen_at=at, last_seen_at=at)
    session = Session.objects.create(tenant=tenant, visitor=visitor, started_at=at, last_heard_at=at, message_count=1)
    asked = Message.objects.create(session=session, sequence=1, role="visitor", content="?", created_at=at)
    return Answer.objects.create(question=asked, session=session, created_at=at, **{"state": "done", **columns})


def book(tenant, microusd, period="month", begins_on="2026-11-01"):
    return Spending.objects.create(tenant=tenant, period=period, begins_on=begins_on, spent_microusd=microusd)


def page_of(client, url) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def use_of(month) -> tuple:
    total = month.total
    return total.by_ai, total.from_texts, total.tokens_in, total.tokens_cached, total.tokens_out, total.cost


def test_tokens_and_cost_are_told_by_month_and_model(acme, rival):
    answer(acme, NOW, **SONNET, output_tokens=50, cost_microusd=20_000)
    answer(acme, NOW, **SONNET, output_tokens=50, cost_microusd=20_000, state="skipped")
    answer(acme, NOW, **HAIKU)
    answer(acme, NOW, **HAIKU, fallback_reason="timeout")
    answer(acme, NOW, fallback_reason="no_key")
    answer(acme, datetime(2026, 10, 31, 23, 59, tzinfo=UTC), **HAIKU)
    answer(acme, datetime(2026, 5, 31, 23, 59, tzinfo=UTC), **HAIKU)
    answer(rival, NOW, **HAIKU)
    book(acme, 50_000)
    book(acme, 4_000, begins_on="2026-10-01")
    book(rival, 4_000)

    november, october = costs.months([acme.pk], now=NOW)

    assert use_of(november) == (2, 2, 1_700 * 2 + 600, 1_000, 140, "$0.05")
    assert [(use.model, use.by_ai, use.tokens_in, use.cost_microusd) for use in november.models] == [
        ("claude-sonnet", 1, 3_400, 40_000),
        ("claude-haiku", 1, 600, 8_000),
        ("", 0, 0, 0),
    ]
    assert (november.cost, november.other_cost, november.budget) == ("$0.05", "0.20 ¢", "$50.00")
    assert use_of(october) == (1, 0, 300, 0, 20, "0.40 ¢")
    assert (october.other_cost, october.budget) == ("", "")


def test_the_installations_months_are_those_of_all(acme, rival, settings):
    settings.INSTALLATION_MONTHLY_BUDGET_USD = 123
    for tenant in (acme, rival):
        answer(tenant, NOW, **HAIKU)
    book(None, 8_000)
    [november] = costs.months(None, now=NOW)
    assert (november.total.by_ai, november.cost, november.budget) == (2, "0.80 ¢", "$123.00")


def test_an_owner_sees_their_own_and_the_operator_everything(acme, rival):
    now = timezone.now()
    month = now.date().replace(day=1)
    for tenant, cost in ((acme, 1_110_000), (rival, 2_220_000), (None, 3_330_000)):
        book(tenant, cost, begins_on=month)
    page = page_of(client_of("owner", acme), COSTS)
    assert ("$1.11" in page, "$2.22" in page, "$3.33" in page, "Rival" in page) == (True, False, False, False)
    operator = client_of(OPERATOR)
    page = page_of(operator, COSTS)
    assert ("$3.33" in page, "$500.00" in page, "Rival" in page) == (True, True, True)
    page = page_of(operator, f"{COSTS}?tenant={rival.pk}")
    assert ("$2.22" in page, "$50.00" in page, "$3.33" in page) == (True, True, False)


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_costs_are_for_owners(acme, role):
    assert client_of(role, acme).get(COSTS).status_code == 403


def test_what_is_no_business_of_theirs_is_not_found(acme, rival):
    client = client_of("owner", acme)
    for asked in (str(rival.pk), "x", "0", "9" * 30, "-1", "²"):
        assert client.get(COSTS, {"tenant": asked}).status_code == 404


def test_the_page_takes_the_same_queries_however_much_there_is(acme, django_assert_max_num_queries):
    for number in range(20):
        answer(acme, timezone.now(), model=f"model-{number}", cost_microusd=number)
    client = client_of("owner", acme)
    page_of(client, COSTS)
    with django_assert_max_num_queries(8):
        page_of(client, COSTS)


def reserve(tenant, microusd):
    today = timezone.now().date()
    return Reservation.objects.create(tenant=tenant, amount_microusd=microusd, day=today, created_at=timezone.now())


@pytest.fixture
def month():
    return timezone.now().date().replace(day=1)


def test_a_budget_that_is_nearly_used_is_told_at_home_and_where_it_is_set(acme, rival, month):
    book(acme, 41_500_000, begins_on=month)
    book(rival, 49_000_000, begins_on=month)
    reserve(acme, 100_000)
    client = client_of("owner", acme)
    words = f"83 % of {month:%B}&#x27;s budget for AI answers is used. When it is used up, answers come from your texts"
    for url in ("/admin/", f"/admin/tenants/tenant/{acme.pk}/change/", COSTS):
        page = page_of(client, url)
        assert words in page
        assert "98 %" not in page


def test_a_budget_that_has_room_is_not_mentioned(acme, month):
    book(acme, 39_999_999, begins_on=month)
    client = client_of("owner", acme)
    for url in ("/admin/", f"/admin/tenants/tenant/{acme.pk}/change/", COSTS):
        assert "budget for AI answers is used" not in page_of(client, url)


@pytest.mark.parametrize("spent", [50_000_000, 50_000_100, 49_950_000])
def test_a_budget_is_used_up_when_no_further_answer_fits_into_it(acme, month, spent):
    book(acme, spent, begins_on=month)
    reserve(acme, 60_000)
    page = page_of(client_of("owner", acme), "/admin/")
    assert f"{month:%B}&#x27;s budget for AI answers is used up. Until " in page
    assert "99 %" not in page


def test_the_day_has_a_budget_of_its_own(acme):
    today = timezone.now().date()
    book(acme, 4_500_000, period="day", begins_on=today)
    assert f"90 % of {today.day} {today:%B}&#x27;s budget" in page_of(client_of("viewer", acme), "/admin/")


def test_the_operator_is_told_of_the_installations_budget_and_of_every_business(acme, rival, month, settings):
    settings.INSTALLATION_MONTHLY_BUDGET_USD = 100
    book(acme, 45_000_000, begins_on=month)
    book(None, 85_000_000, begins_on=month)
    page = page_of(client_of(OPERATOR), "/admin/")
    assert f"85 % of the whole installation&#x27;s budget for AI answers ({month:%B}) is used." in page
    assert "<b>Acme</b>: 90 % of" in page
    assert "installation&#x27;s budget for" not in page_of(client_of("owner", acme), "/admin/")
