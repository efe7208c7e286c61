"""Sending again: ranges, a whole lead, and the notes that belong to it; however many there are."""

from datetime import timedelta

import pytest

from leads import claims, outbox, services
from leads.claims import Trial
from leads.connectors.base import Delivered, Rejected, RemoteRecord
from leads.contracts import Notice, TranscriptLine
from leads.models import Connection, Delivery, RemoteLead
from leads.services import Again
from leads.tests.conftest import NOON, capture, make_connection, said
from leads.tests.test_tasks import hinted

CRM_EVENTS = ("lead.captured", "lead.updated", "lead.note")
LATER = NOON + timedelta(hours=1)


def settle(pk, outcome, now=NOON):
    taken = claims.claim(pk, now=now)
    return claims.finish(taken, Trial(outcome=outcome, duration_ms=1, ended_at=now))


def announce(tenant, *event_ids, event="message.received", now=NOON):
    for event_id in event_ids:
        services.announce(Notice(event=event, event_id=event_id, data={}), tenant=tenant, now=now)


def pks() -> list:
    return list(Delivery.objects.order_by("pk").values_list("pk", flat=True))


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def lead_with_note(tenant, **details):
    line = TranscriptLine(role="visitor", content="Hello", at=NOON)
    return capture(tenant, said(email="ann@example.com", transcript=(line,), **details))


@pytest.fixture
def connection(acme):
    return make_connection(acme, events=[*CRM_EVENTS, "message.received", "handoff.requested"])


def wish(connection, **details) -> Again:
    details.setdefault("events", ("message.received",))
    return Again(connection_pk=connection.pk, **details)


def test_only_what_did_not_arrive_is_sent_again(acme, connection):
    announce(acme, "msg_1", "msg_2", "msg_3")
    first, second, _third = pks()
    settle(first, Delivered())
    settle(second, Rejected(reason="no"))

    asked = wish(connection, is_everything=False)

    assert services.count_again(asked, tenant=acme) == {"dead": 1}
    assert services.send_range_again(asked, tenant=acme, now=LATER) == 1
    assert states() == ["delivered", "pending", "pending"]
    assert list(Delivery.objects.order_by("pk").values_list("queued_at", flat=True)) == [NOON, LATER, NOON]


def test_what_waits_for_its_next_try_counts_as_not_arrived(acme, connection):
    announce(acme, "msg_1")
    Delivery.objects.update(failures=2, due_at=LATER + timedelta(hours=5), last_error="down")
    assert services.send_range_again(wish(connection, is_everything=False), tenant=acme, now=LATER) == 1
    row = Delivery.objects.get()
    assert (row.failures, row.due_at, row.last_error) == (0, LATER, "")


def test_everything_of_a_range_is_sent_again_but_what_was_called_off(acme, connection):
    announce(acme, "old", now=NOON - timedelta(days=1))
    announce(acme, "msg_1", "msg_2", "off")
    announce(acme, "other", event="handoff.requested")
    announce(acme, "late", now=LATER)
    Delivery.objects.update(state="delivered")
    Delivery.objects.filter(event_id="off").update(state="cancelled")

    asked = wish(connection, is_everything=True, since=NOON, until=LATER)

    assert services.count_again(asked, tenant=acme) == {"delivered": 2}
    assert services.send_range_again(asked, tenant=acme, now=LATER) == 2
    again = Delivery.objects.filter(state="pending").values_list("event_id", flat=True)
    assert sorted(again) == ["msg_1", "msg_2"]


def test_another_tenants_connection_can_not_be_sent_again(acme, rival, connection):
    announce(acme, "msg_1")
    settle(pks()[0], Rejected(reason="no"))
    asked = wish(connection, is_everything=True)
    assert services.count_again(asked, tenant=rival) == {}
    assert services.send_range_again(asked, tenant=rival, now=LATER) == 0
    assert states() == ["dead"]


def test_it_takes_the_same_statements_for_many_and_one_hint(
    acme, connection, django_assert_num_queries, django_capture_on_commit_callbacks
):
    announce(acme, *[f"msg_{number}" for number in range(40)])
    Delivery.objects.update(state="dead")
    asked = wish(connection, is_everything=False)
    with django_capture_on_commit_callbacks(execute=True):
        with django_assert_num_queries(5):  # a savepoint, the connections, the rows, the end of their rest, and release
            assert services.send_range_again(asked, tenant=acme, now=LATER) == 40
    assert hinted() == ["leads.deliver_next"]


