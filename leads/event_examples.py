"""An example of every event, as receivers get it: for those who write one."""

from datetime import UTC, datetime

from leads import events
from leads.models import Lead

OCCURRED_AT = datetime(2026, 1, 28, 10, 0, tzinfo=UTC)
CONVERSATION = {"session_id": "conv_3vQB7B6MrGQZaxCuFg4oh", "visitor_id": "person_8FkzVpTb2cRkq4wAyd1yn"}
URL = "https://caty.example.com/admin/conversations/conv_3vQB7B6MrGQZaxCuFg4oh/"


def example_of(event: str) -> str:
    """The exact body of one of leads.events.EVENTS, made as those of real events are."""
    return events.body_of(
        delivery_id="019bffa4-2a80-7c31-9f0e-6b1d2c3e4f50",
        event=event,
        occurred_at=OCCURRED_AT,
        widget_id="widget_2zGQk4TnX8mWc5vBhRpLd7",
        data=_data_of(event),
    )


def _data_of(event: str) -> dict:
    if event == events.CAPTURED:
        return events.lead_data(_lead())
    if event == events.UPDATED:
        return {**events.lead_data(_lead()), "changed": ["company", "score"]}
    return CONVERSATION_EVENTS[event]


def _lead() -> Lead:
    """Of no database."""
    return Lead(
        public_id="lead_5KJvsngHeMpm884wtkJNzQ",
        name="Zoë Lee",
        email="zoe@example.com",
        phone="+12025550143",
        company="Lee & Sons",
        score=75,
        band=Lead.Band.HOT,
        intent="pricing_inquiry",
        status=Lead.Status.NEW,
        custom_fields={"size": "M"},
        conversation_reference=CONVERSATION["session_id"],
        conversation_url=URL,
    )


# What the widget announces, in the form in which it does.
CONVERSATION_EVENTS = {
    "conversation.started": {
        **CONVERSATION,
        "page_url": "https://shop.example/pricing",
        "referrer": "https://search.example/",
        "user_agent": "Mozilla/5.0 …",
    },
    "conversation.ended": {
        **CONVERSATION,
        "started_at": "2026-01-28T09:52:11Z",
        "ended_at": "2026-01-28T10:00:00Z",
        "message_count": 6,
        "lead_id": "lead_5KJvsngHeMpm884wtkJNzQ",
        "score": 75,
        "intent": "pricing_inquiry",
    },
    "message.received": {
        "session_id": CONVERSATION["session_id"],
        "message_id": "msg_7nRk2cVw9QzTb4yXfPd3mH",
        "message": "What does it cost?",
        "page_url": "https://shop.example/pricing",
    },
    "handoff.requested": {
        "session_id": CONVERSATION["session_id"],
        "reason": "user_request",
        "visitor": {"email": "zoe@example.com"},
        "last_message": "Can I talk to somebody?",
        "conversation_url": URL,
    },
}
