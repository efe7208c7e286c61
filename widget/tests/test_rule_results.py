from dataclasses import astuple
from datetime import date, timedelta
from itertools import count

import pytest

from tenants.models import ProactiveRule
from tenants.services import bump_config
from widget import services
from widget.contracts import PageMetrics, TrackedEvent
from widget.models import ProactiveShowing
from widget.services.rule_results import WHICH, Group, Results, list_visitors, read_totals, read_weeks
from widget.tests.conftest import NOW, VisitorAt

LATER = NOW + timedelta(seconds=40)
SOON = LATER + timedelta(minutes=1)
ENGAGED = PageMetrics(time_on_page_ms=30_000, scroll_depth=60)
ADDRESSES = count()


@pytest.fixture
def rule(acme):
    """Half of the visitors are left alone."""
    rule = ProactiveRule.objects.get(tenant=acme, trigger_type="high_engagement")
    ProactiveRule.objects.filter(pk=rule.pk).update(holdout_percent=50)
    bump_config(acme)
    return rule


def come(tenant, *, alone=False, now=NOW):
    """A visitor whose moment has come, and who is or is not left alone: lots decide, so that some come in vain."""
    while True:
        visitor = VisitorAt(tenant, now=now)
        visitor.said = visitor.track(metrics=ENGAGED, now=now + timedelta(seconds=40)).proactive
        if (visitor.said is None) == alone:
            return visitor
        visitor.session.proactive_showings.all().delete()


def leave_details(visitor, now=SOON):
    visitor.say(f"Write to visitor{next(ADDRESSES)}@mail.example", now=now)


def results_of(rule, now=SOON, days=30):
    return read_totals([rule.pk], days=days, now=now).get(rule.pk, Results())


def test_each_step_of_a_visitor_is_counted_once(acme, rule):
    visitor = come(acme)
    opened = TrackedEvent(type="proactive_opened", data=visitor.said.message_id)
    visitor.track(opened, now=LATER)
    visitor.say("Yes please", now=LATER)
    leave_details(visitor)

    results = results_of(rule)

    assert results.heard == Group(visitors=1, opened=1, answered=1, leads=1)
    assert results.alone == Group()


def test_who_answers_without_word_of_the_opening_has_opened(acme, rule):
    come(acme).say("Yes please", now=LATER)

    assert results_of(rule).heard == Group(visitors=1, opened=1, answered=1)


def test_a_message_waved_away_is_not_answered_by_what_is_written_later(acme, rule):
    visitor = come(acme)
    services.dismiss_proactive(
        tenant=acme, session_id=visitor.session_id, message_id=visitor.said.message_id, now=LATER
    )
    visitor.say("When do you open?", now=SOON)

    assert results_of(rule).heard == Group(visitors=1, waved_away=1)
    assert ProactiveShowing.objects.get().replied_at is None


def test_only_details_left_after_the_moment_count(acme, rule):
    before = VisitorAt(acme)
    leave_details(before, now=NOW)
    before.track(metrics=ENGAGED, now=NOW + timedelta(minutes=10))
    leave_details(come(acme, alone=True))

    results = results_of(rule, now=NOW + timedelta(hours=1))

    assert results.heard.leads + results.alone.leads == 1
    assert results.heard.visitors + results.alone.visitors == 2


def test_visitors_left_alone_are_counted_from_the_same_moment(acme, rule):
    leave_details(come(acme, alone=True))
    come(acme, alone=True)
    leave_details(come(acme))

    results = results_of(rule)

    assert results.alone == Group(visitors=2, leads=1)
    assert results.heard == Group(visitors=1, opened=1, answered=1, leads=1)
    assert results.uplift.verdict == "too_early"


def test_a_visitor_who_comes_again_is_one_visitor(acme, rule):
    visitor = come(acme)
    services.end_session(tenant=acme, session_id=visitor.session_id, now=LATER)
    again = VisitorAt(acme, now=NOW + timedelta(days=8), visitor_id=visitor.started.visitor_id)
    again.track(metrics=ENGAGED, now=NOW + timedelta(days=8, minutes=1))
    leave_details(again, now=NOW + timedelta(days=8, minutes=2))

    weeks = read_weeks(rule, days=30, now=NOW + timedelta(days=9), zone="UTC")

    assert ProactiveShowing.objects.filter(rule=rule).count() == 2
    assert {week: results.heard.visitors for week, results in weeks.items()} == {date(2026, 3, 2): 1}
    assert weeks[date(2026, 3, 2)].heard.leads == 1
    assert results_of(rule, now=NOW + timedelta(days=9), days=3) == Results()
    assert results_of(rule, now=NOW + timedelta(days=90)) == Results()


def test_a_visitor_stays_in_the_group_of_the_first_time(acme, rule):
    """Also where the business leaves others alone since."""
    visitor = come(acme)
    services.end_session(tenant=acme, session_id=visitor.session_id, now=LATER)
    again = VisitorAt(acme, now=NOW + timedelta(days=1), visitor_id=visitor.started.visitor_id)
    again.track(metrics=ENGAGED, now=again.now + timedelta(minutes=1))
    ProactiveShowing.objects.filter(session=again.session).update(is_held_out=True, message=None)

    results = results_of(rule, now=NOW + timedelta(days=2))

    assert (results.heard.visitors, results.alone.visitors) == (1, 0)


def test_weeks_begin_on_the_mondays_of_the_business(acme, rule):
    come(acme, now=NOW - timedelta(hours=10, minutes=30))  # Sunday, 23:30 in UTC

    def week_in(zone):
        return list(read_weeks(rule, days=30, now=NOW, zone=zone))

    assert (week_in("UTC"), week_in("Europe/Berlin")) == ([date(2026, 2, 23)], [date(2026, 3, 2)])


def test_every_figure_is_as_long_as_its_list(acme, rule):
    leave_details(come(acme))
    come(acme).say("Hello", now=LATER)
    leave_details(come(acme, alone=True))
    period = {"days": 30, "now": SOON, "zone": "UTC"}
    weeks = read_weeks(rule, **period)
    total = sum(weeks.values(), Results())

    lists = {which: list_visitors(rule, which, **period) for which in WHICH}

    assert {which: len(found) for which, found in lists.items()} == {
        "heard": 2,
        "opened": 2,
        "answered": 2,
        "waved_away": 0,
        "leads": 1,
        "alone": 1,
        "alone_leads": 1,
    }
    assert (*astuple(total.heard), total.alone.visitors, total.alone.leads) == (2, 2, 2, 0, 1, 1, 1)
    assert len(list_visitors(rule, "heard", week=date(2026, 3, 2), **period)) == 2
    assert list_visitors(rule, "heard", week=date(2026, 2, 23), **period) == []
    assert list_visitors(rule, "heard", offset=1, limit=1, **period) == lists["heard"][1:]
    [lead] = lists["leads"]
    assert (lead.is_alone, lead.answered, lead.left_details) == (False, True, True)


def test_results_of_many_rules_are_one_query(acme, rival, rule, django_assert_num_queries):
    come(acme)
    VisitorAt(rival).track(metrics=ENGAGED, now=LATER)
    own = list(acme.proactive_rules.values_list("pk", flat=True))

    with django_assert_num_queries(1):
        totals = read_totals(own, days=30, now=SOON)

    assert totals == {rule.pk: Results(heard=Group(visitors=1))}


def test_a_message_of_a_visitor_who_heard_nothing_asks_for_no_reply(acme, rule):
    silent = come(acme, alone=True)
    silent.say("Hello", now=LATER)

    assert silent.session.proactive_showings.get().replied_at is None
