"""What a CRM gets, and when: the outbox together with the core of all CRM connectors."""

from datetime import timedelta

import pytest

from leads import claims, delivery, services
from leads.connectors import KINDS
from leads.connectors.base import Misconfigured, QuotaSpent, TryLater
from leads.contracts import TranscriptLine
from leads.models import Connection, Delivery, FieldMapping, RemoteLead
from leads.tests.conftest import NOON, WEIGHTS, said
from leads.tests.crm import KIND, Notebook
from tenants.contracts import ScoreWeights

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HELLO = TranscriptLine(role="visitor", content="Hello, I am Ann", at=NOON)


@pytest.fixture
def notebook(acme, monkeypatch):
    monkeypatch.setitem(KINDS, KIND, f"{Notebook.__module__}.Notebook")
    Notebook.empty()
    yield services.connect(tenant=acme, kind=KIND, settings={})
    Notebook.empty()


def capture(tenant, *, now=NOON, conversation="conv_one", weights=WEIGHTS, **details):
    return services.capture_lead(said(conversation, **details), tenant=tenant, weights=weights, now=now)


def send_all(now=NOON):
    """Send what is due until nothing is; the states of all deliveries, oldest first."""
    while due := delivery.find_due(now=now):
        for pk in due:
            delivery.deliver(pk, now=now)
        now += SECOND  # a send takes a moment, and what waits behind it is due when it ends
    return states()


def states():
    return list(Delivery.objects.order_by("pk").values_list("event", "state"))


def test_a_lead_and_its_conversation_arrive_once(acme, notebook):
    capture(acme, email="ann@example.com", name="Ann", transcript=(HELLO,))

    assert send_all() == [("lead.captured", "delivered"), ("lead.note", "delivered")]

    assert Notebook.records == {"1": {"mail": "ann@example.com", "full_name": "Ann", "points": "20"}}
    ((record, text),) = Notebook.notes
    assert record == "1"
    assert "Visitor (2026-01-28 12:00 UTC): Hello, I am Ann" in text
    remote = RemoteLead.objects.get()
    assert (remote.remote_id, remote.url, remote.tenant) == ("1", "https://notebook.example/1", acme)


def test_what_was_said_after_the_capture_follows_when_the_conversation_ends(acme, notebook):
    capture(acme, email="ann@example.com", transcript=(HELLO,))
    send_all()
    bye = TranscriptLine(role="assistant", content="Goodbye", at=NOON + MINUTE)

    for _twice in range(2):
        services.refresh_snapshot(
            tenant=acme, conversation_reference="conv_one", transcript=(HELLO, bye), now=NOON + 2 * MINUTE
        )

    assert send_all(NOON + 2 * MINUTE)[2:] == [("lead.note", "delivered")]
    text = Notebook.notes[1][1]
    assert "Goodbye" in text
    assert "Hello" not in text


def test_a_conversation_that_did_not_go_on_is_noted_once(acme, notebook):
    capture(acme, email="ann@example.com", transcript=(HELLO,))
    services.refresh_snapshot(tenant=acme, conversation_reference="conv_one", transcript=(HELLO,), now=NOON)
    assert send_all() == [("lead.captured", "delivered"), ("lead.note", "delivered")]


def test_what_stands_there_is_filled_up_and_not_replaced(acme, notebook):
    Notebook.records["7"] = {"mail": "ann@example.com", "full_name": "Dr Ann King", "points": "1"}

    capture(acme, email="ann@example.com", name="Annie", phone="+4930123456")

    send_all()
    assert Notebook.records["7"] == {
        "mail": "ann@example.com",
        "full_name": "Dr Ann King",
        "tel": "+4930123456",
        "points": "45",
    }


def test_a_mapping_may_say_that_ours_is_the_better_word(acme, notebook):
    Notebook.records["7"] = {"mail": "ann@example.com", "full_name": "Dr Ann King"}
    FieldMapping.objects.filter(connection=notebook, field="name").update(overwrite=True)
    capture(acme, email="ann@example.com", name="Annie")
    send_all()
    assert Notebook.records["7"]["full_name"] == "Annie"


