"""Colleagues' edits, which win over visitors'."""

import pytest
from django.contrib.auth.models import User

from leads import services
from leads.models import Delivery, Lead
from leads.tests.conftest import NOON, capture, events_of, make_connection, said
from tenants import services as tenant_services
from tenants.services import NotAColleague


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


@pytest.fixture
def membership(cast):
    def of(tenant, role="editor"):
        return cast.make_staff(tenant, role).memberships.get(tenant=tenant)

    return of


def owner_of(receipt):
    return Lead.objects.values_list("owner", flat=True).get(pk=receipt.lead_pk)


def test_a_colleague_looks_after_a_lead_and_leaving_leaves_it_with_nobody(acme, membership):
    make_connection(acme)
    receipt, colleague = capture(acme, said(email="ann@example.com")), membership(acme)

    changed = services.edit_lead(receipt.lead_pk, tenant=acme, changes={"owner_id": colleague.pk}, now=NOON)

    assert (changed, owner_of(receipt)) == (("owner_id",), colleague.pk)
    assert events_of(acme) == [("lead.captured", "pending")]  # nobody's business but the house's
    owner = membership(acme, "owner").user
    tenant_services.remove_colleague(membership=colleague, removed_by=owner)
    assert owner_of(receipt) is None


def test_a_deleted_account_leaves_its_leads_with_nobody(acme, membership):
    receipt, colleague = capture(acme, said(email="ann@example.com")), membership(acme)
    services.edit_lead(receipt.lead_pk, tenant=acme, changes={"owner_id": colleague.pk}, now=NOON)
    User.objects.get(pk=colleague.user_id).delete()
    assert owner_of(receipt) is None


def test_only_a_colleague_of_its_own_business_looks_after_a_lead(acme, rival, membership):
    receipt, stranger = capture(acme, said(email="ann@example.com")), membership(rival)
    for owner_id in (stranger.pk, 0):
        with pytest.raises(NotAColleague):
            services.edit_lead(receipt.lead_pk, tenant=acme, changes={"owner_id": owner_id, "name": "X"}, now=NOON)
        with pytest.raises(NotAColleague):
            services.edit_leads([receipt.lead_pk], tenant=acme, changes={"owner_id": owner_id}, now=NOON)
    assert Lead.objects.values_list("owner", "name").get() == (None, "")


def test_several_leads_change_together_and_each_is_announced_once(acme, membership):
    rows = [capture(acme, said(f"conv_{n}", email=f"ann{n}@example.com")).lead_pk for n in range(3)]
    services.edit_lead(rows[0], tenant=acme, changes={"status": "contacted", "tags": ["vip"]}, now=NOON)
    make_connection(acme)

    changes = {"status": "contacted", "owner_id": membership(acme).pk}
    edited = services.edit_leads(rows, tenant=acme, changes=changes, add_tag="vip", now=NOON)
    again = services.edit_leads(rows, tenant=acme, changes=changes, add_tag="vip", now=NOON)

    assert (edited, again) == (rows, [])
    assert list(Lead.objects.order_by("pk").values_list("status", "tags")) == [("contacted", ["vip"])] * 3
    told = Delivery.objects.order_by("pk")
    assert sorted(row.lead_id for row in told) == rows[1:]  # the first one's status was that already
    assert all('"changed":["status"]' in row.payload for row in told)


def test_tags_are_added_beside_those_that_are_there_and_are_twenty_at_most(acme):
    full = [f"t{number}" for number in range(20)]
    rows = [capture(acme, said(f"conv_{n}", email=f"ann{n}@example.com")).lead_pk for n in range(2)]
    services.edit_lead(rows[0], tenant=acme, changes={"tags": ["a", "a", "b"]}, now=NOON)
    services.edit_lead(rows[1], tenant=acme, changes={"tags": [*full, "more"]}, now=NOON)

    assert services.edit_leads(rows, tenant=acme, changes={}, add_tag="c", now=NOON) == rows[:1]

    assert list(Lead.objects.order_by("pk").values_list("tags", flat=True)) == [["a", "b", "c"], full]


def test_leads_of_another_business_are_not_edited_among_ours(acme, rival):
    theirs = capture(rival, said(email="ann@example.com"))
    with pytest.raises(Lead.DoesNotExist):
        services.edit_leads([theirs.lead_pk], tenant=acme, changes={"status": "contacted"}, now=NOON)
    assert Lead.objects.get(pk=theirs.lead_pk).status == "new"
