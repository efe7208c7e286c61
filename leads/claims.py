"""Who sends what, and how it ended: the short transactions before and after a send."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from leads import backoff, outbox
from leads.connectors.base import Delivered, Gone, Misconfigured, Outcome, Rejected, TryLater
from leads.models import Connection, Delivery, DeliveryAttempt

log = logging.getLogger(__name__)
State = Delivery.State
OPEN = (State.PENDING, State.SENDING, State.HELD, State.PAUSED)
LEASE = timedelta(seconds=120)  # above the worker's hard time limit: who still has a lease may still be sending
OVERDUE_AFTER = timedelta(days=1)
MOST_CONNECTIONS = 500
CHANCES = 10_000


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to send one delivery once. `token` is the number of this try."""

    delivery_id: UUID
    connection_id: int
    token: int
    started_at: datetime


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What became of a claim, with texts already cut and cleaned."""

    outcome: Outcome
    duration_ms: int
    answer_excerpt: str = ""
    ended_at: datetime


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
        _record(taken, trial)
        _settle(delivery, trial)
        delivery.lease_until = None
        delivery.save()
        _settle_connection(delivery, trial)
        _let_younger_ones_follow(delivery, trial)
    log.info(
        "delivery.%s delivery=%s event=%s try=%s ms=%s",
        delivery.state,
        delivery.pk,
        delivery.event,
        taken.token,
        trial.duration_ms,
    )
    return delivery.state


def return_expired(*, now: datetime) -> int:
    """Put back what a worker took and never finished, because it died; how many. Given up after the last try."""
    expired = Delivery.objects.filter(state=State.SENDING, lease_until__lte=now)
    lost = {"lease_until": None, "failures": F("failures") + 1, "last_error": "The sending was interrupted."}
    given_up = expired.filter(failures__gte=len(backoff.WAITS)).update(state=State.DEAD, **lost)
    return given_up + expired.update(state=State.PENDING, due_at=now, **lost)


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


def _record(taken: Claim, trial: Trial) -> None:
    DeliveryAttempt.objects.create(
        delivery_id=taken.delivery_id,
        number=taken.token,
        started_at=taken.started_at,
        duration_ms=trial.duration_ms,
        outcome=OUTCOMES[type(trial.outcome)],
        status_code=trial.outcome.status,
        message=trial.outcome.reason[:500],
        answer_excerpt=trial.answer_excerpt,
    )


OUTCOMES = {
    Delivered: "delivered",
    TryLater: "try_later",
    Rejected: "rejected",
    Misconfigured: "misconfigured",
    Gone: "gone",
}


def _settle(delivery: Delivery, trial: Trial) -> None:
    """The row's next state."""
    outcome = trial.outcome
    delivery.last_error = outcome.reason[:500]
    if isinstance(outcome, Delivered):
        delivery.state, delivery.delivered_at = State.DELIVERED, trial.ended_at
        delivery.remote_id = outcome.remote_id[:200] or delivery.remote_id
        delivery.remote_url = outcome.url[:1000] or delivery.remote_url
        return
    delivery.failures += 1
    if isinstance(outcome, Misconfigured | Gone):
        delivery.state, delivery.failures = State.PAUSED, delivery.failures - 1
    elif isinstance(outcome, Rejected) or delivery.failures > len(backoff.WAITS):
        delivery.state = State.DEAD
    else:
        delivery.state = State.PENDING
        delivery.due_at = backoff.next_try_at(
            failures=delivery.failures,
            now=trial.ended_at,
            chance=secrets.randbelow(CHANCES + 1) / CHANCES,
            retry_after_seconds=outcome.retry_after_seconds,
        )


def _settle_connection(delivery: Delivery, trial: Trial) -> None:
    outcome = trial.outcome
    if isinstance(outcome, Misconfigured | Gone):
        outbox.pause(delivery.connection_id, outcome.reason)
        return
    connections = Connection.objects.filter(pk=delivery.connection_id)
    if not isinstance(outcome, TryLater):
        connections.filter(Q(failures__gt=0) | Q(resting_until__isnull=False)).update(failures=0, resting_until=None)
        return
    # No lock on the connection: one delivery at a time writes here.
    failures = connections.values_list("failures", flat=True).get() + 1
    rest = backoff.rest_until(failures=failures, now=trial.ended_at, retry_after_seconds=outcome.retry_after_seconds)
    connections.update(failures=failures, resting_until=rest)


def _let_younger_ones_follow(delivery: Delivery, trial: Trial) -> None:
    """What waits behind this one of the same lead is due when this one is, or now."""
    if delivery.lead_id is None or delivery.state == State.PAUSED:
        return
    due_at = delivery.due_at if delivery.state == State.PENDING else trial.ended_at
    younger = Delivery.objects.filter(
        connection=delivery.connection_id, lead=delivery.lead_id, pk__gt=delivery.pk, state=State.PENDING
    )
    younger.update(due_at=due_at)
