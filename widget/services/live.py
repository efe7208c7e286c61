"""What colleagues do in a conversation: take it over, answer, give it back, give it to another, end it, note something.

Each locks the conversation, asks `widget.engine.live` whether it may be, and writes all that comes of it together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from caty.lib.errors import CatyError, NotFound
from leads import services as lead_services
from tenants.config import load_config
from tenants.models import Membership
from tenants.services import get_colleague
from tenants.staff import EDITORS
from widget.engine import live
from widget.engine.live import NotPossible, Standing
from widget.models import Attachment, Handoff, Message, Note, Reading, Session
from widget.services import presence, sessions
from widget.services.standing import (
    STANDING,
    call_colleagues,
    close_call,
    find_call,
    open_call,
    put,
    ring,
    standing_of,
    wait_of,
    withdraw_calls,
)
from widget.services.transcript import append
from widget.services.unanswered import leave_to_assistant

LONGEST = 4000  # characters of a reply or a note
MOST_ATTACHMENTS = 5  # of a message
CAME_BY_ITSELF = "taken"  # the reason of a call that nobody made: a colleague came unasked
REPLIED = ("last_sequence", "last_heard_at", *STANDING)


class ConversationNotFound(NotFound):
    message = "There is no such conversation."


class MayNotAnswer(CatyError):
    status = 403
    code = "NOT_ALLOWED"
    message = "Only owners and editors answer visitors. Ask an owner for that right."


class Taken(CatyError):
    status = 409
    code = "TAKEN"
    message = "A colleague is answering already."


class NotYours(CatyError):
    status = 409
    code = "NOT_YOURS"
    message = "Take the conversation over first."


class Over(CatyError):
    status = 409
    code = "CONVERSATION_OVER"
    message = "This conversation has ended."


class ReplyInvalid(CatyError):
    message = "Write something first."


REFUSALS = {"taken": Taken, "not_yours": NotYours, "over": Over}


@dataclass(frozen=True, kw_only=True)
class StaffReply:
    """What a colleague writes to a visitor. `client_id` is their page's own id for it: a repeat is stored once.

    `attachment_ids` are public ids of what they have uploaded to this conversation and not sent yet.
    """

    text: str
    client_id: str = ""
    attachment_ids: tuple[str, ...] = ()


@transaction.atomic
def take_over(*, reference: str, membership: Membership, is_insisting: bool = False, now: datetime) -> None:
    """From now on this colleague answers. Raises Taken where another does, unless insisting, and Over."""
    session = _lock(reference, membership)
    _move(session, lambda standing: live.take(standing, membership.pk, now, is_insisting=is_insisting))
    call = find_call(session) or open_call(session, CAME_BY_ITSELF, now)
    _note_taken(session, call, membership, now)
    session.save(update_fields=STANDING)


def _note_taken(session: Session, call: Handoff, by: Membership, now: datetime) -> None:
    """Who came first, and not before they were called, by the clock of whatever process. Nobody else is called any
    more, but where the visitor waits and they don't write either."""
    withdraw_calls(session)
    call.due_at = None
    call.escalates_at = now + wait_of(load_config(by.tenant)) if session.awaiting_since else None
    if call.taken_at is None:
        call.taken_at, call.taker_id = max(now, call.requested_at), by.pk
    call.save(update_fields=["taken_at", "taker", "due_at", "escalates_at"])


@transaction.atomic
def assign(*, reference: str, membership: Membership, to: int, now: datetime) -> None:
    """Give the conversation to another colleague (a membership's key), who is told. Raises Taken, Over, NotAColleague
    and, where they may not answer visitors, MayNotAnswer."""
    # The colleague before the conversation: in the order in which one who leaves the business takes them.
    colleague = get_colleague(to, tenant=membership.tenant)
    _require_answering(colleague)
    session = _lock(reference, membership)
    _move(session, lambda standing: live.assign(standing, membership.pk, colleague.pk, now))
    call = find_call(session) or open_call(session, CAME_BY_ITSELF, now)
    _note_taken(session, call, colleague, now)
    session.save(update_fields=STANDING)
    if colleague.pk != membership.pk:
        call_colleagues(session, "assigned", now, only=colleague.pk)


@transaction.atomic
def hand_back(*, reference: str, membership: Membership, now: datetime) -> None:
    """The assistant answers again, first what the visitor said last and nobody has answered. Raises Taken where another
    colleague has it, and Over."""
    session = _lock(reference, membership)
    _move(session, lambda standing: live.hand_back(standing, membership.pk, now))
    close_call(session, Handoff.Outcome.HANDED_BACK, now)
    session.save(update_fields=STANDING)
    leave_to_assistant(session, now)


@transaction.atomic
def end_conversation(*, reference: str, membership: Membership, now: datetime) -> None:
    """End it for the visitor, too. Raises Taken where another colleague has it. Ended already: nothing happens."""
    session = _lock(reference, membership)
    if session.ended_at is None:
        _decide(standing_of(session), lambda standing: live.end(standing, now, membership.pk))
        sessions.end(session, now)


def send_reply(*, reference: str, membership: Membership, reply: StaffReply, now: datetime) -> Message:
    """Say it to the visitor, and keep what they were promised. A repeat gives the first one's message.

    Raises ReplyInvalid, NotYours unless this colleague has the conversation, and Over.
    """
    message = _store_reply(reference, membership, reply, now)
    presence.note_sent(message.session_id, str(membership.pk))
    return message


