"""Who answers a conversation, as its row has it, and the calls for a person. All under the session's lock."""

from datetime import datetime, timedelta

from django.db.models import Value
from django.db.models.functions import Greatest

from caty.lib import bell
from leads import services as lead_services
from leads.contracts import StaffCall
from tenants.contracts import WidgetConfig
from widget.engine import live
from widget.engine.live import Standing
from widget.models import Handoff, Message, Session
from widget.queries import conversation_topic, inbox_topic, inbox_url
from widget.services.transcript import ring_desks

STANDING = ("mode", "owner", "owner_until", "awaiting_since")


def standing_of(session: Session) -> Standing:
    return Standing(
        mode=live.ENDED if session.ended_at else session.mode,
        owner=session.owner_id,
        owner_until=session.owner_until,
        awaiting_since=session.awaiting_since,
    )


def put(session: Session, standing: Standing) -> None:
    """Note it on the (locked, unsaved) session: whoever calls saves the columns STANDING. Everybody who looks at the
    conversation hears of it."""
    before = standing_of(session)
    session.mode = Session.Mode.ASSISTANT if standing.mode == live.ENDED else standing.mode
    session.owner_id = standing.owner
    session.owner_until = standing.owner_until
    session.awaiting_since = standing.awaiting_since
    ring(session)
    if (before.mode, before.owner) != (standing.mode, standing.owner):
        bell.ring(inbox_topic(session.tenant_id))


def ring(session: Session) -> None:
    """Wake those who have this conversation before them, and in their list."""
    bell.ring(conversation_topic(session.pk))
    ring_desks(session)


def find_call(session: Session) -> Handoff | None:
    """The open call for a person, locked."""
    return session.handoffs.select_for_update().filter(closed_at=None).first()


def open_call(session: Session, reason: str, now: datetime, *, wait: timedelta | None = None) -> Handoff:
    """A person is wanted; with `wait` the visitor is told after it that nobody is free, and all colleagues are called
    after half of it."""
    return Handoff.objects.create(
        tenant_id=session.tenant_id,
        session=session,
        reason=reason[:40],
        requested_at=now,
        due_at=now + wait if wait else None,
        escalates_at=now + wait / 2 if wait else None,
    )


def close_call(session: Session, outcome: str, now: datetime) -> None:
    """The open call is over, if there is one: never before what happened in it, by the clock of whatever process."""
    open_ones = Handoff.objects.filter(session=session, closed_at=None)
    closed_at = Greatest(Value(now), "requested_at", "taken_at", "first_reply_at")  # leaves out what is empty
    if open_ones.update(closed_at=closed_at, outcome=outcome, escalates_at=None):
        withdraw_calls(session)


def wait_of(config: WidgetConfig) -> timedelta:
    return timedelta(minutes=config.behavior.handoff_wait_minutes)


def settle(session: Session, config: WidgetConfig, now: datetime) -> bool:
    """Where the person who had the (locked) conversation has gone, give it to others, or back to the assistant; whether
    anything changed. Whoever calls saves the columns STANDING."""
    before = standing_of(session)
    standing = live.lapse(before, now)
    if standing == before:
        return False
    put(session, standing)
    close_call(session, Handoff.Outcome.LAPSED, now)
    if standing.mode == live.WAITING:
        open_call(session, "lapsed", now, wait=wait_of(config))
        call_colleagues(session, "waiting", now)
    return True


def call_colleagues(
    session: Session, kind: str, now: datetime, *, only: int | None = None, promised_by: datetime | None = None
) -> None:
    """Tell colleagues that somebody waits: `kind` is one of leads.contracts.StaffCall's. `only` is a membership."""
    last = session.messages.filter(role=Message.Role.VISITOR).order_by("-sequence")
    since = session.awaiting_since or now
    call = StaffCall(
        kind=kind,
        conversation_reference=session.reference,
        conversation_url=inbox_url(session.reference),
        about=f"{session.reference}:{since.isoformat()}",
        reason=session.handoff_reason,
        words=last.values_list("content", flat=True).first() or "",
        promised_by=promised_by,
    )
    lead_services.call_colleagues(call, tenant_id=session.tenant_id, only=only, now=now)


def withdraw_calls(session: Session) -> None:
    """Nobody needs to come any more: what has not been sent of it is not."""
    lead_services.withdraw_calls(tenant_id=session.tenant_id, conversation_reference=session.reference)
