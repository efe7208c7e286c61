"""Colleagues judge what somebody else said of a lead."""

import pytest

from leads import services
from leads.contact import ContactInvalid
from leads.models import Lead, LeadClaim
from leads.services.judging import DetailsFull
from leads.tests.conftest import NOON, capture, events_of, make_connection, said


@pytest.fixture
def lead(acme):
    first = said(email="ann@example.com", phone="202-555-0143", name="Ann", custom_fields={"size": 3, "a: b": "c"})
    return Lead.objects.get(pk=capture(acme, first).lead_pk)


def claim(acme, field: str) -> LeadClaim:
    stranger = said(
        "conv_two",
        email="ann@example.com",
        phone="202-555-0199",
        name="Mallory",
        consent_text="Yes",
        custom_fields={"size": 4, "a: b": "d: e"},
    )
    capture(acme, stranger)
    return LeadClaim.objects.filter(field=field).order_by("pk").last()


def use(claim, tenant):
    return services.use_claim(claim.pk, lead_pk=claim.lead_id, tenant=tenant, now=NOON)


def test_a_name_is_taken_over_as_an_edit_of_staff_and_told_to_receivers(acme, lead):
    make_connection(acme)
    assert use(claim(acme, "name"), acme) == "Ann"
    lead.refresh_from_db()
    assert (lead.name, lead.staff_fields) == ("Mallory", ["name"])
    assert events_of(acme) == [("lead.updated", "pending")]
    assert not lead.claims.filter(field="name").exists()
    assert lead.claims.count() == 4


def test_a_number_is_taken_over_with_its_key(acme, lead):
    assert use(claim(acme, "phone"), acme) == "+12025550143"
    lead.refresh_from_db()
    assert (lead.phone, lead.phone_key) == ("+12025550199", "+12025550199")


def test_a_detail_is_taken_over_even_where_its_name_has_a_colon(acme, lead):
    assert use(claim(acme, "custom_fields"), acme) == "c"
    lead.refresh_from_db()
    assert lead.custom_fields == {"size": 3, "a: b": "d: e"}


def test_a_detail_too_many_is_refused_and_the_claim_stays(acme, lead):
    one = claim(acme, "custom_fields")
    LeadClaim.objects.filter(pk=one.pk).update(value="new: 1")
    Lead.objects.filter(pk=lead.pk).update(custom_fields={f"n{number}": 1 for number in range(20)})
    with pytest.raises(DetailsFull):
        use(one, acme)
    assert LeadClaim.objects.filter(pk=one.pk).exists()


def test_nobody_agrees_to_anything_in_somebody_elses_name(acme, lead):
    with pytest.raises(services.ClaimNotFound):
        use(claim(acme, "consent"), acme)
    lead.refresh_from_db()
    assert (lead.consent_text, lead.consent_at) == ("", None)


def test_what_is_dismissed_is_gone_whoever_said_it_and_changes_nothing(acme, lead):
    make_connection(acme)
    one = claim(acme, "name")
    capture(acme, said("conv_three", email="ann@example.com", name="Mallory"))
    services.dismiss_claim(one.pk, lead_pk=lead.pk, tenant=acme)
    assert not LeadClaim.objects.filter(field="name").exists()
    lead.refresh_from_db()
    assert (lead.name, lead.staff_fields) == ("Ann", [])
    assert events_of(acme) == []
    with pytest.raises(services.ClaimNotFound):
        services.dismiss_claim(one.pk, lead_pk=lead.pk, tenant=acme)


def test_a_claim_of_another_business_or_another_lead_is_not_found(acme, rival, lead):
    one = claim(acme, "name")
    other = capture(acme, said("conv_four", email="bob@example.com")).lead_pk
    for tenant, lead_pk in ((rival, lead.pk), (acme, other)):
        with pytest.raises(services.ClaimNotFound):
            services.use_claim(one.pk, lead_pk=lead_pk, tenant=tenant, now=NOON)
        with pytest.raises(services.ClaimNotFound):
            services.dismiss_claim(one.pk, lead_pk=lead_pk, tenant=tenant)
    assert LeadClaim.objects.filter(pk=one.pk).exists()
    lead.refresh_from_db()
    assert lead.name == "Ann"


def test_a_number_that_is_all_there_is_can_not_be_taken_away(acme):
    receipt = capture(acme, said("conv_five", phone="202-555-0177"))
    lead = Lead.objects.get(pk=receipt.lead_pk)
    one = LeadClaim.objects.create(
        lead=lead, conversation_reference="conv_six", field="phone", value="none", created_at=NOON
    )
    with pytest.raises(ContactInvalid):
        use(one, acme)
    assert Lead.objects.get(pk=lead.pk).phone_key == "+12025550177"
