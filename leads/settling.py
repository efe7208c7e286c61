"""What a try's end means: for the delivery, for those behind it, for its connection, and for where the lead stands."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from leads import backoff, outbox
from leads.backoff import Patience
from leads.connectors.base import Delivered, Gone, Misconfigured, Outcome, QuotaSpent, Rejected, TryLater
from leads.models import Connection, Delivery, DeliveryAttempt, RemoteLead

State = Delivery.State
SWITCHED_OFF_AFTER = timedelta(days=5)
CHANCES = 10_000


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to send one delivery once. `token` is the number of this try."""

    delivery_id: UUID
    connection_id: int
    lead_id: int | None
    event: str
    token: int
    started_at: datetime


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What became of a claim, with texts already cut and cleaned.

    `patience` is that of the connection's kind. `sends_current_lead`: the lead was sent as it stood, and with it what
    the deliveries in `covers` are about.
    """

    outcome: Outcome
    duration_ms: int
    answer_excerpt: str = ""
    ended_at: datetime
    patience: Patience = backoff.WEBHOOK
    sends_current_lead: bool = False
    covers: tuple[UUID, ...] = ()


def settle(delivery: Delivery, taken: Claim, trial: Trial) -> None:
    """Write down how a try of a locked delivery ended, and all that follows from it.

    The row comes with its connection, and with `has_younger`: whether others of its lead wait behind it.
    """
    _record(taken, trial)
    _settle_row(delivery, trial)
    delivery.save(update_fields=SETTLED_COLUMNS)
    if isinstance(trial.outcome, Delivered):
        _note_where_it_stands(delivery, trial)
    # Before any other delivery of it, as whoever sends again does.
    _settle_connection(delivery, trial)
    if isinstance(trial.outcome, Delivered):
        _supersede(trial)
    _let_younger_ones_follow(delivery, trial)


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
    QuotaSpent: "quota_spent",
    Rejected: "rejected",
    Misconfigured: "misconfigured",
    Gone: "gone",
}


SETTLED_COLUMNS = (
    *("state", "failures", "is_ambiguous", "due_at", "lease_until", "delivered_at"),
    *("remote_id", "remote_url", "last_error"),
)


def _settle_row(delivery: Delivery, trial: Trial) -> None:
    """The row's next state."""
    outcome = trial.outcome
    delivery.lease_until, delivery.last_error = None, outcome.reason[:500]
    if isinstance(outcome, Delivered):
        delivery.state, delivery.delivered_at, delivery.is_ambiguous = State.DELIVERED, trial.ended_at, False
        delivery.remote_id = outcome.remote_id[:200] or delivery.remote_id
        delivery.remote_url = outcome.url[:1000] or delivery.remote_url
    elif isinstance(outcome, Misconfigured | Gone):
        delivery.state = State.PAUSED
    elif isinstance(outcome, QuotaSpent):
        delivery.state = State.PENDING
        delivery.due_at = trial.ended_at + timedelta(seconds=outcome.retry_after_seconds)
    else:
        delivery.failures += 1
        next_try_at = None if isinstance(outcome, Rejected) else _next_try_at(delivery, trial)
        delivery.state = State.DEAD if next_try_at is None else State.PENDING
        delivery.due_at = next_try_at or delivery.due_at


def _next_try_at(delivery: Delivery, trial: Trial) -> datetime | None:
    outcome = trial.outcome
    delivery.is_ambiguous = delivery.is_ambiguous or outcome.is_ambiguous
    return backoff.next_try_at(
        trial.patience,
        failures=delivery.failures,
        first_at=delivery.queued_at,
        now=trial.ended_at,
        chance=secrets.randbelow(CHANCES + 1) / CHANCES,
        retry_after_seconds=outcome.retry_after_seconds,
        # An event that is sent twice is known by its id; a record that is made twice is two.
        is_ambiguous=outcome.is_ambiguous and trial.sends_current_lead,
    )