def test_a_field_that_is_not_there_is_left_out_and_said_so(acme, notebook):
    FieldMapping.objects.create(tenant=acme, connection=notebook, field="company", remote_field="firm")
    capture(acme, email="ann@example.com", company="Engines")

    assert send_all() == [("lead.captured", "delivered")]

    assert "firm" not in Notebook.records["1"]
    assert Delivery.objects.get().last_error == "Left out, since Notebook has no such field: Company → firm"


def test_a_record_that_was_deleted_there_is_made_again(acme, notebook):
    receipt = capture(acme, email="ann@example.com")
    send_all()
    Notebook.records.clear()
    services.edit_lead(receipt.lead_pk, tenant=acme, changes={"name": "Ann"}, now=NOON)
    send_all()
    assert Notebook.records == {"1": {"mail": "ann@example.com", "full_name": "Ann", "points": "20"}}


def test_changes_that_a_newer_send_covers_are_not_sent_again(acme, notebook):
    receipt = capture(acme, email="ann@example.com")
    for name in ("A", "An", "Ann"):
        services.edit_lead(receipt.lead_pk, tenant=acme, changes={"name": name}, now=NOON)

    assert send_all() == [("lead.captured", "delivered")] + 3 * [("lead.updated", "superseded")]

    assert Notebook.calls == ["find", "create"]
    assert Notebook.records["1"]["full_name"] == "Ann"


def test_webhooks_get_every_change(acme, receiver):
    services.connect(tenant=acme, kind="webhook", settings={"url": receiver.url})
    receipt = capture(acme, email="ann@example.com")
    for name in ("A", "An", "Ann"):
        services.edit_lead(receipt.lead_pk, tenant=acme, changes={"name": name}, now=NOON)
    send_all()
    assert [received.headers["x-caty-event"] for received in receiver.received] == ["lead.captured"] + 3 * [
        "lead.updated"
    ]


@pytest.mark.parametrize("step", ["create", "find"])
def test_what_may_have_arrived_is_looked_for_before_it_is_made(acme, notebook, step):
    capture(acme, email="ann@example.com")
    Notebook.fails.append((step, TryLater(reason="time", is_ambiguous=True)))
    pk = Delivery.objects.get().pk

    assert delivery.deliver(pk, now=NOON) == "pending"
    row = Delivery.objects.get()
    assert row.is_ambiguous
    assert row.due_at >= NOON + MINUTE
    assert delivery.deliver(pk, now=row.due_at) == "delivered"

    assert len(Notebook.records) == 1
    assert not Delivery.objects.get().is_ambiguous


def test_a_note_that_may_have_arrived_is_looked_for(acme, notebook):
    capture(acme, email="ann@example.com", transcript=(HELLO,))
    Notebook.fails.append(("add_note", TryLater(reason="time", is_ambiguous=True)))
    send_all()
    send_all(NOON + 2 * MINUTE)
    assert states()[1] == ("lead.note", "delivered")
    assert len(Notebook.notes) == 1
    assert Notebook.calls[-1] == "find_note"


def test_a_note_of_a_killed_worker_is_looked_for(acme, notebook):
    capture(acme, email="ann@example.com", transcript=(HELLO,))
    lead_pk, note_pk = Delivery.objects.order_by("pk").values_list("pk", flat=True)
    delivery.deliver(lead_pk, now=NOON)
    taken = claims.claim(note_pk, now=NOON + SECOND)
    Notebook.notes.append(("1", f"sent by who died: {taken.delivery_id}"))

    send_all(NOON + SECOND + claims.LEASE)

    assert states()[1] == ("lead.note", "delivered")
    assert len(Notebook.notes) == 1


