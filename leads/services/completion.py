"""What is understood of a conversation after its lead was made."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from leads import junk
from leads.contracts import TranscriptLine
from leads.models import Lead
from leads.services.announcing import announce_note, announce_updated
from leads.text import bounded, one_line
from tenants.models import Tenant

MOST_LINES = 200
LONGEST_LINE = 4000


def complete_lead(
    *, tenant: Tenant, conversation_reference: str, name: str = "", company: str = "", now: datetime
) -> None:
    """Fill the empty name and company of the lead this conversation made last. No lead: nothing happens."""
    said = {"name": one_line(name, 200), "company": one_line(company, 200)}
    said = {field: value for field, value in said.items() if value and not junk.is_advertisement(**{field: value})}
    if not said:
        return
    with transaction.atomic():
        own = Lead.objects.for_tenant(tenant).filter(conversation_reference=conversation_reference)
        lead = own.select_for_update().order_by("-pk").first()
        if lead is None:
            return
        filled = [field for field in said if not getattr(lead, field) and field not in lead.staff_fields]
        for field in filled:
            setattr(lead, field, said[field])
        if filled:
            lead.updated_at = now
            lead.save(update_fields=[*filled, "updated_at"])
            announce_updated(lead, tenant=tenant, changed=filled, now=now)


def refresh_snapshot(
    *, tenant: Tenant, conversation_reference: str, transcript: Iterable[TranscriptLine], now: datetime
) -> None:
    """Store the conversation as it ended with the leads it made; those of other conversations keep theirs.

    What was said since they were captured is announced as a note.
    """
    lines = snapshot(transcript)
    with transaction.atomic():
        own = Lead.objects.for_tenant(tenant).filter(conversation_reference=conversation_reference)
        for lead in own.select_for_update().order_by("pk"):
            noted = lead.transcript[-1]["at"] if lead.transcript else ""
            rest = [line for line in lines if line["at"] > noted]
            announce_note(lead, tenant=tenant, lines=rest, is_rest=bool(noted), now=now)
            lead.transcript, lead.updated_at = lines, now
            lead.save(update_fields=["transcript", "updated_at"])


def snapshot(transcript: Iterable[TranscriptLine]) -> list[dict]:
    """The last 200 lines as JSON: [{role, content, at}]."""
    return [
        {"role": line.role, "content": bounded(line.content, LONGEST_LINE), "at": line.at.isoformat()}
        for line in list(transcript)[-MOST_LINES:]
    ]
