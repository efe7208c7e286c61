"""A visit told again to the rules for speaking first. Nothing is written.

Page views keep totals, not when each second was seen: between the beginning and the end of a page, only its visible
time, what its scrolling passed by quarters, and its events are placed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from tenants.config import rule_config
from tenants.contracts import RuleConfig, WidgetConfig
from tenants.hours import is_open
from tenants.models import ProactiveRule, Tenant
from widget.contracts import TrackedEvent
from widget.engine.engagement import EngagementFacts
from widget.engine.engagement import score as engagement_of
from widget.engine.replay import Moment, Outcome, replay
from widget.models import Message, PageEvent, PageView, Session
from widget.pages import page_key
from widget.queries import IDLE_AFTER, find_last_view
from widget.services.proactive import facts_of, read_history, signals_in

# All of it is asked of every rule, in a process that has chats to serve beside.
MOST_VIEWS = 30
MOST_EVENTS = 200
MOST_POINTS = 8  # between the beginning and the end of one page
# What happens all the time, or while the chat is open and no rule is asked: no moments of their own.
TOTALS = ("page_view", "scroll_depth", "click", "page_hidden", "page_visible", "form_focus", "message_sent")
TOTALS += ("chat_opened", "proactive_opened")


@dataclass(frozen=True)
class Rules:
    """All rules of a business, the most important first, and the ids of those that are switched off."""

    all: tuple[RuleConfig, ...]
    off: frozenset[int]


def rules_of(tenant: Tenant, *, only: int | None = None) -> Rules:
    """With `only`, that one alone is told of, and counts as on."""
    rows = ProactiveRule.objects.for_tenant(tenant).order_by("-priority", "id").prefetch_related("conditions")
    rows = [row for row in rows if row.is_enabled or only in (None, row.pk)]
    off = frozenset(row.pk for row in rows if not row.is_enabled and row.pk != only)
    return Rules(tuple(rule_config(row) for row in rows), off)


def replay_visit(session: Session, config: WidgetConfig, rules: Rules) -> tuple[Outcome, ...]:
    """What these rules would have done from the beginning of the visit to its end."""
    history = read_history(session, config, session.page_url, session.started_at)
    here = {one.rule_id: one for one in history.showings if one.is_this_session}
    earlier = tuple(one for one in history.showings if not one.is_this_session and one.at < session.started_at)
    moments = list(_moments(session, config, rules.all))
    return replay(rules.all, moments, config.behavior, earlier=earlier, really=here, silent=rules.off)


def judge_now(session: Session, config: WidgetConfig, rules: Rules, now: datetime) -> tuple[Outcome, ...]:
    """What holds at this moment; nothing where the visit is over."""
    if session.ended_at or session.last_heard_at <= now - IDLE_AFTER:
        return ()
    history = read_history(session, config, session.page_url, now)
    moment = Moment(
        at=now,
        facts=facts_of(session, config, find_last_view(session), now),
        what="now",
        page_key=history.page_key,
        last_visitor_message_at=history.last_visitor_message_at,
        is_with_person=history.is_with_person,
    )
    return replay(rules.all, [moment], config.behavior, earlier=history.showings, silent=rules.off)


class _Story:
    """What was stored of a visit, to be asked for what was known at some moment of it."""

    def __init__(self, session: Session, config: WidgetConfig):
        self.session, self.config = session, config
        views = list(session.page_views.order_by("started_at", "pk")[: MOST_VIEWS + 1]) or [_first_page(session)]
        self.views = views[:MOST_VIEWS]
        _place(views, session)
        self.begins = [view.started_at for view in self.views]
        rows = PageEvent.objects.for_tenant(session.tenant_id).filter(day=session.started_at.date())
        rows = rows.filter(session_id=session.pk).order_by("received_at", "event_id")
        if views[MOST_VIEWS:]:  # what came after the pages that are told of
            rows = rows.filter(received_at__lt=views[-1].started_at)
        self.events = list(rows[:MOST_EVENTS])
        spoken = session.messages.filter(role=Message.Role.VISITOR).order_by("created_at")
        self.spoken_at = list(spoken.values_list("created_at", flat=True))
        self.known_at = session.lead.captured_at if session.lead else None

    def number_at(self, at: datetime) -> int:
        """Which of the views was looked at."""
        return max(0, bisect_right(self.begins, at) - 1)

    def moment(
        self, number: int, at: datetime, what: str, *, is_whole: bool, events: Iterable[PageEvent] = ()
    ) -> Moment:
        """`is_whole`: with all scrolling and clicks of the page, else with what is known to have come before."""
        view, session = self.views[number], self.session
        spoken_at = [one for one in self.spoken_at if one <= at]
        seen = self._seen(number, at, is_whole=is_whole)
        signals = signals_in(TrackedEvent(type=event.type, data=event.data) for event in events)
        facts = replace(
            facts_of(session, self.config, seen, at, signals=signals, page_url=view.url),
            pages=number + 1,
            engagement_score=self._engagement(seen, number),
            is_known=self.known_at is not None and self.known_at <= at,
            has_chatted=bool(spoken_at),
            is_open=is_open(self.config.hours, at),
            events=frozenset(one.type for one in self.events if one.received_at <= at),
        )
        return Moment(
            at=at,
            facts=facts,
            what=what,
            page_key=view.page_key,
            last_visitor_message_at=spoken_at[-1] if spoken_at else None,
            is_with_person=session.handoff_requested_at is not None and session.handoff_requested_at <= at,
        )

    def _seen(self, number: int, at: datetime, *, is_whole: bool) -> PageView:
        view = self.views[number]
        looked_ms = min(view.time_on_page_ms, max(0, round((at - view.started_at).total_seconds() * 1000)))
        scrolled = view.scroll_depth if is_whole else self._scrolled(number, at)
        clicks = view.click_count if is_whole else 0
        return PageView(title=view.title, time_on_page_ms=looked_ms, scroll_depth=scrolled, click_count=clicks)

    def _scrolled(self, number: int, at: datetime) -> int:
        begin = self.views[number].started_at
        depths = (one.data for one in self.events if one.type == "scroll_depth" and begin <= one.received_at <= at)
        return min(100, max((int(depth) for depth in depths if type(depth) in (int, float)), default=0))

    def _engagement(self, seen: PageView, number: int) -> int:
        facts = EngagementFacts(
            time_on_page_ms=seen.time_on_page_ms,
            scroll_depth=seen.scroll_depth,
            click_count=seen.click_count,
            pages=number + 1,
            visits=self.session.visit_number,
        )
        return engagement_of(facts, self.config.engagement_weights)


def _place(views: list[PageView], session: Session) -> None:
    """Move the beginnings to where they must have been: what is stored is when the first totals came, seconds later."""
    came = [*(view.started_at for view in views[1:]), session.last_heard_at]
    for view, next_came in zip(views, came, strict=True):
        begun_by = next_came - timedelta(milliseconds=view.time_on_page_ms)
        view.started_at = max(session.started_at, min(view.started_at, begun_by))
    if page_key(session.first_page_url) == views[0].page_key:
        views[0].started_at = session.started_at


def _first_page(session: Session) -> PageView:
    """Where nothing but the beginning is known."""
    url = session.first_page_url
    return PageView(url=url, page_key=page_key(url), title=session.first_page_title, started_at=session.started_at)


def _moments(session: Session, config: WidgetConfig, rules: Iterable[RuleConfig]) -> Iterator[Moment]:
    story, rules = _Story(session, config), tuple(rules)
    telling = (event for event in story.events if event.type not in TOTALS)
    for at, batch in groupby(telling, key=lambda event: event.received_at):  # together, as the rules are asked
        events = list(batch)
        yield story.moment(story.number_at(at), at, events[0].type, is_whole=True, events=events)
    for number, view in enumerate(story.views):
        yield story.moment(number, view.started_at, "opened", is_whole=False)
        for seconds in _points(session, config, rules, view):
            yield story.moment(number, view.started_at + timedelta(seconds=seconds), "looking", is_whole=False)
        if view.time_on_page_ms:
            end = view.started_at + timedelta(milliseconds=view.time_on_page_ms)
            yield story.moment(number, end, "left", is_whole=True)


def _points(session: Session, config: WidgetConfig, rules: tuple[RuleConfig, ...], view: PageView) -> list[float]:
    """Seconds after the page was opened at which something that a rule waits for has passed."""
    waits = {one.value for rule in rules for one in rule.conditions if one.kind == "visible_seconds"}
    age = (view.started_at - session.started_at).total_seconds()
    delays = {rule.delay_seconds for rule in rules if rule.delay_seconds is not None}
    delays.add(config.behavior.proactive_delay_ms / 1000)
    points = {float(seconds) for seconds in (*waits, *(delay - age for delay in delays))}
    return sorted(one for one in points if 0 < one < view.time_on_page_ms / 1000)[:MOST_POINTS]
