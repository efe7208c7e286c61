"""What holds for every rule, every visitor and every order in which things arrive."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.conditions import NUMBERS
from tenants.contracts import EngagementWeights
from tenants.services import bump_config
from tenants.services.starting_rules import make_rule
from widget.contracts import Caller, PageMetrics, TrackedEvent
from widget.engine.conditions import ProactiveFacts, holds
from widget.engine.engagement import EngagementFacts, score
from widget.engine.proactive import ProactiveHistory, Showing, decide
from widget.models import PageEvent
from widget.tests import engine_cast as cast
from widget.tests.conftest import NOW, VisitorAt

LATER = NOW + timedelta(seconds=40)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Each example makes a visitor of its own, so that they may share a tenant.
stored = settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
HOSTS = count(1)

numbers = st.integers(0, 200)
# A fact, and what is asked of it.
FACTS = {
    "visible_seconds": "time_on_page_ms",
    "scroll_percent": "scroll_depth",
    "idle_seconds": "idle_seconds",
    "form_idle_seconds": "form_idle_seconds",
    "clicks": "click_count",
    "pages": "pages",
    "visits": "visits",
    "engagement": "engagement_score",
}
facts = st.builds(ProactiveFacts, **dict.fromkeys(FACTS.values(), numbers))
places = st.sampled_from(["all", "any"])
least = st.tuples(st.sampled_from(NUMBERS), st.just("at_least"), numbers, places)
most = st.tuples(st.sampled_from(NUMBERS), st.just("at_most"), numbers, places)
shown = st.builds(
    Showing,
    rule_id=st.integers(1, 3),
    at=st.integers(0, 100 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    is_this_session=st.booleans(),
    page_key=st.sampled_from(["", "a", "b"]),
    is_held_out=st.booleans(),
    is_dismissed=st.booleans(),
    was_heeded=st.booleans(),
)
rules = st.builds(
    lambda rule_id, **fields: cast.make_rule(rule_id, conditions=[("visits", "at_least", 1)], **fields),
    st.integers(1, 3),
    once_per=st.sampled_from(["page", "session", "days", "visitor"]),
    once_days=st.integers(1, 90),
    cooldown_seconds=st.none() | st.integers(0, 300),
    delay_seconds=st.none() | st.integers(0, 300),
    priority=st.integers(0, 100),
)
histories = st.lists(shown, max_size=8).map(lambda found: ProactiveHistory(showings=tuple(found), page_key="a"))


def test_every_number_that_can_be_asked_for_is_tried():
    assert set(FACTS) == set(NUMBERS)


@unhurried
@given(st.lists(least, min_size=1, max_size=4), facts, st.sampled_from(sorted(FACTS.values())), numbers)
def test_more_of_anything_never_makes_an_at_least_rule_fail(conditions, seen, name, more):
    rule = cast.make_rule(conditions=conditions)
    grown = replace(seen, **{name: getattr(seen, name) + more})

    assert holds(rule, grown) >= holds(rule, seen)


@unhurried
@given(st.lists(most, min_size=1, max_size=4), facts, st.sampled_from(sorted(FACTS.values())), numbers)
def test_more_of_anything_never_makes_an_at_most_rule_hold(conditions, seen, name, more):
    rule = cast.make_rule(conditions=conditions)
    grown = replace(seen, **{name: getattr(seen, name) + more})

    assert holds(rule, grown) <= holds(rule, seen)


@unhurried
@given(st.lists(least | most, min_size=2, max_size=5), facts, st.randoms(use_true_random=False))
def test_order_of_conditions_is_irrelevant(conditions, seen, chance):
    shuffled = chance.sample(conditions, len(conditions))

    assert holds(cast.make_rule(conditions=conditions), seen) == holds(cast.make_rule(conditions=shuffled), seen)


engaged = st.builds(
    EngagementFacts,
    time_on_page_ms=st.integers(0, 10**7),
    scroll_depth=st.integers(0, 100),
    click_count=numbers,
    pages=st.integers(1, 100),
    visits=st.integers(1, 100),
)


@unhurried
@given(engaged, st.sampled_from(["time_on_page_ms", "click_count", "pages", "visits"]), numbers)
def test_more_engagement_never_lowers_the_score(seen, name, more):
    weights = EngagementWeights()
    grown = replace(seen, **{name: getattr(seen, name) + more})

    assert 0 <= score(seen, weights) <= score(grown, weights) <= 100
    assert score(replace(seen, scroll_depth=100), weights) >= score(seen, weights)


@unhurried
@given(st.lists(rules, max_size=4), histories, st.integers(0, 5), st.integers(0, 8))
def test_no_history_lets_more_be_said_than_is_allowed(asked, history, a_session, a_week):
    behavior = replace(cast.BEHAVIOR, proactive_max_per_session=a_session, proactive_max_per_week=a_week)
    seen = ProactiveFacts(session_age_ms=10**7)

    decision = decide(asked, seen, history, behavior, NOW)

    heard = history.heard
    if decision.rule:
        assert sum(one.is_this_session for one in heard) < a_session
        assert sum(NOW - one.at < timedelta(days=7) for one in heard) < a_week
        own = [one for one in history.showings if one.rule_id == decision.rule.id]
        assert not any(one.is_dismissed for one in own)
        assert decision.rule.once_per != "visitor" or not own
        assert decision.rule.once_per != "session" or not any(one.is_this_session for one in own)


@unhurried
@given(st.lists(rules, max_size=4), histories, shown, st.randoms(use_true_random=False))
def test_what_was_said_before_never_lets_more_be_said(asked, history, one_more, chance):
    """In whatever order it is remembered."""
    seen = ProactiveFacts(session_age_ms=10**7)
    ignored = replace(one_more, was_heeded=False)
    longer = replace(history, showings=tuple(chance.sample([*history.showings, ignored], len(history.showings) + 1)))

    before = decide(asked, seen, history, cast.BEHAVIOR, NOW)
    after = decide(asked, seen, longer, cast.BEHAVIOR, NOW)

    assert before.rule is not None or after.rule is None


def visitor_of(tenant, **start):
    return VisitorAt(tenant, caller=Caller(address=f"203.0.{next(HOSTS) // 250}.{next(HOSTS) % 250}"), **start)


def kept_of(visitor) -> dict:
    """All that is stored of what a visitor did and heard."""
    session = visitor.session
    events = PageEvent.objects.filter(session_id=session.pk, day=session.started_at.date())
    views = session.page_views.order_by("key")
    return {
        "events": sorted(events.values_list("event_id", "type")),
        "event_count": session.event_count,
        "views": list(views.values_list("key", "time_on_page_ms", "scroll_depth", "click_count")),
        "engagement": session.engagement_score,
        "score": session.lead_score,
        "happened": sorted(session.happened),
        "said": sorted(session.messages.values_list("content", flat=True)),
        "counted": session.proactive_count,
    }


events = st.lists(
    st.builds(
        TrackedEvent,
        event_id=st.sampled_from(["a", "b", "c", "d", "e"]),
        type=st.sampled_from(["exit_intent", "form_abandonment", "added_to_cart", "click", "idle"]),
    ),
    max_size=5,
    unique_by=lambda event: event.event_id,
)
batches = st.lists(
    st.tuples(
        events,
        st.builds(
            PageMetrics,
            page_view_id=st.sampled_from(["one", "two"]),
            page_url=st.just("https://acme.example/"),
            time_on_page_ms=st.integers(0, 200_000),
            scroll_depth=st.integers(0, 100),
            click_count=st.integers(0, 10),
        ),
    ),
    min_size=1,
    max_size=3,
)


@pytest.fixture
def shop(acme):
    """Acme, with rules that ask for most of what can happen."""
    make_rule(
        acme, [("event", "is", "added_to_cart")], trigger_type="cart", name="Cart", text="Cart?", write_with_ai=False
    )
    make_rule(acme, [("idle_seconds", "at_least", 60)], trigger_type="idle", name="Idle", text="Still there?")
    acme.sessions_per_hour = 100_000
    acme.save()
    bump_config(acme)
    return acme


@stored
@given(sent=batches, chance=st.randoms(use_true_random=False))
def test_order_within_a_batch_is_irrelevant(shop, sent, chance):
    one, other = visitor_of(shop), visitor_of(shop)
    for number, (happened, metrics) in enumerate(sent):
        now = LATER + timedelta(seconds=number)
        one.track(*happened, metrics=metrics, now=now)
        other.track(*chance.sample(happened, len(happened)), metrics=metrics, now=now)

    assert kept_of(one) == kept_of(other)


def send_again(tenant, sent, times, wait):
    """What is kept of a visitor who sends each batch once, and of one who sends it so often, `wait` seconds apart."""
    one, other = visitor_of(tenant), visitor_of(tenant)
    for number, (happened, metrics) in enumerate(sent):
        now = LATER + timedelta(minutes=10 * number)
        for visitor, often in ((one, 1), (other, times[number])):
            for again in range(often):
                visitor.track(*happened, metrics=metrics, now=now + timedelta(seconds=again * wait))
    return kept_of(one), kept_of(other)


often = st.lists(st.integers(1, 3), min_size=3, max_size=3)


@stored
@given(sent=batches, times=often, wait=st.sampled_from([0, 5]))
def test_what_is_sent_again_changes_nothing(shop, sent, times, wait):
    once, again = send_again(shop, sent, times, wait)

    assert once == again


@stored
@given(sent=batches, times=often)
def test_what_happened_once_is_no_reason_to_speak_when_it_is_sent_again_after_the_pause(shop, sent, times):
    shop.proactive_rules.exclude(trigger_type__in=["exit_intent", "form_abandonment", "idle"]).delete()
    bump_config(shop)

    once, again = send_again(shop, sent, times, wait=60)

    assert once == again
