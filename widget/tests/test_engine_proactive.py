from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from widget.engine.conditions import ProactiveFacts
from widget.engine.proactive import ProactiveHistory, Showing, decide, is_held_out
from widget.tests.engine_cast import BEHAVIOR, make_rule

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ENGAGED = make_rule(
    1, "high_engagement", conditions=[("scroll_percent", "at_least", 60), ("visible_seconds", "at_least", 30)]
)
EXIT = make_rule(2, "exit_intent", conditions=[("exit_intent", "is")], priority=90)
PRICING = make_rule(3, "pricing_page", conditions=[("page_url", "contains", "pricing")])
RETURN = make_rule(4, "return_visitor", conditions=[("visits", "at_least", 2)], priority=40)
FORM = make_rule(5, "form_abandonment", conditions=[("form_idle_seconds", "at_least", 15)])
RULES = (ENGAGED, EXIT, PRICING, RETURN, FORM)
FACTS = ProactiveFacts(page_url="https://acme.example/a", session_age_ms=60_000)
HISTORY = ProactiveHistory()
DAY = timedelta(days=1)


def ask(trigger_type=None, *, rules=RULES, facts=None, history=None, behavior=None):
    decision = decide(
        rules,
        replace(FACTS, **(facts or {})),
        replace(HISTORY, **(history or {})),
        replace(BEHAVIOR, **(behavior or {})),
        NOW,
        trigger_type=trigger_type,
    )
    return decision.reason or decision.rule.trigger_type


def ago(**time):
    return NOW - timedelta(**time)


def said(rule_id, at, **fields):
    return Showing(rule_id=rule_id, at=at, **fields)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "not_yet"),
        ({"scroll_depth": 60, "time_on_page_ms": 30_000}, "high_engagement"),
        ({"scroll_depth": 59, "time_on_page_ms": 30_000}, "not_yet"),
        ({"scroll_depth": 60, "time_on_page_ms": 29_999}, "not_yet"),
        ({"exit_intent": True}, "exit_intent"),
        ({"page_url": "https://acme.example/our-PRICING?x"}, "pricing_page"),
        ({"page_url": "https://acme.example/a?tab=pricing"}, "pricing_page"),
        ({"page_url": "https://pricing.example/a#pricing"}, "not_yet"),
        ({"page_url": "http://[pricing"}, "not_yet"),
        ({"visits": 2}, "return_visitor"),
        ({"form_idle_seconds": 15}, "form_abandonment"),
        ({"form_idle_seconds": 14.9}, "not_yet"),
    ],
)
def test_rules_fire_when_their_conditions_hold(facts, expected):
    assert ask(facts=facts) == expected


def test_highest_priority_speaks_and_then_the_rule_made_first():
    everything = {
        "visits": 2,
        "exit_intent": True,
        "page_url": "/pricing",
        "scroll_depth": 90,
        "time_on_page_ms": 40_000,
    }

    assert ask(facts=everything) == "exit_intent"
    assert ask(facts={**everything, "exit_intent": False}) == "high_engagement"
    assert ask(facts={**everything, "exit_intent": False}, rules=RULES[::-1]) == "high_engagement"


THREE_NOW = tuple(said(rule_id, ago(minutes=9 - rule_id)) for rule_id in (3, 4, 5))


@pytest.mark.parametrize(
    ("facts", "history", "behavior", "reason"),
    [
        ({}, {}, {"proactive_enabled": False}, "disabled"),
        ({"is_mobile": True}, {}, {"proactive_mobile_enabled": False}, "mobile_disabled"),
        ({}, {"last_visitor_message_at": ago(minutes=4)}, {}, "conversation"),
        ({}, {"is_with_person": True}, {}, "handed_over"),
        (
            {},
            {"showings": (said(3, ago(days=2), is_dismissed=True), said(4, ago(days=29), is_dismissed=True))},
            {},
            "dismissed",
        ),
        ({}, {"showings": THREE_NOW}, {}, "cap"),
        (
            {},
            {"showings": tuple(said(8, ago(days=n), is_this_session=False, was_heeded=True) for n in range(1, 7))},
            {},
            "weekly_cap",
        ),
        (
            {},
            {"showings": tuple(said(8, ago(days=n), is_this_session=False) for n in (6, 20, 40))},
            {},
            "ignored",
        ),
        ({"session_age_ms": 4_999}, {}, {}, "delay"),
        ({}, {"showings": (said(3, ago(seconds=29)),)}, {}, "cooldown"),
        ({}, {"showings": (said(2, ago(minutes=9)),)}, {}, "already_shown"),
        ({}, {"showings": (said(2, ago(days=80), is_this_session=False, is_dismissed=True),)}, {}, "dismissed"),
    ],
)
def test_reasons_for_silence(facts, history, behavior, reason):
    assert ask("exit_intent", facts=facts, history=history, behavior=behavior) == reason
    assert ask(facts={**facts, "exit_intent": True}, history=history, behavior=behavior) in (reason, "not_yet")


