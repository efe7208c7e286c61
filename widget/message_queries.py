"""What every message looks up, as SQL.

The ORM takes five times as long to write these statements down as PostgreSQL takes to answer them, and processor time
is what bounds how many chats a process holds.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from caty.lib.ids import has_public_id_form
from tenants.models import Tenant
from widget.engine.contracts import Turn
from widget.engine.handoff import UNSURE
from widget.models import Answer, Message, Session, Visitor
from widget.queries import IDLE_AFTER, LIVE_IDLE_AFTER, SessionNotFound

TURNS_FOR_MODEL = 20
RUNNING = """
    FROM widget_session s JOIN widget_visitor v ON v.id = s.visitor_id
    WHERE s.public_id = %(session_id)s AND s.tenant_id = %(tenant)s
        AND s.ended_at IS NULL AND (
            s.last_heard_at > %(heard_after)s OR s.mode <> 'assistant' AND s.last_heard_at > %(live_heard_after)s
        )
"""
FIND = f"""
    SELECT s.id, EXISTS (
        SELECT FROM widget_message m WHERE m.session_id = s.id AND m.client_message_id = %(client_message_id)s
    ) {RUNNING}
"""  # noqa: S608  made of constants
LOCK = f"SELECT s.*, v.reference AS visitor_reference {RUNNING} FOR UPDATE OF s"
# Asked when the session is locked: of a statement that had to wait for the lock, only the locked row would be new.
LINE = """
    SELECT array_agg(state), array_agg(lease_until), EXISTS (
        SELECT FROM widget_message WHERE session_id = %(session)s AND client_message_id = %(client_message_id)s
    )
    FROM widget_answer WHERE session_id = %(session)s AND state IN ('running', 'waiting')
"""
LOCK_BOTH = """
    SELECT s.*, a.state = 'running' AND a.attempts = %(attempts)s AS is_ours
    FROM widget_session s JOIN widget_answer a ON a.session_id = s.id
    WHERE a.id = %(answer)s FOR UPDATE
"""
# Of what was sent along, the model learns the names.
TURNS = """
    SELECT m.role, m.content || coalesce(
            (SELECT ' [' || string_agg(f.name, '] [') || ']' FROM widget_attachment f WHERE f.message_id = m.id), ''
        ), m.suggested_actions @> '[{"action": "lead_form"}]',
        coalesce(a.is_unanswered OR m.confidence < %(unsure)s, FALSE)
    FROM widget_message m LEFT JOIN widget_answer a ON a.message_id = m.id
    WHERE m.session_id = %(session)s AND m.sequence < %(sequence)s AND m.content <> ''
    ORDER BY m.sequence DESC LIMIT %(most)s
"""
SPEAKERS = {Message.Role.VISITOR: "visitor", Message.Role.STAFF: "staff"}


@dataclass(frozen=True)
class Line:
    """Who is being answered in a session: `open_answers` are state and lease of each answer not yet given."""

    open_answers: tuple[tuple[str, datetime | None], ...]
    is_repeat: bool


def find_running(*, tenant: Tenant, session_id: str, client_message_id: str, now: datetime) -> tuple[int, bool]:
    """The running session's key, and whether a message with this id was stored in it. Raises SessionNotFound."""
    row = _fetch_one(FIND, {**_running(tenant, session_id, now), "client_message_id": client_message_id})
    if row is None:
        raise SessionNotFound
    return row


def lock_running(*, tenant: Tenant, session_id: str, now: datetime) -> Session:
    """The running session, locked. Raises SessionNotFound. Of its visitor the reference is at hand."""
    rows = list(Session.objects.raw(LOCK, _running(tenant, session_id, now)))
    if not rows:
        raise SessionNotFound
    session = rows[0]
    session.tenant = tenant
    known = [session.visitor_id, session.visitor_reference]
    session.visitor = Visitor.from_db(connection.alias, ["id", "reference"], known)
    return session


def look_at_line(session: Session, *, client_message_id: str) -> Line:
    """What is being answered in a locked session, and whether a message with this id was stored meanwhile."""
    asked = {"session": session.pk, "client_message_id": client_message_id}
    states, leases, is_repeat = _fetch_one(LINE, asked)
    return Line(tuple(zip(states or (), leases or (), strict=True)), is_repeat)


def lock_for_answer(work: Answer) -> tuple[Session, bool]:
    """The session of this work, locked with it, and whether the work is still ours to finish.

    Raises SessionNotFound where it was erased meanwhile.
    """
    rows = list(Session.objects.raw(LOCK_BOTH, {"answer": work.pk, "attempts": work.attempts}))
    if not rows:
        raise SessionNotFound
    return rows[0], rows[0].is_ours


def turns_before(message: Message) -> tuple[Turn, ...]:
    """The last turns before this message, oldest first, as the model reads them."""
    if message.sequence == 1:
        return ()
    asked = {"session": message.session_id, "sequence": message.sequence, "most": TURNS_FOR_MODEL, "unsure": UNSURE}
    with connection.cursor() as cursor:
        cursor.execute(TURNS, asked)
        rows = cursor.fetchall()
    return tuple(
        Turn(role=SPEAKERS.get(role, "assistant"), content=content, has_form=has_form, is_unsure=is_unsure)
        for role, content, has_form, is_unsure in reversed(rows)
    )


def _running(tenant: Tenant, session_id: str, now: datetime) -> dict:
    if not has_public_id_form(session_id, "sess"):
        raise SessionNotFound
    since = {"heard_after": now - IDLE_AFTER, "live_heard_after": now - LIVE_IDLE_AFTER}
    return {"tenant": tenant.pk, "session_id": session_id, **since}


def _fetch_one(statement: str, parameters: dict) -> tuple | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()
