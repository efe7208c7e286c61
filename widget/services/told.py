"""What was said unasked to a visitor, as it is read: part of a statement, or one of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from widget.engine.proactive import REMEMBERED
from widget.models import Session

MOST_TOLD = 200  # showings of one visitor
# Columns of a statement. Its one snapshot shows the count and what it counts.
COLUMNS = """
    (SELECT spoken_count FROM widget_visitor WHERE id = %(visitor)s),
    CASE WHEN %(wants_told)s THEN (SELECT json_agg(json_build_array(rule_id, trigger_type, announced_at, session_id,
        page_key, is_held_out, dismissed_at IS NOT NULL, opened_at IS NOT NULL OR replied_at IS NOT NULL)) FROM (
        SELECT * FROM widget_proactiveshowing WHERE visitor_id = %(visitor)s AND announced_at > %(told_since)s
        ORDER BY announced_at DESC LIMIT %(most_told)s
    ) AS showing) END,
    CASE WHEN %(wants_told)s THEN (SELECT created_at FROM widget_message
        WHERE session_id = %(session)s AND role = 'visitor' ORDER BY sequence DESC LIMIT 1
    ) END
"""
READ = f"SELECT {COLUMNS}"


@dataclass(frozen=True, kw_only=True)
class ToldOnce:
    """That a rule spoke, or, where the visitor `is_held_out`, would have. `rule_id` is None for one deleted since."""

    rule_id: int | None
    trigger_type: str
    at: datetime
    session_key: int
    page_key: str
    is_held_out: bool
    is_dismissed: bool
    was_heeded: bool


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was said of late in all visits, the visitor's `spoken_count` at that time, which grows with whatever is
    added to it, and when they wrote last in this visit."""

    spoken_count: int
    showings: tuple[ToldOnce, ...] = ()
    last_visitor_message_at: datetime | None = None


def asked_of(session: Session, now: datetime, *, is_wanted: bool = True) -> dict[str, Any]:
    """Parameters of COLUMNS. Where it isn't wanted, only the count is read."""
    return {
        "session": session.pk,
        "visitor": session.visitor_id,
        "wants_told": is_wanted,
        "told_since": now - REMEMBERED,
        "most_told": MOST_TOLD,
    }


def told_in(spoken_count: int, showings: list[list] | None, last_visitor_message_at: datetime | None) -> Told:
    """From what a statement gave for COLUMNS."""
    return Told(
        spoken_count=spoken_count,
        showings=tuple(
            ToldOnce(
                rule_id=rule_id,
                trigger_type=trigger_type,
                at=datetime.fromisoformat(at),
                session_key=session_key,
                page_key=page_key,
                is_held_out=is_held_out,
                is_dismissed=is_dismissed,
                was_heeded=was_heeded,
            )
            for rule_id, trigger_type, at, session_key, page_key, is_held_out, is_dismissed, was_heeded in showings
            or ()
        ),
        last_visitor_message_at=last_visitor_message_at,
    )


def read_told(session: Session, now: datetime) -> Told:
    """One statement."""
    with connection.cursor() as cursor:
        cursor.execute(READ, asked_of(session, now))
        return told_in(*cursor.fetchone())