@pytest.mark.parametrize(
    "showings",
    [
        (said(3, ago(seconds=30)), said(4, ago(minutes=2))),
        (said(3, ago(days=31), is_dismissed=True), said(4, ago(days=2), is_dismissed=True)),
        tuple(said(8, ago(days=n), is_this_session=False, was_heeded=n == 40) for n in (6, 20, 40)),
        tuple(said(8, ago(days=n), is_this_session=False) for n in (7, 20, 40)),
        tuple(said(8, ago(days=n), is_held_out=True) for n in range(9)),
        (said(2, ago(days=1), is_this_session=False),),
    ],
)
def test_silence_ends(showings):
    history = {"last_visitor_message_at": ago(minutes=5), "showings": showings}

    assert ask("exit_intent", history=history, facts={"session_age_ms": 5_000}) == "exit_intent"


def test_phones_are_spoken_to_where_the_tenant_wants_it():
    assert ask("exit_intent", facts={"is_mobile": True}) == "exit_intent"


def test_named_trigger_is_its_own_signal_for_what_the_browser_watches():
    assert ask("exit_intent") == "exit_intent"
    assert ask("form_abandonment") == "form_abandonment"
    assert ask("high_engagement") == "high_engagement"


def test_named_trigger_does_not_decide_what_the_server_knows():
    assert ask("pricing_page") == "not_yet"
    assert ask("return_visitor") == "not_yet"


def test_signalled_moment_counts_among_all_rules():
    assert ask(facts={"signalled": frozenset({"exit_intent"})}) == "exit_intent"


@pytest.mark.parametrize("name", ["", "nonsense", "EXIT_INTENT"])
def test_unknown_trigger(name):
    assert ask(name) == "unknown_trigger"


def test_no_rules_at_all():
    assert ask(rules=()) == "not_yet"


def test_other_rules_speak_after_one_was_shown():
    shown = {"showings": (said(2, ago(minutes=1)),)}

    assert ask(facts={"exit_intent": True, "visits": 2}, history=shown) == "return_visitor"


@pytest.mark.parametrize(
    ("once_per", "showing", "expected"),
    [
        ("session", said(9, ago(hours=1)), "already_shown"),
        ("session", said(9, ago(days=1), is_this_session=False), "mine"),
        ("page", said(9, ago(hours=1), page_key="here"), "already_shown"),
        ("page", said(9, ago(hours=1), page_key="elsewhere"), "mine"),
        ("page", said(9, ago(days=1), page_key="here", is_this_session=False), "mine"),
        ("visitor", said(9, ago(days=89), is_this_session=False), "already_shown"),
        ("days", said(9, ago(days=7, seconds=-1), is_this_session=False), "already_shown"),
        ("days", said(9, ago(days=7), is_this_session=False), "mine"),
        ("session", said(9, ago(hours=1), is_held_out=True), "already_shown"),
    ],
)
def test_each_rule_speaks_as_often_as_it_says(once_per, showing, expected):
    rule = make_rule(9, "mine", once_per=once_per, once_days=7, conditions=[("visits", "at_least", 1)])

    assert ask(rules=(rule,), history={"showings": (showing,), "page_key": "here"}) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"starts_at": NOW + DAY}, "not_now"),
        ({"ends_at": NOW}, "not_now"),
        ({"starts_at": NOW, "ends_at": NOW + DAY}, "mine"),
        ({"delay_seconds": 61}, "delay"),
        ({"delay_seconds": 0}, "mine"),
        ({"cooldown_seconds": 61}, "cooldown"),
        ({"cooldown_seconds": 60}, "mine"),
    ],
)
def test_a_rule_may_have_a_time_and_a_pace_of_its_own(fields, expected):
    rule = make_rule(9, "mine", conditions=[("visits", "at_least", 1)], **fields)

    assert ask(rules=(rule,), history={"showings": (said(8, ago(seconds=60)),)}) == expected


def test_some_visitors_hear_nothing_always_the_same_ones():
    rule = make_rule(9, "mine", conditions=[("visits", "at_least", 1)], holdout_percent=20)
    visitors = [f"person_{number}" for number in range(2_000)]

    left_alone = [visitor for visitor in visitors if is_held_out(rule, visitor)]

    assert 340 <= len(left_alone) <= 460
    assert left_alone == [visitor for visitor in visitors if is_held_out(rule, visitor)]
    decision = decide((rule,), replace(FACTS, visitor=left_alone[0]), HISTORY, BEHAVIOR, NOW)
    assert (decision.rule, decision.reason) == (rule, "held_out")
    other = make_rule(10, "other", conditions=[("visits", "at_least", 1)], holdout_percent=20)
    assert {visitor for visitor in left_alone if is_held_out(other, visitor)} != set(left_alone)


def test_nobody_is_held_out_of_a_rule_without_a_share():
    rule = make_rule(9, "mine", holdout_percent=0)

    assert not any(is_held_out(rule, f"person_{number}") for number in range(500))
