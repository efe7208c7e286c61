"""New businesses, their keys and their versions."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from tenants import services
from tenants.models import Appearance, Behavior, Membership, Origin, Persona, ProactiveRule, Tenant
from tenants.origins import OriginUnreadable
from tenants.services import BusinessInvalid


def test_a_new_business_has_everything_but_a_key(db):
    tenant = services.create_tenant(
        name="  Blumen  Müller ",
        website="https://blumen.example",
        origins=["https://blumen.example/", "https://*.b.example"],
        business_type="ecommerce",
        country="de",
        language="de",
    )

    assert (tenant.name, tenant.slug, tenant.country, tenant.language) == ("Blumen Müller", "blumen-muller", "DE", "de")
    assert list(tenant.origins.values_list("pattern", flat=True)) == ["https://blumen.example", "https://*.b.example"]
    assert [model.objects.filter(tenant=tenant).count() for model in (Persona, Appearance, Behavior)] == [1, 1, 1]
    assert tenant.api_keys.count() == 0


def conditions_of(rule):
    return list(rule.conditions.values_list("kind", "operator", "text", "number"))


def test_the_five_starting_rules_are_those_of_the_product(acme):
    rules = ProactiveRule.objects.for_tenant(acme).order_by("-priority")

    assert [(rule.trigger_type, rule.priority, conditions_of(rule)) for rule in rules] == [
        ("exit_intent", 80, [("exit_intent", "is", "", None)]),
        ("form_abandonment", 70, [("form_idle_seconds", "at_least", "", 15)]),
        ("pricing_page", 60, [("page_url", "contains", "pricing", None)]),
        ("high_engagement", 50, [("scroll_percent", "at_least", "", 60), ("visible_seconds", "at_least", "", 30)]),
        ("return_visitor", 40, [("visits", "at_least", "", 2)]),
    ]
    assert all(rule.is_built_in and rule.is_enabled and rule.text for rule in rules)
    assert [rule.pk for rule in rules] == sorted(rule.pk for rule in rules)


def test_a_new_business_costs_few_queries_however_many_rules_it_starts_with(db, django_assert_max_num_queries):
    with django_assert_max_num_queries(11):
        services.create_tenant(name="Acme", website="https://acme.example", origins=["https://acme.example"])


def test_what_stands_in_the_rules_and_settings_of_a_new_business_is_valid(acme):
    for row in (acme, acme.persona, acme.appearance, acme.behavior, *acme.proactive_rules.all()):
        row.full_clean()


def test_businesses_of_one_name_get_short_names_of_their_own(db):
    slugs = [services.create_tenant(name="Acme").slug for _ in range(11)]

    assert slugs[:9] == ["acme", *(f"acme-{number}" for number in range(2, 10))]
    assert len(set(slugs)) == 11


def test_a_name_without_latin_letters_gets_a_short_name(db):
    assert services.create_tenant(name="花屋").slug == "business"


@pytest.mark.parametrize(
    ("arguments", "error", "field"),
    [
        ({"name": " "}, BusinessInvalid, "name"),
        ({"name": "x" * 121}, BusinessInvalid, "name"),
        ({"name": "Acme", "website": "acme"}, BusinessInvalid, "website"),
        ({"name": "Acme", "website": "javascript:alert(1)"}, BusinessInvalid, "website"),
        ({"name": "Acme", "business_type": "circus"}, BusinessInvalid, "business_type"),
        ({"name": "Acme", "country": "USA"}, BusinessInvalid, "country"),
        ({"name": "Acme", "origins": ["https://acme.example", "acme"]}, OriginUnreadable, None),
    ],
)
def test_what_can_not_be_leaves_nothing_behind(db, arguments, error, field):
    with pytest.raises(error) as refused:
        services.create_tenant(**arguments)

    assert field is None or [detail["field"] for detail in refused.value.details] == [field]
    assert not Tenant.objects.exists()


def test_the_same_site_twice_is_stored_once(db):
    tenant = services.create_tenant(name="Acme", origins=["https://acme.example", "https://ACME.example:443/"])

    assert tenant.origins.count() == 1


def test_a_change_makes_a_new_version_for_this_tenant_alone(acme, rival):
    services.bump_config(acme)

    assert list(Tenant.objects.order_by("name").values_list("name", "config_version")) == [("Acme", 2), ("Rival", 1)]


def test_revoking_twice_keeps_the_first_time(acme):
    row = services.create_api_key(acme, name="Shop").row
    services.revoke_api_key(row)
    row.refresh_from_db()
    first = row.revoked_at

    services.revoke_api_key(row)

    row.refresh_from_db()
    assert row.revoked_at == first


@pytest.mark.django_db(transaction=True)
def test_businesses_made_at_once_get_different_short_names():
    def make(_):
        try:
            return services.create_tenant(name="Acme").slug
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        slugs = list(pool.map(make, range(6)))

    assert len(set(slugs)) == 6
    assert (Origin.objects.count(), Membership.objects.count()) == (0, 0)
    assert ProactiveRule.objects.count() == 30
    assert not transaction.get_connection().in_atomic_block
