"""How long calls, promises and letters are kept, and that they go with the person whom they are about."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.utils import timezone

from leads import services
from leads.models import CallbackPromise, PushSubscription, StaffMail, VisitorMail
from leads.services import Person
from leads.tests.conftest import NOON, capture, said
from leads.tests.devices import Browser
from leads.tests.staff import colleague
from leads.tests.test_calling import call
from leads.tests.test_visitor_mails import mail

DAY = timedelta(days=1)
ZOE = Person(conversations=["conv_1"], messages=[])


@pytest.fixture
def told(acme):
    """A call, a promise and a letter about Zoe's conversation."""
    colleague(acme)
    lead_pk = capture(acme, said("conv_1", email="zoe@example.com")).lead_pk
    due_at = NOON + timedelta(hours=4)
    services.promise_callback(lead_pk, tenant_id=acme.pk, due_at=due_at, conversation_reference="conv_1", now=NOON)
    call(acme)
    mail(acme)


def counts() -> tuple[int, int, int]:
    return StaffMail.objects.count(), CallbackPromise.objects.count(), VisitorMail.objects.count()


def test_they_are_handed_out_with_what_is_known_of_a_person(acme, rival, told):
    found = services.leads_of(ZOE, tenant=acme)
    assert [one for one in found if "promised" in one or "mailed" in one] == [
        {"promised": {"made_at": NOON, "due_at": NOON + timedelta(hours=4), "kept_at": None}},
        {"mailed": {"kind": "replies", "to_address": "zoe@example.com", "created_at": NOON, "sent_at": None}},
    ]
    assert services.leads_of(ZOE, tenant=rival) == []


def test_they_go_with_the_person(acme, rival, told):
    services.erase_person(ZOE, tenant=rival)
    services.erase_person(Person(conversations=["conv_other"], messages=[]), tenant=acme)
    assert counts() == (1, 1, 1)
    services.erase_person(ZOE, tenant=acme)
    assert counts() == (0, 0, 0)


def test_those_that_ended_long_ago_are_forgotten(acme, told, settings):
    settings.DELIVERIES_KEPT_DAYS = 90
    now = timezone.now()
    for model in (StaffMail, VisitorMail):
        model.objects.update(created_at=now)
    assert services.forget_old_mails(now=now + 91 * DAY, most_batches=5) == 0  # they wait to be sent
    StaffMail.objects.update(state="sent")
    VisitorMail.objects.update(state="dead")
    assert services.forget_old_mails(now=now + 89 * DAY, most_batches=5) == 0
    assert services.forget_old_mails(now=now + 91 * DAY, most_batches=5) == 2
    assert counts() == (0, 1, 0)


def test_what_is_told_of_a_lead_once_in_its_life_is_not_forgotten(acme, settings):
    settings.DELIVERIES_KEPT_DAYS = 90
    now = timezone.now()
    common = {"tenant": acme, "membership": colleague(acme), "state": "sent", "created_at": now, "due_at": now}
    StaffMail.objects.create(kind="hot", about="lead_1", **common)
    StaffMail.objects.create(kind="handoff", about="conv_1", **common)
    assert services.forget_old_mails(now=now + 91 * DAY, most_batches=5) == 1
    assert StaffMail.objects.get().kind == "hot"


def test_after_rotation_the_newest_key_alone_opens_the_devices(acme, settings):
    browser = Browser()
    browser.subscribe(colleague(acme, "editor"))
    newest = Fernet.generate_key().decode()
    settings.CREDENTIAL_KEYS = [newest, *settings.CREDENTIAL_KEYS]
    call_command("rotate_credentials")
    settings.CREDENTIAL_KEYS = [newest]
    assert PushSubscription.objects.get().secrets["endpoint"] == browser.endpoint
