"""What a CRM connector is handed, without the outbox."""

from leads.connectors import get_connector
from leads.connectors.base import LeadSnapshot, OutgoingMessage, RemoteRecord
from leads.events import CAPTURED, NOTE
from leads.mapping import Mapped, default_rows, values_of
from leads.tests.conftest import NOON

REFERENCE = "0199c1a2-7b3c-7d4e-8f50-123456789abc"
LINES = [
    {"role": "visitor", "content": "Hello, I am Ann", "at": "2026-01-28T12:00:00+00:00"},
    {"role": "assistant", "content": "Hello Ann", "at": "2026-01-28T12:00:05+00:00"},
]


def snapshot(**details) -> LeadSnapshot:
    empty = dict.fromkeys(("name", "email", "phone", "company", "intent"), "")
    return LeadSnapshot(
        **{"lead_id": "lead_1", "custom_fields": {}, "status": "new", "score": 20, "band": "cold", **empty, **details}
    )


def lead_message(
    kind: str,
    *,
    record: RemoteRecord | None = None,
    rows: tuple[Mapped, ...] = (),
    is_ambiguous: bool = False,
    **details,
) -> OutgoingMessage:
    """A lead with these details under the kind's own mapping; `rows` stand before it."""
    lead = snapshot(**details)
    return OutgoingMessage(
        delivery_id=REFERENCE,
        event=CAPTURED,
        body="{}",
        data={},
        business_name="Acme",
        occurred_at=NOON,
        sent_at=NOON,
        is_ambiguous=is_ambiguous,
        record=record,
        values=values_of(lead, (*rows, *default_rows(get_connector(kind).mapping))),
        lead=lead,
    )


def note_message(record: RemoteRecord | None, *, is_ambiguous: bool = False) -> OutgoingMessage:
    """A conversation that belongs to the record."""
    return OutgoingMessage(
        delivery_id=REFERENCE,
        event=NOTE,
        body="{}",
        data={"lines": LINES, "conversation_url": "https://caty.example/c/1"},
        business_name="Acme",
        occurred_at=NOON,
        sent_at=NOON,
        is_ambiguous=is_ambiguous,
        record=record,
        lead=snapshot(email="ann@example.com"),
    )
