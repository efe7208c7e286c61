"""Colleagues' edits, which win over visitors'."""

import pytest

from leads import services
from leads.models import Delivery, Lead
from leads.tests.conftest import NOON, capture, events_of, make_connection, said


def test_staff_edits_win_over_the_visitor_who_made_the_lead(acme):
    receipt = capture(acme, said(email="ann@example.com", name="An"))
    services.edit_lead(receipt.lead_pk, tenant=acme, changes={"name": "Ann Lee", "company": ""}, now=NOON)

    capture(acme, said(email="ann@example.com", name="An", company="Lee Ltd"))

    lead = Lead.objects.get()
    assert (lead.name, lead.company, lead.staff_fields) == ("Ann Lee", "Lee Ltd", ["name"])
    assert list(lead.claims.values_list("field", "value")) == [("name", "An")]


def test_staff_can_not_give_one_lead_the_address_of_another(acme):
    capture(acme, said(email="ann@example.com"))
    bob = capture(acme, said("conv_two", email="bob@example.com", name="Bob"))

    with pytest.raises(services.LeadExists):
        services.edit_lead(bob.lead_pk, tenant=acme, changes={"email": "ANN@example.com"}, now=NOON)

    assert Lead.objects.get(pk=bob.lead_pk).email == "bob@example.com"


def test_a_status_change_by_staff_is_announced_and_a_note_is_not(acme):
    receipt = capture(acme, said(email="ann@example.com"))
    make_connection(acme)

    assert services.edit_lead(receipt.lead_pk, tenant=acme, changes={"notes": "rang"}, now=NOON) == ("notes",)
    assert events_of(acme) == []
    services.edit_lead(receipt.lead_pk, tenant=acme, changes={"status": "contacted"}, now=NOON)

    assert events_of(acme) == [("lead.updated", "pending")]
    assert '"changed":["status"]' in Delivery.objects.get().payload
