"""Look-ups of the widget, always by tenant."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from caty.lib.errors import NotFound
from caty.lib.ids import has_public_id_form
from leads.contracts import QuestionToAnswer, TranscriptLine
from tenants.models import Tenant
from widget.contracts import Author, Transcript, TranscriptMessage
from widget.engine.contracts import Action, AnswerSource
from widget.models import Answer, Message, PageView, Session, UnansweredQuestion, Visitor

IDLE_AFTER = timedelta(minutes=30)
LIVE_IDLE_AFTER = timedelta(hours=24)  # where a person answers or is waited for
LINES_FOR_LEAD = 50


class SessionNotFound(NotFound):
    message = "This conversation has ended or never was. Start a new one and send again."


def conversation_url(reference: str) -> str:
    """Where staff read the conversation."""
    return f"{settings.SITE_URL}/admin/conversations/{reference}/"


def inbox_url(reference: str) -> str:
    """Where staff answer in the conversation."""
    return f"{settings.SITE_URL}/admin/inbox/{reference}/"


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
    return Session.objects.for_tenant(tenant).filter(is_running(now), public_id=session_id)


def is_running(now: datetime) -> Q:
    """Of sessions: those that go on. Whoever talks to a person may take a day to answer."""
    heard_of = Q(last_heard_at__gt=now - IDLE_AFTER)
    with_person = ~Q(mode=Session.Mode.ASSISTANT) & Q(last_heard_at__gt=now - LIVE_IDLE_AFTER)
    return Q(ended_at=None) & (heard_of | with_person)


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


def conversation_topic(session_key: int) -> str:
    """What the bell rings with when a line is added to this conversation."""
    return f"conversation:{session_key}"


def inbox_topic(tenant_key: int) -> str:
    """What the bell rings with when something changes that a business's colleagues look at."""
    return f"inbox:{tenant_key}"


def get_last_sequence(*, tenant: Tenant, session_id: str, now: datetime) -> int:
    """The sequence number of the running session's newest message, 0 for none. Raises SessionNotFound."""
    found = _running_sessions(tenant, session_id, now).values_list("last_sequence", flat=True).first()
    if found is None:
        raise SessionNotFound
    return found


def get_transcript(*, tenant: Tenant, session_id: str, after: int, limit: int, now: datetime) -> Transcript:
    """Messages of the running session with a sequence number above `after`, oldest first, at most `limit`.

    Raises SessionNotFound.
    """
    at_work = Answer.objects.filter(session=OuterRef("pk"), state__in=Answer.OPEN, lease_until__gt=now)
    rows = _running_sessions(tenant, session_id, now).annotate(is_answering=Exists(at_work))
    session = rows.values("pk", "last_sequence", "mode", "is_answering").first()
    if session is None:
        raise SessionNotFound
    found = Message.objects.filter(session_id=session["pk"], sequence__gt=after).order_by("sequence")[:limit]
    messages = tuple(_as_transcript_message(row, tenant) for row in found)
    return Transcript(
        messages=messages,
        # A line may have been added between the two queries.
        last_sequence=max([session["last_sequence"], *(one.sequence for one in messages)]),
        mode=session["mode"],
        is_answering=session["is_answering"],
    )


def _as_transcript_message(row: Message, tenant: Tenant) -> TranscriptMessage:
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
        author=Author(name=tenant.name) if row.role == Message.Role.STAFF else None,
    )


def as_actions(stored: list[dict]) -> tuple[Action, ...]:
    return tuple(Action(**action) for action in stored)


def as_sources(stored: list[dict]) -> tuple[AnswerSource, ...]:
    return tuple(AnswerSource(**source) for source in stored)


def find_questions_to_answer(tenant_id: int, *, asked_since: datetime, most: int) -> tuple[QuestionToAnswer, ...]:
    """What an article should be written for: the open groups of like questions that were asked most, of what was asked
    since then, each told by its most asked wording."""
    rows = UnansweredQuestion.objects.for_tenant(tenant_id)
    asked = rows.filter(state=UnansweredQuestion.State.OPEN, last_asked_at__gte=asked_since)
    groups = asked.annotate(head=Coalesce("group", "pk")).values("head").annotate(count=Sum("times"))
    counts = dict(groups.order_by("-count", "head").values_list("head", "count")[:most])
    wordings = asked.annotate(head=Coalesce("group", "pk")).filter(head__in=counts).order_by("-times", "-pk")
    told: dict[int, QuestionToAnswer] = {}
    for pk, head, text in wordings.values_list("pk", "head", "text"):
        path = reverse("admin:widget_unansweredquestion_answer", args=[pk])
        told.setdefault(head, QuestionToAnswer(text=text, times=counts[head], path=path))
    return tuple(told[head] for head in counts)