def test_a_note_waits_for_its_lead(acme, notebook):
    capture(acme, email="ann@example.com", transcript=(HELLO,))
    Notebook.fails.append(("find", TryLater(reason="down")))
    assert send_all() == [("lead.captured", "pending"), ("lead.note", "pending")]
    assert Notebook.notes == []


def test_a_spent_quota_puts_the_destination_to_sleep_and_uses_up_no_try(acme, notebook):
    capture(acme, email="ann@example.com")
    capture(acme, conversation="conv_two", email="bob@example.com")
    Notebook.fails.append(("find", QuotaSpent(reason="Enough for today.", retry_after_seconds=7200)))

    assert {state for _event, state in send_all()} == {"pending"}

    first = Delivery.objects.order_by("pk").first()
    assert (first.failures, first.tries.get().outcome) == (0, "quota_spent")
    assert delivery.find_due(now=NOON + timedelta(seconds=7199)) == []
    assert {state for _event, state in send_all(NOON + timedelta(seconds=7201))} == {"delivered"}


def test_refused_credentials_pause_the_connection_and_say_where_the_right_ones_are(acme, notebook):
    capture(acme, email="ann@example.com")
    Notebook.fails.append(("find", Misconfigured(reason="Wrong key.", status=401)))
    assert send_all() == [("lead.captured", "paused")]
    notebook.refresh_from_db()
    assert notebook.paused_reason == "Wrong key. Look under the cover."


def test_a_credential_keeps_its_pace(acme, notebook):
    Notebook.set_pace(2, 60)
    for number in range(3):
        capture(acme, conversation=f"conv_{number}", email=f"ann{number}@example.com")

    for pk in Delivery.objects.order_by("pk").values_list("pk", flat=True):
        delivery.deliver(pk, now=NOON)

    assert [state for _event, state in states()] == ["delivered", "delivered", "pending"]
    last = Delivery.objects.order_by("pk").last()
    assert (last.attempts, last.failures) == (0, 0)
    resting_until = Connection.objects.get().resting_until
    assert NOON < resting_until <= NOON + timedelta(seconds=60)


def test_a_destination_is_switched_off_after_five_days_of_failures(acme, notebook):
    capture(acme, email="ann@example.com")
    now = NOON
    while now < NOON + timedelta(days=6) and Connection.objects.get().state == "active":
        Notebook.fails[:] = [("find", TryLater(reason="It is down."))]
        capture(acme, conversation=f"conv_{now}", email=f"ann{now.timestamp():.0f}@example.com", now=now)
        for pk in delivery.find_due(now=now):
            delivery.deliver(pk, now=now)
        now += timedelta(hours=6)

    connection = Connection.objects.get()
    assert connection.state == "paused"
    assert now - NOON > timedelta(days=5)
    assert "five days" in connection.paused_reason
    assert "It is down." in connection.paused_reason


def test_a_destination_that_fails_half_the_time_rests(acme, notebook):
    for number in range(20):
        capture(acme, conversation=f"conv_{number}", email=f"ann{number}@example.com")
    for number, pk in enumerate(list(Delivery.objects.order_by("pk").values_list("pk", flat=True))):
        if number % 2:
            Notebook.fails.append(("find", TryLater(reason="down")))
        delivery.deliver(pk, now=NOON)

    connection = Connection.objects.get()
    assert (connection.window_tries, connection.window_failures) == (20, 10)
    assert connection.failures == 1
    assert connection.resting_until == NOON + timedelta(seconds=120)


def test_send_a_test_writes_nothing_and_names_the_account(acme, notebook):
    tryout = delivery.test_connection(notebook, now=NOON)
    assert (tryout.is_ok, tryout.message) == (True, "It works: this is the account of Acme's notebook.")
    assert Notebook.records == {}


def test_a_score_of_another_weight_is_written_over(acme, notebook):
    capture(acme, email="ann@example.com", weights=ScoreWeights(gave_email=33))
    send_all()
    assert Notebook.records["1"]["points"] == "33"
