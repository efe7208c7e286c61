"""What the inbox shows, as its templates want it: rows of the list, how a conversation stands, its lines and notes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from leads import services as lead_services
from leads.models import Lead
from leads.source import without_ids
from tenants.models import Membership
from tenants.staff import EDITORS
from widget.admin.words import ANSWERED_BY, HANDOFFS
from widget.contracts import AttachmentShown
from widget.engine import live
from widget.models import Message, Note, Session
from widget.services.attachments import attachments_of
from widget.services.standing import standing_of


@dataclass(frozen=True, kw_only=True)
class Row:
    """A conversation in the list. `since` is since when the visitor waits for a person's words."""

    session: Session
    url: str
    name: str
    words: str
    page: str
    who: str
    since: datetime | None
    unread: int
    is_hot: bool
    is_open: bool


@dataclass(frozen=True, kw_only=True)
class Head:
    """How a conversation stands for one person. `mode` is assistant, waiting, person or ended; `owner` has it, "" where
    nobody is there; `why_not` says why this person can do nothing."""

    session: Session
    name: str
    mode: str
    who: str
    owner: str
    since: datetime | None
    is_mine: bool
    is_hot: bool
    why_not: str

    @property
    def may_take(self) -> bool:
        return not (self.why_not or self.is_mine or self.mode == live.ENDED)

    @property
    def may_end(self) -> bool:
        return not self.why_not and self.mode != live.ENDED and (self.is_mine or not self.owner)

    @property
    def may_hand_back(self) -> bool:
        return not self.why_not and self.is_mine


@dataclass(frozen=True, kw_only=True)
class Item:
    """A line of a conversation, or a note beside it. `role` is who it is in a word, `mark` where an answer is from."""

    kind: str
    role: str
    at: datetime
    text: str
    who: str = ""
    mark: str = ""
    rating: str = ""
    sequence: int = 0
    note: int = 0
    sources: tuple[dict, ...] = ()
    attachments: tuple[AttachmentShown, ...] = ()


def rows_of(sessions: list[Session], user: User, *, tab: str, is_open: str, now: datetime) -> list[Row]:
    return [_row(session, user, tab=tab, is_open=session.reference == is_open, now=now) for session in sessions]


def address_of(reference: str, tab: str) -> str:
    return f"{reverse('admin:widget_inbox_conversation', args=[reference])}?{urlencode({'tab': tab})}"


def head_of(session: Session, user: User, membership: Membership | None, now: datetime) -> Head:
    standing = standing_of(session)
    is_held = live.is_held(standing, now)
    is_left = standing.mode == live.PERSON and not is_held
    return Head(
        session=session,
        name=visitor_name(session),
        mode=live.WAITING if is_left else standing.mode,
        who=_who_answers(session, user, now),
        owner=staff_name(session.owner) if is_held else "",
        since=session.awaiting_since,
        is_mine=is_held and session.owner.user_id == user.pk,
        is_hot=_is_hot(session),
        why_not=why_not(membership),
    )


def why_not(membership: Membership | None) -> str:
    """Why this person can't answer visitors; "" where they can."""
    if membership is None:
        return _(
            "You look in as the operator. To answer visitors of this business, add yourself to it under “Colleagues”."
        )
    if membership.role not in EDITORS:
        return _("You may read along. Only owners and editors answer visitors: ask an owner for that right.")
    return ""


def items_of(messages: list[Message], notes: Iterable[Note]) -> list[Item]:
    """Lines and notes in the order in which they came."""
    attached = attachments_of([message.pk for message in messages])
    items = [_line(message, attached.get(message.pk, ())) for message in messages]
    items += [_note(note) for note in notes]
    return sorted(items, key=lambda item: (item.sequence, item.note))


def visitor_name(session: Session) -> str:
    return str(session.lead) if session.lead else _("Visitor")


def staff_name(membership: Membership | None) -> str:
    """As colleagues know each other."""
    if membership is None:
        return _("A former colleague")
    return membership.staff_name


def reason_in_words(reason: str) -> str:
    return str(HANDOFFS.get(reason, reason))


def _row(session: Session, user: User, *, tab: str, is_open: bool, now: datetime) -> Row:
    return Row(
        session=session,
        url=address_of(session.reference, tab),
        name=visitor_name(session),
        words=session.last_words or _("(has not written)"),
        page=_short(session.page_url),
        who=_who_answers(session, user, now),
        since=session.awaiting_since,
        unread=session.unread,
        is_hot=_is_hot(session),
        is_open=is_open,
    )


def _who_answers(session: Session, user: User, now: datetime) -> str:
    standing = standing_of(session)
    if standing.mode == live.ENDED:
        return _("Ended")
    if live.is_held(standing, now):
        return _("You answer") if session.owner.user_id == user.pk else _("%s answers") % staff_name(session.owner)
    if standing.mode == live.ASSISTANT:
        return _("The assistant answers")
    return _("Waits for a colleague")


def _is_hot(session: Session) -> bool:
    bands = (lead_services.band_of(session.lead_score), session.lead and session.lead.band)
    return Lead.Band.HOT in bands


def _short(url: str) -> str:
    """An address without what every page of the site has in common."""
    address = without_ids(url)
    return address.removeprefix(f"{urlsplit(address).scheme}://")


def _line(message: Message, attachments: tuple[AttachmentShown, ...]) -> Item:
    is_staff = message.role == Message.Role.STAFF
    return Item(
        kind=message.role,
        role=message.get_role_display(),
        who=_author(message) if is_staff else "",
        mark="" if is_staff else str(ANSWERED_BY.get(message.answered_by, "")),
        at=message.created_at,
        text=message.content,
        rating=message.get_rating_display() if message.rating else "",
        sequence=message.sequence,
        sources=tuple(one for one in message.sources if isinstance(one, dict) and _is_web(one.get("url", ""))),
        attachments=attachments,
    )


def _author(message: Message) -> str:
    """As colleagues know them; of one who has left, what the visitor read."""
    return staff_name(message.author) if message.author else message.author_name


def _note(note: Note) -> Item:
    return Item(
        kind="note",
        role=_("Internal note"),
        who=note.author_name,
        at=note.created_at,
        text=note.text,
        sequence=note.after_sequence,
        note=note.pk,
    )


def _is_web(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")
