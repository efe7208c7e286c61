"""Who sends what, and how it ended: the short transactions before and after a send."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db import connection as database
from django.db.models import Exists, F

from leads import events, probes
from leads.models import Connection, Delivery
from leads.settling import Claim, Trial, settle, younger_of

log = logging.getLogger(__name__)
State = Delivery.State
LEASE = timedelta(seconds=120)  # above the worker's hard time limit: who still has a lease may still be sending
OVERDUE_AFTER = timedelta(days=1)
MOST_CONNECTIONS = 500
MOST_INTERRUPTIONS = 7  # a delivery that takes its worker down each time is not to do so for ever


@dataclass(frozen=True)
class Upcoming:
    """What is next over a connection: a delivery that is due, or the seconds until one is; nothing where none waits."""

    delivery_id: UUID | None = None
    wait_seconds: float | None = None


def find_due(*, now: datetime) -> list[UUID]:
    """The next delivery of every connection that is free, at most one each, longest waiting first.

    Costs a few probes of an index for each connection, however many deliveries wait.
    """
    return [pk for (pk,) in _ask(probes.DUE, now=now, most=MOST_CONNECTIONS)]


def find_next(connection_pk: int, *, now: datetime) -> Upcoming:
    """What is to be sent next over this connection; a delivery only while it is free."""
    for delivery_pk, due_at, resting_until in _ask(probes.NEXT, now=now, connection=connection_pk):
        if delivery_pk is not None:
            return Upcoming(delivery_id=delivery_pk)
        if due_at is not None:
            return Upcoming(wait_seconds=max(0.0, (max(due_at, resting_until or due_at) - now).total_seconds()))
    return Upcoming()


def find_free_connection(delivery_id: UUID, *, now: datetime) -> Connection | None:
    """The connection over which this delivery may be claimed now; nothing is taken yet.

    Its kind and its settings, and `sealed`: its secrets as they are stored.
    """
    parameters = {"delivery": delivery_id, "now": now}
    return next(iter(Connection.objects.raw(probes.FREE_CONNECTION, parameters)), None)


def claim(delivery_id: UUID, *, now: datetime) -> Claim | None:
    """Take a due delivery, or None where it isn't due, is taken, waits for an older one of its lead, or is gone.

    One statement, and a transaction of its own.
    """
    try:
        taken = _ask(probes.CLAIM, delivery=delivery_id, now=now, lease_until=now + LEASE)
    except IntegrityError:
        # Its connection became busy with another at this moment: that one's end calls for the next.
        return None
    for connection_pk, lead_pk, event, token in taken:
        return Claim(
            delivery_id=delivery_id,
            connection_id=connection_pk,
            lead_id=lead_pk,
            event=event,
            token=token,
            started_at=now,
        )
    return None


def finish(taken: Claim, trial: Trial) -> str | None:
    """Write down how it ended: the row's new state, or None where the lease ran out and another has taken it since."""
    with transaction.atomic():
        delivery = _lock(taken)
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
    if taken.lead_id is None or taken.event == events.NOTE:
        return ()
    behind = younger_of(taken.connection_id, taken.lead_id, taken.delivery_id).filter(event=events.UPDATED)
    return tuple(behind.values_list("pk", flat=True))


def return_expired(*, now: datetime) -> int:
    """Put back what a worker took and never finished, because it died; how many. Given up after the last try."""
    expired = Delivery.objects.filter(state=State.SENDING, lease_until__lte=now)
    lost = {"lease_until": None, "is_ambiguous": True, "failures": F("failures") + 1}
    lost["last_error"] = "The sending was interrupted."
    given_up = expired.filter(failures__gte=MOST_INTERRUPTIONS).update(state=State.DEAD, **lost)
    return given_up + expired.update(state=State.PENDING, due_at=now, **lost)


def give_up_overdue(*, now: datetime) -> int:
    """Drop events without a lead that nobody got to for a day; how many. A destination that is down piles up no more.

    A lead waits as long as it takes.
    """
    overdue = Delivery.objects.filter(state=State.PENDING, lead=None, due_at__lte=now - OVERDUE_AFTER)
    return overdue.update(state=State.DEAD, last_error="It could not be sent within a day.")


def _lock(taken: Claim) -> Delivery | None:
    """The delivery, if it is still ours to finish, as `settle` wants it."""
    # A lease that ran out without a successor is still ours.
    mine = Delivery.objects.filter(pk=taken.delivery_id, attempts=taken.token, state__in=(State.SENDING, State.PENDING))
    behind = younger_of(taken.connection_id, taken.lead_id, taken.delivery_id)
    with_connection = mine.select_related("connection").defer(
        "payload", "connection__settings", "connection__secrets", "connection__remote_fields"
    )
    return with_connection.annotate(has_younger=Exists(behind)).select_for_update(of=("self",)).first()


def _ask(question: str, **parameters) -> list[tuple]:
    with database.cursor() as cursor:
        cursor.execute(question, parameters)
        return cursor.fetchall()
