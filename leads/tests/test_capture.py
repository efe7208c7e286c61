"""Whose lead it is, and what a visitor may change."""

from dataclasses import replace

import pytest
from django.db import connection

from caty.tests.refusals import noting_refusals
from leads import services
from leads.contact import ContactInvalid
from leads.contracts import TranscriptLine
from leads.models import Delivery, Lead, LeadClaim
from leads.tests.conftest import NOON, capture, events_of, make_connection, said


def test_a_lead_is_stored_with_its_delivery_and_score(acme):
    make_connection(acme)

    receipt = capture(acme, said(email="Ann@Example.com", phone="202-555-0143", name="Ann", company="Lee Ltd"))

    lead = Lead.objects.get()
    assert (lead.email, lead.email_key, lead.phone, lead.name) == (
        "Ann@example.com",
        "ann@example.com",
        "+12025550143",
        "Ann",
    )
    assert (lead.score, lead.band) == (45, "warm")
    assert (receipt.lead_id, receipt.lead_pk, receipt.is_new) == (lead.public_id, lead.pk, True)
    assert receipt.conversation_score == 45
    assert events_of(acme) == [("lead.captured", "pending")]


def test_no_statement_fails_over_an_address_that_another_lead_has(acme):
    """PostgreSQL would log it, with the address."""
    failed = []

    capture(acme, said("conv_one", phone="202-555-0143"))
    capture(acme, said("conv_two", email="ann@example.com"))
    with connection.execute_wrapper(noting_refusals(failed)):
        capture(acme, said("conv_one", email="ann@example.com"))

    assert failed == []
    assert list(Lead.objects.order_by("pk").values_list("email_key", flat=True)) == ["", "ann@example.com"]


def test_a_lead_without_any_address_is_refused_and_nothing_is_stored(acme):
    make_connection(acme)
    for lead in (said(name="Ann"), said(phone="none"), said(email="nonsense", phone="202-555-0143")):
        with pytest.raises(ContactInvalid):
            capture(acme, lead)
    assert not Lead.objects.exists()
    assert not Delivery.objects.exists()


def test_the_same_details_again_change_nothing(acme):
    make_connection(acme)
    first = capture(acme, said(email="ann@example.com", name="Ann"))

    again = capture(acme, said(email="ANN@example.com", name="Ann"))

    assert again == replace(first, is_new=False)
    assert events_of(acme) == [("lead.captured", "pending")]


def test_the_conversation_that_made_a_lead_may_correct_it(acme):
    make_connection(acme)
    capture(acme, said(email="ann@example.com", name="An", custom_fields={"size": "S"}))

    capture(acme, said(email="ann@example.com", name="Ann", custom_fields={"size": "M", "colour": "red"}))

    lead = Lead.objects.get()
    assert (lead.name, lead.custom_fields) == ("Ann", {"size": "M", "colour": "red"})
    assert events_of(acme) == [("lead.captured", "pending"), ("lead.updated", "pending")]
    assert not lead.claims.exists()


def test_another_address_in_the_same_conversation_is_another_lead(acme):
    capture(acme, said(email="ann@example.com", phone="202-555-0143"))

    capture(acme, said(email="bob@example.com"))

    assert list(Lead.objects.order_by("pk").values_list("email", "score")) == [
        ("ann@example.com", 45),
        ("bob@example.com", 45),
    ]


def test_a_stranger_fills_what_is_empty_and_overwrites_nothing(acme):
    make_connection(acme)
    mine = said(email="ann@example.com", name="Ann", consent_text="Yes", intent="pricing_inquiry", page_url="/a")
    first = capture(acme, mine)

    stranger = said(
        "conv_two",
        email="ann@example.com",
        name="Mallory",
        company="Mallory Ltd",
        intent="complaint",
        page_url="/b",
        consent_text="No",
    )
    receipt = capture(acme, stranger)

    lead = Lead.objects.get()
    assert (lead.name, lead.company, lead.intent, lead.page_url, lead.consent_text) == (
        "Ann",
        "Mallory Ltd",
        "pricing_inquiry",
        "/a",
        "Yes",
    )
    assert set(lead.claims.values_list("conversation_reference", "field", "value")) == {
        ("conv_two", "name", "Mallory"),
        ("conv_two", "consent", "No"),
    }
    assert events_of(acme) == [("lead.captured", "pending"), ("lead.updated", "pending")]
    assert receipt.lead_id == first.lead_id
    assert receipt.conversation_score == 20


def test_a_stranger_learns_nothing_about_an_existing_lead(acme):
    capture(acme, said(email="ann@example.com", phone="202-555-0143", name="Ann"))
    known = capture(acme, said("conv_two", email="ann@example.com", name="Mallory"))

    unknown = capture(acme, said("conv_three", email="never@example.com", name="Mallory"))

    assert known.conversation_score == unknown.conversation_score == 20
    assert len(known.lead_id) == len(unknown.lead_id) == 27
    assert Lead.objects.get(email_key="ann@example.com").name == "Ann"


