"""The same thing at the same moment, in real threads on real connections."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from leads import services
from leads.contracts import ScoreFact
from leads.models import Delivery, Lead, ScoreEntry
from leads.tests.conftest import NOON, WEIGHTS, make_connection, said

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 4


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
