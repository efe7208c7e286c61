"""What the tests of the post office share."""

from datetime import UTC, datetime

import pytest

from leads import services
from leads.contracts import CapturedLead
from leads.models import Connection, Delivery
from leads.tests.receiver import receiving
from leads.tests.standins.hubspot import HubSpot
from leads.tests.standins.pipedrive import Pipedrive
from leads.tests.standins.salesforce import Salesforce
from leads.tests.standins.serving import answering
from leads.tests.standins.web import serving
from leads.tests.standins.zoho import Zoho
from tenants.contracts import ScoreWeights

NOON = datetime(2026, 1, 28, 12, 0, tzinfo=UTC)
WEIGHTS = ScoreWeights()


def said(conversation: str = "conv_one", **details) -> CapturedLead:
    """What a visitor of that conversation gave."""
    return CapturedLead(
        conversation_reference=conversation,
        conversation_url=f"https://caty.example/admin/{conversation}",
        person_reference="person_one",
        **details,
    )


def capture(tenant, lead: CapturedLead, now=NOON):
    return services.capture_lead(lead, tenant=tenant, weights=WEIGHTS, now=now)


def events_of(tenant) -> list[tuple[str, str]]:
    """Event and state of every delivery, oldest first."""
    return list(Delivery.objects.for_tenant(tenant).order_by("pk").values_list("event", "state"))


def make_connection(tenant, *, events=("lead.captured", "lead.updated"), kind="webhook", **columns) -> Connection:
    columns.setdefault("settings", {"url": "https://receiver.example/hook"})
    return Connection.objects.create(tenant=tenant, kind=kind, name=kind, events=list(events), **columns)


@pytest.fixture
def receiver(settings):
    """A web server on loopback, which the operator's exception lets us reach."""
    with receiving() as server:
        settings.OUTBOUND_ALLOW = [f"127.0.0.1:{server.port}"]
        yield server


@pytest.fixture
def hubspot(settings):
    """A HubSpot in memory. Whatever its API's description had against our requests fails the test."""
    stand_in = HubSpot()
    with answering(stand_in) as url:
        settings.HUBSPOT_URL, settings.OUTBOUND_ALLOW = url, [url.removeprefix("http://")]
        yield stand_in
    assert stand_in.complaints == []


@pytest.fixture
def pipedrive(settings):
    """A Pipedrive in memory."""
    stand_in = Pipedrive()
    with answering(stand_in) as url:
        settings.PIPEDRIVE_URL, settings.OUTBOUND_ALLOW = url, [url.removeprefix("http://")]
        yield stand_in


@pytest.fixture
def salesforce(settings):
    """A Salesforce that remembers, on loopback."""
    theirs = Salesforce()
    with serving(theirs.answer) as web:
        theirs.web, theirs.instance_url = web, web.url
        settings.SALESFORCE_URL = web.url
        settings.SALESFORCE_HOSTS = [".my.salesforce.com", "127.0.0.1"]
        settings.OUTBOUND_ALLOW = [web.url.removeprefix("http://")]
        yield theirs


@pytest.fixture
def zoho(settings):
    """A Zoho that answers in recorded shapes, on loopback."""
    theirs = Zoho()
    with serving(lambda call: theirs.answer(call)) as web:
        theirs.web, theirs.api_domain = web, web.url
        settings.ZOHO_ACCOUNTS_URL = web.url
        settings.ZOHO_HOSTS = [*settings.ZOHO_HOSTS, "127.0.0.1"]
        settings.OUTBOUND_ALLOW = [web.url.removeprefix("http://")]
        yield theirs
