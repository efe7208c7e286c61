"""Connections made by commands and the demo, and the family of connectors."""

import pytest

from leads import services
from leads.connectors import KINDS, UnknownKind, all_connectors
from leads.events import EVENTS, NOTE
from leads.models import Connection


def test_a_connection_is_made_with_checked_settings_and_a_secret_of_its_own(acme):
    settings = {"url": "https://receiver.example/hook"}

    made = [services.connect(tenant=acme, kind="webhook", settings=settings) for _ in range(2)]

    first, second = Connection.objects.order_by("pk")
    assert made == [first, second]
    assert (first.settings, first.events, first.state) == (settings, ["lead.captured", "lead.updated"], "active")
    assert first.secrets["signing_secret"].startswith("whsec_")
    assert first.secrets != second.secrets


def test_a_connection_that_can_not_work_is_not_made(acme):
    with pytest.raises(services.ConnectionInvalid) as caught:
        services.connect(tenant=acme, kind="webhook", settings={"url": "nonsense", "colour": "red"})
    assert [problem["field"] for problem in caught.value.details] == ["url", "colour"]
    with pytest.raises(UnknownKind):
        services.connect(tenant=acme, kind="pigeon", settings={})
    assert not Connection.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_every_connector_says_what_its_form_needs(kind):
    connector = all_connectors()[kind]
    assert str(connector.label)
    assert len(str(connector.guide)) > 80
    assert set(connector.events) <= {*EVENTS, NOTE}
    assert set(connector.exchanged) <= set(connector.Secrets.model_fields)
    assert bool(connector.exchanged) == bool(connector.Once.model_fields)
    for form in (connector.Settings, connector.Secrets, connector.Once):
        assert form.model_config["extra"] == "forbid"
        assert all(field.title and field.description for field in form.model_fields.values())


def test_secrets_are_not_readable_in_the_database(acme):
    connection = services.connect(tenant=acme, kind="webhook", settings={"url": "https://receiver.example/"})
    stored = Connection.objects.extra(select={"raw": "secrets"}).values_list("raw", flat=True).get(pk=connection.pk)
    assert "whsec_" not in stored
