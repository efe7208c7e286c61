"""What Slack is told of, and the blocks that stand for text."""

from leads.connectors.base import LeadSnapshot, OutgoingMessage
from leads.tests.conftest import NOON

LEAD = LeadSnapshot(
    lead_id="lead_x",
    name="Ann",
    email="ann@example.com",
    phone="+12025550143",
    company="Lee & Sons",
    custom_fields={"size": "M"},
    status="new",
    intent="pricing_inquiry",
    score=75,
    band="hot",
    reasons=(("Wants to buy", 30), ("Left an e-mail address", 20)),
    transcript=({"role": "visitor", "content": "How much?\nReally?"}, {"role": "assistant", "content": "Ten."}),
    page_url="https://acme.example/pricing",
    conversation_url="https://caty.example/c/1",
)
MESSAGE = OutgoingMessage(
    delivery_id="0190-d1",
    event="lead.captured",
    body="{}",
    data={},
    business_name="Acme",
    occurred_at=NOON,
    sent_at=NOON,
    lead=LEAD,
)
HANDOFF = {
    "session_id": "conv_1",
    "reason": "refund",
    "visitor": {"email": "ann@example.com"},
    "last_message": "Let me talk to\nsomebody",
    "conversation_url": "https://caty.example/c/1",
}


def plain(text: str) -> dict:
    return {"type": "plain_text", "text": text, "emoji": False}


def section(text: str) -> dict:
    return {"type": "section", "text": plain(text)}
