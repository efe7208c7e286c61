"""Asking for a person."""

from datetime import datetime

from django.db import transaction

from caty.lib import throttling
from caty.lib.errors import CatyError
from leads.contracts import Contacts
from tenants.contracts import WidgetConfig
from tenants.hours import is_open
from tenants.models import Tenant
from widget.contracts import Caller, HandoffAnswer
from widget.engine import live
from widget.models import Handoff, Message, Session
from widget.queries import get_session, get_session_key
from widget.services.contacts import capture_found, leads_window
from widget.services.events import announce_handoff
from widget.services.promises import find_promise, promise, promise_again
from widget.services.standing import call_colleagues, close_call, open_call, put, settle, standing_of, wait_of
from widget.services.transcript import append
from widget.services.unanswered import leave_to_assistant

PRESSED = "user_request"
CLOSED = "handoff_closed"  # the text that tells so


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
    """Call for a person, or, where nobody can come, promise to get back to the visitor. An address becomes a lead.

    Asked again while one is waited for or is there, nothing changes.

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
        if settle(session, config, now):
            leave_to_assistant(session, now)
        if session.mode == Session.Mode.ASSISTANT:
            words = _request(tenant, config, session, reason=reason, email=email, now=now)
        else:
            words = _words(config, session)
        session.last_heard_at = max(session.last_heard_at, now)
        session.save()
    return HandoffAnswer(message=words, is_available=session.mode != Session.Mode.ASSISTANT)


def _request(tenant: Tenant, config: WidgetConfig, session: Session, *, reason: str, email: str, now: datetime) -> str:
    """Call for a person, or promise to get back to the visitor where nobody can come; gives what they are told."""
    session.handoff_requested_at = session.handoff_requested_at or now
    session.handoff_reason = reason[:40] if reason not in ("", PRESSED) else _reason_offered(session) or PRESSED
    is_there = config.behavior.live_enabled and is_open(config.hours, now)
    promised = None if is_there else find_promise(session, now)
    if promised is not None:
        words = promise_again(session, config, promised, key=CLOSED)
    else:
        _announce(tenant, session, email=email, now=now)
        words = _call(config, session, now) if is_there else _turn_away(config, session, now)
    append(session, role=Message.Role.ASSISTANT, content=words, now=now)
    return words


def _announce(tenant: Tenant, session: Session, *, email: str, now: datetime) -> None:
    said = session.messages.filter(role=Message.Role.VISITOR).order_by("-sequence")
    announce_handoff(
        tenant,
        session,
        email=email,
        last_message=said.values_list("content", flat=True).first() or "",
        earlier=session.handoffs.count(),
        now=now,
    )


def _call(config: WidgetConfig, session: Session, now: datetime) -> str:
    put(session, live.ask(standing_of(session), now))
    open_call(session, session.handoff_reason, now, wait=wait_of(config))
    call_colleagues(session, "waiting", now)
    return _words(config, session)


def _turn_away(config: WidgetConfig, session: Session, now: datetime) -> str:
    """Nobody is there: when the business gets back to the visitor."""
    call = open_call(session, session.handoff_reason, now)
    close_call(session, Handoff.Outcome.CLOSED, now)
    return promise(session, config, call, now, key=CLOSED)


def _reason_offered(session: Session) -> str:
    """Why the last answer offered a person; "" where it did for no reason of ours, or none was given."""
    given = session.answers.filter(message__isnull=False).order_by("-pk")
    return given.values_list("handoff_reason", flat=True).first() or ""


def _words(config: WidgetConfig, session: Session) -> str:
    return config.own_text("handoff", language=session.language, otherwise=config.behavior.handoff_message)