def _note_where_it_stands(delivery: Delivery, trial: Trial) -> None:
    record = trial.outcome.record
    if record is None or delivery.lead_id is None:
        return
    columns = {"remote_id": record.remote_id[:200], "url": record.url[:1000], "extra": record.extra}
    standing = RemoteLead(
        tenant_id=delivery.tenant_id,
        connection_id=delivery.connection_id,
        lead_id=delivery.lead_id,
        updated_at=trial.ended_at,
        **columns,
    )
    changed = ["tenant", "updated_at", *columns]
    RemoteLead.objects.bulk_create(
        [standing], update_conflicts=True, unique_fields=["connection", "lead"], update_fields=changed
    )


def _supersede(trial: Trial) -> None:
    if not trial.covers:
        return
    covered = Delivery.objects.filter(pk__in=trial.covers, state=State.PENDING)
    covered.update(state=State.SUPERSEDED, delivered_at=trial.ended_at, last_error="")


def _settle_connection(delivery: Delivery, trial: Trial) -> None:
    """No lock on the connection: one delivery at a time writes here."""
    outcome, now, connection = trial.outcome, trial.ended_at, delivery.connection
    if isinstance(outcome, Misconfigured | Gone):
        outbox.pause(connection.pk, outcome.reason, now=now)
    elif isinstance(outcome, QuotaSpent):
        outbox.rest(connection.pk, until=now + timedelta(seconds=outcome.retry_after_seconds))
    elif isinstance(outcome, TryLater):
        _note_failure(connection, outcome, now)
    else:
        _note_success(connection, now, has_arrived=isinstance(outcome, Delivered))


def _note_success(connection: Connection, now: datetime, *, has_arrived: bool) -> None:
    """It answered, and took the delivery or refused that one."""
    _count(connection, now)
    connection.failures, connection.failing_since, connection.resting_until = 0, None, None
    connection.last_delivered_at = now if has_arrived else connection.last_delivered_at
    connection.save(update_fields=["failures", "failing_since", "resting_until", "last_delivered_at", *WINDOW_COLUMNS])


def _note_failure(connection: Connection, outcome: TryLater, now: datetime) -> None:
    _count(connection, now, has_failed=True)
    connection.failures += 1
    connection.failing_since = connection.failing_since or now
    connection.resting_until = backoff.rest_until(
        failures=connection.failures,
        is_failing_often=backoff.is_failing_often(tries=connection.window_tries, failures=connection.window_failures),
        now=now,
        retry_after_seconds=outcome.retry_after_seconds,
    )
    connection.save(update_fields=["failures", "failing_since", "resting_until", *WINDOW_COLUMNS])
    if now - connection.failing_since >= SWITCHED_OFF_AFTER:
        words = _("Nothing has arrived there for five days, so we stopped trying. The last we heard: %s")
        outbox.pause(connection.pk, words % outcome.reason, now=now)


WINDOW_COLUMNS = ("window_began_at", "window_tries", "window_failures")


def _count(connection: Connection, now: datetime, *, has_failed: bool = False) -> None:
    if connection.window_began_at is None or now - connection.window_began_at >= backoff.WINDOW:
        connection.window_began_at, connection.window_tries, connection.window_failures = now, 0, 0
    connection.window_tries += 1
    connection.window_failures += has_failed


def _let_younger_ones_follow(delivery: Delivery, trial: Trial) -> None:
    """What waits behind this one of the same lead is due when this one is, or now."""
    if not delivery.has_younger or delivery.state == State.PAUSED:
        return
    due_at = delivery.due_at if delivery.state == State.PENDING else trial.ended_at
    younger_of(delivery.connection_id, delivery.lead_id, delivery.pk).update(due_at=due_at)


def younger_of(connection_pk: int, lead_pk: int | None, delivery_pk: UUID) -> QuerySet:
    """What waits behind a delivery of the same lead over the same connection; nothing where it has no lead."""
    waiting = Delivery.objects.filter(connection=connection_pk, pk__gt=delivery_pk, state=State.PENDING)
    return waiting.filter(lead=lead_pk) if lead_pk is not None else waiting.none()
