"""Trying rules on recorded visits and on visitors made up: what they would have done, why, and that nothing is kept."""

from datetime import timedelta
from html import unescape

import pytest

from caty.tests.admin_cast import rows_of
from tenants.models import OpeningTime, ProactiveRule
from tenants.services import bump_config
from tenants.services.starting_rules import make_rule
from widget.admin.words import WHY_SILENT
from widget.contracts import PageMetrics, TrackedEvent
from widget.engine.proactive import REASONS
from widget.engine.replay import OUTDONE
from widget.models import ProactiveShowing
from widget.services.replaying import judge_now, replay_visit, rules_of
from widget.tests.conftest import NOW, VisitorAt

pytestmark = pytest.mark.django_db
URL = "/admin/widget/session/rules/"
PRICES = "https://acme.example/pricing"


def after(seconds: int):
    return NOW + timedelta(seconds=seconds)


def page_seen(key: str, url: str, *, seconds: int, scrolled: int = 0, clicks: int = 0) -> PageMetrics:
    return PageMetrics(
        page_view_id=key,
        page_url=url,
        page_title=key,
        time_on_page_ms=seconds * 1000,
        scroll_depth=scrolled,
        click_count=clicks,
    )


@pytest.fixture
def visitor(acme):
    """Forty seconds at home, then as long with the prices, scrolled through by a half and nearly left."""
    acme.proactive_rules.all().delete()
    visitor = VisitorAt(acme)
    visitor.track(metrics=page_seen("Home", "https://acme.example/", seconds=40), now=after(40))
    visitor.track(
        TrackedEvent(type="scroll_depth", data=50, event_id="s"),
        metrics=page_seen("Prices", PRICES, seconds=5, scrolled=50),
        now=after(50),
    )
    visitor.track(
        TrackedEvent(type="exit_intent", event_id="a"),
        TrackedEvent(type="calculator_used", event_id="b"),
        metrics=page_seen("Prices", PRICES, seconds=55, scrolled=55, clicks=3),
        now=after(105),
    )
    return visitor


def rule_with(visitor, *conditions, **columns) -> ProactiveRule:
    named = {"trigger_type": "tried", "name": "Tried", "text": "Hello!"}
    rule = make_rule(visitor.tenant, conditions, **{**named, **columns})
    bump_config(visitor.tenant)
    return rule


def outcome_of(visitor, rule=None):
    found = replay_visit(visitor.session, visitor.config, rules_of(visitor.tenant, only=rule and rule.pk))
    (outcome,) = found
    return outcome.reason, outcome.moment.what, (outcome.moment.at - NOW).total_seconds(), outcome


def test_a_rule_that_waits_speaks_as_soon_as_it_has_waited(visitor):
    rule_with(visitor, ("page_url", "contains", "pricing"), ("visible_seconds", "at_least", 20))
    assert outcome_of(visitor)[:3] == ("", "looking", 70)


def test_time_on_the_first_page_counts_from_the_beginning_of_the_visit(visitor):
    rule_with(visitor, ("visible_seconds", "at_least", 30))
    assert outcome_of(visitor)[:3] == ("", "looking", 30)


def test_a_page_began_before_its_first_totals_came(visitor):
    metrics = page_seen("Contact", "https://acme.example/contact", seconds=20)
    visitor.track(metrics=metrics, now=after(150))
    rule_with(visitor, ("page_url", "contains", "contact"))
    assert outcome_of(visitor)[:3] == ("", "opened", 130)


def test_clicks_are_known_by_the_end_of_the_page_alone(visitor):
    rule_with(visitor, ("clicks", "at_least", 2), ("page_url", "contains", "pricing"))
    assert outcome_of(visitor)[:3] == ("", "exit_intent", 105)


def test_scrolling_is_known_by_the_quarters_it_passed(visitor):
    rule_with(visitor, ("scroll_percent", "at_least", 50), ("visible_seconds", "at_least", 10))
    assert outcome_of(visitor)[:3] == ("", "looking", 60)


def test_events_count_when_they_came(visitor):
    rule = rule_with(visitor, ("page_url", "contains", "pricing"), ("event", "is_not", "calculator_used"))
    assert outcome_of(visitor)[:3] == ("", "opened", 50)
    rule.conditions.filter(kind="event").update(operator="is")
    assert outcome_of(visitor)[:3] == ("", "exit_intent", 105)
    rule.conditions.create(kind="exit_intent", operator="is_not")
    assert outcome_of(visitor)[:3] == ("", "left", 105)


def test_what_was_seen_stands_beside_what_was_asked(visitor):
    rule_with(visitor, ("scroll_percent", "at_least", 60), ("page_title", "is", "Prices"), ("pages", "at_least", 2))
    reason, *_when, outcome = outcome_of(visitor)
    assert reason == "not_yet"
    assert [(check.is_met, check.seen) for check in outcome.checks] == [(False, 55), (True, "Prices"), (True, 2)]


def test_opening_hours_are_those_of_the_moment(visitor):
    OpeningTime.objects.create(tenant=visitor.tenant, weekday=NOW.weekday(), opens_at=NOW.time(), closes_at="10:01")
    rule_with(visitor, ("hours", "is", "closed"))
    assert outcome_of(visitor)[:3] == ("", "exit_intent", 105)


def test_a_visitor_who_wrote_is_left_alone_from_then_on(visitor):
    visitor.say("Hello?", now=after(20))
    rule_with(visitor, ("visible_seconds", "at_least", 30))
    assert outcome_of(visitor)[0] == "conversation"


