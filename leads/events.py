"""The body of an event as receivers get it: made once, frozen in its Delivery."""

import json
from datetime import UTC, datetime

CAPTURED = "lead.captured"
UPDATED = "lead.updated"
HANDOFF = "handoff.requested"
EVENTS = (
    CAPTURED,
    UPDATED,
    "conversation.started",
    "conversation.ended",
    "message.received",
    HANDOFF,
)
# A conversation on its way into a CRM as a note: not an event of the contract, and of no webhook.
NOTE = "lead.note"


def body_of(*, delivery_id: str, event: str, occurred_at: datetime, widget_id: str, data: dict) -> str:
    """Compact JSON of id, type, event, timestamp, widget_id and data, in ASCII so that no hop can re-encode it."""
    body = {
        "id": delivery_id,
        "type": event,
        "event": event,
        "timestamp": timestamp(occurred_at),
        "widget_id": widget_id,
        "data": data,
    }
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC: 2026-01-28T10:00:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def lead_data(lead) -> dict:
    """What lead.captured says of a lead; session_id is the conversation's reference, no credential."""
    return {
        "lead_id": lead.public_id,
        "name": lead.name,
        "email": lead.email,
        "phone": lead.phone,
        "company": lead.company,
        "score": lead.score,
        "band": lead.band,
        "intent": lead.intent,
        "status": lead.status,
        "custom_fields": lead.custom_fields,
        "session_id": lead.conversation_reference,
        "conversation_url": lead.conversation_url,
    }
