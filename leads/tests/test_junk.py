"""What is held for a colleague's click."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from leads import junk, services
from leads.models import Lead
from leads.tests.conftest import NOON, capture, events_of, make_connection, said


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({"email": "x@mailinator.com"}, "disposable_address"),
        ({"email": "x@eu.yopmail.com"}, "disposable_address"),
        ({"email": "x@temp-mail.io"}, "disposable_address"),
        ({"email": "x@example.com", "name": "Win at https://spam.example"}, "link_in_name"),
        ({"email": "x@example.com", "name": "cheap-pills.xyz"}, "link_in_name"),
        ({"email": "x@example.com", "company": "www.spam.example"}, "link_in_name"),
        ({"email": "x@example.com", "name": "J. R. Smith", "company": "Booking.com"}, ""),
    ],
)
def test_junk_is_held_and_not_pushed(acme, details, reason):
    make_connection(acme)
    capture(acme, said(**details))
    assert Lead.objects.get().held_reason == reason
    assert events_of(acme) == [("lead.captured", "held" if reason else "pending")]


@pytest.mark.parametrize(
    "domain", ["gmail.com", "outlook.com", "yahoo.com", "icloud.com", "gmx.net", "proton.me", "qq.com"]
)
def test_no_large_provider_counts_as_throw_away(domain):
    """The list is others' work: a new version of it must not hold half of all leads."""
    assert junk.reason_to_hold(email_key=f"ann@{domain}") == ""


def test_the_list_of_throw_away_domains_is_read_only_when_a_lead_comes():
    told = "import sys, leads.junk; print('disposable_email_domains' in sys.modules)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "caty.settings"}
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout == "False\n"


def test_a_burst_from_one_conversation_is_held(acme):
    for number in range(4):
        capture(acme, said(email=f"ann{number}@example.com"))
    capture(acme, said(email="late@example.com"), now=NOON + timedelta(hours=1))
    reasons = list(Lead.objects.order_by("pk").values_list("held_reason", flat=True))
    assert reasons == ["", "", "", "burst", ""]


def test_release_sends_what_was_held(acme):
    make_connection(acme)
    receipt = capture(acme, said(email="x@mailinator.com"))
    capture(acme, said(email="x@mailinator.com", name="Ann"))
    assert events_of(acme) == [("lead.captured", "held"), ("lead.updated", "held")]

    assert services.release_lead(receipt.lead_pk, tenant=acme, now=NOON) == 2

    assert events_of(acme) == [("lead.captured", "pending"), ("lead.updated", "pending")]
    assert Lead.objects.get().held_reason == ""
    assert services.release_lead(receipt.lead_pk, tenant=acme, now=NOON) == 0


def test_a_lead_that_got_through_can_not_become_an_advertisement(acme):
    capture(acme, said(email="ann@example.com"))
    capture(acme, said(email="ann@example.com", name="https://spam.example"))
    services.complete_lead(tenant=acme, conversation_reference="conv_one", name="spam.xyz", now=NOON)
    assert Lead.objects.get().name == ""


def test_a_company_may_have_the_name_of_its_site(acme):
    capture(acme, said(email="ann@example.com"))
    services.complete_lead(tenant=acme, conversation_reference="conv_one", company="Booking.com", now=NOON)
    assert Lead.objects.get().company == "Booking.com"


def test_a_number_that_is_given_a_throw_away_address_is_held_from_then_on(acme):
    make_connection(acme)
    capture(acme, said(phone="202-555-0143"))
    capture(acme, said(email="x@mailinator.com"))
    assert events_of(acme) == [("lead.captured", "pending"), ("lead.updated", "held")]
