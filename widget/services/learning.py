"""Noting what visitors asked in vain: unanswered, answered without being sure, or found unhelpful."""

import hashlib
from datetime import datetime

from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest

from tenants.models import Tenant
from widget.engine.contracts import Reply
from widget.models import Answer, Message, Session, UnansweredQuestion

LEAST_SURE = 0.4
ASKING_NOTHING = ("greeting", "browsing", "human_request")
State = UnansweredQuestion.State


def note_question(session: Session, question: Message, reply: Reply, now: datetime) -> None:
    """Keep a question that was not answered well; the same words, whoever asks them, are counted.

    In the caller's transaction, and no dearer than one or three statements: what belongs together is found out later.
    """
    if reply.is_unanswered:
        _count(session, question, "unknown_times", now)
    elif is_unsure(reply.answered_by, reply.confidence, reply.intent):
        _count(session, question, "unsure_times", now)


def note_rating(message: Message, *, before: str, now: datetime) -> None:
    """Keep, or no longer, the question whose answer a visitor found unhelpful. In the caller's transaction."""
    down = Message.Rating.DOWN
    work = Answer.objects.select_related("question", "session__tenant").filter(message=message).first()
    if work is None or (message.rating == down) == (before == down):
        return
    # One that is kept for another reason was counted when it was asked.
    is_counted = work.is_unanswered or is_unsure(message.answered_by, message.confidence or 0.0, message.intent)
    if message.rating == down:
        _count(work.session, work.question, "unhelpful_times", now, times=0 if is_counted else 1)
    else:
        _take_back(work.session.tenant, work.question.content, times=0 if is_counted else 1)


def is_unsure(answered_by: str, confidence: float, intent: str) -> bool:
    return answered_by == "ai" and confidence < LEAST_SURE and intent not in ASKING_NOTHING


def fingerprint_of(text: str) -> str:
    """The same for the same words, however they are spaced and in whatever case."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()


def _count(session: Session, question: Message, reason: str, now: datetime, *, times: int = 1) -> None:
    fingerprint = fingerprint_of(question.content)
    same = UnansweredQuestion.objects.for_tenant(session.tenant).filter(fingerprint=fingerprint)
    again = {
        "times": F("times") + times,
        reason: F(reason) + 1,
        "last_asked_at": now,
        "conversation_reference": session.reference,
        # Who asks in vain what was said to be answered tells that it isn't.
        "state": Case(When(state=State.DONE, then=Value(State.OPEN)), default=F("state")),
    }
    if same.update(**again):
        return
    # Where another conversation was first, this must not fail: PostgreSQL logs a statement that does, with the text.
    UnansweredQuestion.objects.bulk_create(
        [
            UnansweredQuestion(
                tenant=session.tenant,
                fingerprint=fingerprint,
                text=question.content[:500],
                times=0,
                conversation_reference=session.reference,
                first_asked_at=now,
                last_asked_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    same.update(**again)


def _take_back(tenant: Tenant, text: str, *, times: int) -> None:
    same = UnansweredQuestion.objects.for_tenant(tenant).filter(fingerprint=fingerprint_of(text))
    same.update(
        times=Greatest(F("times") - times, Value(0)), unhelpful_times=Greatest(F("unhelpful_times") - 1, Value(0))
    )
    same.filter(times=0).delete()
