"""What a visitor's line of time tells of people: calls for one, who came, what became of it, and what was sent."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from widget.admin.timeline_entry import Entry
from widget.admin.words import HANDOFFS
from widget.models import Attachment, Handoff, Session
from widget.services.live import CAME_BY_ITSELF


def entries(session: Session) -> Iterator[Entry]:
    calls = list(session.handoffs.select_related("taker__user").order_by("requested_at"))
    for call in calls:
        yield from _call(call)
    if session.handoff_requested_at and not calls:  # asked before calls were noted
        note = str(HANDOFFS.get(session.handoff_reason, ""))
        yield Entry(session.handoff_requested_at, "person", _("Asked for a person"), note)
    for sent in session.attachments.defer("content").filter(message__isnull=False).order_by("created_at"):
        yield Entry(sent.created_at, "file", _who_sent(sent) % sent.name)


def _call(call: Handoff) -> Iterator[Entry]:
    if call.reason != CAME_BY_ITSELF:
        note = str(HANDOFFS.get(call.reason, call.reason))
        yield Entry(call.requested_at, "person", _("A person was called"), note)
    if call.taken_at:
        what = _("%s took over") % call.taker.staff_name if call.taker else _("A colleague took over")
        yield Entry(call.taken_at, "person", what)
    if call.closed_at:
        yield Entry(call.closed_at, "person", call.get_outcome_display())


def _who_sent(sent: Attachment) -> str:
    return _("A colleague sent “%s”") if sent.is_from_staff else _("The visitor sent “%s”")
