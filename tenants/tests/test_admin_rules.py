"""Rules for speaking first: read as sentences, filled in row by row, begun from a starting point."""

from html import unescape

import pytest

from tenants import conditions as words
from tenants.admin.rule_form import kinds_for_script
from tenants.admin.rule_presets import PRESETS
from tenants.admin.rule_words import clause_of, how_often, sentence_of, when_of
from tenants.config import load_config, rule_config
from tenants.contracts import ConditionConfig, RuleConfig
from tenants.models import ProactiveRule, Tenant
from tenants.services.starting_rules import make_rule
from tenants.tests.test_admin_business import filled_in

ADD = "/admin/tenants/proactiverule/add/"
LIST = "/admin/tenants/proactiverule/"
BASKET = {
    "name": "Big basket",
    "is_enabled": "on",
    "text": "Free shipping!",
    "priority": "50",
    "message_type": "contextual",
    "once_per": "session",
}


def change_page(rule) -> str:
    return f"/admin/tenants/proactiverule/{rule.pk}/change/"


def rows(*conditions, initial=0) -> dict:
    """(kind, operator, value) or (kind, operator, value, place), as the form sends them."""
    data = {"conditions-TOTAL_FORMS": len(conditions), "conditions-INITIAL_FORMS": initial}
    for number, (kind, operator, value, *place) in enumerate(conditions):
        row = {"kind": kind, "operator": operator, "value": value, "place": place[0] if place else "all"}
        data |= {f"conditions-{number}-{name}": one for name, one in row.items()}
    return data


def problems(response) -> list[str]:
    (formset,) = (inline.formset for inline in response.context["inline_admin_formsets"])
    found = [*formset.non_form_errors()]
    return found + [error for form in formset.forms for errors in form.errors.values() for error in errors]


def a_rule(*conditions, **fields) -> RuleConfig:
    asked = tuple(
        ConditionConfig(kind=kind, operator=operator, value=value, place=place[0] if place else "all")
        for kind, operator, value, *place in conditions
    )
    named = {"trigger_type": "r", "name": "R", "priority": 50, "message_type": "contextual", "write_with_ai": False}
    return RuleConfig(id=1, **named, **{"text": "Hello!", **fields}, conditions=asked)


def test_a_rule_reads_as_a_sentence():
    rule = a_rule(
        ("page_url", "contains", "pricing"),
        ("visible_seconds", "at_least", 20),
        ("has_chatted", "is_not", ""),
        ("device", "is_not", "phone"),
        ("hours", "is", "open"),
    )
    assert sentence_of(rule) == (
        "When the page's address contains “pricing”, they have been on the page for 20 seconds, they haven't written "
        "in this visit, they are on a computer and you are open, say “Hello!”, once a visit."
    )


def test_what_is_enough_one_by_one_is_told_apart():
    rule = a_rule(
        ("exit_intent", "is", ""), ("page_url", "contains", "cart", "any"), ("event", "is", "added_to_cart", "any")
    )
    assert when_of(rule) == (
        "When they are about to leave, and if the page's address contains “cart” or “added_to_cart” has happened in "
        "this visit"
    )
    assert when_of(a_rule(("visits", "at_least", 3, "any"))) == "When this is at least visit number 3"
    assert when_of(a_rule()) == "Never: nothing is asked"


def test_how_often_is_said_in_words():
    said = [how_often(a_rule(once_per=once, once_days=7)) for once in ("page", "session", "days", "visitor")]
    assert said == ["once on each page of a visit", "once a visit", "once in 7 days", "once for each visitor"]


@pytest.mark.parametrize("kind", words.KINDS)
def test_every_condition_has_words_and_a_place_in_the_form(kind):
    takes = kinds_for_script()[kind]
    assert [operator for operator, _name in takes["operators"]] == list(words.operators_of(kind))
    for operator in words.operators_of(kind):
        value = 2 if kind in words.NUMBERS else words.CHOICES.get(kind, ("x",))[0]
        clause = clause_of(ConditionConfig(kind=kind, operator=operator, value=value))
        assert "%" not in clause.replace("2 %", "")
        assert len(clause.split()) > 2


def test_the_list_shows_each_rule_as_a_sentence(cast, acme):
    page = unescape(cast.client_of("viewer", acme).get(LIST).content.decode())
    assert "When they have scrolled through 60 % of the page and they have been on the page for 30 seconds" in page
    assert "once a visit" in page


def test_a_built_in_rule_can_be_changed_but_not_deleted(cast, acme):
    rule = ProactiveRule.objects.get(tenant=acme, trigger_type="exit_intent")
    client = cast.client_of("editor", acme)
    sent = filled_in(client, change_page(rule), text="Wait!")
    assert client.post(change_page(rule), sent).status_code == 302
    assert client.post(f"/admin/tenants/proactiverule/{rule.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": [rule.pk], "post": "yes"})
    rule.refresh_from_db()
    assert (rule.text, rule.trigger_type) == ("Wait!", "exit_intent")
    assert [one.kind for one in rule.conditions.all()] == ["exit_intent"]


