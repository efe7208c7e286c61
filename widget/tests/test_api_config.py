"""The configuration: cached by browsers, cheap for us."""

import json

import brotli
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants import services as tenant_services
from tenants.models import Avatar, ProactiveRule, RuleCondition, TextOverride
from tenants.services.starting_rules import make_rule
from widget.tests.door import Door


@pytest.fixture
def door(acme):
    return Door(acme)


def test_configuration_may_be_kept_by_the_browser_alone(door):
    response = door.get("config")

    assert response["Cache-Control"] == "private, max-age=300, stale-while-revalidate=86400"
    assert response["Vary"] == "X-API-Key, Origin, Accept-Encoding"
    assert response["ETag"].startswith('"')


def test_known_version_is_answered_with_304_and_no_body(door):
    etag = door.get("config")["ETag"]

    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = door.get("config", headers={"If-None-Match": known})
        assert (response.status_code, response.content) == (304, b"")
        assert (response["ETag"], response["Vary"]) == (etag, "X-API-Key, Origin, Accept-Encoding")
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


@pytest.fixture
def rules_told(acme):
    """Call it with the conditions of each rule; gives what the browser is told of speaking first."""
    ProactiveRule.objects.filter(tenant=acme).delete()

    def tell(**rules) -> dict:
        for name, conditions in rules.items():
            make_rule(acme, conditions, trigger_type=name, name=name, text="Hello!")
        return config_of(Door(acme))["behavior"]["proactive"]

    return tell


def test_only_rules_the_browser_must_watch_are_told(rules_told):
    told = rules_told(
        leaving=[("exit_intent", "is", "")],
        form=[("form_idle_seconds", "at_least", 15), ("page_url", "contains", "/Buy")],
        reading=[("scroll_percent", "at_least", 60), ("visible_seconds", "at_least", 30), ("pages", "at_least", 2)],
        resting=[("idle_seconds", "at_least", 20), ("clicks", "at_least", 3), ("visible_seconds", "at_most", 90)],
        returning=[("visits", "at_least", 2)],
        staying=[("exit_intent", "is_not", ""), ("page_url", "is_not", "/")],
    )

    assert {rule.pop("trigger_type"): rule for rule in told["rules"]} == {
        "leaving": {"on_exit_intent": True, "url_contains": ""},
        "form": {"on_exit_intent": False, "url_contains": "/buy", "form_idle_seconds": 15},
        "reading": {"on_exit_intent": False, "url_contains": "", "scroll_percent": 60, "visible_seconds": 30},
        "resting": {"on_exit_intent": False, "url_contains": "", "idle_seconds": 20, "clicks": 3},
    }


def test_where_one_of_several_is_enough_each_is_told(rules_told):
    rules_told(eager=[("visible_seconds", "at_least", 5)])
    rule = ProactiveRule.objects.get()
    for kind, columns in (
        ("scroll_percent", {"operator": "at_least", "number": 80}),
        ("exit_intent", {"operator": "is"}),
        ("page_url", {"operator": "contains", "text": "prices"}),
        ("visits", {"operator": "at_least", "number": 3}),
    ):
        RuleCondition.objects.create(rule=rule, place="any", kind=kind, **columns)
    tenant_services.bump_config(rule.tenant)

    told = rules_told()["rules"]

    eager = {"trigger_type": "eager", "visible_seconds": 5}
    assert told == [
        {**eager, "on_exit_intent": False, "url_contains": "", "scroll_percent": 80},
        {**eager, "on_exit_intent": True, "url_contains": ""},
        {**eager, "on_exit_intent": False, "url_contains": "prices"},
        {**eager, "on_exit_intent": False, "url_contains": ""},
    ]


def test_events_some_rule_asks_for_are_told_once(rules_told):
    told = rules_told(
        basket=[("event", "is", "basket_filled")],
        search=[("event", "is", "searched"), ("event", "is_not", "basket_filled")],
    )

    assert (told["rules"], told["events"]) == ([], ["basket_filled", "searched"])


def test_nothing_is_watched_where_nobody_may_be_spoken_to(acme, rules_told):
    acme.behavior.proactive_enabled = False
    acme.behavior.save()

    told = rules_told(leaving=[("exit_intent", "is", "")], basket=[("event", "is", "basket_filled")])

    assert (told["enabled"], told["rules"], told["events"]) == (False, [], [])


def test_consent_is_required_where_staff_wrote_a_text(acme):
    acme.behavior.consent_text = "You may call me."
    acme.behavior.consent_url = "https://acme.example/privacy"
    acme.behavior.save()

    consent = Door(acme).get("config").json()["config"]["consent"]

    assert consent == {"required": True, "text": "You may call me.", "url": "https://acme.example/privacy"}


def config_of(door, **query):
    return door.get("config", **query).json()["config"]


def test_language_asked_for_is_spoken_and_cached_apart(door):
    english, german = door.get("config"), door.get("config", lang="de-AT")

    assert english.json()["config"]["texts"]["launcher"]["open"] == "Open chat"
    assert german.json()["config"]["texts"]["launcher"]["open"] == "Chat öffnen"
    assert german.json()["config"]["texts"]["language"] == "de"
    assert english["ETag"] != german["ETag"]
    assert door.get("config", lang="de", headers={"If-None-Match": german["ETag"]}).status_code == 304
    assert door.get("config", lang="de", headers={"If-None-Match": english["ETag"]}).status_code == 200


def test_hebrew_is_written_from_right_to_left(door):
    assert config_of(door, lang="he")["texts"]["direction"] == "rtl"


def test_a_language_we_do_not_speak_is_answered_in_the_business_s_own(door):
    door.tenant.language = "fr-CA"
    door.tenant.save()
    tenant_services.bump_config(door.tenant)

    config = config_of(door, lang="ja" * 500)

    assert (config["texts"]["language"], config["language"]) == ("fr", "fr-CA")


