"""The pieces of the inbox that change while one looks: each as HTML, under a mark that tells whether it has changed."""

import hashlib

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tenants.models import Membership
from widget.admin.inbox_desk import Desk, Opened
from widget.admin.inbox_shown import head_of, items_of, reason_in_words, rows_of, staff_name
from widget.models import Session
from widget.services import inbox, presence
from widget.services.inbox import PAGE, Counts


def list_parts(desk: Desk, *, is_open: str = "") -> dict:
    """`tabs` and `rows` of the list, and how many visitors wait for this person's words (`attention`)."""
    counts = inbox.count_tabs(desk.user, desk.now)
    found = inbox.list_conversations(desk.user, desk.tab, page=desk.page, now=desk.now)
    rows = rows_of(found[:PAGE], desk.user, tab=desk.tab, is_open=is_open, now=desk.now)
    context = {"desk": desk, "rows": rows, "counts": counts, "previous": desk.page - 1, "next": _next(desk, found)}
    return {
        "tabs": _part("tabs", {"tabs": _tabs(desk, counts)}),
        "rows": _part("rows", context),
        "attention": counts.attention,
    }


def conversation_parts(desk: Desk, opened: Opened, *, after: int = 0, after_note: int = 0) -> dict:
    """The `head` with how it stands, lines and notes that are new (`lines`, up to `last` and `last_note`), who else is
    there (`looking`), and whether the visitor writes (`typing`). `asked` is the visitor's last line among the new."""
    session = opened.session
    head = head_of(session, desk.user, opened.membership, desk.now)
    messages = inbox.newest_lines(session, after=after)
    notes = inbox.newest_notes(session, after=after_note)
    call = session.handoffs.filter(closed_at=None).first()
    reason = reason_in_words(call.reason) if call else ""
    return {
        "head": _part("head", {"head": head, "reason": reason, "shows_tenant": desk.shows_tenants}),
        "lines": render_to_string(_path("lines"), {"items": items_of(messages, notes), "name": head.name}),
        "last": max([after, *(one.sequence for one in messages)]),
        "last_note": max([after_note, *(one.pk for one in notes)]),
        "has_earlier": len(messages) == inbox.MOST_LINES and messages[0].sequence > after + 1,
        "mode": head.mode,
        "is_mine": head.is_mine,
        "owner": head.owner,
        "looking": _looking(session, opened.membership, desk),
        "typing": _typing(session, head.is_mine),
    }


def changed(parts: dict, seen: dict[str, str]) -> dict:
    """The same, without the HTML of pieces that the page has already, by their marks."""
    return {
        name: {"mark": part["mark"]} if isinstance(part, dict) and part["mark"] == seen.get(name) else part
        for name, part in parts.items()
    }


def _part(name: str, context: dict) -> dict:
    html = render_to_string(_path(name), context)
    return {"html": html, "mark": hashlib.md5(html.encode(), usedforsecurity=False).hexdigest()[:12]}


def _path(name: str) -> str:
    return f"admin/widget/inbox/{name}.html"


def _next(desk: Desk, found: list[Session]) -> int | None:
    return desk.page + 1 if len(found) > PAGE else None


def _tabs(desk: Desk, counts: Counts) -> list[dict]:
    labels = {inbox.WAITING: _("Waiting"), inbox.MINE: _("Mine"), inbox.ALL: _("All")}
    numbers = {name: getattr(counts, name) for name in labels}
    return [
        {"name": name, "label": label, "is_current": name == desk.tab, "count": _bounded(numbers[name])}
        for name, label in labels.items()
    ]


def _bounded(count: int) -> str:
    return f"{count}+" if count >= inbox.MOST_COUNTED else str(count)


def _looking(session: Session, own: Membership | None, desk: Desk) -> str:
    keys = [key for key in presence.find_looking(session.pk, desk.now) if own is None or key != own.pk]
    if not keys:
        return ""
    rows = Membership.objects.for_tenant(session.tenant_id).select_related("user").filter(pk__in=keys)
    names = sorted(staff_name(one) for one in rows)
    return _("Also here: %s") % ", ".join(names) if names else ""


def _typing(session: Session, is_mine: bool) -> str:
    if presence.is_visitor_typing(session.pk):
        return _("The visitor is writing…")
    if not is_mine and presence.is_colleague_typing(session.pk):
        return _("A colleague is writing…")
    return ""