def test_nothing_is_sent_again_where_nothing_is_chosen(acme, connection):
    announce(acme, "msg_1")
    assert services.send_again([], tenant=acme, now=LATER) == 0
    assert services.send_range_again(wish(connection, is_everything=True, events=()), tenant=acme, now=LATER) == 0


def test_what_is_sent_again_waits_with_a_paused_connection(acme, connection):
    announce(acme, "msg_1")
    Delivery.objects.update(state="dead")
    Connection.objects.update(state="paused")
    assert services.send_range_again(wish(connection, is_everything=False), tenant=acme, now=LATER) == 1
    assert states() == ["paused"]


def test_a_note_that_was_given_up_comes_along_with_its_lead(acme, connection):
    lead_with_note(acme)
    captured, _note = pks()
    Delivery.objects.update(state="dead")

    assert services.send_again([captured], tenant=acme, now=LATER) == 2

    assert states() == ["pending", "pending"]


def test_a_note_from_before_comes_along_only_where_the_lead_stands_there(acme, connection):
    receipt = lead_with_note(acme)
    capture(acme, said(email="ann@example.com", name="Ann"), now=LATER)
    _captured, _note, updated = pks()
    Delivery.objects.update(state="dead")

    assert services.send_again([updated], tenant=acme, now=LATER) == 1
    assert states() == ["dead", "dead", "pending"]

    RemoteLead.objects.create(
        tenant=acme, connection=connection, lead_id=receipt.lead_pk, remote_id="7", updated_at=LATER
    )
    assert services.send_again([updated], tenant=acme, now=LATER) == 2
    assert states() == ["dead", "pending", "pending"]


def test_a_note_that_stands_there_is_looked_for_before_it_is_written_again(acme, connection):
    lead_with_note(acme)
    captured, note = pks()
    settle(captured, Delivered(record=RemoteRecord(remote_id="7")))
    settle(note, Delivered())

    services.send_again([captured, note], tenant=acme, now=LATER)

    assert list(Delivery.objects.order_by("pk").values_list("is_ambiguous", flat=True)) == [False, True]


def test_of_a_lead_first_what_has_not_arrived_and_then_everything(acme, connection):
    receipt = capture(acme, said(email="ann@example.com"))
    capture(acme, said(email="ann@example.com", name="Ann"), now=LATER)
    captured, updated = pks()
    settle(captured, Delivered())
    settle(updated, Rejected(reason="no"), now=LATER)

    assert services.send_lead_again(receipt.lead_pk, tenant=acme, now=LATER) == 1
    assert states() == ["delivered", "pending"]

    settle(updated, Delivered(), now=LATER)
    assert services.send_lead_again(receipt.lead_pk, tenant=acme, now=LATER) == 2
    assert states() == ["pending", "pending"]


def test_a_lead_is_sent_again_over_one_of_its_connections(acme, rival, connection):
    other = make_connection(acme, events=["lead.captured"])
    receipt = capture(acme, said(email="ann@example.com"))
    Delivery.objects.update(state="dead")
    again = {"connection_pk": other.pk, "now": LATER}
    assert services.send_lead_again(receipt.lead_pk, tenant=rival, **again) == 0
    assert services.send_lead_again(receipt.lead_pk, tenant=acme, **again) == 1
    assert Delivery.objects.get(connection=other).state == "pending"
    assert Delivery.objects.get(connection=connection).state == "dead"


def test_pausing_and_going_on_say_since_when(acme, connection):
    outbox.pause(connection.pk, "wrong key", now=NOON)
    assert Connection.objects.get().paused_at == NOON
    services.resume_connection(connection.pk, tenant=acme, now=LATER)
    assert Connection.objects.get().paused_at is None


def test_a_connection_knows_when_something_arrived_last(acme, connection):
    announce(acme, "msg_1", "msg_2")
    first, second = pks()
    settle(first, Delivered())
    settle(second, Rejected(reason="no"), now=LATER)
    assert Connection.objects.get().last_delivered_at == NOON
