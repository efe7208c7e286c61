"""The same thing at the same moment, in real threads on real connections."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event
from typing import ClassVar

import pytest
from django.conf import settings
from django.db import connection, transaction

from caty.tests.waiting import until, waiting_for_locks
from leads import claims, delivery, services
from leads.connectors import KINDS
from leads.connectors.base import Connector, Delivered, NoSecrets, TryLater
from leads.connectors.webhook import new_signing_secret
from leads.contracts import ScoreFact
from leads.models import Connection, Delivery, Lead, ScoreEntry
from leads.tests.conftest import NOON, WEIGHTS, make_connection, said

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 4

SENDS_AND_DIES = """
import os, sys, uuid, datetime, django
django.setup()
from leads import claims, delivery
setattr(claims, sys.argv[2], lambda *_: os._exit(9))
delivery.deliver(uuid.UUID(sys.argv[1]), now=datetime.datetime.fromisoformat(sys.argv[3]))
"""


def at_once(*actions):
    """Run all actions at the same moment; their results in order."""
    barrier = Barrier(len(actions))

    def run(action):
        try:
            barrier.wait(timeout=10)
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def capturing(tenant, *args, **details):
    return lambda: services.capture_lead(said(*args, **details), tenant=tenant, weights=WEIGHTS, now=NOON)


def test_two_identical_leads_at_once_are_one_lead_and_one_delivery(acme):
    make_connection(acme)

    receipts = at_once(*[capturing(acme, email="ann@example.com", name="Ann")] * THREADS)

    assert {receipt.lead_id for receipt in receipts} == {Lead.objects.get().public_id}
    assert sorted(receipt.is_new for receipt in receipts) == [False, False, False, True]
    assert list(Delivery.objects.values_list("event", flat=True)) == ["lead.captured"]


def test_one_address_from_several_conversations_at_once_is_one_lead(acme):
    make_connection(acme)

    receipts = at_once(*[capturing(acme, f"conv_{n}", email="ann@example.com", name=f"N{n}") for n in range(THREADS)])

    lead = Lead.objects.get()
    assert {receipt.lead_id for receipt in receipts} == {lead.public_id}
    assert lead.claims.count() == THREADS - 1
    assert lead.score == 20
    assert list(Delivery.objects.values_list("event", flat=True)) == ["lead.captured"]


def test_address_and_number_of_one_conversation_at_once_are_one_lead(acme):
    at_once(capturing(acme, email="ann@example.com"), capturing(acme, phone="202-555-0143"))
    lead = Lead.objects.get()
    assert (lead.email, lead.phone, lead.score) == ("ann@example.com", "+12025550143", 45)


def test_one_address_given_to_two_numbers_at_once_goes_to_one_of_them(acme):
    capturing(acme, "conv_1", phone="202-555-0143")()
    capturing(acme, "conv_2", phone="202-555-0199")()

    receipts = at_once(*[capturing(acme, f"conv_{n}", email="ann@example.com") for n in (1, 2)])

    assert len({receipt.lead_id for receipt in receipts}) == 1
    assert Lead.objects.filter(email_key="ann@example.com").count() == 1
    assert Lead.objects.count() == 2


def test_points_written_while_the_lead_is_made_are_not_missed(acme):
    def scoring(rule):
        facts = [ScoreFact(rule=rule, reason=rule)]
        return lambda: services.record_score(
            tenant=acme, weights=WEIGHTS, conversation_reference="conv_one", facts=facts, now=NOON
        )

    at_once(capturing(acme, email="ann@example.com"), scoring("purchase_intent"), scoring("purchase_intent"))

    assert ScoreEntry.objects.count() == 2
    assert Lead.objects.get().score == 50


def test_two_workers_can_not_both_claim_one_delivery(acme):
    make_connection(acme)
    capturing(acme, email="ann@example.com")()
    pk = Delivery.objects.get().pk

    taken = at_once(*[lambda: claims.claim(pk, now=NOON)] * THREADS)

    assert [claim.token for claim in taken if claim] == [1]
    assert Delivery.objects.get().attempts == 1


def test_workers_at_one_connection_take_turns(acme):
    make_connection(acme)
    for number in range(THREADS):
        capturing(acme, f"conv_{number}", email=f"ann{number}@example.com")()
    pks = Delivery.objects.values_list("pk", flat=True)

    taken = at_once(*[partial(claims.claim, pk, now=NOON) for pk in pks])

    assert len([claim for claim in taken if claim]) == 1
    assert Delivery.objects.filter(state="sending").count() == 1


def die_while_sending(pk, *, before):
    """A worker in a process of its own that dies at the door of `before`, a function of claims."""
    database = connection.settings_dict
    host = f"{database['HOST']}:{database['PORT']}"
    url = f"postgres://{database['USER']}:{database['PASSWORD']}@{host}/{database['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "caty.settings",
        "OUTBOUND_ALLOW": ",".join(settings.OUTBOUND_ALLOW),
    }
    arguments = [sys.executable, "-c", SENDS_AND_DIES, str(pk), before, NOON.isoformat()]
    ended = subprocess.run(arguments, env=environment, cwd=settings.BASE_DIR, timeout=60, check=False)
    return ended.returncode


def test_a_worker_killed_after_sending_loses_nothing_and_the_repeat_can_be_told(acme, receiver):
    make_connection(acme, settings={"url": receiver.url}, secrets={"signing_secret": new_signing_secret()})
    capturing(acme, email="ann@example.com")()
    pk = Delivery.objects.get().pk

    assert die_while_sending(pk, before="finish") == 9

    assert Delivery.objects.get().state == "sending"
    assert delivery.find_due(now=NOON) == []
    later = NOON + claims.LEASE
    assert delivery.find_due(now=later) == [pk]
    assert delivery.deliver(pk, now=later) == "delivered"
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == str(pk)
    assert first.body == second.body


def test_a_worker_killed_before_sending_loses_nothing(acme, receiver):
    make_connection(acme, settings={"url": receiver.url}, secrets={"signing_secret": new_signing_secret()})
    capturing(acme, email="ann@example.com")()
    pk = Delivery.objects.get().pk
    assert claims.claim(pk, now=NOON) is not None

    later = NOON + claims.LEASE
    assert delivery.find_due(now=later) == [pk]
    assert delivery.deliver(pk, now=later) == "delivered"
    assert len(receiver.received) == 1


def test_two_conversations_may_name_each_others_address(acme):
    for round_number in range(5):
        mine, theirs = f"ann{round_number}@example.com", f"bob{round_number}@example.com"
        capturing(acme, "conv_1", email=mine)()
        capturing(acme, "conv_2", email=theirs)()
        at_once(
            capturing(acme, "conv_1", email=theirs, name="Ann"),
            capturing(acme, "conv_2", email=mine, name="Bob"),
        )
    assert Lead.objects.count() == 10
    assert set(Lead.objects.values_list("name", flat=True)) == {"Ann", "Bob"}


def test_points_and_several_leads_at_once_do_not_wait_for_one_another(acme):
    for email in ("bob@example.com", "ann@example.com"):
        capturing(acme, "conv_1", email=email)()
    ann_is_locked = Event()

    def take_both_in():
        with transaction.atomic():
            capturing(acme, "conv_2", email="ann@example.com")()
            ann_is_locked.set()
            until(waiting_for_locks)
            capturing(acme, "conv_2", email="bob@example.com")()

    def score():
        assert ann_is_locked.wait(timeout=10)
        return services.record_score(
            tenant=acme,
            weights=WEIGHTS,
            conversation_reference="conv_1",
            facts=[ScoreFact(rule="several_pages", reason="Looked around")],
            now=NOON,
        )

    assert at_once(take_both_in, score) == [None, 30]
    assert set(Lead.objects.values_list("score", flat=True)) == {30}


def test_sending_again_and_the_end_of_a_send_do_not_wait_for_one_another(acme):
    ours = make_connection(acme)
    capturing(acme, email="ann@example.com")()
    capturing(acme, email="ann@example.com", name="Ann")()
    first, second = Delivery.objects.order_by("pk").values_list("pk", flat=True)
    taken = claims.claim(first, now=NOON)
    has_failed = claims.Trial(outcome=TryLater(reason="down"), duration_ms=1, ended_at=NOON)

    def let_both_queue_for_the_connection():
        with transaction.atomic():
            Connection.objects.select_for_update().get(pk=ours.pk)
            is_locked.set()
            until(lambda: waiting_for_locks() >= 2)

    def finish():
        assert is_locked.wait(timeout=10)
        return claims.finish(taken, has_failed)

    def send_again():
        assert is_locked.wait(timeout=10)
        until(waiting_for_locks)
        return services.send_again([second], tenant=acme, now=NOON)

    is_locked = Event()
    assert at_once(let_both_queue_for_the_connection, finish, send_again) == [None, "pending", 1]


def test_sending_again_what_a_send_covers_does_not_wait_for_its_end(acme):
    ours = make_connection(acme)
    capturing(acme, email="ann@example.com")()
    capturing(acme, email="ann@example.com", name="Ann")()
    first, second = Delivery.objects.order_by("pk").values_list("pk", flat=True)
    taken = claims.claim(first, now=NOON)
    has_arrived = claims.Trial(outcome=Delivered(), duration_ms=1, ended_at=NOON, covers=(second,))
    is_locked = Event()

    def let_both_queue_for_the_connection():
        with transaction.atomic():
            Connection.objects.select_for_update().get(pk=ours.pk)
            is_locked.set()
            until(lambda: waiting_for_locks() >= 2)

    def send_again():
        assert is_locked.wait(timeout=10)
        return services.send_again([second], tenant=acme, now=NOON)

    def finish():
        assert is_locked.wait(timeout=10)
        until(waiting_for_locks)
        return claims.finish(taken, has_arrived)

    assert at_once(let_both_queue_for_the_connection, send_again, finish) == [None, 1, "delivered"]


class ProbeConnector(Connector):
    """Notes what is held open while it sends."""

    label, guide, events = "Probe", "", ("lead.captured",)
    Settings = Secrets = NoSecrets
    seen: ClassVar[list] = []

    def deliver(self, message, settings, secrets):
        ProbeConnector.seen.append((connection.connection is None, connection.in_atomic_block))
        return Delivered()


class FaultyConnector(ProbeConnector):
    def deliver(self, message, settings, secrets):
        raise ZeroDivisionError


def test_neither_transaction_nor_connection_is_held_while_it_is_sent(acme, monkeypatch):
    monkeypatch.setitem(KINDS, "probe", f"{__name__}.ProbeConnector")
    make_connection(acme, kind="probe", settings={})
    capturing(acme, email="ann@example.com")()

    assert delivery.deliver(Delivery.objects.get().pk, now=NOON) == "delivered"

    assert ProbeConnector.seen == [(True, False)]


def test_a_fault_in_a_connector_counts_as_a_try_that_failed(acme, monkeypatch):
    monkeypatch.setitem(KINDS, "faulty", f"{__name__}.FaultyConnector")
    make_connection(acme, kind="faulty", settings={})
    capturing(acme, email="ann@example.com")()

    assert delivery.deliver(Delivery.objects.get().pk, now=NOON) == "pending"

    row = Delivery.objects.get()
    assert (row.failures, row.last_error) == (1, "Sending failed by a fault of ours.")
