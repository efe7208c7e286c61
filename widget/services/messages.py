"""A visitor's message: stored first, then answered. One answer at a time per session; one more waits."""

import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from caty.lib import throttling
from caty.lib.database import release_connection
from caty.lib.errors import CatyError
from leads import services as lead_services
from leads.contracts import Contacts
from tenants.contracts import WidgetConfig
from tenants.models import Tenant
from widget.contracts import Caller, PostedAnswer, VisitorMessage
from widget.engine import live
from widget.message_queries import Line, find_running, lock_running, look_at_line
from widget.models import Answer, Handoff, Message, Session
from widget.pages import LONGEST
from widget.queries import attachment_names, words_with
from widget.services import answering, presence
from widget.services.attachments import send_along
from widget.services.clock import Clock
from widget.services.contacts import IdempotencyConflict, capture_found, score
from widget.services.events import announce_message
from widget.services.standing import STANDING, call_colleagues, put, settle, standing_of, wait_of
from widget.services.transcript import append

DEADLINE_SECONDS = 25.0
FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.05, 0.5
MESSAGE_CHANGES = ("message_count", "last_heard_at", "page_url", "last_sequence", "lead", "lead_score", *STANDING)


class StoredMeanwhile(Exception):
    """The same message arrived twice at once, and the other one was stored first."""


class MessageEmpty(CatyError):
    message = "Write something, or attach a file first."


class StillAnswering(CatyError):
    status = 429
    code = "RATE_LIMITED"
    message = "The last messages are still being answered. Wait for the answer, then send again."


def post_message(
    *,
    tenant: Tenant,
    config: WidgetConfig,
    session_id: str,
    message: VisitorMessage,
    caller: Caller,
    now: datetime,
    on_accepted: Callable[[], None] = lambda: None,
    on_delta: Callable[[str], None] | None = None,
) -> PostedAnswer:
    """Store what the visitor wrote (then `on_accepted`) and answer it within 25 seconds, whatever the model does.

    A repeat (same `client_message_id`) gets the first one's answer, also while that is being made. Raises
    SessionNotFound, RateLimited, StillAnswering for a third message at once, IdempotencyConflict for a used id, and
    MessageEmpty where nothing is left of what was attached.
    """
    clock = Clock(now, DEADLINE_SECONDS)
    key = message.client_message_id
    session_key, is_repeat = find_running(tenant=tenant, session_id=session_id, client_message_id=key, now=now)
    work = _find_repeated(session_key, message) if is_repeat else None
    is_ours = False
    if work is None:
        _spend(session_key, config, caller)
        try:
            work = _accept(tenant, config, session_id, message, now)
            is_ours = work.state == Answer.State.RUNNING
            if work.state == Answer.State.SKIPPED:
                presence.note_sent(session_key, presence.VISITOR)
        except StoredMeanwhile:
            work = _find_repeated(session_key, message)
    on_accepted()
    return _answer_in_turn(work, is_ours=is_ours, config=config, caller=caller, clock=clock, on_delta=on_delta)


def _find_repeated(session_key: int, message: VisitorMessage) -> Answer:
    """Raises IdempotencyConflict."""
    same = {"question__session": session_key, "question__client_message_id": message.client_message_id}
    work = Answer.objects.select_related("question", "message").filter(**same).first()
    # Without an answer's work it is the id of a colleague's line, which the page has read.
    if work is None or work.question.content != message.text:
        raise IdempotencyConflict("This client_message_id was used for other words. Send a new id with a new message.")
    return work


def _spend(session_key: int, config: WidgetConfig, caller: Caller) -> None:
    throttling.require(
        throttling.Window(
            scope="messages",
            subject=str(session_key),
            limit=caller.limit(config.limits.messages_per_minute),
            seconds=60,
        )
    )


def _accept(tenant: Tenant, config: WidgetConfig, session_id: str, message: VisitorMessage, now: datetime) -> Answer:
    """Transaction 1: the visitor's words and the contact details in them, before anything thinks.

    Raises StoredMeanwhile. Asked under the lock rather than told by a constraint: PostgreSQL logs a statement that
    fails, and what the visitor wrote would stand in it.
    """
    contacts = lead_services.find_contacts(message.text, country=config.country)
    with transaction.atomic():
        session = lock_running(tenant=tenant, session_id=session_id, now=now)
        line = look_at_line(session, client_message_id=message.client_message_id)
        if line.is_repeat:
            raise StoredMeanwhile
        settle(session, config, now)
        state = _place_in_line(session, line, now)
        question = _store(tenant, config, session, message, contacts, now)
        if not message.text:
            state = Answer.State.SKIPPED  # what is in a file, a person sees
        return Answer.objects.create(
            question=question,
            session=session,
            state=state,
            attempts=1,
            lease_until=now + answering.LEASE,
            created_at=now,
        )


