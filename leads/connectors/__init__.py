"""The family of connectors: one file each, strangers to one another, found here by the kind of their connection.

A new one is a file beside `webhook.py`, its test, and its line in KINDS.
"""

from django.utils.module_loading import import_string

from leads.connectors.base import Connector

KINDS = {
    "webhook": "leads.connectors.webhook.WebhookConnector",
    "email": "leads.connectors.email.EmailConnector",
    "hubspot": "leads.connectors.hubspot.HubSpotConnector",
}


class UnknownKind(LookupError):
    """A connection of a kind that this installation doesn't have."""


def get_connector(kind: str) -> Connector:
    """Raises UnknownKind."""
    if kind not in KINDS:
        raise UnknownKind(kind)
    return import_string(KINDS[kind])()


def all_connectors() -> dict[str, Connector]:
    """Every kind with its connector, in the order in which staff are offered them."""
    return {kind: get_connector(kind) for kind in KINDS}