def test_a_new_rule_gets_a_short_name_and_what_it_asks(cast, acme):
    client = cast.client_of("editor", acme)
    asked = rows(("page_url", "contains", "/basket"), ("visible_seconds", "at_least", "40"), ("hours", "is", "Open"))
    for _ in range(2):
        assert client.post(ADD, {**BASKET, **asked}).status_code == 302
    made = ProactiveRule.objects.filter(tenant=acme, is_built_in=False).order_by("pk")
    assert [rule.trigger_type for rule in made] == ["big_basket", "big_basket_2"]
    assert rule_config(made[0]).conditions == (
        ConditionConfig(kind="page_url", operator="contains", value="/basket"),
        ConditionConfig(kind="visible_seconds", operator="at_least", value=40),
        ConditionConfig(kind="hours", operator="is", value="open"),
    )
    assert (made[0].once_days, made[0].holdout_percent) == (30, 0)
    assert Tenant.objects.get(pk=acme.pk).config_version == acme.config_version + 2


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (rows(), "Say when this should be said: add at least one condition."),
        (rows(("page_url", "at_least", "x")), "This comparison doesn't fit. Choose another one."),
        (rows(("page_url", "contains", " ")), "Say what."),
        (rows(("visits", "at_least", "")), "Say how much."),
        (rows(("visits", "at_least", "-1")), "Write a whole number, at most 86400."),
        (rows(("visits", "at_least", "99999999999")), "Write a whole number, at most 86400."),
        (rows(("device", "is", "tablet")), "Choose one of: phone, computer."),
    ],
)
def test_a_condition_that_asks_nothing_sensible_is_refused(cast, acme, asked, problem):
    response = cast.client_of("editor", acme).post(ADD, {**BASKET, **asked})
    assert problems(response) == [problem]
    assert not ProactiveRule.objects.filter(tenant=acme, is_built_in=False).exists()


def test_a_condition_changes_its_kind_without_keeping_what_was_asked(cast, acme):
    rule = make_rule(acme, [("visits", "at_least", 3)], trigger_type="third", name="Third", text="Hi")
    client = cast.client_of("editor", acme)
    new = {"conditions-0-kind": "exit_intent", "conditions-0-operator": "is_not"}
    assert client.post(change_page(rule), filled_in(client, change_page(rule), **new)).status_code == 302
    (condition,) = rule.conditions.all()
    assert (condition.kind, condition.operator, condition.text, condition.number) == ("exit_intent", "is_not", "", None)


def test_a_rule_that_ends_before_it_begins_is_refused(cast, acme):
    dates = {"starts_at_0": "2027-01-02", "starts_at_1": "10:00", "ends_at_0": "2027-01-02", "ends_at_1": "09:00"}
    response = cast.client_of("editor", acme).post(ADD, {**BASKET, **rows(("exit_intent", "is", "")), **dates})
    assert response.context["adminform"].form.errors["ends_at"] == ["This must be later than the beginning."]


def test_starting_points_are_offered_and_nothing_is_saved_by_choosing_one(cast, acme):
    client = cast.client_of("editor", acme)
    offered = unescape(client.get(ADD).content.decode())
    for preset in PRESETS:
        assert str(preset.name) in offered
        assert f"?preset={preset.key}" in offered
        filled = unescape(client.get(f"{ADD}?preset={preset.key}").content.decode())
        assert f"Filled in from “{preset.name}”" in filled
    assert not ProactiveRule.objects.filter(tenant=acme, is_built_in=False).exists()
    assert client.get(f"{ADD}?preset=unheard").status_code == 200


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_a_starting_point_is_saved_as_it_fills_the_form(cast, acme, preset):
    client, url = cast.client_of("editor", acme), f"{ADD}?preset={preset.key}"
    assert client.post(url, filled_in(client, url)).status_code == 302
    rule = rule_config(ProactiveRule.objects.get(tenant=acme, is_built_in=False))
    assert rule.conditions == tuple(
        ConditionConfig(kind=one.kind, operator=one.operator, value=one.value, place=one.place)
        for one in preset.asked()
    )
    assert (rule.text, rule.once_per, rule.priority) == (preset.text, preset.once_per, preset.priority)


def test_who_may_only_look_reads_what_a_rule_asks(cast, acme):
    rule = make_rule(acme, [("page_url", "contains", "/pricing")], trigger_type="p", name="P", text="Hi")
    page = unescape(cast.client_of("viewer", acme).get(change_page(rule)).content.decode())
    assert "When the page's address contains “/pricing”, say “Hi”, once a visit." in page


def test_conditions_of_another_tenants_rule_are_not_taken_over(cast, acme, rival):
    theirs = make_rule(rival, [("visits", "at_least", 3)], trigger_type="t", name="T", text="T")
    rule = make_rule(acme, [("visits", "at_least", 2)], trigger_type="o", name="O", text="O")
    client = cast.client_of("owner", acme)
    forged = {"conditions-0-id": str(theirs.conditions.get().pk), "conditions-0-rule": str(theirs.pk)}
    client.post(change_page(rule), filled_in(client, change_page(rule), **{**forged, "conditions-0-value": "9"}))
    assert theirs.conditions.get().number == 3


def test_switching_rules_off_makes_a_new_version(cast, acme):
    ids = list(acme.proactive_rules.values_list("pk", flat=True))
    cast.client_of("editor", acme).post(LIST, {"action": "switch_off", "_selected_action": ids})
    assert not acme.proactive_rules.filter(is_enabled=True).exists()
    fresh = Tenant.objects.get(pk=acme.pk)
    assert fresh.config_version == acme.config_version + 1
    assert load_config(fresh).rules == ()
