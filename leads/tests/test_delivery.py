"""One send from claim to finish, over a real connector to a real server."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from standardwebhooks import Webhook

from leads import claims, delivery, services
from leads.connectors.webhook import new_signing_secret
from leads.contracts import Notice
from leads.models import Connection, Delivery
from leads.tests.conftest import NOON, WEIGHTS, make_connection, said
from leads.tests.receiver import Answer

SECRET = new_signing_secret()


@pytest.fixture
def hook(acme, receiver):
    return make_connection(acme, settings={"url": receiver.url}, secrets={"signing_secret": SECRET})


def capture(tenant, conversation="conv_one", **details):
    lead = said(conversation, **{"email": "ann@example.com", **details})
    return services.capture_lead(lead, tenant=tenant, weights=WEIGHTS, now=NOON)


def test_a_lead_arrives_signed_and_is_shown_as_delivered(acme, hook, receiver):
    receipt = capture(acme, name="Ann")
    row = Delivery.objects.get()

    assert delivery.deliver(row.pk, now=NOON) == "delivered"

    (received,) = receiver.received
    assert received.body == row.payload.encode()
    assert received.headers["webhook-id"] == str(row.pk)
    assert received.headers["webhook-signature"] == Webhook(SECRET).sign(str(row.pk), NOON, row.payload)
    assert json.loads(received.body)["data"]["lead_id"] == receipt.lead_id
    assert delivery.deliver(row.pk, now=NOON) is None
    assert len(receiver.received) == 1


def test_a_repeat_carries_the_same_id_and_the_same_bytes(acme, hook, receiver):
    receiver.answers = [Answer(500), Answer(200)]
    capture(acme)
    row = Delivery.objects.get()
    assert delivery.deliver(row.pk, now=NOON) == "pending"
    capture(acme, name="Ann")

    later = Delivery.objects.get(pk=row.pk).due_at
    assert delivery.deliver(row.pk, now=later) == "delivered"

    first, second = receiver.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["x-caty-signature"] == second.headers["x-caty-signature"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert [(t.outcome, t.status_code) for t in row.tries.order_by("number")] == [
        ("try_later", 500),
        ("delivered", 200),
    ]


@pytest.mark.parametrize("value", ["900", "Wed, 28 Jan 2026 12:15:00 GMT"])
def test_the_next_try_is_not_before_what_the_destination_asked_for(acme, hook, receiver, value):
    receiver.answers = [Answer(429, {"Retry-After": value})]
    capture(acme)
    row = Delivery.objects.get()

    delivery.deliver(row.pk, now=NOON)

    row.refresh_from_db()
    assert (row.state, row.last_error) == ("pending", "It asked us to slow down (answer 429).")
    waited = row.due_at - NOON
    assert timedelta(seconds=900) <= waited < timedelta(seconds=905)


@pytest.mark.parametrize("status", [401, 410])
def test_a_destination_that_refuses_us_pauses_until_staff_resume_it(acme, hook, receiver, status):
    receiver.answers = [Answer(status), Answer(200)]
    capture(acme)
    row = Delivery.objects.get()
    assert delivery.deliver(row.pk, now=NOON) == "paused"
    assert delivery.find_due(now=NOON) == []

    services.resume_connection(hook.pk, tenant=acme, now=NOON)

    assert delivery.find_due(now=NOON) == [row.pk]
    assert delivery.deliver(row.pk, now=NOON) == "delivered"


def test_a_broken_connection_is_tried_again(acme, hook, receiver):
    receiver.answers = [Answer(resets=True), Answer(200)]
    capture(acme)
    row = Delivery.objects.get()
    assert delivery.deliver(row.pk, now=NOON) == "pending"
    assert delivery.deliver(row.pk, now=NOON + timedelta(seconds=6)) == "delivered"


def test_what_the_other_side_answers_is_kept_short_and_without_secrets(acme, hook, receiver):
    answer = f"Ann Lee ann@example.com bob@example.com +12025550143 {SECRET} \x00 " + "x" * 5000
    receiver.answers = [Answer(500, body=answer.encode())]
    capture(acme, name="Ann Lee", phone="202-555-0143")
    row = Delivery.objects.get()

    delivery.deliver(row.pk, now=NOON)

    excerpt = row.tries.get().answer_excerpt
    assert len(excerpt) <= 1024
    assert excerpt.startswith("… … …@… … …  xxx")


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"settings": {}}, "These settings are missing or wrong: url"),
        ({"secrets": {}}, "These settings are missing or wrong: signing_secret"),
        ({"kind": "carrier-pigeon"}, "This kind of connection is not installed here."),
    ],
)
def test_a_connection_that_is_not_set_up_is_paused_with_the_reason(acme, hook, receiver, columns, reason):
    Connection.objects.filter(pk=hook.pk).update(**columns)
    capture(acme)
    assert delivery.deliver(Delivery.objects.get().pk, now=NOON) == "paused"
    assert Connection.objects.defer("secrets").get().paused_reason == reason
    assert receiver.received == []


def test_credentials_under_a_lost_key_pause_the_connection(acme, hook, receiver, settings):
    capture(acme)
    settings.CREDENTIAL_KEYS = ["b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q="]
    assert delivery.deliver(Delivery.objects.get().pk, now=NOON) == "paused"
    assert "can't be read" in Connection.objects.defer("secrets").get().paused_reason


def test_a_deleted_delivery_is_nothing_to_do(db):
    assert delivery.deliver(uuid4(), now=NOON) is None


def test_a_test_says_in_plain_words_how_it_went_and_leaves_nothing_behind(acme, hook, receiver):
    receiver.answers = [Answer(200), Answer(404)]

    well, badly = (delivery.test_connection(hook, now=NOON) for _ in range(2))

    assert (well.is_ok, well.message) == (True, "It works: the test has arrived.")
    assert (badly.is_ok, badly.message) == (False, "It did not accept the message (answer 404).")
    assert json.loads(receiver.received[0].body)["event"] == "connection.test"
    assert not Delivery.objects.exists()
    assert Connection.objects.get().state == "active"


STATEMENTS = [
    "SELECT leads_delivery",  # over which connection it may be sent now, with settings and secrets
    "UPDATE leads_delivery",  # the claim
    "SELECT leads_delivery",  # with its lead and its business
    "SAVEPOINT",  # outside of a test: BEGIN
    "SELECT leads_delivery",  # locked, with its connection
    "INSERT leads_deliveryattempt",
    "UPDATE leads_delivery",
    "UPDATE leads_connection",
    "RELEASE",  # COMMIT
    "SELECT leads_connection",  # what is next
]


def test_a_webhook_takes_ten_statements_however_much_waits(acme, hook, receiver):
    for number in range(8):
        capture(acme, f"conv_{number}", email=f"ann{number}@example.com")
    for pk in Delivery.objects.order_by("pk").values_list("pk", flat=True):
        with CaptureQueriesContext(database) as captured:
            assert delivery.deliver(pk, now=NOON) == "delivered"
        assert [in_short(query["sql"]) for query in captured] == STATEMENTS


def test_what_waits_behind_it_takes_one_more(acme, hook, receiver):
    capture(acme)
    capture(acme, name="Ann")
    first, second = Delivery.objects.order_by("pk").values_list("pk", flat=True)
    for pk, minutes, number in ((first, 0, len(STATEMENTS) + 1), (second, 1, len(STATEMENTS))):
        with CaptureQueriesContext(database) as captured:
            assert delivery.deliver(pk, now=NOON + timedelta(minutes=minutes)) == "delivered"
        assert len(captured) == number


def in_short(statement: str) -> str:
    """Its verb and the first table it names."""
    verb, table = statement.split()[0], re.search(r"(?:FROM|INTO|UPDATE) \"?(leads_\w+)", statement)
    return f"{verb} {table[1]}" if table else verb


def test_the_sweep_finds_what_a_dead_worker_held(acme, hook, receiver):
    capture(acme)
    pk = Delivery.objects.get().pk
    claims.claim(pk, now=NOON)
    assert delivery.find_due(now=NOON) == []
    assert delivery.find_due(now=NOON + claims.LEASE) == [pk]


def test_events_a_dead_destination_never_took_are_given_up_after_a_day_and_leads_are_not(acme, hook):
    capture(acme)
    Connection.objects.update(events=["lead.captured", "message.received"], resting_until=NOON + timedelta(days=9))
    services.announce(Notice(event="message.received", event_id="msg_1", data={}), tenant=acme, now=NOON)

    delivery.find_due(now=NOON + timedelta(hours=23))
    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending"}
    delivery.find_due(now=NOON + timedelta(hours=24))

    states = dict(Delivery.objects.values_list("event", "state"))
    assert states == {"lead.captured": "pending", "message.received": "dead"}
