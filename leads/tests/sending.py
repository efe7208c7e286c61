"""Messages as the outbox hands them to the connector of a CRM."""

from leads.connectors import get_connector
from leads.connectors.base import LeadSnapshot, MappedValue, OutgoingMessage
from leads.mapping import default_rows, values_of
from leads.tests.conftest import NOON

NOTHING_KNOWN = {"name": "", "email": "", "phone": "", "company": ""}
NOTE = {
    "lines": [
        {"role": "visitor", "content": "Is 3 < 4?", "at": "2026-01-28T11:58:00+00:00"},
        {"role": "assistant", "content": "Yes.\nAlways.", "at": "2026-01-28T11:59:00+00:00"},
    ],
    "conversation_url": "https://caty.example/c/1",
    "is_rest": False,
}


def lead(**details) -> LeadSnapshot:
    """A lead of whom no more is known than `details`."""
    standing = {"custom_fields": {}, "status": "new", "intent": "", "score": 20, "band": "cold"}
    return LeadSnapshot(lead_id="lead_x", **{**NOTHING_KNOWN, **standing, **details})


def lead_message(
    kind: str, known: LeadSnapshot, *, further: tuple[MappedValue, ...] = (), overwrite: tuple[str, ...] = (), **details
) -> OutgoingMessage:
    """The lead with the values of a new connection's mapping, of which those in `overwrite` replace what is there."""
    values = values_of(known, default_rows(get_connector(kind).mapping))
    values = tuple(
        MappedValue(field=value.field, value=value.value, overwrite=value.field in overwrite, label=value.label)
        for value in values
    )
    return _message("lead.captured", lead=known, values=values + further, **details)


def note_message(**details) -> OutgoingMessage:
    """A conversation of two lines, to be noted with `record`."""
    return _message("lead.note", data=NOTE, **details)


def check_message() -> OutgoingMessage:
    """What “Send a test” sends."""
    return _message("connection.test")


def _message(event: str, **details) -> OutgoingMessage:
    details.setdefault("data", {})
    return OutgoingMessage(
        delivery_id="0190-d1",
        event=event,
        body="{}",
        business_name="Acme",
        occurred_at=NOON,
        sent_at=NOON,
        **details,
    )
