"""The conversation as the visitor's page reads it, and what they think of its answers."""

from datetime import datetime

from django.db import transaction

from caty.lib import bell
from caty.lib.database import release_connection
from caty.lib.errors import NotFound
from tenants.models import Tenant
from widget.contracts import Transcript
from widget.models import Message
from widget.queries import conversation_topic, get_last_sequence, get_session_key, get_transcript
from widget.services.clock import Clock
from widget.services.learning import note_rating


class MessageNotFound(NotFound):
    message = "There is no such answer in this conversation."


def list_messages(
    *, tenant: Tenant, session_id: str, after: int, limit: int, now: datetime, wait_seconds: float = 0
) -> Transcript:
    """Messages with a sequence number above `after`, oldest first, at most `limit`, and how the conversation stands.

    Where there is none yet it waits for the first, at most `wait_seconds`, without a database connection; not at all
    where too many wait in this process. Raises SessionNotFound.
    """
    clock = Clock(now, wait_seconds)
    if wait_seconds:
        _wait_for_line(tenant, session_id, after, clock)
    return get_transcript(tenant=tenant, session_id=session_id, after=after, limit=limit, now=clock.now())


def _wait_for_line(tenant: Tenant, session_id: str, after: int, clock: Clock) -> None:
    session_key = get_session_key(tenant=tenant, session_id=session_id, now=clock.now())
    with bell.listening(conversation_topic(session_key)) as listener:
        while listener is not None and clock.left() > 0:
            if get_last_sequence(tenant=tenant, session_id=session_id, now=clock.now()) > after:
                return
            release_connection()
            listener.wait(clock.left())


def rate_answer(*, tenant: Tenant, session_id: str, message_id: str, rating: str, now: datetime) -> None:
    """Keep what the visitor thinks of an answer: "up", "down", or "" for nothing any more.

    Raises SessionNotFound, and MessageNotFound for what is no answer of this session.
    """
    session_key = get_session_key(tenant=tenant, session_id=session_id, now=now)
    answers = Message.objects.filter(session_id=session_key, role=Message.Role.ASSISTANT, public_id=message_id)
    with transaction.atomic():
        answer = answers.select_for_update().first()
        if answer is None:
            raise MessageNotFound
        before, answer.rating = answer.rating, rating
        answer.save(update_fields=["rating"])
        note_rating(answer, before=before, now=now)
