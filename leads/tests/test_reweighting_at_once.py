"""Weights applied to the past while visitors go on: real threads on real connections, and no points are lost."""

from threading import Event

import pytest
from django.db import transaction

from caty.tests.waiting import until, waiting_for_locks
from leads import scoring, services
from leads.contracts import ScoreFact
from leads.models import Lead, LeadConversation, ScoreEntry
from leads.services import reweighting
from leads.services.locks import lock_conversation
from leads.tests.conftest import NOON, said
from leads.tests.test_concurrency import at_once
from tenants.contracts import ScoreWeights

pytestmark = pytest.mark.django_db(transaction=True)
NEW = ScoreWeights(purchase_intent=31, several_pages=11, gave_email=21, gave_phone=26)


def capturing(tenant, conversation, **details):
    return lambda: services.capture_lead(said(conversation, **details), tenant=tenant, weights=NEW, now=NOON)


def scoring_of(tenant, conversation, rule, weights=NEW):
    facts = [ScoreFact(rule=rule, reason=rule)]
    return lambda: services.record_score(
        tenant=tenant, weights=weights, conversation_reference=conversation, facts=facts, now=NOON
    )


def rewriting(tenant, *references):
    return lambda: reweighting.rewrite(references, tenant=tenant, weights=NEW, is_told=True, now=NOON)


def ledger_of(lead) -> dict[str, int]:
    named = LeadConversation.objects.filter(lead=lead).values("conversation_reference")
    return dict(ScoreEntry.objects.filter(conversation_reference__in=named).values_list("rule", "points"))


def test_no_points_are_lost_while_visitors_earn_more(acme):
    references = [f"conv_{number}" for number in range(3)]
    for round_number in range(4):
        email = f"ann{round_number}@example.com"
        named = [f"{reference}_{round_number}" for reference in references]
        scoring_of(acme, named[0], "several_pages", ScoreWeights())()
        services.capture_lead(said(named[0], email=email), tenant=acme, weights=ScoreWeights(), now=NOON)

        at_once(
            rewriting(acme, *named),
            capturing(acme, named[1], email=email, phone="202-555-0143"),
            scoring_of(acme, named[0], "purchase_intent"),
            capturing(acme, named[2], email=email),
            rewriting(acme, *reversed(named)),
        )

        lead = Lead.objects.get(email_key=email)
        everything = {"several_pages": 11, "gave_email": 21, "gave_phone": 26, "purchase_intent": 31}
        assert ledger_of(lead) == everything
        assert lead.score == scoring.total(everything.items()) == 89
        assert lead.band == "hot"


def test_a_conversation_being_recorded_is_waited_for(acme):
    """Points written by the old weights, by whoever holds the conversation, are rewritten and not passed by."""
    capturing(acme, "conv_1", email="ann@example.com")()
    is_held = Event()

    def record_by_the_old_weights():
        with transaction.atomic():
            lock_conversation(acme.pk, "conv_1")
            is_held.set()
            until(waiting_for_locks)
            scoring_of(acme, "conv_1", "purchase_intent", ScoreWeights())()

    def rewrite():
        assert is_held.wait(timeout=10)
        return rewriting(acme, "conv_1")()

    at_once(record_by_the_old_weights, rewrite)

    lead = Lead.objects.get()
    assert ledger_of(lead) == {"gave_email": 21, "purchase_intent": 31}
    assert lead.score == 52


def test_a_lead_being_captured_elsewhere_counts_what_both_have_written(acme):
    """Another conversation, not among those rewritten, holds the lead and has written points nobody sees yet."""
    services.capture_lead(said("conv_1", email="ann@example.com"), tenant=acme, weights=ScoreWeights(), now=NOON)
    has_captured = Event()

    def capture_and_wait():
        with transaction.atomic():
            capturing(acme, "conv_2", email="ann@example.com", phone="202-555-0143")()
            has_captured.set()
            until(waiting_for_locks)

    def rewrite():
        assert has_captured.wait(timeout=10)
        return rewriting(acme, "conv_1")()

    at_once(capture_and_wait, rewrite)

    lead = Lead.objects.get()
    assert ledger_of(lead) == {"gave_email": 21, "gave_phone": 26}
    assert lead.score == 47


def test_several_leads_are_locked_in_the_order_of_their_addresses(acme):
    """As a transaction that takes several in does it, or the two would wait for one another."""
    for email in ("bob@example.com", "ann@example.com"):
        capturing(acme, "conv_1", email=email)()
    ann_is_locked = Event()

    def take_both_in():
        with transaction.atomic():
            capturing(acme, "conv_2", email="ann@example.com")()
            ann_is_locked.set()
            until(waiting_for_locks)
            capturing(acme, "conv_2", email="bob@example.com")()

    def rewrite():
        assert ann_is_locked.wait(timeout=10)
        rewriting(acme, "conv_1")()

    at_once(take_both_in, rewrite)
    assert set(Lead.objects.values_list("score", flat=True)) == {21}
