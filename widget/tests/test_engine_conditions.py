from dataclasses import replace

import pytest

from tenants import conditions as words
from widget.engine.conditions import ProactiveFacts, check_rule, holds, may_speak_on
from widget.tests.engine_cast import make_rule

FACTS = ProactiveFacts(
    page_url="https://acme.example/Shoes/boots?size=42",
    page_title="Winter boots",
    referrer="https://search.example/?q=boots",
    utm={"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "Winter"},
    language="de-AT",
    time_on_page_ms=20_000,
    scroll_depth=50,
    click_count=3,
    pages=2,
    visits=4,
    engagement_score=70,
    idle_seconds=10,
    form_idle_seconds=0,
    is_mobile=True,
    is_known=False,
    has_chatted=True,
    is_open=False,
    events=frozenset({"added_to_cart"}),
)


@pytest.mark.parametrize(
    ("kind", "operator", "value", "expected"),
    [
        ("page_url", "contains", "shoes", True),
        ("page_url", "contains", "size=42", True),
        ("page_url", "contains", "acme.example", False),
        ("page_url", "contains_not", "bags", True),
        ("page_url", "is", "/shoes/boots?size=42", True),
        ("page_url", "starts_with", "/shoes", True),
        ("page_url", "starts_with", "shoes", False),
        ("page_title", "contains", "WINTER", True),
        ("page_title", "is_not", "winter boots", False),
        ("referrer", "contains", "search.example", True),
        ("utm_source", "is", "Newsletter", True),
        ("utm_medium", "is", "cpc", False),
        ("utm_campaign", "starts_with", "win", True),
        ("language", "starts_with", "de", True),
        ("visible_seconds", "at_least", 20, True),
        ("visible_seconds", "at_least", 21, False),
        ("scroll_percent", "at_most", 50, True),
        ("scroll_percent", "at_most", 49, False),
        ("idle_seconds", "at_least", 10, True),
        ("form_idle_seconds", "at_least", 1, False),
        ("clicks", "at_least", 4, False),
        ("pages", "at_least", 2, True),
        ("visits", "at_most", 3, False),
        ("engagement", "at_least", 70, True),
        ("exit_intent", "is", "", False),
        ("exit_intent", "is_not", "", True),
        ("lead_known", "is", "", False),
        ("lead_known", "is_not", "", True),
        ("has_chatted", "is", "", True),
        ("device", "is", "phone", True),
        ("device", "is_not", "phone", False),
        ("hours", "is", "closed", True),
        ("hours", "is", "open", False),
        ("event", "is", "added_to_cart", True),
        ("event", "is_not", "added_to_cart", False),
        ("event", "is", "checked_out", False),
        ("event", "is_not", "checked_out", True),
    ],
)
def test_each_kind_of_condition(kind, operator, value, expected):
    rule = make_rule(conditions=[(kind, operator, value)])

    assert holds(rule, FACTS) is expected


def test_every_kind_and_operator_can_be_checked():
    for kind in words.KINDS:
        for operator in words.operators_of(kind):
            value = 1 if kind in words.NUMBERS else "x"
            [check] = check_rule(make_rule(conditions=[(kind, operator, value)]), FACTS)
            assert isinstance(check.is_met, bool)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([("visits", "at_least", 4, "all"), ("clicks", "at_least", 3, "all")], True),
        ([("visits", "at_least", 4, "all"), ("clicks", "at_least", 4, "all")], False),
        ([("visits", "at_least", 9, "any"), ("clicks", "at_least", 3, "any")], True),
        ([("visits", "at_least", 9, "any"), ("clicks", "at_least", 9, "any")], False),
        ([("visits", "at_least", 4, "all"), ("clicks", "at_least", 9, "any"), ("pages", "at_least", 2, "any")], True),
        ([("visits", "at_least", 9, "all"), ("clicks", "at_least", 3, "any")], False),
        ([], False),
    ],
)
def test_all_that_must_hold_and_one_that_is_enough(conditions, expected):
    assert holds(make_rule(conditions=conditions), FACTS) is expected


def test_each_condition_is_told_with_what_was_seen():
    rule = make_rule(conditions=[("scroll_percent", "at_least", 60), ("page_url", "contains", "boots")])

    checks = check_rule(rule, FACTS)

    assert [(check.condition.kind, check.is_met, check.seen) for check in checks] == [
        ("scroll_percent", False, 50),
        ("page_url", True, "/Shoes/boots?size=42"),
    ]


def test_a_signal_of_the_browser_stands_for_what_it_watches_and_for_nothing_else():
    rule = make_rule(
        trigger_type="mine",
        conditions=[
            ("scroll_percent", "at_least", 99),
            ("exit_intent", "is"),
            ("clicks", "at_most", 1),
            ("visits", "at_least", 99),
        ],
    )

    checks = check_rule(rule, replace(FACTS, signalled=frozenset({"mine"})))

    assert [check.is_met for check in checks] == [True, True, False, False]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([("page_url", "contains", "boots"), ("visits", "at_least", 99)], True),
        ([("page_url", "contains", "bags")], False),
        ([("page_title", "contains", "boots")], True),
        ([("page_url", "contains", "bags", "any"), ("visits", "at_least", 2, "any")], True),
        ([], True),
    ],
)
def test_texts_are_written_for_pages_on_which_the_rule_may_speak(conditions, expected):
    assert may_speak_on(make_rule(conditions=conditions), FACTS.page_url, FACTS.page_title) is expected
