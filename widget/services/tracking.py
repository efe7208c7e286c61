"""What happens on the pages: events and totals, the engagement score, and whether to speak."""

import uuid
from datetime import datetime

from django.db import transaction

from caty.lib.errors import CatyError
from tenants.contracts import WidgetConfig
from tenants.models import Tenant
from widget.contracts import Caller, PageMetrics, TrackedEvent, TrackResult
from widget.engine.engagement import EngagementFacts
from widget.engine.engagement import score as engagement_of
from widget.models import PageEvent, PageView, Session
from widget.pages import LONGEST, page_key
from widget.queries import find_last_view, get_session
from widget.services import proactive
from widget.services.consent import may_track
from widget.services.contacts import score

SEVERAL_PAGES = 3
MOST_VIEWS = 500  # of one session: its keys are the client's own, and nothing else would bound them
LONG_ENGAGEMENT_MS = 120_000


class TooManyEvents(CatyError):
    status = 429
    code = "RATE_LIMITED"
    message = "This conversation has sent as many events as it may."


def track(
    *,
    tenant: Tenant,
    config: WidgetConfig,
    session_id: str,
    events: tuple[TrackedEvent, ...],
    metrics: PageMetrics | None,
    is_chat_open: bool,
    caller: Caller,
    now: datetime,
) -> TrackResult:
    """Store events (each `event_id` once) and the page view's totals; score the engagement; ask the rules.

    No rule is asked while the chat is open: it would speak into the conversation, and be used up by that. Where the
    business or the visitor doesn't want tracking, nothing is stored, and nothing triggers. Raises SessionNotFound, and
    TooManyEvents when the session's events are used up.
    """
    with transaction.atomic():
        session = get_session(tenant=tenant, session_id=session_id, now=now, lock=True)
        if not may_track(session, config.behavior.tracking):
            return TrackResult(engagement_score=0)
        _store_events(session, events, caller.limit(config.limits.events_per_session), now)
        view = _store_view(session, config, metrics, now)
        session.last_heard_at = now
        session.engagement_score = _engagement(session, config, view)
        signals = proactive.signals_in(events)
        message = None if is_chat_open else proactive.find_announcement(session, config, view, signals, now)
        session.save()
    return TrackResult(engagement_score=session.engagement_score, proactive=message)


def _store_events(session: Session, events: tuple[TrackedEvent, ...], limit: int, now: datetime) -> None:
    if not events:
        return
    if session.event_count >= limit:
        raise TooManyEvents(retry_after=3600)
    day = session.started_at.date()
    named = {event.event_id for event in events if event.event_id}
    known = set()
    if named:
        twins = PageEvent.objects.filter(day=day, session_id=session.pk, event_id__in=named)
        known = set(twins.values_list("event_id", flat=True))
    new = {}
    for event in events:
        event_id = event.event_id or uuid.uuid4().hex
        if event_id not in known:
            new.setdefault(event_id, event)
    rows = [_row(session, day, event_id, event, now) for event_id, event in new.items()]
    # The session row is locked, so nobody else is adding to this session's events.
    PageEvent.objects.bulk_create(rows[: limit - session.event_count])
    session.event_count += min(len(rows), limit - session.event_count)


def _row(session: Session, day, event_id: str, event: TrackedEvent, now: datetime) -> PageEvent:
    return PageEvent(
        day=day,
        session_id=session.pk,
        event_id=event_id,
        tenant_id=session.tenant_id,
        type=event.type,
        data=event.data,
        page_url=(event.page_url or session.page_url)[:LONGEST],
        client_timestamp=event.timestamp[:40],
        received_at=now,
    )


def _store_view(session: Session, config: WidgetConfig, metrics: PageMetrics | None, now: datetime) -> PageView | None:
    """Bring the totals of the page view at hand up to date; they only grow, in whatever order they arrive."""
    if metrics is None:
        return find_last_view(session)
    url = (metrics.page_url or session.page_url)[:LONGEST]
    key = metrics.page_view_id or page_key(url)
    view = session.page_views.filter(key=key).first()
    if view is None and session.page_count >= MOST_VIEWS:
        return find_last_view(session)
    if view is None:
        view = _begin_view(session, config, key, url, metrics, now)
    before_ms = view.time_on_page_ms
    view.time_on_page_ms = max(view.time_on_page_ms, metrics.time_on_page_ms)
    view.scroll_depth = max(view.scroll_depth, metrics.scroll_depth)
    view.click_count = max(view.click_count, metrics.click_count)
    view.save(update_fields=["time_on_page_ms", "scroll_depth", "click_count"])
    if before_ms < LONG_ENGAGEMENT_MS <= view.time_on_page_ms:
        score(session, config, "long_engagement", "Stayed on a page for two minutes", now)
    return view


def _begin_view(
    session: Session, config: WidgetConfig, key: str, url: str, metrics: PageMetrics, now: datetime
) -> PageView:
    is_first = not session.page_views.exists()
    view = PageView.objects.create(
        tenant_id=session.tenant_id,
        session=session,
        key=key,
        url=url,
        page_key=page_key(url),
        title=metrics.page_title[:300],
        started_at=now,
    )
    session.page_url = url
    # The page the session began on has been counted then.
    is_the_beginning = is_first and session.page_count and page_key(session.first_page_url) == view.page_key
    if not is_the_beginning:
        session.page_count += 1
        if session.page_count == SEVERAL_PAGES:
            score(session, config, "several_pages", "Looked at several pages", now)
    return view


def _engagement(session: Session, config: WidgetConfig, view: PageView | None) -> int:
    facts = EngagementFacts(
        time_on_page_ms=view.time_on_page_ms if view else 0,
        scroll_depth=view.scroll_depth if view else 0,
        click_count=view.click_count if view else 0,
        pages=max(1, session.page_count),
        visits=session.visit_number,
    )
    return engagement_of(facts, config.engagement_weights)