@transaction.atomic
def _store_reply(reference: str, membership: Membership, reply: StaffReply, now: datetime) -> Message:
    text = reply.text.strip()
    session = _lock(reference, membership)
    client_id = f"staff:{reply.client_id}"[:100] if reply.client_id else None
    earlier = session.messages.filter(client_message_id=client_id).first() if client_id else None
    if earlier is not None:
        return earlier
    attachments = _unsent(session, membership, reply.attachment_ids)
    if not text and not attachments:
        raise ReplyInvalid
    if len(text) > LONGEST:
        raise ReplyInvalid(f"Write at most {LONGEST:,} characters.")
    _move(session, lambda standing: live.note_person(standing, membership.pk, now))
    message = append(
        session,
        role=Message.Role.STAFF,
        content=text,
        client_message_id=client_id,
        answered_by="human",
        author_id=membership.pk,
        author_name=membership.shown_name,
        now=now,
    )
    Attachment.objects.filter(pk__in=[one.pk for one in attachments]).update(message=message)
    session.last_heard_at = max(session.last_heard_at, now)
    session.save(update_fields=REPLIED)
    _note_reply(session, membership, now)
    lead_services.keep_promise(tenant_id=session.tenant_id, conversation_reference=session.reference, now=now)
    return message


def _note_reply(session: Session, membership: Membership, now: datetime) -> None:
    call = find_call(session)
    if call is None:
        return
    withdraw_calls(session)
    call.escalates_at = None
    if call.first_reply_at is None:
        call.first_reply_at, call.replier_id = max(now, call.taken_at or call.requested_at), membership.pk
    call.save(update_fields=["escalates_at", "first_reply_at", "replier"])


@transaction.atomic
def add_note(*, reference: str, membership: Membership, text: str, now: datetime) -> Note:
    """Note something that only colleagues read, whoever answers. Raises ReplyInvalid for none or too long a text."""
    session = _lock(reference, membership)
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise ReplyInvalid(f"Write a note of at most {LONGEST:,} characters.")
    note = Note.objects.create(
        session=session,
        author=membership,
        author_name=membership.staff_name,
        after_sequence=session.last_sequence,
        text=text,
        created_at=now,
    )
    ring(session)
    return note


def note_present(*, reference: str, membership: Membership, read_sequence: int, now: datetime) -> None:
    """This colleague looks at the conversation and has read it up to there: it counts as read, and where they have it,
    their lease goes on."""
    session = _note_read(reference, membership, read_sequence, now)
    presence.note_looking(session.pk, membership.pk, now)


@transaction.atomic
def _note_read(reference: str, membership: Membership, read_sequence: int, now: datetime) -> Session:
    session = _lock(reference, membership, may_only_look=True)
    read = min(read_sequence, session.last_sequence)
    reading, is_new = Reading.objects.get_or_create(session=session, membership=membership, defaults={"sequence": read})
    if not is_new and reading.sequence < read:
        Reading.objects.filter(pk=reading.pk).update(sequence=read)
    if membership.role not in EDITORS:
        return session  # who may only look now keeps nobody else from answering
    standing = live.renew(standing_of(session), membership.pk, now)
    if standing.owner_until != session.owner_until:
        session.owner_until = standing.owner_until
        session.save(update_fields=["owner_until"])
    return session


def note_typing(*, reference: str, membership: Membership, now: datetime) -> None:
    """The visitor sees that somebody writes, where this colleague has the conversation."""
    session = _find(reference, membership)
    if live.is_held(standing_of(session), now) and session.owner_id == membership.pk:
        presence.note_typing(session.pk, str(membership.pk))


def _find(reference: str, membership: Membership) -> Session:
    session = Session.objects.for_tenant(membership.tenant_id).filter(reference=reference).first()
    if session is None:
        raise ConversationNotFound
    return session


def _lock(reference: str, membership: Membership, *, may_only_look: bool = False) -> Session:
    """The conversation of this colleague's business, locked. Raises MayNotAnswer and ConversationNotFound."""
    if not may_only_look:
        _require_answering(membership)
    rows = Session.objects.for_tenant(membership.tenant_id).select_related("visitor", "lead")
    session = rows.select_for_update(of=("self",)).filter(reference=reference).first()
    if session is None:
        raise ConversationNotFound
    session.tenant = membership.tenant
    return session


def _require_answering(membership: Membership) -> None:
    if membership.role not in EDITORS:
        raise MayNotAnswer


def _move(session: Session, step: Callable[[Standing], Standing]) -> None:
    put(session, _decide(standing_of(session), step))


def _decide(standing: Standing, step: Callable[[Standing], Standing]) -> Standing:
    """Raises Taken, NotYours and Over."""
    try:
        return step(standing)
    except NotPossible as error:
        raise REFUSALS[error.why] from error


def _unsent(session: Session, membership: Membership, ids: tuple[str, ...]) -> list[Attachment]:
    own = session.attachments.defer("content").filter(message=None, uploader=membership)
    return list(own.filter(public_id__in=ids[:MOST_ATTACHMENTS]).select_for_update(of=("self",)))
