from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from widget.engine.proactive import ProactiveFacts, ProactiveHistory, decide
from widget.tests.engine_cast import BEHAVIOR, make_rule

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ENGAGED = make_rule(1, "high_engagement", min_scroll_percent=60, min_time_seconds=30)
EXIT = make_rule(2, "exit_intent", on_exit_intent=True, priority=90)
PRICING = make_rule(3, "pricing_page", url_contains="pricing")
RETURN = make_rule(4, "return_visitor", min_visits=2, priority=40)
FORM = make_rule(5, "form_abandonment", form_idle_seconds=15)
RULES = (ENGAGED, EXIT, PRICING, RETURN, FORM)
FACTS = ProactiveFacts(page_url="https://acme.example/a", session_age_ms=60_000)
HISTORY = ProactiveHistory()


def ask(trigger_type=None, *, rules=RULES, facts=None, history=None, behavior=None):
    decision = decide(
        rules,
        replace(FACTS, **(facts or {})),
        replace(HISTORY, **(history or {})),
        replace(BEHAVIOR, **(behavior or {})),
        NOW,
        trigger_type=trigger_type,
    )
    return decision.rule.trigger_type if decision.rule else decision.reason


def ago(**time):
    return NOW - timedelta(**time)


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


@pytest.mark.parametrize(
    ("facts", "history", "behavior", "reason"),
    [
        ({}, {}, {"proactive_enabled": False}, "disabled"),
        ({"is_mobile": True}, {}, {"proactive_mobile_enabled": False}, "mobile_disabled"),
        ({}, {"last_visitor_message_at": ago(minutes=4)}, {}, "conversation"),
        ({}, {"dismissed_rule_ids": frozenset({3, 4})}, {}, "dismissed"),
        ({}, {"shown_count": 3}, {}, "cap"),
        ({"session_age_ms": 4_999}, {}, {}, "delay"),
        ({}, {"last_shown_at": ago(seconds=29)}, {}, "cooldown"),
        ({}, {"fired_rule_ids": frozenset({2})}, {}, "already_shown"),
        ({}, {"dismissed_rule_ids": frozenset({2})}, {}, "dismissed"),
    ],
)
def test_reasons_for_silence(facts, history, behavior, reason):
    assert ask("exit_intent", facts=facts, history=history, behavior=behavior) == reason
    assert ask(facts={**facts, "exit_intent": True}, history=history, behavior=behavior) in (reason, "not_yet")


def test_silence_ends():
    history = {"last_visitor_message_at": ago(minutes=5), "last_shown_at": ago(seconds=30), "shown_count": 2}

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


def test_engagement_condition():
    rule = make_rule(9, "big_basket", min_engagement=70)

    assert ask("big_basket", rules=(rule,), facts={"engagement_score": 69}) == "not_yet"
    assert ask("big_basket", rules=(rule,), facts={"engagement_score": 70}) == "big_basket"


def test_other_rules_speak_after_one_was_shown():
    shown = {"fired_rule_ids": frozenset({2}), "shown_count": 1, "last_shown_at": ago(minutes=1)}

    assert ask(facts={"exit_intent": True, "visits": 2}, history=shown) == "return_visitor"
