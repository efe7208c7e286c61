"""All visits of one visitor as one line of time: what they looked at, what was said, what they left."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.source import without_ids
from widget.admin import timeline_calls as calls
from widget.admin.timeline_entry import Entry
from widget.admin.visits import time_in_words
from widget.models import PageEvent, ProactiveShowing, Session, Visitor

MOST_VISITS = 20
MOST_ENTRIES = 200  # of one visit
# What page views tell better than one event after the other.
NOISE = (
    "proactive_opened",
    "page_view",
    "scroll_depth",
    "click",
    "page_hidden",
    "page_visible",
    "form_focus",
    "message_sent",
)
EVENTS = {
    "exit_intent": gettext_lazy("Was about to leave"),
    "form_abandonment": gettext_lazy("Stopped in a form"),
    "rage_click": gettext_lazy("Clicked the same spot again and again"),
    "idle": gettext_lazy("Did nothing for a while"),
    "chat_opened": gettext_lazy("Opened the chat"),
    "proactive_opened": gettext_lazy("Opened the chat upon the message"),
}


def of(visitor: Visitor) -> dict:
    """`visits`, newest first, each with its `entries` in order of time; `has_earlier` visits than these."""
    newest = list(visitor.sessions.select_related("lead").order_by("-started_at", "-pk")[: MOST_VISITS + 1])
    return {
        "visits": [_visit(session) for session in newest[:MOST_VISITS]],
        "has_earlier": len(newest) > MOST_VISITS,
    }


def _visit(session: Session) -> dict:
    entries = sorted(_entries(session), key=lambda entry: entry.at)
    return {
        "session": session,
        "entries": entries[:MOST_ENTRIES],
        "left_out": max(0, len(entries) - MOST_ENTRIES),
    }


def _entries(session: Session) -> Iterator[Entry]:
    yield from _pages(session)
    yield from _words(session)
    yield from _events(session)
    yield from calls.entries(session)
    if session.lead and session.lead.conversation_reference == session.reference:
        url = reverse("admin:leads_lead_change", args=[session.lead_id])
        yield Entry(session.lead.captured_at, "lead", _("Left contact details"), str(session.lead), url)
    if session.ended_at:
        said = session.get_satisfaction_display()
        yield Entry(session.ended_at, "end", _("The visit ended"), _("How it was: %s") % said if said else "")


def _pages(session: Session) -> Iterator[Entry]:
    for view in session.page_views.order_by("started_at", "pk")[:MOST_ENTRIES]:
        parts = [time_in_words(view.time_on_page_ms)] if view.time_on_page_ms else []
        parts += [_("%d %% scrolled") % view.scroll_depth] if view.scroll_depth else []
        clicks = view.click_count
        parts += [ngettext("%d click", "%d clicks", clicks) % clicks] if clicks else []
        yield Entry(view.started_at, "page", view.title or without_ids(view.url), " · ".join(parts))


def _words(session: Session) -> Iterator[Entry]:
    shown = {
        showing.message_id: showing
        for showing in session.proactive_showings.select_related("rule").only(
            "message", "dismissed_at", "collected_at", "trigger_type", "rule__name", "session"
        )
    }
    for message in session.messages.order_by("sequence")[:MOST_ENTRIES]:
        showing = shown.get(message.pk)
        kind = "spoken" if showing else "message"
        who = _("Spoken to unasked") if showing else message.author_name or message.get_role_display()
        note = _showing_in_words(showing) if showing else ""
        yield Entry(message.created_at, kind, f"{who}: {Truncator(message.content).chars(240)}", note)


def _showing_in_words(showing: ProactiveShowing) -> str:
    rule = showing.rule.name if showing.rule else showing.trigger_type
    if showing.dismissed_at:
        return _("Rule “%s”; waved away") % rule
    return _("Rule “%s”") % rule


def _events(session: Session) -> Iterator[Entry]:
    rows = PageEvent.objects.filter(day=session.started_at.date(), session_id=session.pk).exclude(type__in=NOISE)
    for event in rows.order_by("received_at", "event_id")[:MOST_ENTRIES]:
        what = EVENTS.get(event.type)
        # A name that the business's own page gave: shown as a name, whatever it holds.
        yield Entry(event.received_at, "event", str(what) if what else _("Event “%s”") % event.type)


def latest(session: Session, most: int) -> list[Entry]:
    """What happened last in one visit, in order of time, but for what was said."""
    entries = [entry for entry in _entries(session) if entry.kind != "message"]
    return sorted(entries, key=lambda entry: entry.at)[-most:]
