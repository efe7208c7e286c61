"""The configuration: cached by browsers, cheap for us."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants import services as tenant_services
from tenants.models import ProactiveRule
from widget.tests.door import Door


@pytest.fixture
def door(acme):
    return Door(acme)


def test_configuration_may_be_kept_by_the_browser_alone(door):
    response = door.get("config")

    assert response["Cache-Control"] == "private, max-age=300, stale-while-revalidate=86400"
    assert response["Vary"] == "X-API-Key, Origin"
    assert response["ETag"].startswith('"')


def test_known_version_is_answered_with_304_and_no_body(door):
    etag = door.get("config")["ETag"]

    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = door.get("config", headers={"If-None-Match": known})
        assert (response.status_code, response.content) == (304, b"")
        assert (response["ETag"], response["Vary"]) == (etag, "X-API-Key, Origin")
        assert response["Access-Control-Allow-Origin"] == "*"


def test_other_version_is_answered_in_full(door):
    response = door.get("config", headers={"If-None-Match": '"other"'})

    assert response.status_code == 200


def test_change_by_staff_changes_the_answer_and_its_etag(door):
    before = door.get("config")
    door.tenant.persona.name = "Cleo"
    door.tenant.persona.save()
    tenant_services.bump_config(door.tenant)

    after = door.get("config")

    assert after.json()["config"]["persona"]["name"] == "Cleo"
    assert after["ETag"] != before["ETag"]


def test_key_may_stand_in_the_address(door):
    response = door.get("config", key=door.key, headers={"X-API-Key": None})

    assert response.json()["config"]["widget_id"] == door.tenant.widget_id


def test_second_request_asks_the_database_nothing(door):
    door.get("config")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert door.get("config").status_code == 200

    assert len(queries) == 0


def test_only_rules_the_browser_must_watch_are_told(door):
    ProactiveRule.objects.filter(tenant=door.tenant).delete()
    rule = {"tenant": door.tenant, "text": "Hello!"}
    ProactiveRule.objects.create(**rule, trigger_type="leaving", name="Leaving", on_exit_intent=True)
    ProactiveRule.objects.create(**rule, trigger_type="idle", name="Idle", form_idle_seconds=15, url_contains="/buy")
    ProactiveRule.objects.create(**rule, trigger_type="reading", name="Reading", min_scroll_percent=60)

    rules = door.get("config").json()["config"]["behavior"]["proactive"]["rules"]

    assert {rule["trigger_type"]: rule for rule in rules} == {
        "leaving": {
            "trigger_type": "leaving",
            "on_exit_intent": True,
            "form_idle_seconds": None,
            "url_contains": "",
        },
        "idle": {"trigger_type": "idle", "on_exit_intent": False, "form_idle_seconds": 15, "url_contains": "/buy"},
    }


def test_consent_is_required_where_staff_wrote_a_text(acme):
    acme.behavior.consent_text = "You may call me."
    acme.behavior.consent_url = "https://acme.example/privacy"
    acme.behavior.save()

    consent = Door(acme).get("config").json()["config"]["consent"]

    assert consent == {"required": True, "text": "You may call me.", "url": "https://acme.example/privacy"}
