"""What happens in a conversation, told to the post office in the words of the webhooks."""

from datetime import datetime

from leads import events as lead_events
from leads import services as lead_services
from tenants.models import Tenant
from widget.models import Message, Session
from widget.queries import conversation_url


def announce_started(tenant: Tenant, session: Session, now: datetime) -> None:
    data = {
        "session_id": session.reference,
        "visitor_id": session.visitor.reference,
        "page_url": session.page_url,
        "referrer": session.referrer,
        "user_agent": session.user_agent,
    }
    _announce(tenant, "conversation.started", data, f"{session.reference}:started", now)


def announce_message(tenant: Tenant, session: Session, message: Message, now: datetime) -> None:
    data = {
        "session_id": session.reference,
        "message_id": message.public_id,
        "message": message.content,
        "page_url": message.page_url,
    }
    _announce(tenant, "message.received", data, message.public_id, now)


def announce_handoff(tenant: Tenant, session: Session, *, email: str, last_message: str, now: datetime) -> None:
    data = {
        "session_id": session.reference,
        "reason": session.handoff_reason,
        "visitor": {"email": email or None},
        "last_message": last_message,
        "conversation_url": conversation_url(session.reference),
    }
    _announce(tenant, "handoff.requested", data, f"{session.reference}:handoff", now)


def announce_ended(tenant: Tenant, session: Session, now: datetime) -> None:
    data = {
        "session_id": session.reference,
        "visitor_id": session.visitor.reference,
        "started_at": lead_events.timestamp(session.started_at),
        "ended_at": lead_events.timestamp(now),
        "message_count": session.message_count,
        "lead_id": session.lead.public_id if session.lead else None,
        "score": session.lead_score,
        "intent": session.intent or None,
    }
    _announce(tenant, "conversation.ended", data, f"{session.reference}:ended", now)


def _announce(tenant: Tenant, event: str, data: dict, event_id: str, now: datetime) -> None:
    lead_services.announce(tenant=tenant, event=event, data=data, event_id=event_id, now=now)
