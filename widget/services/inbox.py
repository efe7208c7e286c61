"""What colleagues have before them: the conversations in which somebody waits, their own, and all that go on."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Left

from caty.lib.ids import has_public_id_form
from tenants.models import Membership
from tenants.staff import EDITORS
from widget.models import Answer, Message, Note, Reading, Session
from widget.queries import is_running

WAITING, MINE, ALL = "waiting", "mine", "all"
TABS = (WAITING, MINE, ALL)
PAGE = 40  # rows
MOST_COUNTED = 1000
MOST_LINES = 200
EXCERPT = 160  # characters
MOST_COLLEAGUES = 100


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Conversations in each tab, `all` counted up to MOST_COUNTED; `awaited` is in how many of one's own the visitor
    waits for words."""

    waiting: int
    mine: int
    awaited: int
    all: int

    @property
    def attention(self) -> int:
        """How many visitors wait for words that this person may give."""
        return self.waiting + self.awaited


def count_tabs(user: User, now: datetime) -> Counts:
    """Two queries, whatever there is."""
    live = _live(user).aggregate(
        waiting=Count("pk", filter=_is_waiting(now)),
        mine=Count("pk", filter=_is_mine(user, now)),
        awaited=Count("pk", filter=_is_mine(user, now) & Q(awaiting_since__isnull=False)),
    )
    return Counts(all=_going_on(user, now)[:MOST_COUNTED].count(), **live)


def count_attention(user: User, now: datetime) -> int:
    """`Counts.attention` alone: one query, on few rows."""
    return _live(user).filter(_is_waiting(now) | _is_mine(user, now) & Q(awaiting_since__isnull=False)).count()


def list_conversations(user: User, tab: str, *, page: int, now: datetime) -> list[Session]:
    """A page of one tab, and one row more where there is a next page: with `lead`, `owner.user` and `tenant` at hand,
    `last_words` of the visitor and how many of theirs are `unread`."""
    first = (page - 1) * PAGE
    rows = _rows_of(user, tab, now)[first : first + PAGE + 1]
    return list(_with_words(rows, user).select_related("lead", "owner__user", "tenant"))


def find_conversation(user: User, reference: str) -> Session | None:
    """One of the person's businesses' conversations, ended or not."""
    if not has_public_id_form(reference, "conv"):
        return None
    rows = Session.objects.for_staff(user).select_related("tenant", "lead", "owner__user", "owner__tenant", "visitor")
    return rows.filter(reference=reference).first()


def find_membership(user: User, session: Session) -> Membership | None:
    """As whom this person acts in the conversation; None for the operator who is no colleague."""
    rows = Membership.objects.for_tenant(session.tenant_id).select_related("user", "tenant")
    return rows.filter(user=user).first()


def membership_keys(user: User) -> list[int]:
    """As whom this person acts, in all businesses."""
    return list(Membership.objects.filter(user=user).order_by("pk").values_list("pk", flat=True)[:MOST_COLLEAGUES])


def list_colleagues(session: Session) -> list[Membership]:
    """Who may answer in this conversation."""
    rows = Membership.objects.for_tenant(session.tenant_id).select_related("user").filter(role__in=EDITORS)
    return list(rows.order_by("user__first_name", "user__username")[:MOST_COLLEAGUES])


def newest_lines(session: Session, *, after: int = 0) -> list[Message]:
    """The newest MOST_LINES messages with a sequence number above `after`, oldest first."""
    rows = session.messages.filter(sequence__gt=after).select_related("author__user")
    return list(rows.order_by("-sequence")[:MOST_LINES])[::-1]


def newest_notes(session: Session, *, after: int = 0) -> list[Note]:
    """The newest MOST_LINES notes with a key above `after`, oldest first."""
    return list(session.notes.filter(pk__gt=after).order_by("-pk")[:MOST_LINES])[::-1]


def find_draft(session: Session) -> Answer | None:
    """The newest answer that came when a person had taken over, with its question."""
    rows = session.answers.filter(state=Answer.State.SKIPPED).exclude(draft="")
    return rows.select_related("question").order_by("-question__sequence").first()


def _live(user: User) -> QuerySet[Session]:
    """Those in which a person answers or is waited for: few, and an index has them."""
    return Session.objects.for_staff(user).filter(ended_at=None).exclude(mode=Session.Mode.ASSISTANT)


def _going_on(user: User, now: datetime) -> QuerySet[Session]:
    """All that go on in which the visitor wrote or a person has a part."""
    has_words = Q(message_count__gt=0) | ~Q(mode=Session.Mode.ASSISTANT)
    return Session.objects.for_staff(user).filter(is_running(now) & has_words)


def _is_waiting(now: datetime) -> Q:
    """Also where who had it has gone and nobody has noticed yet."""
    has_gone = Q(owner=None) | Q(owner_until__lte=now)
    return Q(mode=Session.Mode.WAITING) | Q(mode=Session.Mode.PERSON) & has_gone


def _is_mine(user: User, now: datetime) -> Q:
    return Q(mode=Session.Mode.PERSON, owner__user=user, owner_until__gt=now)


def _rows_of(user: User, tab: str, now: datetime) -> QuerySet[Session]:
    longest_first = F("awaiting_since").asc(nulls_last=True)
    if tab == WAITING:
        return _live(user).filter(_is_waiting(now)).order_by(longest_first, "pk")
    if tab == MINE:
        return _live(user).filter(_is_mine(user, now)).order_by(longest_first, "-last_heard_at", "-pk")
    return _going_on(user, now).order_by("-last_heard_at", "-pk")


def _with_words(rows: QuerySet[Session], user: User) -> QuerySet[Session]:
    said = Message.objects.filter(session=OuterRef("pk"), role=Message.Role.VISITOR).order_by("-sequence")
    read = Reading.objects.filter(session=OuterRef("session"), membership__user=user).values("sequence")
    unread = (
        Message.objects.filter(session=OuterRef("pk"), role=Message.Role.VISITOR)
        .filter(sequence__gt=Coalesce(Subquery(read[:1]), 0))
        .order_by()
        .values("session")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return rows.annotate(
        last_words=Subquery(said.annotate(words=Left("content", EXCERPT)).values("words")[:1]),
        unread=Coalesce(Subquery(unread, output_field=IntegerField()), 0),
    )