def test_a_visit_without_pages_is_judged_by_its_beginning(acme):
    acme.proactive_rules.all().delete()
    visitor = VisitorAt(acme)
    rule_with(visitor, ("visits", "at_least", 2))
    *told, outcome = outcome_of(visitor)
    assert (told, outcome.holds) == (["delay", "opened", 0], False)


def test_a_rule_that_is_off_is_tried_alone_as_if_it_were_on(visitor):
    rule = rule_with(visitor, ("visible_seconds", "at_least", 30), is_enabled=False)
    assert rules_of(visitor.tenant).off == {rule.pk}
    assert rules_of(visitor.tenant, only=rule.pk).off == frozenset()


def test_the_present_is_judged_by_what_was_really_said(visitor):
    rule_with(visitor, ("pages", "at_least", 2))
    visitor.track(metrics=page_seen("Prices", PRICES, seconds=70), now=after(120))
    assert ProactiveShowing.objects.count() == 1
    rules = rules_of(visitor.tenant)
    (current,) = judge_now(visitor.session, visitor.config, rules, after(180))
    assert current.reason == "already_shown"
    assert judge_now(visitor.session, visitor.config, rules, after(7200)) == ()


def test_every_reason_has_words():
    assert set(WHY_SILENT) == {*REASONS, OUTDONE}


def test_the_page_tells_when_a_rule_would_have_spoken_and_keeps_nothing(cast, visitor):
    rule_with(visitor, ("page_url", "contains", "pricing"), ("visible_seconds", "at_least", 20))
    rule_with(visitor, ("scroll_percent", "at_least", 60), trigger_type="two", name="Two")
    rule_with(visitor, ("visits", "at_least", 3), trigger_type="three", name="Three", is_enabled=False)
    client = cast.client_of("viewer", visitor.tenant)
    before = rows_of(visitor.tenant)
    response = client.get(URL, {"visit": visitor.session.reference})
    page = unescape(response.content.decode())
    one, two, three = response.context["then"]
    assert (one["speaks"], one["when"]) == (True, "10:01:10, after 20 seconds on “Prices”")
    assert [check["seen"] for check in one["checks"]] == ["“/pricing”", "20 seconds"]
    assert (two["why"], two["checks"][0]["seen"]) == ([WHY_SILENT["not_yet"]], "55 %")
    assert three["is_off"]
    assert "they have scrolled through 60 % of the page" in page
    assert visitor.session.public_id not in page
    assert rows_of(visitor.tenant) == before


def test_a_visitor_made_up_is_told_of_each_condition(cast, visitor):
    rule_with(
        visitor, ("page_url", "contains", "pricing"), ("device", "is", "phone"), ("visible_seconds", "at_least", 9)
    )
    client = cast.client_of("viewer", visitor.tenant)
    before = rows_of(visitor.tenant)
    typed = {"page_url": "/pricing", "seconds": "10", "device": "computer"}
    (shown,) = client.post(URL, typed).context["typed"]
    assert [(check["is_met"], check["seen"]) for check in shown["checks"]] == [
        (True, "“/pricing”"),
        (False, "computer"),
        (True, "10 seconds"),
    ]
    (shown,) = client.post(URL, {**typed, "device": "phone"}).context["typed"]
    assert shown["speaks"]
    assert client.post(URL, {"scrolled": "101"}).context["form"].errors["scrolled"]
    assert rows_of(visitor.tenant) == before


def test_one_rule_is_tried_alone(cast, visitor):
    rule = rule_with(visitor, ("visible_seconds", "at_least", 30), is_enabled=False)
    rule_with(visitor, ("visible_seconds", "at_least", 10), trigger_type="two", name="Two")
    asked = {"rule": rule.pk, "visit": visitor.session.reference}
    (shown,) = cast.client_of("viewer", visitor.tenant).get(URL, asked).context["then"]
    assert (shown["rule"].name, shown["speaks"], shown["is_off"]) == ("Tried", True, False)


def test_pages_of_rules_lead_to_where_they_are_tried(cast, visitor):
    rule = rule_with(visitor, ("visits", "at_least", 2))
    client = cast.client_of("editor", visitor.tenant)
    own = f"{URL}?rule={rule.pk}"
    assert own in client.get(f"/admin/tenants/proactiverule/{rule.pk}/change/").content.decode()
    listed = unescape(client.get("/admin/tenants/proactiverule/").content.decode())
    assert f'href="{URL}">See what they would have done' in listed


@pytest.mark.parametrize("asked", [{"visit": "conv_x"}, {"rule": "x"}, {"rule": "99999"}, {"tenant": "9" * 30}])
def test_what_is_not_there_is_not_found(cast, acme, asked):
    assert cast.client_of("viewer", acme).get(URL, asked).status_code == 404


def test_visits_and_rules_of_another_tenant_are_not_told(cast, visitor, rival):
    theirs = VisitorAt(rival)
    theirs.track(metrics=page_seen("Rival home", "https://rival.example/", seconds=9))
    client = cast.client_of("owner", visitor.tenant)
    assert "Rival" not in client.get(URL).content.decode()
    for asked in (
        {"visit": theirs.session.reference},
        {"rule": rival.proactive_rules.first().pk},
        {"tenant": rival.pk},
    ):
        assert client.get(URL, asked).status_code == 404
        assert client.post(f"{URL}?{'&'.join(f'{name}={one}' for name, one in asked.items())}").status_code == 404
    mixed = {"rule": rule_with(visitor, ("visits", "at_least", 2)).pk, "visit": theirs.session.reference}
    assert client.get(URL, mixed).status_code == 404
