"""The configuration: complete, frozen, and read as seldom as possible."""

import dataclasses
from datetime import date, time

import pytest

from tenants import services
from tenants.config import load_config
from tenants.contracts import ConditionConfig
from tenants.contrast import contrast_ratio, is_readable, readable_on
from tenants.hours import HoursConfig
from tenants.models import Appearance, Behavior, ClosedDay, OpeningTime, Origin, Persona, ProactiveRule, Tenant


def change(tenant: Tenant, **columns) -> Tenant:
    Tenant.objects.filter(pk=tenant.pk).update(**columns)
    services.bump_config(tenant)
    return Tenant.objects.get(pk=tenant.pk)


def test_a_new_business_is_configured_whole(acme, rival, settings):
    config = load_config(acme)

    assert (config.tenant_id, config.widget_id, config.slug) == (acme.pk, acme.widget_id, "acme")
    assert (config.business_name, config.website, config.country, config.language) == (
        "Acme",
        "https://acme.example",
        "US",
        "en",
    )
    assert config.model == settings.ANTHROPIC_MODEL
    assert (config.origins, config.hosts) == (("https://acme.example",), ("acme.example",))
    assert (config.persona.name, config.persona.tone) == ("Caty", "friendly")
    assert (config.appearance.primary, config.appearance.on_primary) == ("#4f46e5", "#ffffff")
    assert config.behavior.greeting_message == "Hi! How can I help you today?"
    assert config.behavior.lead_form_fields == ("name", "email")
    assert config.limits.messages_per_minute == 20
    assert config.score_weights.gave_phone == 25
    assert config.engagement_weights.time_on_page == 40


def test_rules_stand_by_priority_and_only_those_switched_on(acme, rival):
    ProactiveRule.objects.filter(tenant=acme, trigger_type="pricing_page").update(is_enabled=False)

    assert [rule.trigger_type for rule in load_config(acme).rules] == [
        "exit_intent",
        "form_abandonment",
        "high_engagement",
        "return_visitor",
    ]


def test_it_is_frozen(acme):
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_config(acme).website = "https://evil.example"


def test_queries_do_not_grow_with_rules_and_sites(acme, django_assert_num_queries):
    ProactiveRule.objects.bulk_create(
        ProactiveRule(tenant=acme, trigger_type=f"own_{number}", name="Own", text="Hello") for number in range(50)
    )
    Origin.objects.bulk_create(Origin(tenant=acme, pattern=f"https://{number}.example") for number in range(50))

    with django_assert_num_queries(6):
        assert len(load_config(acme).rules) == 55


def test_rules_bring_their_conditions_and_the_business_its_hours(acme):
    OpeningTime.objects.create(tenant=acme, weekday=0, opens_at=time(9), closes_at=time(17))
    ClosedDay.objects.create(tenant=acme, day=date(2026, 12, 25))

    config = load_config(acme)

    [pricing] = [rule for rule in config.rules if rule.trigger_type == "pricing_page"]
    assert pricing.conditions == (ConditionConfig(kind="page_url", operator="contains", value="pricing"),)
    [returning] = [rule for rule in config.rules if rule.trigger_type == "return_visitor"]
    assert returning.conditions == (ConditionConfig(kind="visits", operator="at_least", value=2),)
    assert config.hours == HoursConfig(
        timezone=acme.timezone,
        weekly=((0, time(9), time(17)),),
        closed_days=frozenset({date(2026, 12, 25)}),
    )


def test_it_is_read_once_a_version(acme, django_assert_num_queries):
    load_config(acme)

    with django_assert_num_queries(0):
        load_config(acme)


def test_a_new_version_is_read_anew(acme):
    load_config(acme)
    Persona.objects.update(name="Rosa")

    assert load_config(acme).persona.name == "Caty"
    assert load_config(change(acme)).persona.name == "Rosa"


def test_an_old_row_gets_no_older_version_than_is_known(acme):
    old = Tenant.objects.get(pk=acme.pk)
    new = change(acme, name="Acme and Sons")
    load_config(new)

    assert load_config(old).business_name == "Acme and Sons"


def test_new_knowledge_is_told_without_reading_all_again(acme, django_assert_num_queries):
    load_config(acme)
    Tenant.objects.update(knowledge_version=7)
    acme.refresh_from_db()

    with django_assert_num_queries(0):
        assert load_config(acme).knowledge_version == 7


def test_columns_of_the_tenant_reach_the_configuration(acme):
    config = load_config(change(acme, model="claude-opus-4-5", leads_per_hour=3, score_email=1, engagement_clicks=2))

    assert (config.model, config.limits.leads_per_hour) == ("claude-opus-4-5", 3)
    assert (config.score_weights.gave_email, config.engagement_weights.clicks) == (1, 2)


def test_links_may_go_to_the_website_and_the_sites(acme):
    Origin.objects.create(tenant=acme, pattern="https://*.acme.example")
    Origin.objects.create(tenant=acme, pattern="https://shop.acme.example:8443")

    assert load_config(acme).hosts == ("acme.example", "*.acme.example", "shop.acme.example")


def test_what_staff_edit_is_what_is_loaded(acme):
    Appearance.objects.update(primary="#ffff00", theme="dark")
    Behavior.objects.update(greeting_enabled=False, lead_form_fields=["phone"])

    config = load_config(acme)

    assert (config.appearance.on_primary, config.appearance.theme) == ("#000000", "dark")
    assert (config.behavior.greeting_enabled, config.behavior.lead_form_fields) == (False, ("phone",))


def test_contrast_is_that_of_the_standard():
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast_ratio("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert not is_readable("#777777", "#ffffff")
    assert is_readable("#767676", "#ffffff")
    assert [readable_on(color) for color in ("#000080", "#ffff00", "#4f46e5")] == ["#ffffff", "#000000", "#ffffff"]
