"""What every page that waits for news looks up, as SQL: five hundred of them ask some thirty times a second, and the
ORM takes five times as long to write such a statement down as PostgreSQL takes to answer it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from caty.lib.ids import has_public_id_form
from tenants.models import Tenant
from widget.queries import IDLE_AFTER, LIVE_IDLE_AFTER, SessionNotFound

READABLE_AFTER = timedelta(minutes=30)  # its end, for a conversation that a colleague has ended
# The running session, or one that a colleague has just ended: their last words have to arrive.
READABLE = """
    s.public_id = %(session_id)s AND s.tenant_id = %(tenant)s AND (
        s.ended_at IS NULL AND (
            s.last_heard_at > %(heard_after)s OR s.mode <> 'assistant' AND s.last_heard_at > %(live_heard_after)s
        ) OR s.ended_at > %(ended_after)s AND EXISTS (
            SELECT FROM widget_handoff h
            WHERE h.session_id = s.id AND h.outcome = 'ended' AND h.closed_at >= s.ended_at
        )
    )
"""
MODE = "CASE WHEN s.ended_at IS NULL THEN s.mode ELSE 'ended' END"
OWNER = """
    LEFT JOIN tenants_membership m ON m.id = s.owner_id AND s.mode = 'person' AND s.ended_at IS NULL
    LEFT JOIN tenants_tenant t ON t.id = m.tenant_id
    LEFT JOIN auth_user u ON u.id = m.user_id
"""
OWNER_NAME = "COALESCE(NULLIF(m.display_name, ''), NULLIF(u.first_name, ''), t.name)"
GLANCE = f"SELECT s.id, s.last_sequence, {MODE}, {OWNER_NAME} FROM widget_session s {OWNER}"  # noqa: S608  constants
LOOK = f"{GLANCE} WHERE {READABLE}"
LOOK_AGAIN = f"{GLANCE} WHERE s.id = %s"
FIND = f"""
    SELECT s.id, s.last_sequence, {MODE}, s.satisfaction, s.visitor_read_sequence,
        EXISTS (
            SELECT FROM widget_answer a
            WHERE a.session_id = s.id AND a.state IN ('waiting', 'running') AND a.lease_until > %(now)s
        ),
        EXISTS (SELECT FROM widget_handoff h WHERE h.session_id = s.id),
        EXISTS (SELECT FROM widget_handoff h WHERE h.session_id = s.id AND h.first_reply_at IS NOT NULL),
        m.id, {OWNER_NAME}, COALESCE(f.digest, '')
    FROM widget_session s {OWNER}
    LEFT JOIN tenants_face f ON f.membership_id = m.id
    WHERE {READABLE}
"""  # noqa: S608


@dataclass(frozen=True)
class Look:
    """A glance at a session: its key, its last sequence number, its mode, "ended" where it is over, and what visitors
    call the colleague who has it, None where none has."""

    key: int
    last_sequence: int
    mode: str
    owner_name: str | None


@dataclass(frozen=True)
class Found:
    """How a session stands. `owner` is the key of the colleague who has it, None where none has; `owner_name` is what
    visitors call them, `owner_face` the digest of their picture, "" without one. `had_person`: one was ever called;
    `was_answered`: one has written."""

    key: int
    last_sequence: int
    mode: str
    satisfaction: str
    visitor_read_sequence: int
    is_answering: bool
    had_person: bool
    was_answered: bool
    owner: int | None
    owner_name: str | None
    owner_face: str


def look(*, tenant: Tenant, session_id: str, now: datetime) -> Look:
    """Raises SessionNotFound for a session that a visitor can't read any more."""
    return Look(*_get(LOOK, _asked(tenant, session_id, now)))


def look_again(key: int) -> Look:
    """Of a session that has been looked at. Raises SessionNotFound where it was erased meanwhile."""
    return Look(*_get(LOOK_AGAIN, [key]))


def find_standing(*, tenant: Tenant, session_id: str, now: datetime) -> Found:
    """Raises SessionNotFound for a session that a visitor can't read any more."""
    return Found(*_get(FIND, {**_asked(tenant, session_id, now), "now": now}))


def _asked(tenant: Tenant, session_id: str, now: datetime) -> dict:
    if not has_public_id_form(session_id, "sess"):
        raise SessionNotFound
    return {
        "tenant": tenant.pk,
        "session_id": session_id,
        "heard_after": now - IDLE_AFTER,
        "live_heard_after": now - LIVE_IDLE_AFTER,
        "ended_after": now - READABLE_AFTER,
    }


def _get(statement: str, parameters: dict | list) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    if row is None:
        raise SessionNotFound
    return row
