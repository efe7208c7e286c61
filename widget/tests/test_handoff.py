import json

import pytest

from caty.lib.throttling import RateLimited
from leads.models import Connection, Delivery, Lead
from tenants.services import bump_config
from widget import services
from widget.tests.conftest import CALLER, NOW
from widget.tests.door import limit


def ask(visitor, **words):
    return services.request_handoff(
        tenant=visitor.tenant,
        config=visitor.config,
        session_id=visitor.session_id,
        caller=CALLER,
        now=NOW,
        **words,
    )


@pytest.fixture
def webhook(acme):
    """A connection that wants every event."""
    return Connection.objects.create(
        tenant=acme,
        kind="webhook",
        name="Ours",
        settings={"url": "https://hooks.acme.example/caty"},
        secrets={"secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="},
        events=[
            "lead.captured",
            "lead.updated",
            "conversation.started",
            "conversation.ended",
            "message.received",
            "handoff.requested",
        ],
    )


def payloads(event):
    rows = Delivery.objects.filter(event=event).order_by("pk").values_list("payload", flat=True)
    return [json.loads(text)["data"] for text in rows]


def test_the_team_is_told_once_with_the_last_words(visitor, webhook):
    visitor.say("I want to talk to somebody")

    answer = ask(visitor)
    ask(visitor)

    session = visitor.session
    assert answer.message == visitor.config.behavior.handoff_message
    assert session.handoff_requested_at == NOW
    assert payloads("handoff.requested") == [
        {
            "session_id": session.reference,
            "reason": "user_request",
            "visitor": {"email": None},
            "last_message": "I want to talk to somebody",
            "conversation_url": f"https://caty.example/admin/conversations/{session.reference}/",
        }
    ]
    assert session.messages.order_by("-sequence").first().content == answer.message


def test_an_address_given_with_it_becomes_a_lead(visitor):
    ask(visitor, email="jane@example.com")

    assert Lead.objects.get().email == "jane@example.com"


def test_addresses_given_with_it_count_as_leads(acme, visitor):
    limit(acme, leads_per_hour=1)
    bump_config(acme)
    ask(visitor, email="jane@example.com")

    with pytest.raises(RateLimited):
        ask(visitor, email="john@example.com")

    assert Lead.objects.get().email == "jane@example.com"
    assert ask(visitor).message == visitor.config.behavior.handoff_message


def test_it_is_refused_where_the_tenant_switched_it_off(visitor, acme):
    acme.behavior.handoff_enabled = False
    acme.behavior.save()
    acme.config_version += 1
    acme.save()

    with pytest.raises(services.HandoffUnavailable):
        ask(visitor)

    assert visitor.session.handoff_requested_at is None


def test_a_conversation_is_announced_from_first_message_to_end(visitor, webhook):
    visitor.say("Hello, jane@example.com here")
    visitor.say("Bye")
    services.end_session(tenant=visitor.tenant, session_id=visitor.session_id, now=NOW)

    session = visitor.session
    person = session.visitor.reference
    assert payloads("conversation.started") == [
        {
            "session_id": session.reference,
            "visitor_id": person,
            "page_url": "https://acme.example/",
            "referrer": "https://search.example/",
            "user_agent": "Mozilla/5.0",
        }
    ]
    assert [data["message"] for data in payloads("message.received")] == ["Hello, jane@example.com here", "Bye"]
    (ended,) = payloads("conversation.ended")
    assert ended == {
        "session_id": session.reference,
        "visitor_id": person,
        "started_at": "2026-03-02T10:00:00Z",
        "ended_at": "2026-03-02T10:00:00Z",
        "message_count": 2,
        "lead_id": Lead.objects.get().public_id,
        "score": 20,
        "intent": session.intent,
    }
    everything = "".join(Delivery.objects.values_list("payload", flat=True))
    assert "sess_" not in everything
    assert "vis_" not in everything


def test_a_message_is_announced_with_its_page(visitor, webhook):
    visitor.say("How much is it?", page_url="https://acme.example/pricing")

    question = visitor.session.messages.get(role="visitor")
    assert payloads("message.received") == [
        {
            "session_id": visitor.session.reference,
            "message_id": question.public_id,
            "message": "How much is it?",
            "page_url": "https://acme.example/pricing",
        }
    ]


def test_a_conversation_is_announced_before_the_lead_it_made(visitor, webhook):
    visitor.say("Hello, jane@example.com here")

    assert list(Delivery.objects.order_by("pk").values_list("event", flat=True)) == [
        "conversation.started",
        "message.received",
        "lead.captured",
    ]


def test_a_visit_without_words_announces_nothing(visitor, webhook):
    services.end_session(tenant=visitor.tenant, session_id=visitor.session_id, now=NOW)

    assert Delivery.objects.count() == 0
