"""The conversation as the visitor's page reads it: its lines, who wrote them, and how it stands."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from tenants.config import load_config
from tenants.models import Face, Tenant
from widget.contracts import AttachmentShown, Author, Transcript, TranscriptMessage
from widget.engine import live
from widget.models import Message, Session
from widget.queries import as_actions, as_sources
from widget.services import presence
from widget.services.attachments import attachments_of
from widget.standing_queries import Found, find_standing


def read_transcript(*, tenant: Tenant, session_id: str, after: int, limit: int, now: datetime) -> Transcript:
    """Messages with a sequence number above `after`, oldest first, at most `limit`; they count as fetched.

    Of the running session, or one that a colleague ended half an hour ago at most. Raises SessionNotFound.
    """
    session = find_standing(tenant=tenant, session_id=session_id, now=now)
    rows = _lines(session, after, limit)
    sent_along = attachments_of(row.pk for row in rows) if rows and session.had_person else {}
    faces = _faces({row.author_id for row in rows})
    _note_fetched(session, rows)
    return Transcript(
        messages=tuple(_as_read(row, tenant, faces, sent_along.get(row.pk, ())) for row in rows),
        # A line may have been added between the two queries.
        last_sequence=max([session.last_sequence, *(row.sequence for row in rows)]),
        mode=session.mode,
        is_answering=session.is_answering,
        person=Author(name=session.owner_name, avatar_url=_address(session.owner_face)) if session.owner else None,
        is_typing=session.mode == live.PERSON and presence.is_colleague_typing(session.key),
        satisfaction=session.satisfaction,
        asks_satisfaction=_asks(session, tenant),
    )


def _lines(session: Found, after: int, limit: int) -> list[Message]:
    if session.last_sequence <= after:
        return []
    rows = Message.objects.filter(session_id=session.key, sequence__gt=after).order_by("sequence")
    return list(rows[:limit])


def _asks(session: Found, tenant: Tenant) -> bool:
    """Once the person who answered has done so."""
    is_over = session.mode in (live.ASSISTANT, live.ENDED) and session.was_answered
    return is_over and not session.satisfaction and load_config(tenant).behavior.satisfaction_enabled


def _note_fetched(session: Found, rows: list[Message]) -> None:
    """What a visitor's page has, no mail has to bring them."""
    is_of_person = session.mode in (live.WAITING, live.PERSON) or any(row.role == Message.Role.STAFF for row in rows)
    last = rows[-1].sequence if rows else 0
    if is_of_person and last > session.visitor_read_sequence:
        unread = Session.objects.filter(pk=session.key, visitor_read_sequence__lt=last)
        unread.update(visitor_read_sequence=last)


def _faces(memberships: Iterable[int | None]) -> dict[int, str]:
    """The addresses of these colleagues' pictures, of those who have one."""
    keys = [key for key in memberships if key]
    if not keys:
        return {}
    found = Face.objects.filter(membership__in=keys).values_list("membership", "digest")
    return {key: _address(digest) for key, digest in found}


def _address(digest: str) -> str:
    return f"{settings.SITE_URL}/widget/avatar/{digest}" if digest else ""


def _as_read(
    row: Message, tenant: Tenant, faces: dict[int, str], attachments: tuple[AttachmentShown, ...]
) -> TranscriptMessage:
    name = row.author_name or tenant.name
    return TranscriptMessage(
        message_id=row.public_id,
        sequence=row.sequence,
        role=row.role,
        content=row.content,
        created_at=row.created_at,
        answered_by=row.answered_by,
        suggested_actions=as_actions(row.suggested_actions),
        sources=as_sources(row.sources),
        rating=row.rating,
        client_message_id=row.client_message_id or "",
        author=Author(name=name, avatar_url=faces.get(row.author_id, "")) if row.role == Message.Role.STAFF else None,
        attachments=attachments,
    )
