"""How visitors were answered: each figure is the number of rows in the list behind it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from caty.testing_pages import unrendered
from caty.tests.admin_cast import OPERATOR, client_of
from tenants.models import Tenant
from widget.admin.report_figures import Figure
from widget.services.periods import Period, PeriodInvalid, last_days
from widget.services.reports import Opinions, Times, read_report
from widget.tests.calls_cast import call, colleague, conversation

REPORT = "/admin/reports/answering/"
FIRST, LAST = date(2026, 10, 20), date(2026, 10, 30)  # with the night in which Berlin's clocks go back
DAYS = {"since": FIRST.isoformat(), "until": LAST.isoformat()}
NOON = datetime(2026, 10, 22, 12, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def make_month(tenant: Tenant) -> dict:
    """Conversations and calls of every kind, some of them just outside the days."""
    Tenant.objects.filter(pk=tenant.pk).update(timezone="Europe/Berlin")
    ann, ben = colleague(tenant, "Ann"), colleague(tenant, "Ben")
    for moment in (at(19, 21, 59), at(30, 23)):  # the evening before, the day after
        call(conversation(tenant, moment), taken=5, replied=10, by=ann)
    conversation(tenant, at(19, 22))  # midnight in Berlin
    conversation(tenant, at(24, 22))  # the day of 25 hours begins
    conversation(tenant, at(25, 22, 59))  # and ends
    conversation(tenant, at(25, 23))
    conversation(tenant, at(30, 22, 59))
    conversation(tenant, NOON, message_count=0)
    conversation(tenant, NOON, unanswered=True)
    conversation(tenant, NOON, is_over=False, last_heard_at=timezone.now())
    conversation(tenant, NOON, handoff_requested_at=NOON)  # before calls were noted
    for seconds, said in ((10, "good"), (20, "good"), (30, "good"), (40, "okay"), (50, "bad"), (60, "")):
        call(conversation(tenant, NOON, satisfaction=said), taken=seconds, replied=2 * seconds, by=ann)
    twice = conversation(tenant, NOON, satisfaction="good")
    call(twice, taken=100, replied=100, by=ben)
    call(twice, after=60, taken=100, by=ann, outcome="lapsed")
    call(conversation(tenant, NOON), outcome="missed")
    call(conversation(tenant, NOON), outcome="closed")
    call(conversation(tenant, NOON), outcome="ended")
    call(conversation(tenant, NOON, is_over=False, mode="waiting", last_heard_at=timezone.now()), outcome="")
    call(conversation(tenant, NOON), taken=0, reason="taken", by=ben)
    call(conversation(tenant, NOON, satisfaction="okay"), taken=0, replied=1, reason="taken", by=ben)
    return {"ann": ann, "ben": ben}


def report_of(tenant: Tenant, first: date = FIRST, last: date = LAST):
    tenant.refresh_from_db()
    return read_report(tenant, Period(first=first, last=last, zone=tenant.timezone), now=timezone.now())


def figures_in(shown) -> Iterator[Figure]:
    """All of them, however deep."""
    if isinstance(shown, Figure):
        yield shown
    elif isinstance(shown, dict | list | tuple):
        for one in shown.values() if isinstance(shown, dict) else shown:
            yield from figures_in(one)


PARTS = ("conversations", "ways", "calls", "outcomes", "unasked", "waiting", "first_reply", "opinions", "colleagues")


def rows_behind(client, figure: Figure) -> int:
    """The list knows before it is rendered, which would take most of the time."""
    with unrendered():
        page = client.get(figure.url)
    assert page.status_code == 200, figure.url
    return page.context_data["cl"].result_count


@pytest.mark.parametrize("is_operator", [False, True])
def test_each_figure_is_what_the_list_behind_it_shows(acme, rival, is_operator):
    make_month(acme)
    make_month(rival)
    client = client_of(OPERATOR) if is_operator else client_of("viewer", acme)
    page = client.get(REPORT, {**DAYS, "tenant": acme.pk})

    for part in PARTS:
        shown = list(figures_in(page.context[part]))
        assert any(figure.count for figure in shown), part
        assert [rows_behind(client, figure) for figure in shown] == [figure.count for figure in shown], part


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Beirut", "America/New_York"])
def test_each_figure_of_a_day_is_what_the_list_behind_it_shows(acme, zone):
    make_month(acme)
    Tenant.objects.filter(pk=acme.pk).update(timezone=zone)
    client = client_of("owner", acme)
    page = client.get(REPORT, {"since": "2026-10-24", "until": "2026-10-26"})

    figures = list(figures_in(page.context["days"]))

    assert len(figures) == 3 * 6
    assert [rows_behind(client, figure) for figure in figures] == [figure.count for figure in figures]


def test_each_conversation_was_resolved_in_one_way_and_each_call_has_one_outcome(acme, rival):
    make_month(acme)
    make_month(rival)

    report = report_of(acme)

    assert (report.conversations, report.ways) == (21, {"person": 8, "assistant": 6, "neither": 7})
    assert (report.calls, report.unasked) == (12, 2)
    assert report.outcomes == {"handed_back": 7, "ended": 1, "lapsed": 1, "missed": 1, "closed": 1, "open": 1}


def test_waiting_is_told_of_those_who_called_and_were_answered(acme):
    make_month(acme)

    report = report_of(acme)

    # 10 … 60 s and twice 100 s; the two that a colleague came to unasked say nothing of waiting
    assert report.waiting == Times(count=8, median=timedelta(seconds=45), nine_in_ten=timedelta(seconds=100))
    # 20, 40, … 120 s, and 100 s
    assert report.first_reply == Times(count=7, median=timedelta(seconds=80), nine_in_ten=timedelta(seconds=108))
    assert report.opinions == Opinions(good=4, okay=2, bad=1, asked=8)


def test_each_colleague_has_their_own_figures(acme):
    make_month(acme)

    ann, ben = report_of(acme).colleagues

    assert (ann.membership.user.first_name, ann.taken, ann.answered) == ("Ann", 7, 6)
    assert ann.first_reply == Times(count=6, median=timedelta(seconds=70), nine_in_ten=timedelta(seconds=110))
    assert ann.opinions == Opinions(good=3, okay=1, bad=1, asked=6)
    assert (ben.membership.user.first_name, ben.taken, ben.answered) == ("Ben", 3, 2)
    assert ben.first_reply == Times(count=1, median=timedelta(seconds=100), nine_in_ten=timedelta(seconds=100))
    assert ben.opinions == Opinions(good=1, okay=1, bad=0, asked=2)


def test_days_are_those_of_the_business_also_when_its_clocks_change(acme):
    make_month(acme)

    days = {day.day.day: day.conversations for day in report_of(acme).days}

    assert list(days) == list(range(20, 31))
    assert (days[20], days[25], days[26], days[30]) == (1, 2, 1, 1)
    period = Period(first=date(2026, 10, 25), last=date(2026, 10, 25), zone="Europe/Berlin")
    assert period.ends_at.astimezone(UTC) - period.begins_at.astimezone(UTC) == timedelta(hours=25)


@pytest.mark.parametrize(("days", "first"), [(7, date(2026, 11, 24)), (30, date(2026, 11, 1)), (90, date(2026, 9, 2))])
def test_the_last_days_end_with_today_where_the_business_is(days, first):
    late = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)  # half past midnight in Berlin

    assert last_days(days, now=late, zone="Europe/Berlin") == Period(
        first=first, last=date(2026, 11, 30), zone="Europe/Berlin"
    )


@pytest.mark.parametrize("days", [-1, 366])
def test_a_period_is_a_year_at_most_and_runs_forward(days):
    with pytest.raises(PeriodInvalid):
        Period(first=FIRST, last=FIRST + timedelta(days=days), zone="UTC")


def test_without_anything_the_page_says_so_and_divides_nothing(acme):
    page = client_of("owner", acme).get(REPORT)

    body = page.content.decode()
    assert page.status_code == 200
    assert body.count("too few to tell") == 4
    assert "No colleague has taken a conversation over in these days." in body
    assert {figure.count for figure in figures_in([page.context[part] for part in PARTS])} == {0}


@pytest.mark.parametrize(("calls", "told"), [(4, "too few to tell"), (5, "1 min 15 s")])
def test_fewer_than_five_say_nothing_of_how_long_it_usually_takes(acme, calls, told):
    for _number in range(calls):
        call(conversation(acme, NOON), taken=75, replied=80, by=colleague(acme, f"Ann{_number}"))

    body = client_of("owner", acme).get(REPORT, DAYS).content.decode()

    row = body[body.index("a colleague came") :]
    assert told in row[: row.index("</tr>")]


@pytest.mark.parametrize(
    "asked",
    [
        {"days": "31"},
        {"days": "x"},
        {"tenant": "0"},
        {"tenant": "x"},
    ],
)
def test_what_no_link_of_ours_asks_is_not_there(acme, asked):
    assert client_of("owner", acme).get(REPORT, asked).status_code == 404


@pytest.mark.parametrize(
    "asked",
    [{"since": "2026-10-30", "until": "2026-10-20"}, {"since": "2020-01-01", "until": "2026-10-20"}, {"since": "soon"}],
)
def test_days_that_can_not_be_are_refused_beside_their_field(acme, asked):
    page = client_of("owner", acme).get(REPORT, asked)

    assert page.status_code == 200
    assert page.context["form"].errors
    assert page.context["period"] == last_days(30, now=timezone.now(), zone="UTC")


def test_who_works_nowhere_is_told_that_there_is_nothing_to_count(db):
    assert "There is no business yet" in client_of(OPERATOR).get(REPORT).content.decode()


def test_more_conversations_and_colleagues_take_no_more_queries(acme):
    client = client_of("owner", acme)
    make_month(acme)
    client.get(REPORT, DAYS)
    with CaptureQueriesContext(connection) as few:
        client.get(REPORT, DAYS)
    for number in range(5):
        call(conversation(acme, NOON), taken=1, replied=2, by=colleague(acme, f"Cleo{number}"))
    with CaptureQueriesContext(connection) as more:
        client.get(REPORT, DAYS)
    assert len(more) == len(few)


def test_a_list_says_which_days_it_shows(acme):
    body = client_of("owner", acme).get("/admin/widget/handoff/?called=2026-10-20..2026-10-30").content.decode()
    assert "20 Oct – 30 Oct 2026" in body


@pytest.mark.parametrize(
    "asked", ["2026-10-30..2026-10-20", "soon", "..", "2026-13-01..2026-13-02", "0001-01-01..9999-12-31"]
)
def test_a_list_of_days_that_can_not_be_shows_nothing(acme, asked):
    call(conversation(acme, NOON), outcome="missed")
    page = client_of("owner", acme).get("/admin/widget/handoff/", {"called": asked})
    assert (page.status_code, page.context["cl"].result_count) == (200, 0)
