"""Every endpoint, asked with Acme's key for what is Rival's: nothing is told and nothing changes."""

from types import SimpleNamespace

import pytest

from leads.models import Lead
from tenants.config import load_config
from tenants.models import ProactiveRule
from tenants.services.starting_rules import make_rule
from widget.api.urls import urlpatterns
from widget.models import (
    Attachment,
    Handoff,
    Message,
    PageEvent,
    PageView,
    ProactiveShowing,
    Session,
    Visitor,
)
from widget.services import presence
from widget.services.resuming import resume_link
from widget.tests import attached
from widget.tests.colleagues import Colleague
from widget.tests.door import Door

# What is sent to each endpoint beside the session's id.
ASKED = {
    "message": {"message": "What did I tell you?"},
    "messages": {"after": 0, "wait": 20},
    "track": {"events": [{"type": "click", "event_id": "theirs"}], "metrics": {"timeOnPage": 90000}},
    "proactive": {"trigger_type": "hello"},
    "proactive/dismissed": {"message_id": "theirs"},
    "lead": {"email": "mallory@acme.example", "name": "Mallory"},
    "handoff": {"email": "mallory@acme.example"},
    "feedback": {"message_id": "theirs", "rating": "down"},
    "consent": {"granted": False},
    "end": {},
    "typing": {},
    "attachment": {},
    "satisfaction": {"rating": "bad"},
    "transcript": {"email": "mallory@acme.example"},
    "resume": {},
}
THEIR_MESSAGE = {"proactive/dismissed": "message_id", "feedback": "answer_id"}
WITHOUT_SESSION = {"config", "session", "attachments/<str:token>"}


@pytest.fixture
def theirs(rival):
    """Rival's visitor, in the middle of a conversation; `ids` are what a thief could have got hold of."""
    ProactiveRule.objects.filter(tenant=rival).delete()
    rival.behavior.proactive_delay_ms = 0
    rival.behavior.save()
    words = {"trigger_type": "hello", "name": "Hello", "text": "Rival says hello.", "write_with_ai": False}
    make_rule(rival, [("visits", "at_least", 1)], **words)
    door = Door(rival)
    door.ids = door.post("session", {"page": {"url": "https://rival.example/secret"}}).json()
    session_id = door.ids["session_id"]
    door.post("track", {"session_id": session_id, "events": [{"type": "click", "event_id": "theirs"}]})
    door.ids["message_id"] = Message.objects.get(role="proactive").public_id
    door.ids["answer_id"] = door.ask(session_id, "My secret is 4711.").json()["response"]["message_id"]
    door.post("lead", {"session_id": session_id, "email": "victim@customer.example", "name": "Victim"})
    answer_by_person(door)
    return door


def answer_by_person(door):
    """So that what may only be done in a talk with a person could be done here."""
    session = Session.objects.get(public_id=door.ids["session_id"])
    rob = Colleague(door.tenant, "Rob", now=session.last_heard_at)
    visitor = SimpleNamespace(session=session)
    rob.take(visitor)
    rob.write(visitor, "This is Rob.")


def state() -> dict:
    """Every row a visitor can cause, of everybody."""
    models = (Visitor, Session, Message, PageView, PageEvent, ProactiveShowing, Lead, Handoff, Attachment)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def test_every_endpoint_is_in_the_matrix():
    assert {str(one.pattern) for one in urlpatterns} == set(ASKED) | WITHOUT_SESSION


@pytest.mark.parametrize("name", ASKED)
def test_rivals_session_is_not_found_and_nothing_changes(acme, theirs, name):
    ours = Door(acme)
    body = {"session_id": theirs.ids["session_id"], **ASKED[name]}
    if name in THEIR_MESSAGE:
        body["message_id"] = theirs.ids[THEIR_MESSAGE[name]]
    session = Session.objects.get(public_id=theirs.ids["session_id"])
    if name == "resume":
        body["token"] = resume_link(session, load_config(theirs.tenant)).partition("=")[2]
    before = state()

    if name == "attachment":
        response = ours.upload(body["session_id"], attached.png())
    else:
        response = ours.post(name, body, headers={"Idempotency-Key": "one"})

    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")
    assert set(response.json()) == {"success", "error", "code", "request_id"}
    assert state() == before
    assert not presence.is_visitor_typing(session.pk)


@pytest.mark.parametrize("name", THEIR_MESSAGE)
def test_own_session_does_not_open_rivals_message(acme, theirs, name):
    ours = Door(acme)
    session_id = ours.start()
    before = state()

    response = ours.post(name, {**ASKED[name], "session_id": session_id, "message_id": theirs.ids[THEIR_MESSAGE[name]]})

    assert response.status_code == 404
    assert state() == before


def test_rivals_visitor_is_a_stranger_here(acme, theirs):
    started = Door(acme).post("session", {"visitor_id": theirs.ids["visitor_id"]}).json()

    assert started["visitor_id"] != theirs.ids["visitor_id"]
    assert started["session_id"] != theirs.ids["session_id"]
    assert Visitor.objects.get(public_id=started["visitor_id"]).tenant == acme


def test_config_tells_only_of_the_keys_own_tenant(acme, theirs):
    content = Door(acme).get("config").content

    assert b"Acme" in content
    assert b"rival" not in content.lower()
    assert b"Rival" in theirs.get("config").content


def test_rivals_key_is_refused_on_our_site_and_ours_on_theirs(acme, theirs):
    ours = Door(acme)

    for door, other in ((ours, theirs), (theirs, ours)):
        response = door.get("config", headers={"Origin": other.origin})
        assert (response.status_code, response.json()["code"]) == (403, "ORIGIN_NOT_ALLOWED")


def test_same_event_and_idempotency_key_at_two_tenants_are_two(acme, theirs):
    ours = Door(acme)
    session_id = ours.start()

    ours.post("track", {"session_id": session_id, "events": [{"type": "click", "event_id": "theirs"}]})
    ours.post("lead", {"session_id": session_id, "email": "victim@customer.example"})

    assert PageEvent.objects.filter(event_id="theirs").count() == 2
    assert Lead.objects.filter(email="victim@customer.example").count() == 2
    assert Lead.objects.get(tenant=acme).name == ""
