"""The conversation as the visitor's page reads it: its lines, who wrote them, and how it stands."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef

from tenants.config import load_config
from tenants.models import Face, Membership, Tenant
from widget.contracts import AttachmentShown, Author, Transcript, TranscriptMessage
from widget.engine import live
from widget.models import Answer, Handoff, Message, Session
from widget.queries import SessionNotFound, as_actions, as_sources, readable_sessions
from widget.services import presence
from widget.services.attachments import attachments_of

COLUMNS = ("pk", "last_sequence", "mode", "owner", "ended_at", "satisfaction", "visitor_read_sequence")
FOUND = ("is_answering", "had_person", "was_answered")


def read_transcript(*, tenant: Tenant, session_id: str, after: int, limit: int, now: datetime) -> Transcript:
    """Messages with a sequence number above `after`, oldest first, at most `limit`; they count as fetched.

    Of the running session, or one that a colleague ended half an hour ago at most. Raises SessionNotFound.
    """
    session = _find(tenant, session_id, now)
    rows = list(Message.objects.filter(session_id=session["pk"], sequence__gt=after).order_by("sequence")[:limit])
    sent_along = attachments_of(row.pk for row in rows) if session["had_person"] else {}
    faces = _faces({row.author_id for row in rows} | {session["owner"]})
    mode = _mode_of(session)
    _note_fetched(session, rows)
    return Transcript(
        messages=tuple(_as_read(row, tenant, faces, sent_along.get(row.pk, ())) for row in rows),
        # A line may have been added between the two queries.
        last_sequence=max([session["last_sequence"], *(row.sequence for row in rows)]),
        mode=mode,
        is_answering=session["is_answering"],
        person=_person(session["owner"], faces) if mode == live.PERSON else None,
        is_typing=mode == live.PERSON and presence.is_colleague_typing(session["pk"]),
        satisfaction=session["satisfaction"],
        asks_satisfaction=_asks(session, mode, tenant),
    )


def _find(tenant: Tenant, session_id: str, now: datetime) -> dict:
    at_work = Answer.objects.filter(session=OuterRef("pk"), state__in=Answer.OPEN, lease_until__gt=now)
    calls = Handoff.objects.filter(session=OuterRef("pk"))
    answered = calls.filter(first_reply_at__isnull=False)
    rows = readable_sessions(tenant, session_id, now).annotate(
        is_answering=Exists(at_work), had_person=Exists(calls), was_answered=Exists(answered)
    )
    session = rows.values(*COLUMNS, *FOUND).first()
    if session is None:
        raise SessionNotFound
    return session


def _mode_of(session: dict) -> str:
    return live.ENDED if session["ended_at"] else session["mode"]


def _asks(session: dict, mode: str, tenant: Tenant) -> bool:
    """Once the person who answered has done so."""
    is_over = mode in (live.ASSISTANT, live.ENDED) and session["was_answered"]
    return is_over and not session["satisfaction"] and load_config(tenant).behavior.satisfaction_enabled


def _note_fetched(session: dict, rows: list[Message]) -> None:
    """What a visitor's page has, no mail has to bring them."""
    is_of_person = session["mode"] != Session.Mode.ASSISTANT or any(row.role == Message.Role.STAFF for row in rows)
    last = rows[-1].sequence if rows else 0
    if is_of_person and last > session["visitor_read_sequence"]:
        unread = Session.objects.filter(pk=session["pk"], visitor_read_sequence__lt=last)
        unread.update(visitor_read_sequence=last)


def _person(owner: int | None, faces: dict[int, str]) -> Author | None:
    colleague = Membership.objects.select_related("user", "tenant").filter(pk=owner).first()
    return Author(name=colleague.shown_name, avatar_url=faces.get(owner, "")) if colleague else None


def _faces(memberships: Iterable[int | None]) -> dict[int, str]:
    """The addresses of these colleagues' pictures, of those who have one."""
    keys = [key for key in memberships if key]
    if not keys:
        return {}
    found = Face.objects.filter(membership__in=keys).values_list("membership", "digest")
    return {key: f"{settings.SITE_URL}/widget/avatar/{digest}" for key, digest in found}


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
