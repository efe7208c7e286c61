"""The webhook connection from the demo business to the sink."""

import base64
import secrets
from datetime import datetime

from django.conf import settings

from leads import events
from leads import services as lead_services
from leads.models import Connection
from tenants.models import Tenant

NAME = "Demo sink"
KIND = "webhook"
HOOK_PATH = "/demo/sink/hook"


def set_up(tenant: Tenant, *, now: datetime) -> None:
    """Make the connection, or point the existing one to where the site is now. Its secret stays.

    It is taken up again where it was paused: what it met at its last address says nothing about this one.
    """
    address = {"url": settings.SITE_URL + HOOK_PATH}
    connection = find(tenant)
    if connection is None:
        signing_secret = {"signing_secret": _new_secret()}
        Connection.objects.create(
            tenant=tenant, kind=KIND, name=NAME, settings=address, secrets=signing_secret, events=list(events.EVENTS)
        )
        return
    Connection.objects.filter(pk=connection.pk).update(settings={**connection.settings, **address})
    if connection.state == Connection.State.PAUSED:
        lead_services.resume_connection(connection.pk, tenant=tenant, now=now)


def find(tenant: Tenant) -> Connection | None:
    return Connection.objects.for_tenant(tenant).filter(kind=KIND, name=NAME).first()


def find_secret(tenant: Tenant) -> str:
    """The secret that signatures are made with; "" where staff deleted the connection."""
    connection = find(tenant)
    return connection.secrets.get("signing_secret", "") if connection else ""


def _new_secret() -> str:
    """`whsec_` and 32 random bytes in base64, as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
