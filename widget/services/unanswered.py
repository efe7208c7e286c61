"""The visitor's words that one side has left to the other: nobody's words stay without an answer, and none get two.

All under the session's lock.
"""

from datetime import datetime

from caty.lib import tasks
from tenants.contracts import WidgetConfig
from widget.engine import live
from widget.models import Answer, Handoff, Message, Session
from widget.services.standing import STANDING, put, standing_of, wait_of


def is_for_person(session: Session, question: Message) -> bool:
    """Whether the assistant's answer to this comes too late: a person has the conversation, has answered since, or has
    ended it."""
    if session.mode == Session.Mode.PERSON:
        return True
    if session.ended_at is not None:
        return session.handoffs.filter(outcome=Handoff.Outcome.ENDED, taken_at__isnull=False).exists()
    return session.last_sequence > question.sequence and has_person_answered(session, question)


def leave_to_person(session: Session, question: Message, config: WidgetConfig, now: datetime) -> None:
    """The person who has the conversation is to answer what the assistant didn't: the visitor waits for their words,
    and all others are called where they don't react."""
    is_theirs = session.mode == Session.Mode.PERSON and session.awaiting_since is None
    if is_theirs and not has_person_answered(session, question):
        put(session, live.note_visitor(standing_of(session), question.created_at))
        session.save(update_fields=STANDING)
        Handoff.objects.filter(session=session, closed_at=None).update(escalates_at=now + wait_of(config))


def leave_to_assistant(session: Session, now: datetime) -> None:
    """The person has gone, or has given the conversation back: the visitor's last words, where nobody has answered
    them, are the assistant's. The visitor finds its answer in the transcript."""
    last = session.messages.order_by("-sequence").values_list("pk", "role").first()
    if last is None or last[1] != Message.Role.VISITOR:
        return
    work = Answer.objects.filter(question=last[0], state=Answer.State.SKIPPED).first()
    if work is None:
        return
    # What waits for its turn was said before, and is read with these words.
    session.answers.filter(state=Answer.State.WAITING).update(state=Answer.State.SKIPPED)
    work.state, work.lease_until, work.attempts, work.created_at = Answer.State.WAITING, now, 0, now
    work.save(update_fields=["state", "lease_until", "attempts", "created_at"])
    tasks.hint("widget.answer_again", answer_id=work.pk)


def has_person_answered(session: Session, question: Message) -> bool:
    """Whether a colleague has written since."""
    return session.messages.filter(role=Message.Role.STAFF, sequence__gt=question.sequence).exists()