def test_own_wording_stands_in_its_language_alone(door, rival):
    own = {"greeting": "Moin!", "launcher.open": "Schnack mit uns", "send": "Ab damit"}
    for key, text in own.items():
        TextOverride.objects.create(tenant=door.tenant, language="de", key=key, text=text)
        TextOverride.objects.create(tenant=rival, language="de", key=key, text="Theirs")
    tenant_services.bump_config(door.tenant)

    german, english = config_of(door, lang="de"), config_of(door, lang="en")

    assert german["behavior"]["greeting"]["message"] == "Moin!"
    assert german["texts"]["launcher"]["open"] == "Schnack mit uns"
    assert german["texts"]["own"] == {"send": "Ab damit"}
    assert english["behavior"]["greeting"]["message"] == "Hi! How can I help you today?"
    assert (english["texts"]["launcher"]["open"], english["texts"]["own"]) == ("Open chat", {})


def test_conversation_is_greeted_in_the_visitor_s_language(door):
    TextOverride.objects.create(tenant=door.tenant, language="de", key="greeting", text="Moin!")
    tenant_services.bump_config(door.tenant)

    greetings = [door.post("session", {"language": code}).json()["greeting"] for code in ("de-AT", "fr", "en")]

    assert [greeting["content"] for greeting in greetings] == [
        "Moin!",
        "Bonjour\u202f! Comment puis-je vous aider\u202f?",
        "Hi! How can I help you today?",
    ]


def test_words_a_business_left_as_they_came_are_said_in_the_language_asked_for(door):
    door.tenant.behavior.greeting_message = "Ahoy!"
    door.tenant.behavior.save()
    tenant_services.bump_config(door.tenant)

    german = config_of(door, lang="de")

    assert german["lead_form"]["title"] == "Hinterlassen Sie uns Ihre Kontaktdaten – wir melden uns bei Ihnen."
    assert (german["behavior"]["greeting"]["message"], german["texts"]["own"]) == ("Ahoy!", {})


def test_thanks_and_handoffs_are_answered_in_the_visitor_s_language(door):
    TextOverride.objects.create(tenant=door.tenant, language="de", key="thanks", text="Danke, bis gleich!")
    tenant_services.bump_config(door.tenant)
    session_id = door.start(language="de-CH")

    thanks = door.post("lead", {"session_id": session_id, "email": "jane@roe.example"}).json()["message"]
    told = door.post("handoff", {"session_id": session_id}).json()["message"]

    assert thanks == "Danke, bis gleich!"
    assert told.startswith("Ich habe das Team informiert.")
    messages = door.post("messages", {"session_id": session_id}).json()["messages"]
    assert [one["content"] for one in messages] == [told]


def test_wording_of_a_box_makes_no_box(door):
    TextOverride.objects.create(tenant=door.tenant, language="en", key="consent_text", text="Call me")
    tenant_services.bump_config(door.tenant)

    assert config_of(door)["consent"] == {"required": False, "text": "", "url": ""}


def test_picture_is_named_by_its_content_and_not_read(door):
    Avatar.objects.create(tenant=door.tenant, content=b"picture", content_type="image/png", digest="d1935")
    tenant_services.bump_config(door.tenant)

    with CaptureQueriesContext(connection) as queries:
        config = config_of(door)

    assert config["persona"]["avatar_url"] == "https://caty.example/widget/avatar/d1935"
    assert not any('avatar"."content"' in query["sql"] for query in queries)


def test_files_of_the_panel_are_named_by_their_content(door, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "caty.static_storage.StaticStorage"},
    }
    paths = {
        "widget/panel.js": "widget/panel.0123456789ab.js",
        "widget/people.js": "widget/people.ba9876543210.js",
    }
    (tmp_path / "staticfiles.json").write_text(json.dumps({"paths": paths, "version": "1.1", "hash": ""}))

    config = config_of(door)

    assert config["panel_url"] == "https://caty.example/static/widget/panel.0123456789ab.js"
    assert config["people_url"] == "https://caty.example/static/widget/people.ba9876543210.js"


def test_configuration_is_light(door):
    """The bar is 1.5 kB; this business has set all that can be set but its own wording."""
    door.tenant.behavior.quick_replies = ["What does it cost?", "Where are you?", "How long is delivery?", "Returns?"]
    door.tenant.behavior.consent_text = "You may keep my details and answer me by e-mail or phone."
    door.tenant.behavior.consent_url = "https://acme.example/privacy"
    door.tenant.behavior.save()
    Avatar.objects.create(tenant=door.tenant, content=b"picture", content_type="image/png", digest="d1935" * 8)
    tenant_services.bump_config(door.tenant)

    response = door.get("config", lang="he", headers={"Accept-Encoding": "gzip, deflate, br, zstd"})

    assert response["Content-Encoding"] == "br"
    assert len(response.content) <= 1500
    assert json.loads(brotli.decompress(response.content))["config"]["texts"]["language"] == "he"


@pytest.mark.parametrize("accepted", [None, "gzip", "br;q=0", "gzip, br;q=0.0, zstd", "brx"])
def test_it_is_plain_for_those_who_want_it_so(door, accepted):
    response = door.get("config", headers={"Accept-Encoding": accepted})

    assert "Content-Encoding" not in response
    assert response.json()["success"] is True


def test_packed_configuration_is_known_again(door):
    headers = {"Accept-Encoding": "br;q=0.9"}
    etag = door.get("config", headers=headers)["ETag"]

    assert door.get("config", headers={**headers, "If-None-Match": etag}).status_code == 304
    assert door.get("config", headers={"If-None-Match": etag}).status_code == 200
