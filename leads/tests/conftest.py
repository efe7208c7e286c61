"""What the tests of the post office share."""

from datetime import UTC, datetime

import pytest

from leads import services
from leads.contracts import CapturedLead
from leads.models import Connection, Delivery
from leads.tests.receiver import receiving
from leads.tests.standins.hubspot import HubSpot
from leads.tests.standins.serving import serving
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
    with serving(stand_in) as url:
        settings.HUBSPOT_URL, settings.OUTBOUND_ALLOW = url, [url.removeprefix("http://")]
        yield stand_in
    assert stand_in.complaints == []