def test_a_strangers_claims_are_bounded_and_each_kept_once(acme):
    capture(acme, said(email="ann@example.com", name="Ann"))
    for number in range(120):
        capture(acme, said("conv_two", email="ann@example.com", name=f"Mallory {number // 2}"))
    assert LeadClaim.objects.count() == 60


def test_a_lead_with_only_a_number_is_given_its_address_by_its_conversation(acme):
    make_connection(acme)
    first = capture(acme, said(phone="202-555-0143"))

    receipt = capture(acme, said(email="ann@example.com"))

    lead = Lead.objects.get()
    assert (receipt.lead_id, receipt.is_new) == (first.lead_id, False)
    assert (lead.email_key, lead.phone, lead.score) == ("ann@example.com", "+12025550143", 45)
    assert events_of(acme) == [("lead.captured", "pending"), ("lead.updated", "pending")]


def test_a_number_is_left_alone_where_its_address_is_anothers_lead(acme):
    ann = capture(acme, said(email="ann@example.com", name="Ann"))
    capture(acme, said("conv_two", phone="202-555-0143"))

    receipt = capture(acme, said("conv_two", email="ann@example.com", phone="202-555-0199", name="Mallory"))

    assert receipt.lead_id == ann.lead_id
    assert list(Lead.objects.order_by("pk").values_list("email", "phone", "name")) == [
        ("ann@example.com", "+12025550199", "Ann"),
        ("", "+12025550143", ""),
    ]


def test_a_number_given_later_goes_to_the_lead_with_the_address(acme):
    capture(acme, said(email="ann@example.com"))

    receipt = capture(acme, said(phone="202-555-0143"))

    assert not receipt.is_new
    assert Lead.objects.get().phone == "+12025550143"


def test_a_second_number_replaces_the_first_which_stays_in_sight(acme):
    capture(acme, said(email="ann@example.com", phone="202-555-0143"))

    capture(acme, said(phone="202-555-0199"))

    lead = Lead.objects.get()
    assert lead.phone == "+12025550199"
    assert list(lead.claims.values_list("field", "value")) == [("phone", "+12025550143")]


def test_the_same_number_from_two_conversations_is_one_lead(acme):
    first = capture(acme, said(phone="202-555-0143"))
    assert capture(acme, said("conv_two", phone="+1 202 555 0143")).lead_id == first.lead_id


def test_tenants_do_not_share_leads(acme, rival):
    make_connection(rival)
    capture(acme, said(email="ann@example.com", name="Ann"))

    receipt = capture(rival, said(email="ann@example.com"))

    assert receipt.is_new
    assert Lead.objects.for_tenant(rival).get().name == ""
    assert Delivery.objects.for_tenant(acme).count() == 0
    with pytest.raises(Lead.DoesNotExist):
        services.release_lead(receipt.lead_pk, tenant=acme, now=NOON)


def test_whatever_is_sent_fits_its_column(acme):
    make_connection(acme)
    rubbish = "x\x00\ud800" * 3000
    fields = {f"key{n}\x00" + "k" * 100: rubbish for n in range(30)}
    fields["key0"] = ["not", "a", "scalar"]
    odd = {"nan": float("nan"), "huge": 10**400, "big": 2**60, "yes": True, "none": None}

    capture(
        acme,
        said(
            email="ann@example.com",
            name=rubbish,
            company=rubbish,
            intent=rubbish,
            page_url=rubbish,
            referrer=rubbish,
            consent_text=rubbish,
            custom_fields={**odd, **fields},
        ),
    )

    lead = Lead.objects.get()
    assert (len(lead.name), len(lead.page_url), len(lead.intent)) == (200, 2000, 60)
    assert len(lead.custom_fields) == 20
    assert [lead.custom_fields[key] for key in odd] == ["nan", "", str(2**60), True, None]
    assert "\\u0000" not in Delivery.objects.get().payload


def test_completion_fills_what_is_empty_and_is_announced(acme):
    make_connection(acme)
    capture(acme, said(email="ann@example.com", name="Ann"))

    services.complete_lead(tenant=acme, conversation_reference="conv_one", name="Bob", company="Lee Ltd", now=NOON)

    lead = Lead.objects.get()
    assert (lead.name, lead.company) == ("Ann", "Lee Ltd")
    assert '"changed":["company"]' in Delivery.objects.get(event="lead.updated").payload
    services.complete_lead(tenant=acme, conversation_reference="conv_none", name="Bob", now=NOON)


def test_a_conversation_refreshes_the_snapshot_of_its_own_leads_only(acme):
    capture(acme, said(email="ann@example.com"))
    capture(acme, said("conv_two", email="ann@example.com"))
    words = [TranscriptLine(role="visitor", content="Hi\x00", at=NOON)] * 300
    services.refresh_snapshot(tenant=acme, conversation_reference="conv_two", transcript=words, now=NOON)
    assert Lead.objects.get().transcript == []
    services.refresh_snapshot(tenant=acme, conversation_reference="conv_one", transcript=words, now=NOON)
    assert len(Lead.objects.get().transcript) == 200
    assert Lead.objects.get().transcript[0] == {"role": "visitor", "content": "Hi", "at": NOON.isoformat()}
