"""Look-ups of the widget, always by tenant."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from caty.lib.errors import NotFound
from caty.lib.ids import has_public_id_form
from leads.contracts import TranscriptLine
from tenants.models import Tenant
from widget.contracts import TranscriptMessage
from widget.engine.contracts import Action, AnswerSource
from widget.models import Message, PageView, Session, Visitor

IDLE_AFTER = timedelta(minutes=30)
LINES_FOR_LEAD = 50


class SessionNotFound(NotFound):
    message = "This conversation has ended or never was. Start a new one and send again."


def conversation_url(reference: str) -> str:
    """Where staff read the conversation."""
    return f"{settings.SITE_URL}/admin/conversations/{reference}/"


def get_session(*, tenant: Tenant, session_id: str, now: datetime, lock: bool = False) -> Session:
    """The running session with this public id. Raises SessionNotFound for an ended, idle, unknown or foreign one."""
    rows = _running_sessions(tenant, session_id, now)
    if lock:
        rows = rows.select_for_update(of=("self",))
    session = rows.select_related("visitor").first()
    if session is None:
        raise SessionNotFound
    session.tenant = tenant  # at hand already: spares a query
    return session


def get_session_key(*, tenant: Tenant, session_id: str, now: datetime) -> int:
    """The primary key alone of what `get_session` gives, for half of the work. Raises SessionNotFound."""
    key = _running_sessions(tenant, session_id, now).values_list("pk", flat=True).first()
    if key is None:
        raise SessionNotFound
    return key


def _running_sessions(tenant: Tenant, session_id: str, now: datetime) -> QuerySet[Session]:
    if not has_public_id_form(session_id, "sess"):
        raise SessionNotFound
    heard_of = {"ended_at": None, "last_heard_at__gt": now - IDLE_AFTER}
    return Session.objects.for_tenant(tenant).filter(public_id=session_id, **heard_of)


def find_visitor(*, tenant: Tenant, visitor_id: str) -> Visitor | None:
    """The tenant's visitor with this public id; None for an unknown or foreign one."""
    if not has_public_id_form(visitor_id, "vis"):
        return None
    return Visitor.objects.for_tenant(tenant).filter(public_id=visitor_id).first()


def find_last_view(session: Session) -> PageView | None:
    """The page view this session began last."""
    return session.page_views.order_by("-started_at", "-pk").first()


def transcript_lines(session: Session) -> tuple[TranscriptLine, ...]:
    """The conversation's last lines, oldest first, as a lead carries them."""
    rows = session.messages.order_by("-sequence").values_list("role", "content", "created_at")[:LINES_FOR_LEAD]
    return tuple(TranscriptLine(role=role, content=content, at=at) for role, content, at in reversed(rows) if content)


def list_messages(
    *, tenant: Tenant, session_id: str, after: int, limit: int, now: datetime
) -> tuple[TranscriptMessage, ...]:
    """Messages of the running session with a sequence number above `after`, oldest first, at most `limit`."""
    session = get_session(tenant=tenant, session_id=session_id, now=now)
    rows = session.messages.filter(sequence__gt=after).order_by("sequence")[:limit]
    return tuple(as_transcript_message(row) for row in rows)


def as_transcript_message(row: Message) -> TranscriptMessage:
    return TranscriptMessage(
        message_id=row.public_id,
        sequence=row.sequence,
        role=row.role,
        content=row.content,
        created_at=row.created_at,
        answered_by=row.answered_by,
        suggested_actions=as_actions(row.suggested_actions),
        sources=as_sources(row.sources),
    )


def as_actions(stored: list[dict]) -> tuple[Action, ...]:
    return tuple(Action(**action) for action in stored)


def as_sources(stored: list[dict]) -> tuple[AnswerSource, ...]:
    return tuple(AnswerSource(**source) for source in stored)
