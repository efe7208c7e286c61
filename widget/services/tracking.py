"""What happens on the pages: events and totals, the engagement score, and whether to speak."""

from collections.abc import Iterable
from datetime import datetime

from caty.lib.errors import CatyError
from tenants.contracts import WidgetConfig
from tenants.models import Tenant
from widget.contracts import Caller, PageMetrics, TrackedEvent, TrackResult
from widget.engine.engagement import EngagementFacts
from widget.engine.engagement import score as engagement_of
from widget.models import PageView, Session
from widget.pages import page_key
from widget.queries import get_session
from widget.services import pages_seen, proactive
from widget.services.contacts import score
from widget.services.pages_seen import MOST_VIEWS, Batch, Met
from widget.services.speaking import in_turn
from widget.services.told import read_told

SEVERAL_PAGES = 3
LONG_ENGAGEMENT_MS = 120_000
MOST_HAPPENED = 50
OPENED = "proactive_opened"  # with the message's id as its data


class TooManyEvents(CatyError):
    status = 429
    code = "RATE_LIMITED"
    message = "This conversation has sent as many events as it may."


@in_turn
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
    session = get_session(tenant=tenant, session_id=session_id, now=now, lock=True)
    batch = pages_seen.batch_of(session, events, metrics)
    may_speak = bool(config.rules) and not is_chat_open
    met = pages_seen.read_met(session, batch, now, wants_told=may_speak)
    if config.behavior.tracking == "off" or met.has_refused:
        return TrackResult(engagement_score=0)
    new = _new_events(session, batch, met, caller.limit(config.limits.events_per_session))
    view = _take_view(session, config, batch, met, now)
    session.engagement_score = _engagement(session, config, view or met.last_view)
    has_opened = _note_events(session, config, new.values(), now)
    saying = None
    if may_speak:
        told = read_told(session, now) if has_opened else met.told
        signals = proactive.signals_in(new.values())
        saying = proactive.find_announcement(session, config, view or met.last_view, signals, told, now)
    content = pages_seen.write(session, batch, new=new, view=view, saying=saying, now=now)
    message = saying.as_message(content) if saying else None
    return TrackResult(engagement_score=session.engagement_score, proactive=message)


def _new_events(session: Session, batch: Batch, met: Met, limit: int) -> dict[str, TrackedEvent]:
    """Those to be stored, counted on the session. Raises TooManyEvents where it has no room for any."""
    if batch.events and session.event_count >= limit:
        raise TooManyEvents(retry_after=3600)
    unknown = [(key, event) for key, event in batch.events.items() if key not in met.event_ids]
    new = dict(unknown[: max(0, limit - session.event_count)])
    session.event_count += len(new)
    return new


def _note_events(session: Session, config: WidgetConfig, new: Iterable[TrackedEvent], now: datetime) -> bool:
    """What the rules ask for, and whether the chat was opened upon a proactive message, which is stored at once."""
    asked_for = proactive.events_asked_for(config)
    fresh = {event.type for event in new if event.type in asked_for} - set(session.happened)
    session.happened = [*session.happened, *sorted(fresh)][:MOST_HAPPENED]
    opened = [event.data for event in new if event.type == OPENED and isinstance(event.data, str)]
    if opened:
        proactive.note_opened(session, opened, now)
    return bool(opened)


def _take_view(session: Session, config: WidgetConfig, batch: Batch, met: Met, now: datetime) -> PageView | None:
    """The page view that the batch speaks of, its totals brought up to date: they only grow, in whatever order they
    arrive. None where it speaks of none, or of one more than there may be."""
    metrics = batch.metrics
    if metrics is None or (met.view is None and session.page_count >= MOST_VIEWS):
        return None
    view = met.view or _begin_view(session, config, batch, is_first=met.last_view is None, now=now)
    before_ms = view.time_on_page_ms
    view.time_on_page_ms = max(view.time_on_page_ms, metrics.time_on_page_ms)
    view.scroll_depth = max(view.scroll_depth, metrics.scroll_depth)
    view.click_count = max(view.click_count, metrics.click_count)
    if before_ms < LONG_ENGAGEMENT_MS <= view.time_on_page_ms:
        score(session, config, "long_engagement", "Stayed on a page for two minutes", now)
    return view


def _begin_view(session: Session, config: WidgetConfig, batch: Batch, *, is_first: bool, now: datetime) -> PageView:
    view = PageView(key=batch.key, url=batch.url, page_key=page_key(batch.url), title=batch.metrics.page_title[:300])
    session.page_url = batch.url
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
