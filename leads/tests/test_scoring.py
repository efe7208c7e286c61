"""The ledger of points and what it adds up to."""

from datetime import timedelta

import pytest

from leads import scoring, services
from leads.contracts import ScoreFact
from leads.models import Delivery, Lead, ScoreEntry
from leads.tests.conftest import NOON, WEIGHTS, make_connection, said
from tenants.contracts import ScoreWeights


def record(tenant, *rules, conversation="conv_one", weights=WEIGHTS, now=NOON):
    return services.record_score(
        tenant=tenant,
        weights=weights,
        conversation_reference=conversation,
        facts=[ScoreFact(rule=rule, reason=f"because of {rule}") for rule in rules],
        now=now,
    )


def test_default_weights_are_those_of_the_product():
    points = {rule: scoring.points_for(rule, WEIGHTS) for rule in scoring.RULES}
    assert points == {
        "purchase_intent": 30,
        "several_pages": 10,
        "engaged_with_proactive": 15,
        "gave_email": 20,
        "gave_phone": 25,
        "long_engagement": 10,
    }


@pytest.mark.parametrize(("score", "band"), [(0, "cold"), (39, "cold"), (40, "warm"), (69, "warm"), (70, "hot")])
def test_bands_begin_where_the_product_says(score, band):
    assert scoring.band_of(score) == band


def test_a_rule_counts_once_as_first_written_and_the_sum_is_capped():
    assert scoring.total([("gave_email", 20), ("gave_email", 50), ("several_pages", 10)]) == 30
    assert scoring.total([("gave_email", 80), ("gave_phone", 80)]) == 100
    assert scoring.total([]) == 0


def test_each_rule_is_written_once_for_a_conversation(acme):
    assert record(acme, "several_pages") == 10
    assert record(acme, "several_pages", "purchase_intent", now=NOON + timedelta(minutes=1)) == 40
    assert list(ScoreEntry.objects.order_by("pk").values_list("rule", "points", "reason", "created_at")) == [
        ("several_pages", 10, "because of several_pages", NOON),
        ("purchase_intent", 30, "because of purchase_intent", NOON + timedelta(minutes=1)),
    ]


def test_an_unknown_rule_is_a_mistake_of_ours(acme):
    with pytest.raises(ValueError, match="no such score rule"):
        record(acme, "has_nice_hat")


def test_a_rule_without_weight_is_not_written(acme):
    assert record(acme, "several_pages", weights=ScoreWeights(several_pages=0)) == 0
    assert not ScoreEntry.objects.exists()


def test_a_lead_adopts_what_its_conversation_had_earned(acme):
    record(acme, "purchase_intent", "several_pages", "long_engagement")

    services.capture_lead(said(email="ann@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)

    lead = Lead.objects.get()
    assert (lead.score, lead.band) == (70, "hot")
    assert [(entry.rule, entry.points) for entry in services.score_reasons(lead)] == [
        ("purchase_intent", 30),
        ("several_pages", 10),
        ("long_engagement", 10),
        ("gave_email", 20),
    ]
    assert lead.score_entries.count() == 4


def test_a_lead_counts_each_rule_once_over_its_conversations(acme):
    services.capture_lead(said(email="ann@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)
    record(acme, "several_pages", conversation="conv_two")

    receipt = services.capture_lead(said("conv_two", email="ann@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)

    assert receipt.conversation_score == 30
    assert Lead.objects.get().score == 30


def test_facts_that_come_later_move_the_lead_and_its_band(acme):
    make_connection(acme)
    services.capture_lead(said(email="ann@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)

    assert record(acme, "several_pages") == 30
    assert Lead.objects.get().score == 30
    assert record(acme, "purchase_intent") == 60

    assert (Lead.objects.get().score, Lead.objects.get().band) == (60, "warm")
    assert list(Delivery.objects.order_by("pk").values_list("event", flat=True)) == ["lead.captured", "lead.updated"]
    assert '"changed":["band"]' in Delivery.objects.get(event="lead.updated").payload


def test_a_tenants_ledger_is_its_own(acme, rival):
    record(rival, "purchase_intent")
    assert services.session_score(tenant=acme, conversation_reference="conv_one") == 0


def test_a_fact_already_known_costs_one_query(acme, django_assert_num_queries):
    record(acme, "several_pages")
    with django_assert_num_queries(1):
        record(acme, "several_pages")
