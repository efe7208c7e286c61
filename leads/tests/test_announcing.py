"""Events on their way to whoever asked for them."""

import json

from leads import services
from leads.contracts import Notice
from leads.models import Connection, Delivery
from leads.tests.conftest import NOON, WEIGHTS, make_connection, said


def announce(tenant, event="message.received", event_id="msg_1"):
    notice = Notice(event=event, event_id=event_id, data={"message": "Grüße\x00"})
    return services.announce(notice, tenant=tenant, now=NOON)


def test_an_event_nobody_wants_costs_one_query(acme, rival, django_assert_num_queries):
    make_connection(acme)
    make_connection(acme, events=["message.received"], is_enabled=False)
    make_connection(rival, events=["message.received"])
    with django_assert_num_queries(1):
        assert announce(acme) == 0
    assert not Delivery.objects.exists()


def test_each_connection_gets_a_frozen_body_of_its_own(acme):
    hook = make_connection(acme, events=["message.received"])
    make_connection(acme, events=["message.received"])

    assert announce(acme) == 2

    delivery = hook.deliveries.get()
    assert json.loads(delivery.payload) == {
        "id": str(delivery.pk),
        "type": "message.received",
        "event": "message.received",
        "timestamp": "2026-01-28T12:00:00Z",
        "widget_id": acme.widget_id,
        "data": {"message": "Grüße\x00"},
    }
    assert delivery.payload.isascii()


def test_an_event_announced_twice_is_one_delivery(acme):
    make_connection(acme, events=["message.received"])
    assert announce(acme) == 1
    assert announce(acme) == 0
    assert Delivery.objects.count() == 1


def test_a_paused_connection_keeps_leads_and_drops_other_events(acme):
    make_connection(acme, events=["lead.captured", "message.received"], state=Connection.State.PAUSED)
    assert announce(acme) == 0
    services.capture_lead(said(email="ann@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)
    assert list(Delivery.objects.values_list("event", "state")) == [("lead.captured", "paused")]


def test_a_lead_is_told_with_the_fields_the_product_names(acme):
    make_connection(acme)
    lead = said(
        email="ann@example.com",
        phone="202-555-0143",
        name="Ann",
        company="Lee Ltd",
        intent="pricing_inquiry",
        custom_fields={"size": "M"},
    )
    receipt = services.capture_lead(lead, tenant=acme, weights=WEIGHTS, now=NOON)
    assert json.loads(Delivery.objects.get().payload)["data"] == {
        "lead_id": receipt.lead_id,
        "name": "Ann",
        "email": "ann@example.com",
        "phone": "+12025550143",
        "company": "Lee Ltd",
        "score": 45,
        "band": "warm",
        "intent": "pricing_inquiry",
        "status": "new",
        "custom_fields": {"size": "M"},
        "session_id": "conv_one",
        "conversation_url": "https://caty.example/admin/conv_one",
    }


def test_capture_takes_the_same_number_of_queries_however_many_leads_there_are(acme, django_assert_max_num_queries):
    make_connection(acme)
    make_connection(acme)
    for number in range(12):
        lead = said(f"conv_{number}", email=f"ann{number}@example.com")
        with django_assert_max_num_queries(17):
            services.capture_lead(lead, tenant=acme, weights=WEIGHTS, now=NOON)
