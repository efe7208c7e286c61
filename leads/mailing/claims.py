"""Who sends which mail, and how it ended: the short transactions before and after a send."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from leads.connectors.base import Delivered, Outcome, TryLater
from leads.models import StaffMail
from leads.services.locks import lock_person

log = logging.getLogger(__name__)
Kind, State = StaffMail.Kind, StaffMail.State
WAITS = (60, 300, 1800, 7200, 18_000, 36_000, 36_000)  # seconds after each failure; the eighth is the last
LEASE = timedelta(seconds=120)  # above the worker's hard time limit: who still has a lease may still be sending
REST = timedelta(seconds=60)  # for all mails, after the mail server could not be reached
HOUR = timedelta(hours=1)
HOT_MAILS_AN_HOUR = 20  # to one person, over all businesses
MOST_DUE = 100
JITTER = 0.2  # of a wait, either way, so that mails that failed together are not tried together
CHANCES = 10_000


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to send one mail once. `token` is the number of this try."""

    mail_pk: UUID
    token: int
    started_at: datetime


def find_due(*, now: datetime) -> list[UUID]:
    """Longest waiting first, at most a hundred."""
    return list(_claimable(now).order_by("due_at", "pk").values_list("pk", flat=True)[:MOST_DUE])


def claim(mail_pk: UUID, *, now: datetime) -> Claim | None:
    """Take a due mail, or None where it isn't due, is taken, or is gone.

    Of the hot leads that a person would hear of in this hour, those beyond the twentieth are put into one mail at its
    end instead; that gives None too.
    """
    with transaction.atomic():
        user_pk = StaffMail.objects.filter(pk=mail_pk).values_list("membership__user", flat=True).first()
        if user_pk is None:
            return None
        # Counting needs everybody else's count to stand still; and taken before the rows, it can't be waited for in a
        # circle.
        lock_person(user_pk)
        mail = _claimable(now).filter(pk=mail_pk).select_for_update(skip_locked=True, of=("self",)).first()
        if mail is None:
            return None
        if mail.kind == Kind.HOT and _others_this_hour(mail, user_pk, now) >= HOT_MAILS_AN_HOUR:
            _gather(mail, now)
            return None
        mail.state, mail.attempts, mail.tried_at, mail.lease_until = State.SENDING, mail.attempts + 1, now, now + LEASE
        mail.save(update_fields=["state", "attempts", "tried_at", "lease_until"])
    return Claim(mail_pk=mail.pk, token=mail.attempts, started_at=now)


def finish(taken: Claim, outcome: Outcome | None, *, now: datetime) -> str | None:
    """Write down how it ended, None for what need not be told any more: the row's new state.

    None where the row has gone, or the lease ran out and another has taken it since.
    """
    with transaction.atomic():
        # A lease that ran out without a successor is still ours to finish.
        mine = StaffMail.objects.filter(attempts=taken.token, state__in=(State.SENDING, State.PENDING))
        mail = mine.select_for_update(of=("self",)).filter(pk=taken.mail_pk).first()
        if mail is None:
            log.warning("mail.lease_lost mail=%s try=%s", taken.mail_pk, taken.token)
            return None
        _settle(mail, outcome, now)
        mail.save()
        if isinstance(outcome, TryLater) and outcome.status is None:
            _let_all_rest(now)
    log.info("mail.%s mail=%s kind=%s try=%s", mail.state, mail.pk, mail.kind, taken.token)
    return mail.state


def return_expired(*, now: datetime) -> int:
    """Put back what a worker took and never finished, because it died; how many. Given up after the last try."""
    expired = StaffMail.objects.filter(state=State.SENDING, lease_until__lte=now)
    lost = {"lease_until": None, "failures": F("failures") + 1, "last_error": "The sending was interrupted."}
    given_up = expired.filter(failures__gte=len(WAITS)).update(state=State.DEAD, contents=None, **lost)
    return given_up + expired.update(state=State.PENDING, due_at=now, **lost)


def _claimable(now: datetime) -> QuerySet:
    """Due, of no lead that is held, and with no earlier digest of its person open: that one decides what is news."""
    earlier = StaffMail.objects.filter(
        membership=OuterRef("membership"),
        kind=Kind.DIGEST,
        covers_until__lt=OuterRef("covers_until"),
        state__in=(State.PENDING, State.SENDING),
    )
    is_free = Q(lead=None) | Q(lead__held_reason="")
    return StaffMail.objects.filter(is_free, ~Exists(earlier), state=State.PENDING, due_at__lte=now)


def _others_this_hour(mail: StaffMail, user_pk: int, now: datetime) -> int:
    """Mails about hot leads that were sent to this person, or tried to be, since the hour began."""
    tried = StaffMail.objects.filter(membership__user=user_pk, kind=Kind.HOT, tried_at__gte=_hour_of(now))
    return tried.exclude(state=State.GATHERED).exclude(pk=mail.pk).count()


def _gather(mail: StaffMail, now: datetime) -> None:
    """Leave it to the mail at the end of the hour, or of the next one where that is on its way already."""
    ends_at = _hour_of(now) + HOUR
    while True:
        gathering = _gathering(mail, ends_at, now)
        if gathering.state == State.PENDING and not gathering.attempts:
            break
        ends_at += HOUR
    mail.state, mail.gathered_into = State.GATHERED, gathering
    mail.save(update_fields=["state", "gathered_into"])


def _gathering(mail: StaffMail, ends_at: datetime, now: datetime) -> StaffMail:
    gathering, _is_new = StaffMail.objects.get_or_create(
        membership_id=mail.membership_id,
        kind=Kind.MORE,
        about=ends_at.isoformat(),
        defaults={"tenant_id": mail.tenant_id, "created_at": now, "due_at": ends_at},
    )
    return gathering


def _hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _settle(mail: StaffMail, outcome: Outcome | None, now: datetime) -> None:
    """The row's next state."""
    mail.lease_until = None
    mail.last_error = outcome.reason[:300] if outcome else ""
    if outcome is None:
        mail.state = State.SKIPPED
    elif isinstance(outcome, Delivered):
        mail.state, mail.sent_at = State.SENT, now
    else:
        mail.failures += 1
        if isinstance(outcome, TryLater) and mail.failures <= len(WAITS):
            mail.state, mail.due_at = State.PENDING, now + _wait_after(mail.failures)
        else:
            mail.state = State.DEAD
    if mail.state != State.PENDING:
        mail.contents = None  # words of visitors among it are kept where they belong, and not here for ever


def _wait_after(failures: int) -> timedelta:
    chance = secrets.randbelow(CHANCES + 1) / CHANCES
    return timedelta(seconds=WAITS[failures - 1] * (1 + JITTER * (2 * chance - 1)))


def _let_all_rest(now: datetime) -> None:
    """A mail server that is away is asked again in a minute, not by every mail in turn: each would hold a worker up."""
    due = StaffMail.objects.filter(state=State.PENDING, due_at__lt=now + REST)
    # Another worker that found the server away does the same at the same moment.
    resting = list(due.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True))
    StaffMail.objects.filter(pk__in=resting).update(due_at=now + REST)
