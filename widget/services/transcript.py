"""Adding a line to a conversation."""

from datetime import datetime

from caty.lib import bell
from widget.models import Message, Session
from widget.queries import conversation_topic, desk_topic, inbox_topic, talk_topic


def append(session: Session, *, role: str, content: str, now: datetime, **columns) -> Message:
    """Store the next message of this session, which the caller has locked and will save."""
    take_place(session)
    ring_desks(session)
    return Message.objects.create(
        session=session, sequence=session.last_sequence, role=role, content=content, created_at=now, **columns
    )


def ring_desks(session: Session) -> None:
    """Wake those colleagues whose lists show what is said in this session: a ring to all, at each line of each
    conversation, would have every one of them ask for news without end."""
    bell.ring(talk_topic(session.tenant_id))
    if session.mode == Session.Mode.WAITING:
        bell.ring(inbox_topic(session.tenant_id))
    elif session.owner_id is not None:
        bell.ring(desk_topic(session.owner_id))


def take_place(session: Session) -> None:
    """Make `last_sequence` that of a message about to be stored, and wake who waits for one once it is."""
    session.last_sequence += 1
    bell.ring(conversation_topic(session.pk))
