"""Events on their way to whoever asked for them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import uuid4

from leads import events, outbox
from leads.contracts import Notice
from leads.models import Lead
from tenants.models import Tenant


def announce(*notices: Notice, tenant: Tenant, now: datetime) -> int:
    """Write one delivery of each notice for each connection that wants it, and say how many are new.

    Announcing something again writes none. One query where no connection wants anything. Belongs in the transaction in
    which it happens.
    """
    return outbox.write(*notices, tenant=tenant, now=now)


def announce_captured(lead: Lead, *, tenant: Tenant, now: datetime) -> int:
    """lead.captured, once in a lead's life; held with a held lead."""
    return outbox.write(captured_notice(lead), tenant=tenant, lead=lead, now=now)


def announce_updated(lead: Lead, *, tenant: Tenant, changed: Iterable[str], now: datetime) -> int:
    """lead.updated with the names of the fields that changed."""
    data = {**events.lead_data(lead), "changed": sorted(set(changed))}
    notice = Notice(event=events.UPDATED, event_id=f"{lead.public_id}:{uuid4().hex}", data=data)
    return outbox.write(notice, tenant=tenant, lead=lead, now=now)


def announce_note(lead: Lead, *, tenant: Tenant, lines: Sequence[dict], is_rest: bool = False, now: datetime) -> int:
    """These lines of its conversation, as a note with the lead where a destination keeps such. No lines: nothing.

    Announcing a note that ends with the same line writes none.
    """
    if not lines:
        return 0
    return outbox.write(note_notice(lead, lines=lines, is_rest=is_rest), tenant=tenant, lead=lead, now=now)


def captured_notice(lead: Lead) -> Notice:
    return Notice(event=events.CAPTURED, event_id=f"{lead.public_id}:captured", data=events.lead_data(lead))


def note_notice(lead: Lead, *, lines: Sequence[dict], is_rest: bool = False) -> Notice:
    data = {"conversation_url": lead.conversation_url, "is_rest": is_rest, "lines": list(lines)}
    return Notice(event=events.NOTE, event_id=f"{lead.public_id}:note:{lines[-1]['at']}", data=data)
