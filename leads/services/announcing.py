"""Events on their way to whoever asked for them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from leads import events, outbox
from leads.models import Lead
from tenants.models import Tenant


def announce(*, tenant: Tenant, event: str, data: dict, event_id: str, now: datetime) -> int:
    """Write one delivery for each connection that wants `event`, and say how many. Announcing it again writes none.

    One query where no connection wants it. Belongs in the transaction in which the event happens. `event_id` must be
    the event's own, at most 80 characters.
    """
    return outbox.write(tenant=tenant, event=event, event_id=event_id, data=data, now=now)


def announce_captured(lead: Lead, *, tenant: Tenant, now: datetime) -> int:
    """lead.captured, once in a lead's life; held with a held lead."""
    return outbox.write(
        tenant=tenant,
        event=events.CAPTURED,
        event_id=f"{lead.public_id}:captured",
        data=events.lead_data(lead),
        lead=lead,
        now=now,
    )


def announce_updated(lead: Lead, *, tenant: Tenant, changed: Iterable[str], now: datetime) -> int:
    """lead.updated with the names of the fields that changed."""
    return outbox.write(
        tenant=tenant,
        event=events.UPDATED,
        event_id=f"{lead.public_id}:{uuid4().hex}",
        data={**events.lead_data(lead), "changed": sorted(set(changed))},
        lead=lead,
        now=now,
    )
