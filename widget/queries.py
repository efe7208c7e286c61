"""Look-ups of the widget, always by tenant."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from caty.lib.errors import NotFound
from caty.lib.ids import has_public_id_form
from leads.contracts import QuestionToAnswer, TranscriptLine
from tenants.models import Tenant
from widget.engine.contracts import Action, AnswerSource
from widget.models import Attachment, PageView, Session, UnansweredQuestion, Visitor

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


def get_mode(*, tenant: Tenant, session_id: str, now: datetime) -> tuple[int, str]:
    """The running session's primary key, and who answers in it. Raises SessionNotFound."""
    found = _running_sessions(tenant, session_id, now).values_list("pk", "mode").first()
    if found is None:
        raise SessionNotFound
    return found


def _running_sessions(tenant: Tenant, session_id: str, now: datetime) -> QuerySet[Session]:
    return sessions_named(tenant, session_id).filter(is_running(now))


def sessions_named(tenant: Tenant, session_id: str) -> QuerySet[Session]:
    """The tenant's session with this public id, ended or not. Raises SessionNotFound for what is no such id."""
    if not has_public_id_form(session_id, "sess"):
        raise SessionNotFound
    return Session.objects.for_tenant(tenant).filter(public_id=session_id)


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
    """The conversation's last lines, oldest first, as a lead carries them; of attachments the names."""
    columns = ("pk", "role", "content", "created_at")
    rows = list(session.messages.order_by("-sequence").values_list(*columns)[:LINES_FOR_LEAD])
    names = attachment_names([row[0] for row in rows])
    told = [(role, words_with(content, names.get(pk, ())), at) for pk, role, content, at in reversed(rows)]
    return tuple(TranscriptLine(role=role, content=content, at=at) for role, content, at in told if content)


def attachment_names(message_keys: list[int]) -> dict[int, list[str]]:
    """What was sent with these messages, by their keys."""
    found: dict[int, list[str]] = {}
    for key, name in Attachment.objects.filter(message__in=message_keys).order_by("pk").values_list("message", "name"):
        found.setdefault(key, []).append(name)
    return found


def words_with(content: str, names: Iterable[str]) -> str:
    """What was written, and the names of what was sent along in brackets: all that leads and models learn of files."""
    return " ".join(filter(None, (content, *(f"[{name}]" for name in names))))


def conversation_topic(session_key: int) -> str:
    """What the bell rings with when a line is added to this conversation."""
    return f"conversation:{session_key}"


def inbox_topic(tenant_key: int) -> str:
    """What the bell rings with when somebody begins or ceases to wait for a colleague, or another one answers: all
    colleagues of the business look at that."""
    return f"inbox:{tenant_key}"


def desk_topic(membership_key: int) -> str:
    """What the bell rings with when something is said in a conversation that this colleague has."""
    return f"desk:{membership_key}"


def talk_topic(tenant_key: int) -> str:
    """What the bell rings with when something is said in any conversation of the business."""
    return f"talk:{tenant_key}"


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
