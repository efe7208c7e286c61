"""The outbox: one row for each event and connection. The row is the truth about what was sent and what is due.

Claims are short transactions; sending happens between them. A claim holds a lease; whoever finishes must show the
number of the try it claimed, so that a worker that was thought dead can't overwrite its successor.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet

from caty.lib import tasks
from leads import events, notifying
from leads.contracts import Notice
from leads.models import Connection, Delivery, Lead, new_delivery_id
from tenants.models import Tenant

log = logging.getLogger(__name__)
State = Delivery.State
REQUEUED = (State.PENDING, State.DELIVERED, State.DEAD, State.CANCELLED, State.PAUSED)

# As SQL, since every message of a visitor asks it, and mostly in vain.
WANTING = """
    SELECT id, state, events FROM leads_connection
    WHERE tenant_id = %s AND is_enabled AND events && %s::varchar[] ORDER BY id
"""


def write(*notices: Notice, tenant: Tenant, now: datetime, lead: Lead | None = None) -> int:
    """A row of each notice for each connection that wants its event; how many are new. They are sent after commit.

    Held with a held lead. A paused connection's rows wait for it, where they carry a lead; other events are dropped,
    since nothing would bound them.
    """
    wanting = _wanting(tenant, [notice.event for notice in notices])
    rows = [
        _row(tenant, connection_pk, state, notice, now, lead)
        for notice in notices
        for connection_pk, state, wanted in wanting
        if notice.event in wanted and (lead is not None or state == Connection.State.ACTIVE)
    ]
    if not rows:
        return 0
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    new = Delivery.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "state")
    for pk, state in new:
        if state == State.PENDING:
            hint(pk)
    return len(new)


def write_for(connection: Connection, told: Iterable[tuple[Lead, Notice]], *, tenant: Tenant, now: datetime) -> int:
    """A row of each notice for this connection alone, as of when its lead was captured; how many are new.

    Held with a held lead. One hint for them all.
    """
    rows = [
        _row(tenant, connection.pk, connection.state, notice, now, lead, occurred_at=lead.captured_at)
        for lead, notice in told
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    hint_next(connection.pk)
    return Delivery.objects.filter(pk__in=[row.pk for row in rows]).count()


def release(lead: Lead, *, now: datetime) -> int:
    """Deliveries held with `lead` become due. Wants a transaction."""
    return _queue(Delivery.objects.filter(lead=lead, state=State.HELD), now)


def requeue(rows: QuerySet, *, now: datetime) -> int:
    """Make deliveries due whatever became of them, except those being sent or held; how many.

    Notes that were given up come along with their lead, as far as it stands there or is sent before them.
    """
    again = rows.filter(state__in=REQUEUED)
    with transaction.atomic():
        # First the connections, as whoever finishes a send does on its way to the deliveries behind it.
        concerned = Connection.objects.filter(pk__in=again.order_by().values("connection")).order_by("pk")
        list(concerned.select_for_update(no_key=True).values_list("pk", flat=True))
        return _queue(again, now)


def cancel(rows: QuerySet) -> int:
    """Take deliveries that wait out of the queue; how many."""
    return rows.filter(state__in=(State.PENDING, State.HELD, State.PAUSED)).update(state=State.CANCELLED)


def pause(connection_pk: int, reason: str, *, now: datetime) -> None:
    """Send nothing more over this connection until a colleague has seen to it; its deliveries wait.

    Owners are told by mail, once.
    """
    paused = Connection.State.PAUSED
    going = Connection.objects.filter(pk=connection_pk).exclude(state=paused)
    if going.update(state=paused, paused_reason=reason[:300], paused_at=now):
        notifying.announce_paused(connection_pk, now=now)
    Delivery.objects.filter(connection=connection_pk, state=State.PENDING).update(state=State.PAUSED)
    log.warning("connection.paused connection=%s", connection_pk)


def rest(connection_pk: int, *, until: datetime) -> None:
    """Send nothing over this connection before then."""
    Connection.objects.filter(pk=connection_pk).update(resting_until=until)


def resume(connection: Connection, *, now: datetime) -> int:
    """The opposite of `pause`. Wants a transaction."""
    connection.state, connection.paused_reason = Connection.State.ACTIVE, ""
    connection.paused_at, connection.resting_until = None, None
    connection.failures, connection.failing_since = 0, None
    connection.save(update_fields=["state", "paused_reason", "paused_at", "failures", "failing_since", "resting_until"])
    return _queue(Delivery.objects.filter(connection=connection, state=State.PAUSED), now)


def hint(delivery_pk: UUID) -> None:
    """Ask a worker to send this delivery after commit."""
    tasks.hint("leads.deliver", delivery_id=str(delivery_pk))


def hint_next(connection_pk: int, *, in_seconds: int = 0) -> None:
    """Ask a worker, after commit, to send what is due over this connection then, at most a minute from now."""
    tasks.hint("leads.deliver_next", in_seconds=in_seconds, connection_id=connection_pk)


def _wanting(tenant: Tenant, names: list[str]) -> list[tuple[int, str, list[str]]]:
    """Key, state and wanted events of each connection that wants one of these."""
    with database.cursor() as cursor:
        cursor.execute(WANTING, [tenant.pk, names])
        return cursor.fetchall()


def _row(tenant, connection_pk, connection_state, notice, now, lead, occurred_at=None) -> Delivery:
    delivery_pk = new_delivery_id()
    return Delivery(
        pk=delivery_pk,
        tenant=tenant,
        connection_id=connection_pk,
        lead=lead,
        event=notice.event,
        event_id=notice.event_id,
        payload=events.body_of(
            delivery_id=str(delivery_pk),
            event=notice.event,
            occurred_at=occurred_at or now,
            widget_id=tenant.widget_id,
            data=notice.data,
        ),
        state=_first_state(connection_state, lead),
        created_at=now,
        queued_at=now,
        due_at=now,
    )


def _first_state(connection_state: str, lead: Lead | None) -> str:
    if lead is not None and lead.held_reason:
        return State.HELD
    return State.PENDING if connection_state == Connection.State.ACTIVE else State.PAUSED


# In one statement, however many there are: their keys never come here. Rows are locked in the order of their keys. A
# note that stands there already is looked for, before it is written a second time.
QUEUE = """
    WITH given AS ({rows}),
    chosen AS (
        SELECT id FROM leads_delivery
        WHERE state = ANY(%(states)s) AND id IN (
            SELECT id FROM given
            UNION
            SELECT note.id FROM given
            JOIN leads_delivery note ON note.connection_id = given.connection_id AND note.lead_id = given.lead_id
            WHERE note.event = %(note)s AND note.state = 'dead' AND (
                note.id > given.id OR EXISTS (
                    SELECT 1 FROM leads_remotelead record
                    WHERE record.connection_id = note.connection_id AND record.lead_id = note.lead_id
                )
            )
        )
        ORDER BY id FOR UPDATE
    ),
    queued AS (
        UPDATE leads_delivery delivery
        SET state = CASE WHEN connection.state = 'paused' THEN 'paused' ELSE 'pending' END,
            is_ambiguous = delivery.is_ambiguous OR (delivery.event = %(note)s AND delivery.state = 'delivered'),
            due_at = %(now)s, queued_at = %(now)s, failures = 0, last_error = ''
        FROM chosen, leads_connection connection
        WHERE delivery.id = chosen.id AND connection.id = delivery.connection_id
        RETURNING delivery.connection_id, delivery.state
    )
    SELECT connection_id, count(*), bool_or(state = 'pending') FROM queued GROUP BY connection_id ORDER BY connection_id
"""


def _queue(rows: QuerySet, now: datetime) -> int:
    """Due at once, or waiting with their connection; how many. One hint a connection: each send hints at the next."""
    try:
        given, parameters = rows.order_by().values("id", "connection_id", "lead_id").query.sql_with_params()
    except EmptyResultSet:
        return 0
    names = {f"given_{number}": value for number, value in enumerate(parameters)}
    given = given.replace("%%", "%%%%") % tuple(f"%({name})s" for name in names)
    with database.cursor() as cursor:
        cursor.execute(
            QUEUE.format(rows=given),
            {**names, "states": [*REQUEUED, State.HELD], "note": events.NOTE, "now": now},
        )
        queued = cursor.fetchall()
    Connection.objects.filter(pk__in=[connection_pk for connection_pk, *_ in queued]).update(resting_until=None)
    for connection_pk, _count, is_pending in queued:
        if is_pending:
            hint_next(connection_pk)
    return sum(count for _connection_pk, count, _is_pending in queued)
