"""The conversation as the visitor's page reads it, and what they think of its answers."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from caty.lib import bell
from caty.lib.database import release_connection
from caty.lib.errors import NotFound
from tenants.models import Tenant
from widget.contracts import Transcript
from widget.engine import live
from widget.models import Message
from widget.queries import conversation_topic, get_session_key
from widget.services import presence
from widget.services.clock import Clock
from widget.services.learning import note_rating
from widget.services.reading import read_transcript
from widget.standing_queries import Look, look, look_again

TYPING_LOOK_SECONDS = 2.0  # nobody rings when somebody has stopped typing


class MessageNotFound(NotFound):
    message = "There is no such answer in this conversation."


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the visitor's page shows of how it stands, and wants to hear of when it changes: not of what is None or ""
    here, but of a person where it shows none."""

    is_typing: bool | None = None
    mode: str = ""
    person: str | None = None


def list_messages(
    *,
    tenant: Tenant,
    session_id: str,
    after: int,
    limit: int,
    now: datetime,
    wait_seconds: float = 0,
    shown: Shown = Shown(),
) -> Transcript:
    """Messages with a sequence number above `after`, oldest first, at most `limit`, and how the conversation stands.

    Where there is none yet it waits for the first, or for what is `shown` to change, at most `wait_seconds`, without a
    database connection; not at all where too many wait in this process. Raises SessionNotFound.
    """
    clock = Clock(now, wait_seconds)
    if wait_seconds:
        _wait_for_news(tenant, session_id, after, shown, clock)
    return read_transcript(tenant=tenant, session_id=session_id, after=after, limit=limit, now=clock.now())


def _wait_for_news(tenant: Tenant, session_id: str, after: int, shown: Shown, clock: Clock) -> None:
    seen = look(tenant=tenant, session_id=session_id, now=clock.now())
    if seen.last_sequence > after:
        return
    with bell.listening(conversation_topic(seen.key)) as listener:
        while listener is not None and clock.left() > 0:
            seen = look_again(seen.key)
            if seen.last_sequence > after or _has_changed(seen, shown):
                return
            release_connection()
            listener.wait(min(clock.left(), TYPING_LOOK_SECONDS) if shown.is_typing else clock.left())


def _has_changed(seen: Look, shown: Shown) -> bool:
    if shown.mode and shown.mode != seen.mode:
        return True
    if shown.person is not None and shown.person != (seen.owner_name or ""):
        return True
    if shown.is_typing is None:
        return False
    return shown.is_typing != (seen.mode == live.PERSON and presence.is_colleague_typing(seen.key))


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
