"""Who sends what, and how it ended: the short transactions before and after a send."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from leads import events
from leads.models import Connection, Delivery
from leads.settling import Claim, Trial, settle

log = logging.getLogger(__name__)
State = Delivery.State
OPEN = (State.PENDING, State.SENDING, State.HELD, State.PAUSED)
LEASE = timedelta(seconds=120)  # above the worker's hard time limit: who still has a lease may still be sending
OVERDUE_AFTER = timedelta(days=1)
MOST_CONNECTIONS = 500
MOST_INTERRUPTIONS = 7  # a delivery that takes its worker down each time is not to do so for ever


def find_due(*, now: datetime, connection_id: int | None = None) -> list[UUID]:
    """The next delivery of every connection that is free, at most one each, longest waiting first.

    Costs one probe of an index for each connection, however many deliveries wait.
    """
    connections = _sendable(now).filter(~Exists(_in_flight(OuterRef("pk"))))
    if connection_id is not None:
        connections = connections.filter(pk=connection_id)
    first = _claimable(now).filter(connection=OuterRef("pk")).order_by("due_at", "pk")
    due = connections.annotate(
        next_id=Subquery(first.values("pk")[:1]), next_at=Subquery(first.values("due_at")[:1])
    ).exclude(next_id=None)
    return list(due.order_by("next_at").values_list("next_id", flat=True)[:MOST_CONNECTIONS])


def find_free_connection(delivery_id: UUID, *, now: datetime) -> int | None:
    """The connection over which this delivery may be claimed now; nothing is taken yet."""
    free = _claimable(now).filter(pk=delivery_id, connection__in=_sendable(now).values("pk"))
    return free.filter(~Exists(_in_flight(OuterRef("connection")))).values_list("connection", flat=True).first()


def claim(delivery_id: UUID, *, now: datetime) -> Claim | None:
    """Take a due delivery, or None where it isn't due, is taken, waits for an older one of its lead, or is gone."""
    try:
        with transaction.atomic():
            return _claim(delivery_id, now)
    except IntegrityError:
        # Its connection is busy with another: that one's end calls for the next.
        return None


def finish(taken: Claim, trial: Trial) -> str | None:
    """Write down how it ended: the row's new state, or None where the lease ran out and another has taken it since."""
    with transaction.atomic():
        # A lease that ran out without a successor is still ours to finish.
        mine = Delivery.objects.filter(attempts=taken.token, state__in=(State.SENDING, State.PENDING))
        delivery = mine.select_for_update().filter(pk=taken.delivery_id).first()
        if delivery is None:
            log.warning("delivery.lease_lost delivery=%s try=%s", taken.delivery_id, taken.token)
            return None
        settle(delivery, taken, trial)
    log.info(
        "delivery.%s delivery=%s event=%s try=%s ms=%s",
        delivery.state,
        delivery.pk,
        delivery.event,
        taken.token,
        trial.duration_ms,
    )
    return delivery.state


def find_covered(taken: Claim) -> tuple[UUID, ...]:
    """Changes of the same lead that wait behind this claim: what they are about is in the lead by now.

    Asked before the lead is read: one that is committed in between is in the lead and waits all the same.
    """
    delivery = Delivery.objects.only("connection_id", "lead_id", "event").get(pk=taken.delivery_id)
    if delivery.lead_id is None or delivery.event == events.NOTE:
        return ()
    behind = Delivery.objects.filter(
        connection=delivery.connection_id,
        lead=delivery.lead_id,
        pk__gt=delivery.pk,
        state=State.PENDING,
        event=events.UPDATED,
    )
    return tuple(behind.values_list("pk", flat=True))


def return_expired(*, now: datetime) -> int:
    """Put back what a worker took and never finished, because it died; how many. Given up after the last try."""
    expired = Delivery.objects.filter(state=State.SENDING, lease_until__lte=now)
    lost = {"lease_until": None, "is_ambiguous": True, "failures": F("failures") + 1}
    lost["last_error"] = "The sending was interrupted."
    given_up = expired.filter(failures__gte=MOST_INTERRUPTIONS).update(state=State.DEAD, **lost)
    return given_up + expired.update(state=State.PENDING, due_at=now, **lost)


def find_wait(connection_pk: int, *, now: datetime) -> float | None:
    """Seconds until the connection's next delivery is due, 0 at least; None where none waits."""
    waiting = Delivery.objects.filter(connection=connection_pk, state=State.PENDING)
    due_at = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    resting = Connection.objects.filter(pk=connection_pk).values_list("resting_until", flat=True).first()
    if due_at is None:
        return None
    return max(0.0, (max(due_at, resting or due_at) - now).total_seconds())


def give_up_overdue(*, now: datetime) -> int:
    """Drop events without a lead that nobody got to for a day; how many. A destination that is down piles up no more.

    A lead waits as long as it takes.
    """
    overdue = Delivery.objects.filter(state=State.PENDING, lead=None, due_at__lte=now - OVERDUE_AFTER)
    return overdue.update(state=State.DEAD, last_error="It could not be sent within a day.")


def _claim(delivery_id: UUID, now: datetime) -> Claim | None:
    due = _claimable(now).filter(pk=delivery_id, connection__in=_sendable(now).values("pk"))
    delivery = due.select_for_update(skip_locked=True, of=("self",)).first()
    if delivery is None:
        return None
    delivery.state = State.SENDING
    delivery.attempts += 1
    delivery.lease_until = now + LEASE
    delivery.save(update_fields=["state", "attempts", "lease_until"])
    return Claim(delivery_id=delivery.pk, connection_id=delivery.connection_id, token=delivery.attempts, started_at=now)


def _sendable(now: datetime) -> QuerySet:
    rested = Q(resting_until=None) | Q(resting_until__lte=now)
    return Connection.objects.filter(rested, is_enabled=True, state=Connection.State.ACTIVE)


def _claimable(now: datetime) -> QuerySet:
    """Due, with nothing older of the same lead still open on the same connection."""
    older = Delivery.objects.filter(
        connection=OuterRef("connection"), lead=OuterRef("lead"), pk__lt=OuterRef("pk"), state__in=OPEN
    )
    return Delivery.objects.filter(~Exists(older), state=State.PENDING, due_at__lte=now)


def _in_flight(connection_pk) -> QuerySet:
    return Delivery.objects.filter(connection=connection_pk, state=State.SENDING)
