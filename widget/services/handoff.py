"""Asking for a person."""

from datetime import datetime

from django.db import transaction

from caty.lib import throttling
from caty.lib.errors import CatyError
from leads.contracts import Contacts
from tenants.contracts import WidgetConfig
from tenants.models import Tenant
from widget.contracts import Caller, HandoffAnswer
from widget.models import Message, Session
from widget.queries import get_session, get_session_key
from widget.services.contacts import capture_found, leads_window
from widget.services.events import announce_handoff
from widget.services.transcript import append

PRESSED = "user_request"


class HandoffUnavailable(CatyError):
    message = "This site does not offer to talk to a person here."


def request_handoff(
    *,
    tenant: Tenant,
    config: WidgetConfig,
    session_id: str,
    reason: str = "",
    email: str = "",
    caller: Caller,
    now: datetime,
) -> HandoffAnswer:
    """Tell the team, once a conversation, that this visitor wants a person; an address given becomes a lead.

    Who gives no reason of their own wants one for that of the last answer's offer.

    Raises SessionNotFound, HandoffUnavailable and, where an address is given, RateLimited.
    """
    if not config.behavior.handoff_enabled:
        raise HandoffUnavailable
    if email:
        get_session_key(tenant=tenant, session_id=session_id, now=now)  # an unknown conversation spends nothing
        throttling.require(leads_window(config, caller))
    with transaction.atomic():
        session = get_session(tenant=tenant, session_id=session_id, now=now, lock=True)
        if email:
            capture_found(session, config, Contacts(emails=(email,)), now)
        if session.handoff_requested_at is None:
            _request(tenant, config, session, reason=reason, email=email, now=now)
        session.last_heard_at = now
        session.save()
    return HandoffAnswer(message=_words(config, session))


def _request(tenant: Tenant, config: WidgetConfig, session: Session, *, reason: str, email: str, now: datetime) -> None:
    session.handoff_requested_at = now
    session.handoff_reason = reason[:40] if reason not in ("", PRESSED) else _reason_offered(session) or PRESSED
    last_message = (
        session.messages.filter(role=Message.Role.VISITOR)
        .order_by("-sequence")
        .values_list("content", flat=True)
        .first()
    )
    append(session, role=Message.Role.ASSISTANT, content=_words(config, session), now=now)
    announce_handoff(tenant, session, email=email, last_message=last_message or "", now=now)


def _reason_offered(session: Session) -> str:
    """Why the last answer offered a person; "" where it did for no reason of ours, or none was given."""
    given = session.answers.filter(message__isnull=False).order_by("-pk")
    return given.values_list("handoff_reason", flat=True).first() or ""


def _words(config: WidgetConfig, session: Session) -> str:
    return config.own_text("handoff", language=session.language, otherwise=config.behavior.handoff_message)
