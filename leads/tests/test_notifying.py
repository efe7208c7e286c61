"""Who is to be told of what: the rows that are written together with it."""

from datetime import timedelta

import pytest
from django.db import transaction

from leads import notifying, services
from leads.contracts import ScoreFact
from leads.models import Connection, Lead, StaffMail
from leads.tests.conftest import NOON, WEIGHTS, capture, make_connection, said
from leads.tests.staff import colleague
from tenants.contracts import ScoreWeights

HOT_AT_ONCE = ScoreWeights(gave_email=80)
MINUTE = timedelta(minutes=1)


def mails() -> list[tuple[str, str, str]]:
    """Whom, what, and how far, oldest first."""
    rows = StaffMail.objects.order_by("pk").select_related("membership__user")
    return [(row.membership.user.email, row.kind, row.state) for row in rows]


def capture_hot(tenant, email="ann@example.com", conversation="conv_one"):
    lead = said(conversation, email=email)
    return services.capture_lead(lead, tenant=tenant, weights=HOT_AT_ONCE, now=NOON)


def score(tenant, *rules, weights=WEIGHTS, now=NOON):
    facts = [ScoreFact(rule=rule, reason=rule) for rule in rules]
    services.record_score(tenant=tenant, weights=weights, conversation_reference="conv_one", facts=facts, now=now)


def test_owners_hear_of_a_lead_that_is_hot_when_it_is_captured(acme):
    owner = colleague(acme, "owner")
    colleague(acme, "editor")
    colleague(acme, "viewer")

    capture_hot(acme)

    row = StaffMail.objects.get()
    assert (row.tenant, row.membership, row.kind, row.state) == (acme, owner, "hot", "pending")
    assert (row.lead, row.about, row.due_at) == (Lead.objects.get(), Lead.objects.get().public_id, NOON)


def test_a_lead_that_grows_hot_is_told_once_however_its_score_goes_on(acme):
    colleague(acme)
    capture(acme, said(email="ann@example.com"))
    score(acme, "purchase_intent")
    assert mails() == []

    score(acme, "long_engagement", "several_pages")
    score(acme, "engaged_with_proactive")
    capture(acme, said(email="ann@example.com", phone="202-555-0143"))

    assert mails() == [("owner@acme.example", "hot", "pending")]


def test_one_that_cools_down_and_grows_hot_again_is_no_news(acme):
    colleague(acme)
    capture_hot(acme)
    Lead.objects.update(score=50, band="warm")
    score(acme, "several_pages")
    assert Lead.objects.get().band == "hot"
    assert len(mails()) == 1


def test_a_number_that_makes_a_lead_hot_is_told(acme):
    colleague(acme)
    capture(acme, said(email="ann@example.com"))
    score(acme, "purchase_intent")
    capture(acme, said(email="ann@example.com", phone="202-555-0143"))
    assert mails() == [("owner@acme.example", "hot", "pending")]


def test_completing_a_hot_lead_tells_nothing_twice(acme):
    colleague(acme)
    capture_hot(acme)
    services.complete_lead(tenant=acme, conversation_reference="conv_one", name="Ann", now=NOON)
    assert len(mails()) == 1


def test_a_lead_that_is_not_hot_is_not_told(acme):
    colleague(acme)
    capture(acme, said(email="ann@example.com"))
    assert mails() == []


def test_a_held_lead_is_told_when_it_is_released(acme):
    colleague(acme)
    receipt = capture_hot(acme, "ann@mailinator.com")
    assert mails() == []

    services.release_lead(receipt.lead_pk, tenant=acme, now=NOON + MINUTE)
    services.release_lead(receipt.lead_pk, tenant=acme, now=NOON + MINUTE)

    assert mails() == [("owner@acme.example", "hot", "pending")]


def test_a_held_lead_that_grows_hot_is_told_when_it_is_released(acme):
    colleague(acme)
    receipt = capture(acme, said(email="ann@mailinator.com"))
    score(acme, "purchase_intent", "long_engagement", "several_pages")
    assert mails() == []
    services.release_lead(receipt.lead_pk, tenant=acme, now=NOON)
    assert len(mails()) == 1


def test_a_released_lead_that_is_not_hot_is_not_told(acme):
    colleague(acme)
    receipt = capture(acme, said(email="ann@mailinator.com"))
    services.release_lead(receipt.lead_pk, tenant=acme, now=NOON)
    assert mails() == []


def test_each_gets_what_they_have_chosen(acme):
    colleague(acme, "owner", hot_leads=False)
    colleague(acme, "editor", hot_leads=True)
    colleague(acme, "viewer", hot_leads=True, name="vera")
    capture_hot(acme)
    assert {address for address, *_ in mails()} == {"editor@acme.example", "vera@acme.example"}


@pytest.mark.parametrize("columns", [{"is_active": False}, {"is_staff": False}, {"email": ""}])
def test_nobody_is_told_who_may_not_come_in_or_has_no_address(acme, columns):
    user = colleague(acme).user
    type(user).objects.filter(pk=user.pk).update(**columns)
    capture_hot(acme)
    assert mails() == []


def test_colleagues_of_another_business_hear_nothing(acme, rival):
    colleague(rival)
    capture_hot(acme)
    assert mails() == []


def test_nothing_is_told_of_a_lead_whose_transaction_is_undone(acme):
    colleague(acme)
    with transaction.atomic():
        capture_hot(acme)
        transaction.set_rollback(True)
    assert mails() == []


def test_where_nobody_wants_to_hear_it_costs_one_query(acme, django_assert_num_queries):
    capture_hot(acme)
    lead = Lead.objects.get()
    with django_assert_num_queries(1):
        assert notifying.announce_hot(lead, now=NOON) == 0


def pause(connection, now=NOON):
    Connection.objects.filter(pk=connection.pk).update(state="paused", paused_reason="Its key is refused.")
    return notifying.announce_paused(connection.pk, now=now)


def test_owners_hear_of_a_connection_that_is_paused(acme, rival):
    colleague(acme, "owner")
    colleague(acme, "editor")
    colleague(acme, "owner", name="other", hot_leads=True)
    colleague(rival)
    connection = make_connection(acme)

    assert pause(connection) == 1

    assert mails() == [("owner@acme.example", "paused", "pending")]
    assert StaffMail.objects.get().connection == connection


def test_a_pause_is_told_once(acme):
    colleague(acme)
    connection = make_connection(acme)
    pause(connection)
    assert pause(connection) == 0
    assert pause(connection, NOON + MINUTE) == 0
    StaffMail.objects.update(state="sent")
    assert pause(connection) == 0
    assert len(mails()) == 1


def test_the_next_pause_is_told_anew(acme):
    colleague(acme)
    connection = make_connection(acme)
    pause(connection)
    StaffMail.objects.update(state="sent")
    services.resume_connection(connection.pk, tenant=acme, now=NOON + MINUTE)
    assert pause(connection, NOON + 2 * MINUTE) == 1
