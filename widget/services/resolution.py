"""Who resolved a conversation: the one definition that reports, lists and their links share.

A person, where a colleague wrote to the visitor upon a call. The assistant alone, where it is over, no person was
called and no question stayed unanswered. Neither, for all others: nobody answered the call, something stayed
unanswered, or it still goes on. So each conversation is one of the three.
"""

from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from widget.models import Answer, Handoff, Session
from widget.queries import is_running
from widget.services.live import CAME_BY_ITSELF

PERSON, ASSISTANT, NEITHER = WAYS = ("person", "assistant", "neither")


def is_answered_by_person() -> Exists:
    """Of conversations: resolved by a person."""
    return Exists(Handoff.objects.filter(session=OuterRef("pk"), first_reply_at__isnull=False))


def with_resolution(sessions: QuerySet[Session], now: datetime) -> QuerySet[Session]:
    """The conversations with `resolved_by`, one of WAYS, to filter and count by."""
    calls = Handoff.objects.filter(session=OuterRef("pk"))
    # Whoever looked in without a word has taken nothing from the assistant.
    called = Q(handoff_requested_at__isnull=False) | Exists(calls.exclude(reason=CAME_BY_ITSELF))
    unanswered = Exists(Answer.objects.filter(session=OuterRef("pk"), is_unanswered=True))
    way = Case(
        When(is_answered_by_person(), then=Value(PERSON)),
        When(~is_running(now) & ~called & ~unanswered, then=Value(ASSISTANT)),
        default=Value(NEITHER),
    )
    return sessions.alias(resolved_by=way)


def resolved_by(sessions: QuerySet[Session], way: str, now: datetime) -> QuerySet[Session]:
    """Those resolved in one of WAYS."""
    if way == PERSON:
        return sessions.filter(is_answered_by_person())  # the same, for a tenth of the work
    return with_resolution(sessions, now).filter(resolved_by=way)


def answered_by(sessions: QuerySet[Session], membership_pk: int) -> QuerySet[Session]:
    """Those in which this colleague was the first to write upon some call."""
    return sessions.filter(Exists(Handoff.objects.filter(session=OuterRef("pk"), replier=membership_pk)))
