"""What the tests of the post office share."""

from datetime import UTC, datetime

import pytest

from leads.contracts import CapturedLead
from leads.models import Connection
from leads.tests.receiver import receiving
from tenants.contracts import ScoreWeights
from tenants.models import Tenant

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


def make_connection(tenant, *, events=("lead.captured", "lead.updated"), kind="webhook", **columns) -> Connection:
    columns.setdefault("settings", {"url": "https://receiver.example/hook"})
    return Connection.objects.create(tenant=tenant, kind=kind, name=kind, events=list(events), **columns)


@pytest.fixture
def acme(db):
    """Our tenant. Leads need its row alone."""
    return Tenant.objects.create(name="Acme", slug="acme", website="https://acme.example")


@pytest.fixture
def rival(db):
    return Tenant.objects.create(name="Rival", slug="rival", website="https://rival.example")


@pytest.fixture
def receiver(settings):
    """A web server on loopback, which the operator's exception lets us reach."""
    with receiving() as server:
        settings.OUTBOUND_ALLOW = [f"127.0.0.1:{server.port}"]
        yield server