def _place_in_line(session: Session, line: Line, now: datetime) -> str:
    if not live.may_assistant_speak(standing_of(session)):
        return Answer.State.SKIPPED
    taken = {state for state, lease_until in line.open_answers if lease_until is None or lease_until > now}
    if len(taken) < len(line.open_answers):
        # A process that died left these: the visitor has moved on, and what they wrote stands in the transcript.
        session.answers.filter(state__in=Answer.OPEN, lease_until__lte=now).update(state=Answer.State.ABANDONED)
    if Answer.State.WAITING in taken:
        raise StillAnswering(retry_after=5)
    return Answer.State.WAITING if taken else Answer.State.RUNNING


def _store(
    tenant: Tenant,
    config: WidgetConfig,
    session: Session,
    message: VisitorMessage,
    contacts: Contacts,
    now: datetime,
) -> Message:
    is_first = session.message_count == 0
    answers_proactive = _is_last_word_proactive(session)
    _note_reply(session, now)
    session.message_count += 1
    session.last_heard_at = max(session.last_heard_at, now)
    session.page_url = (message.page_url or session.page_url)[:LONGEST]
    question = append(
        session,
        role=Message.Role.VISITOR,
        content=message.text,
        client_message_id=message.client_message_id or None,
        page_url=session.page_url,
        now=now,
    )
    words = words_with(message.text, _send_along(session, message, question))
    # Receivers hear of the conversation before they hear of the lead that it made.
    announce_message(tenant, session, question, words, is_first=is_first, now=now)
    capture_found(session, config, contacts, now)
    if answers_proactive:
        score(session, config, "engaged_with_proactive", "Answered a proactive message", now)
    _call_for_person(session, config, now)
    session.save(update_fields=MESSAGE_CHANGES)
    return question


def _send_along(session: Session, message: VisitorMessage, question: Message) -> list[str]:
    """The names of what was attached. Raises MessageEmpty where nothing is, and nothing was written."""
    names: list[str] = []
    if message.attachment_ids:
        send_along(session, message.attachment_ids, question)
        names = attachment_names([question.pk]).get(question.pk, [])
    if not (message.text or names):
        raise MessageEmpty
    return names


def _call_for_person(session: Session, config: WidgetConfig, now: datetime) -> None:
    """Where a person answers, they hear of the visitor's first words since their own; and all others, where they don't
    react."""
    standing = live.note_visitor(standing_of(session), now)
    if session.mode == Session.Mode.PERSON and session.awaiting_since is None:
        put(session, standing)
        Handoff.objects.filter(session=session, closed_at=None).update(escalates_at=now + wait_of(config))
        call_colleagues(session, "wrote", now, only=session.owner_id)


def _is_last_word_proactive(session: Session) -> bool:
    """Whether the last line is one of ours, said unasked, that the visitor did not wave away."""
    if not session.proactive_count:
        return False
    columns = ("role", "proactive_showing__dismissed_at")
    last = session.messages.order_by("-sequence").values_list(*columns).first()
    return last == (Message.Role.PROACTIVE, None)


def _note_reply(session: Session, now: datetime) -> None:
    """That the visitor wrote after what was said to them unasked; what they waved away they don't answer."""
    if session.proactive_count:
        rows = session.proactive_showings.filter(is_held_out=False, dismissed_at=None, replied_at=None)
        rows.update(replied_at=now)


def _answer_in_turn(
    work: Answer, *, is_ours: bool, config: WidgetConfig, caller: Caller, clock: Clock, on_delta: Callable | None
) -> PostedAnswer:
    """Answer now, or once the turn has come; an answer that somebody else is making is waited for."""
    pause = FIRST_LOOK_SECONDS
    while not is_ours:
        if work.state in (Answer.State.DONE, Answer.State.SKIPPED):
            return answering.as_posted(work)
        is_ours = answering.take_turn(work, clock.now())
        if is_ours:
            break
        if clock.left() < pause:
            raise StillAnswering(retry_after=5)
        release_connection()
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_LOOK_SECONDS)
        work = Answer.objects.select_related("question", "message").get(pk=work.pk)
    return answering.answer(work, config, caller=caller, clock=clock, on_delta=on_delta)
