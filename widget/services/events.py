"""What happens in a conversation, told to the post office in the words of the webhooks."""

from datetime import datetime

from leads import events as lead_events
from leads import services as lead_services
from leads.contracts import Notice
from tenants.models import Tenant
from widget.models import Message, Session
from widget.queries import conversation_url


def announce_message(
    tenant: Tenant, session: Session, message: Message, words: str, *, is_first: bool, now: datetime
) -> None:
    """With the first message a conversation begins: receivers hear of that before they hear of the message.

    `words` are what the visitor wrote, with the names of what was sent along."""
    started = [_started(session)] if is_first else []
    lead_services.announce(*started, _received(session, message, words), tenant=tenant, now=now)


def _started(session: Session) -> Notice:
    data = {
        "session_id": session.reference,
        "visitor_id": session.visitor.reference,
        "page_url": session.page_url,
        "referrer": session.referrer,
        "user_agent": session.user_agent,
    }
    return Notice(event="conversation.started", event_id=f"{session.reference}:started", data=data)


def _received(session: Session, message: Message, words: str) -> Notice:
    data = {
        "session_id": session.reference,
        "message_id": message.public_id,
        "message": words,
        "page_url": message.page_url,
    }
    return Notice(event="message.received", event_id=message.public_id, data=data)


def announce_handoff(
    tenant: Tenant, session: Session, *, email: str, last_message: str, earlier: int, now: datetime
) -> None:
    """`earlier` is how many calls for a person there were in this conversation before."""
    data = {
        "session_id": session.reference,
        "reason": session.handoff_reason,
        "visitor": {"email": email or None},
        "last_message": last_message,
        "conversation_url": conversation_url(session.reference),
    }
    event_id = f"{session.reference}:handoff" + (f":{earlier + 1}" if earlier else "")
    notice = Notice(event="handoff.requested", event_id=event_id, data=data)
    lead_services.announce(notice, tenant=tenant, now=now)


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
    notice = Notice(event="conversation.ended", event_id=f"{session.reference}:ended", data=data)
    lead_services.announce(notice, tenant=tenant, now=now)
