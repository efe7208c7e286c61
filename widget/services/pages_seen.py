"""Events and page views as they are stored: one statement reads what a batch meets, one writes all that it brings.

As SQL, and few: a page sends a batch every few seconds for as long as it is looked at, so that this is the busiest way
into the database. Neither statement grows with what is stored: both go by keys, into one partition.
"""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from widget.contracts import PageMetrics, TrackedEvent
from widget.models import PageView, Session
from widget.pages import LONGEST, page_key
from widget.services import speaking, told
from widget.services.speaking import Saying
from widget.services.told import Told

MOST_VIEWS = 500  # of one session: its keys are the client's own, and nothing else would bound them
VIEW_COLUMNS = ("id", "key", "url", "page_key", "title", "time_on_page_ms", "scroll_depth", "click_count")
READ = f"""
    SELECT (SELECT tracking_refused_at IS NOT NULL FROM widget_visitor WHERE id = %(visitor)s), {told.COLUMNS}, ARRAY(
        SELECT event_id FROM widget_pageevent
        WHERE day = %(day)s AND session_id = %(session)s AND event_id = ANY(%(event_ids)s)
    ), {", ".join(f"mine.{name}" for name in VIEW_COLUMNS)}, {", ".join(f"last.{name}" for name in VIEW_COLUMNS)}
    FROM (VALUES (1)) AS one
    LEFT JOIN widget_pageview mine ON mine.session_id = %(session)s AND mine.key = %(key)s
    LEFT JOIN LATERAL (
        SELECT * FROM widget_pageview v WHERE v.session_id = %(session)s ORDER BY v.started_at DESC, v.id DESC LIMIT 1
    ) last ON TRUE
"""  # noqa: S608  made of constants
PARTS = """
    event AS (
        INSERT INTO widget_pageevent
            (day, session_id, event_id, tenant_id, type, data, page_url, client_timestamp, received_at)
        SELECT %(day)s, %(session)s, e.event_id, %(tenant)s, e.type, e.data, e.page_url, e.client_timestamp, %(now)s
        FROM unnest(%(event_ids)s::text[], %(types)s::text[], %(data)s::text[]::jsonb[], %(urls)s::text[],
            %(client_timestamps)s::text[]) AS e(event_id, type, data, page_url, client_timestamp)
        ON CONFLICT DO NOTHING
    ), view AS (
        INSERT INTO widget_pageview (tenant_id, session_id, key, url, page_key, title, started_at,
            time_on_page_ms, scroll_depth, click_count)
        SELECT %(tenant)s, %(session)s, %(key)s, %(view_url)s, %(page_key)s, %(title)s, %(now)s,
            %(time_on_page_ms)s, %(scroll_depth)s, %(click_count)s
        WHERE %(has_view)s
        ON CONFLICT (session_id, key) DO UPDATE SET
            time_on_page_ms = EXCLUDED.time_on_page_ms,
            scroll_depth = EXCLUDED.scroll_depth,
            click_count = EXCLUDED.click_count
    )
"""
SESSION = """
    UPDATE widget_session SET event_count = %(event_count)s, page_count = %(page_count)s, page_url = %(page_url)s,
        engagement_score = %(engagement_score)s, lead_score = %(lead_score)s, last_heard_at = %(now)s,
        last_sequence = %(last_sequence)s, proactive_count = %(proactive_count)s, proactive_at = %(proactive_at)s,
        happened = %(happened)s
    WHERE id = %(session)s
"""
WRITE = f"WITH {PARTS} {SESSION}"
WRITE_AND_SAY = f"WITH {speaking.PARTS}, {PARTS} {SESSION} {speaking.OUTCOME}"
SESSION_COLUMNS = (
    "event_count",
    "page_count",
    "page_url",
    "engagement_score",
    "lead_score",
    "last_sequence",
    "proactive_count",
    "proactive_at",
    "happened",
)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What a page sent: events, each with an id of its own, and the totals of the view `key` at `url`, if any."""

    events: dict[str, TrackedEvent]
    metrics: PageMetrics | None
    key: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Met:
    """What a batch meets in a locked session: ids of its events that are stored already, the page view it speaks of and
    the one begun last, each None where there is none. `has_refused`: the visitor doesn't want to be noted; `told`: what
    was said unasked to them."""

    has_refused: bool
    told: Told
    event_ids: frozenset[str]
    view: PageView | None
    last_view: PageView | None


def batch_of(session: Session, events: Iterable[TrackedEvent], metrics: PageMetrics | None) -> Batch:
    """The first of events that share an id counts; one without gets one."""
    named: dict[str, TrackedEvent] = {}
    for event in events:
        named.setdefault(event.event_id or uuid.uuid4().hex, event)
    url = ((metrics.page_url if metrics else "") or session.page_url)[:LONGEST]
    key = (metrics.page_view_id or page_key(url)) if metrics else ""
    return Batch(events=named, metrics=metrics, key=key, url=url)


def read_met(session: Session, batch: Batch, now: datetime, *, wants_told: bool = True) -> Met:
    """One statement, and a snapshot of its own: the session is locked by now, so that nobody adds to what it shows, and
    a refusal that the lock waited for is seen."""
    asked = {
        **told.asked_of(session, now, is_wanted=wants_told),
        "day": session.started_at.date(),
        "event_ids": list(batch.events),
        "key": batch.key,
    }
    with connection.cursor() as cursor:
        cursor.execute(READ, asked)
        has_refused, spoken_count, showings, last_message_at, event_ids, *columns = cursor.fetchone()
    mine, last = columns[: len(VIEW_COLUMNS)], columns[len(VIEW_COLUMNS) :]
    return Met(
        has_refused=has_refused,
        told=told.told_in(spoken_count, showings, last_message_at),
        event_ids=frozenset(event_ids),
        view=_view(mine),
        last_view=_view(last),
    )


def write(
    session: Session,
    batch: Batch,
    *,
    new: dict[str, TrackedEvent],
    view: PageView | None,
    saying: Saying | None,
    now: datetime,
) -> str | None:
    """Store new events, the view's totals as they are by now, what of the (locked) session has changed, and, together
    with it, what is said. Returns the text of that, if any. Raises SpokenMeanwhile."""
    said = {}
    if saying is not None:
        speaking.count_on(session, saying, now)
        said = speaking.asked_of(session, saying, now)
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE_AND_SAY if said else WRITE,
            {**said, **_changes(session), **_events(batch, new), **_totals(view), "now": now},
        )
        return speaking.text_of(session, cursor.fetchone()) if said else None


def _changes(session: Session) -> dict:
    changes = {name: getattr(session, name) for name in SESSION_COLUMNS}
    return {**changes, "day": session.started_at.date(), "session": session.pk, "tenant": session.tenant_id}


def _events(batch: Batch, new: dict[str, TrackedEvent]) -> dict:
    events = new.values()
    return {
        "event_ids": list(new),
        "types": [event.type for event in events],
        "data": [None if event.data is None else json.dumps(event.data) for event in events],
        "urls": [(event.page_url or batch.url)[:LONGEST] for event in events],
        "client_timestamps": [event.timestamp[:40] for event in events],
    }


def _totals(view: PageView | None) -> dict:
    has_view, view = view is not None, view or PageView()
    return {
        "has_view": has_view,
        "key": view.key,
        "view_url": view.url,
        "page_key": view.page_key,
        "title": view.title,
        "time_on_page_ms": view.time_on_page_ms,
        "scroll_depth": view.scroll_depth,
        "click_count": view.click_count,
    }


def _view(columns: list) -> PageView | None:
    return PageView(**dict(zip(VIEW_COLUMNS, columns, strict=True))) if columns[0] is not None else None
