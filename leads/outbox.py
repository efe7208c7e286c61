"""The outbox: one row for each event and connection. The row is the truth about what was sent and what is due.

Claims are short transactions; sending happens between them. A claim holds a lease; whoever finishes must show the
number of the try it claimed, so that a worker that was thought dead can't overwrite its successor.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection as database
from django.db import transaction

from caty.lib import tasks
from leads import events, notifying
from leads.contracts import Notice
from leads.models import Connection, Delivery, Lead, new_delivery_id
from tenants.models import Tenant

log = logging.getLogger(__name__)
State = Delivery.State


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


def release(lead: Lead, *, now: datetime) -> int:
    """Deliveries held with `lead` become due. Wants a transaction."""
    held = list(Delivery.objects.filter(lead=lead, state=State.HELD).values_list("pk", flat=True))
    return _queue(held, now)


def requeue(deliveries: Iterable[UUID], *, tenant: Tenant, now: datetime) -> int:
    """Make deliveries due whatever became of them, except those being sent or held; how many."""
    states = (State.PENDING, State.DELIVERED, State.DEAD, State.CANCELLED, State.PAUSED)
    with transaction.atomic():
        rows = Delivery.objects.for_tenant(tenant).filter(pk__in=list(deliveries), state__in=states)
        # First the connections, as whoever finishes a send does on its way to the deliveries behind it.
        concerned = Connection.objects.filter(pk__in=rows.values("connection")).order_by("pk")
        list(concerned.select_for_update(no_key=True).values_list("pk", flat=True))
        return _queue(list(rows.select_for_update().order_by("pk").values_list("pk", flat=True)), now)


def cancel(deliveries: Iterable[UUID], *, tenant: Tenant) -> int:
    """Take deliveries that wait out of the queue; how many."""
    waiting = (State.PENDING, State.HELD, State.PAUSED)
    rows = Delivery.objects.for_tenant(tenant).filter(pk__in=list(deliveries), state__in=waiting)
    return rows.update(state=State.CANCELLED)


def pause(connection_pk: int, reason: str, *, now: datetime) -> None:
    """Send nothing more over this connection until a colleague has seen to it; its deliveries wait.

    Owners are told by mail, once.
    """
    paused = Connection.State.PAUSED
    going = Connection.objects.filter(pk=connection_pk).exclude(state=paused)
    if going.update(state=paused, paused_reason=reason[:300]):
        notifying.announce_paused(connection_pk, now=now)
    Delivery.objects.filter(connection=connection_pk, state=State.PENDING).update(state=State.PAUSED)
    log.warning("connection.paused connection=%s", connection_pk)


def rest(connection_pk: int, *, until: datetime) -> None:
    """Send nothing over this connection before then."""
    Connection.objects.filter(pk=connection_pk).update(resting_until=until)


def resume(connection: Connection, *, now: datetime) -> int:
    """The opposite of `pause`. Wants a transaction."""
    connection.state, connection.paused_reason = Connection.State.ACTIVE, ""
    connection.failures, connection.failing_since, connection.resting_until = 0, None, None
    connection.save(update_fields=["state", "paused_reason", "failures", "failing_since", "resting_until"])
    paused = Delivery.objects.filter(connection=connection, state=State.PAUSED)
    return _queue(list(paused.values_list("pk", flat=True)), now)


def hint(delivery_pk: UUID) -> None:
    """Ask a worker to send this delivery after commit."""
    tasks.hint("leads.deliver", delivery_id=str(delivery_pk))


def hint_next(connection_pk: int, *, in_seconds: int) -> None:
    """Ask a worker to send what is due over this connection then, at most a minute from now."""
    tasks.hint("leads.deliver_next", in_seconds=in_seconds, connection_id=connection_pk)


def _wanting(tenant: Tenant, names: list[str]) -> list[tuple[int, str, list[str]]]:
    """Key, state and wanted events of each connection that wants one of these."""
    with database.cursor() as cursor:
        cursor.execute(WANTING, [tenant.pk, names])
        return cursor.fetchall()


def _row(tenant, connection_pk, connection_state, notice, now, lead) -> Delivery:
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
            occurred_at=now,
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


def _queue(pks: list[UUID], now: datetime) -> int:
    """Due at once, or waiting with their connection; how many. One hint a connection: each send hints at the next."""
    rows = Delivery.objects.filter(pk__in=pks)
    rows.update(state=State.PENDING, due_at=now, queued_at=now, failures=0, last_error="")
    rows.filter(connection__state=Connection.State.PAUSED).update(state=State.PAUSED)
    Connection.objects.filter(deliveries__in=pks).update(resting_until=None)
    pending = rows.filter(state=State.PENDING).order_by("connection_id", "pk").distinct("connection_id")
    for pk in pending.values_list("pk", flat=True):
        hint(pk)
    return len(pks)
