"""How a row that is sent moves: taken by one worker for a while, and settled by how it ended. Of mails and notices
alike."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from leads.connectors.base import Delivered, Gone, Outcome, TryLater
from leads.models import StaffMail, VisitorMail
from leads.models.sending import Sendable

log = logging.getLogger(__name__)
State = Sendable.State
WAITS = (60, 300, 1800, 7200, 18_000, 36_000, 36_000)  # seconds after each failure; the eighth is the last
NOTICE_WAITS = (10, 30, 60, 120)  # what is told at once is soon of no use
LEASE = timedelta(seconds=120)  # above the worker's hard time limit: who still has a lease may still be sending
REST = timedelta(seconds=60)  # for all mails, after the mail server could not be reached
JITTER = 0.2  # of a wait, either way, so that mails that failed together are not tried together
CHANCES = 10_000
NOTICES = Q(kind=StaffMail.Kind.PUSH)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to send one row of `model` once. `token` is the number of this try."""

    mail_pk: UUID
    token: int
    started_at: datetime
    model: type[Sendable] = StaffMail


def take(row: Sendable, *, now: datetime) -> Claim:
    """Make the (locked) row this worker's."""
    row.state, row.attempts, row.tried_at, row.lease_until = State.SENDING, row.attempts + 1, now, now + LEASE
    row.save(update_fields=["state", "attempts", "tried_at", "lease_until"])
    return Claim(mail_pk=row.pk, token=row.attempts, started_at=now, model=type(row))


def finish(taken: Claim, outcome: Outcome | None, *, now: datetime) -> str | None:
    """Write down how it ended, None for what need not be told any more: the row's new state.

    None where the row has gone, or the lease ran out and another has taken it since.
    """
    with transaction.atomic():
        # A lease that ran out without a successor is still ours to finish.
        mine = taken.model.objects.filter(attempts=taken.token, state__in=(State.SENDING, State.PENDING))
        row = mine.select_for_update(of=("self",)).filter(pk=taken.mail_pk).first()
        if row is None:
            log.warning("mail.lease_lost mail=%s try=%s", taken.mail_pk, taken.token)
            return None
        _settle(row, outcome, now)
        row.save()
        if isinstance(outcome, TryLater) and outcome.status is None and not is_notice(row):
            _let_all_rest(now)
    log.info("mail.%s mail=%s kind=%s try=%s", row.state, row.pk, row.kind, taken.token)
    return row.state


def skip(row: Sendable, *, why: str = "") -> None:
    """The (locked) row need not be sent any more."""
    row.state, row.contents, row.last_error = State.SKIPPED, None, why
    row.save(update_fields=["state", "contents", "last_error"])


def return_expired(model: type[Sendable], *, now: datetime) -> int:
    """Put back what a worker took and never finished, because it died; how many. Given up after the last try."""
    expired = model.objects.filter(state=State.SENDING, lease_until__lte=now)
    lost = {"lease_until": None, "failures": F("failures") + 1, "last_error": "The sending was interrupted."}
    given_up = expired.filter(failures__gte=_most_failures(model)).update(state=State.DEAD, contents=None, **lost)
    return given_up + expired.update(state=State.PENDING, due_at=now, **lost)


def is_notice(row: Sendable) -> bool:
    """Whether it goes to a device, and not by mail."""
    return row.kind == StaffMail.Kind.PUSH


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _most_failures(model: type[Sendable]) -> Case:
    of_notices = [When(NOTICES, then=Value(len(NOTICE_WAITS)))] if model is StaffMail else []
    return Case(*of_notices, default=Value(len(WAITS)), output_field=IntegerField())


def _settle(row: Sendable, outcome: Outcome | None, now: datetime) -> None:
    """The row's next state."""
    waits = NOTICE_WAITS if is_notice(row) else WAITS
    row.lease_until = None
    row.last_error = outcome.reason[:300] if outcome else ""
    if outcome is None:
        row.state = State.SKIPPED
    elif isinstance(outcome, Delivered):
        row.state, row.sent_at = State.SENT, now
    else:
        row.failures += 1
        if isinstance(outcome, TryLater) and row.failures <= len(waits):
            row.state, row.due_at = State.PENDING, now + _wait_after(row.failures, waits, outcome)
        else:
            row.state = State.SKIPPED if isinstance(outcome, Gone) else State.DEAD
    if row.state != State.PENDING:
        row.contents = None  # words of visitors among it are kept where they belong, and not here for ever


def _wait_after(failures: int, waits: Sequence[int], outcome: TryLater) -> timedelta:
    chance = secrets.randbelow(CHANCES + 1) / CHANCES
    seconds = waits[failures - 1] * (1 + JITTER * (2 * chance - 1))
    return timedelta(seconds=max(seconds, outcome.retry_after_seconds or 0))


def _let_all_rest(now: datetime) -> None:
    """A mail server that is away is asked again in a minute, not by every mail in turn: each would hold a worker up."""
    for rows in (StaffMail.objects.exclude(NOTICES), VisitorMail.objects.all()):
        _let_rest(rows, now)


def _let_rest(rows: QuerySet, now: datetime) -> None:
    due = rows.filter(state=State.PENDING, due_at__lt=now + REST)
    # Another worker that found the server away does the same at the same moment.
    resting = list(due.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True))
    rows.model.objects.filter(pk__in=resting).update(due_at=now + REST)
