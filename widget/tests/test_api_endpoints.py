"""What the endpoints do with what they are told, beyond the contract's own examples."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Lead
from tenants.models import ProactiveRule
from tenants.services.starting_rules import make_rule
from widget.models import Message, PageEvent, ProactiveShowing, Session
from widget.tests.door import Door


@pytest.fixture
def door(acme):
    return Door(acme)


@pytest.fixture
def talking_rule(acme):
    """One rule that always speaks, and none besides."""
    ProactiveRule.objects.filter(tenant=acme).delete()
    acme.behavior.proactive_delay_ms = 0
    acme.behavior.save()
    always = [("visits", "at_least", 1)]
    return make_rule(acme, always, trigger_type="hello", name="Hello", text="Can I help?", write_with_ai=False)


def queries_of(call) -> int:
    with CaptureQueriesContext(connection) as queries:
        response = call()
    assert response.status_code == 200, response.content
    return len(queries)


def test_known_visitor_gets_the_running_session(door):
    first = door.post("session", {}).json()

    again = door.post("session", {"visitor_id": first["visitor_id"]}).json()

    assert (again["session_id"], again["visitor_id"]) == (first["session_id"], first["visitor_id"])


def test_greeting_is_null_where_it_is_switched_off(acme):
    acme.behavior.greeting_enabled = False
    acme.behavior.save()

    assert Door(acme).post("session", {}).json()["greeting"] is None


def test_empty_body_starts_a_session(door):
    assert door.post("session", b"").status_code == 200


@pytest.mark.parametrize("name", ["session", "track"])
def test_closing_page_speaks_as_plain_text_with_the_key_in_the_body(door, name):
    body = {"api_key": door.key, "session_id": door.start()}

    response = door.post(name, body, headers={"X-API-Key": None}, content_type="text/plain;charset=UTF-8")

    assert response.status_code == 200


def test_trailing_slash_is_tolerated(door):
    assert door.get("config/").status_code == 200
    assert door.post("proactive/dismissed/", {}).json()["code"] == "VALIDATION_ERROR"
    assert door.get("config//").status_code == 404


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/xml;q=0.9", "nonsense", ""])
def test_any_accept_header_is_answered_with_json(door, accept):
    response = door.post("message", {"session_id": door.start(), "message": "Hi"}, headers={"Accept": accept})

    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


def test_repeated_message_gets_the_first_answer(door):
    session_id = door.start()
    first = door.ask(session_id, client_message_id="one")

    again = door.ask(session_id, client_message_id="one")

    assert again.json() == first.json()
    assert Message.objects.filter(role="visitor").count() == 1


def test_track_announces_and_proactive_gives_the_same_message(door, talking_rule):
    session_id = door.start()

    announced = door.post("track", {"session_id": session_id, "metrics": {"timeOnPage": 5000}}).json()["proactive"]
    asked = door.post("proactive", {"session_id": session_id, "trigger_type": "hello"}).json()

    assert announced == {
        "should_trigger": True,
        "message": "Can I help?",
        "message_id": asked["message"]["message_id"],
        "trigger_type": "hello",
        "suggested_actions": [
            {"label": "Tell me more", "action": "message"},
            {"label": "No thanks", "action": "dismiss"},
        ],
    }
    assert asked["message"]["content"] == "Can I help?"


def test_track_announces_nothing_beside_an_open_chat(door, talking_rule):
    seen = {"session_id": door.start(), "metrics": {"timeOnPage": 5000}}

    beside_the_chat = door.post("track", {**seen, "chat_open": True}).json()["proactive"]

    assert beside_the_chat["should_trigger"] is False
    assert door.post("messages", {"session_id": seen["session_id"]}).json()["messages"] == []
    assert door.post("track", {**seen, "chat_open": False}).json()["proactive"]["trigger_type"] == "hello"


def test_unknown_trigger_gives_null_and_the_reason(door):
    response = door.post("proactive", {"session_id": door.start(), "trigger_type": "never_heard_of"})

    assert response.json() == {"success": True, "message": None, "reason": "unknown_trigger"}


def test_dismissed_message_is_not_shown_again(door, talking_rule):
    session_id = door.start()
    asked = {"session_id": session_id, "trigger_type": "hello"}
    message_id = door.post("proactive", asked).json()["message"]["message_id"]

    response = door.post("proactive/dismissed", {"session_id": session_id, "message_id": message_id})

    assert response.json() == {"success": True}
    assert door.post("proactive", asked).json() == {"success": True, "message": None, "reason": "dismissed"}


def test_chat_opened_upon_a_message_is_noted_for_that_message_alone(door, talking_rule):
    sessions = [door.start(), door.start()]
    for session_id in sessions:
        door.post("proactive", {"session_id": session_id, "trigger_type": "hello"})
    showing, other = ProactiveShowing.objects.order_by("announced_at")
    opened = {"type": "proactive_opened", "data": showing.message.public_id, "event_id": "e1"}
    foreign = {**opened, "data": other.message.public_id, "event_id": "e2"}

    response = door.post("track", {"session_id": sessions[0], "events": [opened, foreign, {**opened, "data": {}}]})

    assert response.status_code == 200
    showing.refresh_from_db()
    other.refresh_from_db()
    assert showing.opened_at is not None
    assert other.opened_at is None


def test_event_sent_twice_is_stored_once(door):
    body = {"session_id": door.start(), "events": [{"type": "click", "event_id": "e1", "data": {"x": 1}}]}

    door.post("track", body)
    door.post("track", body)

    assert PageEvent.objects.get().data == {"x": 1}


def test_lead_needs_an_address_or_a_number(door):
    response = door.post("lead", {"session_id": door.start(), "name": "Jo"})

    assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_ERROR")
    assert Lead.objects.count() == 0


@pytest.mark.parametrize(
    "email", ["jo", "jo@", "@customer.example", "jo@localhost", "jo@customer.example\nBcc: all@x.example"]
)
def test_what_is_no_address_is_no_lead(door, email):
    response = door.post("lead", {"session_id": door.start(), "email": email})

    assert response.status_code == 400
    assert [detail["field"] for detail in response.json()["details"]] == ["email"]
    assert Lead.objects.count() == 0


def test_repeated_lead_under_one_key_gets_the_first_answer(door):
    body = {"session_id": door.start(), "email": "jo@customer.example"}
    headers = {"Idempotency-Key": "one"}

    answers = [door.post("lead", body, headers=headers).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert Lead.objects.count() == 1


def test_ended_session_is_not_found_any_more(door):
    session_id = door.start()

    assert door.post("end", {"session_id": session_id}).json() == {"success": True}

    assert door.post("end", {"session_id": session_id}).status_code == 404
    assert door.ask(session_id).status_code == 404
    assert Message.objects.count() == 0


def test_handoff_is_told_in_the_business_own_words(door):
    response = door.post(
        "handoff", {"session_id": door.start(), "reason": "user_request", "email": "jo@customer.example"}
    )

    assert response.json() == {
        "success": True,
        "message": door.tenant.behavior.handoff_message,
        "is_available": True,
    }
    assert Session.objects.get().handoff_reason == "user_request"


def test_messages_come_in_order_after_a_sequence_number(door):
    session_id = door.start()
    for text in ("One?", "Two?"):
        door.ask(session_id, text)

    everything = door.post("messages", {"session_id": session_id}).json()["messages"]
    later = door.post("messages", {"session_id": session_id, "after": 2, "limit": 1}).json()["messages"]

    assert [one["role"] for one in everything] == ["visitor", "assistant", "visitor", "assistant"]
    assert [one["sequence"] for one in everything] == [1, 2, 3, 4]
    assert later == [everything[2]]
    assert set(later[0]) == {
        "message_id",
        "sequence",
        "role",
        "content",
        "timestamp",
        "suggested_actions",
        "sources",
        "answered_by",
        "rating",
        "client_message_id",
        "author",
        "attachments",
    }


def test_number_of_queries_does_not_grow_with_events(door):
    session_id = door.start()
    door.post("track", {"session_id": session_id, "metrics": {"timeOnPage": 1}})

    def sending(count):
        return queries_of(lambda: door.post("track", {"session_id": session_id, "events": [{"type": "click"}] * count}))

    assert sending(1) == sending(50)


def test_number_of_queries_does_not_grow_with_messages(door):
    session_id = door.start()
    door.ask(session_id)

    def reading():
        return queries_of(lambda: door.post("messages", {"session_id": session_id}))

    def asking():
        return queries_of(lambda: door.ask(session_id))

    first = (reading(), asking())
    for _ in range(5):
        door.ask(session_id)
    assert (reading(), asking()) == first
