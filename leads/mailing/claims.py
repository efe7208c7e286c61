"""Who sends which mail to a colleague, and which have to wait or come together."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from leads.mailing import queue
from leads.mailing.queue import LEASE, REST, WAITS, Claim, finish, hour_of
from leads.models import StaffMail
from leads.services.locks import lock_person

__all__ = ["LEASE", "REST", "WAITS", "Claim", "claim", "find_due", "finish", "return_expired"]

Kind, State = StaffMail.Kind, StaffMail.State
HOUR = timedelta(hours=1)
HOT_MAILS_AN_HOUR = 20  # to one person, over all businesses
MOST_DUE = 100
CALLS = (Kind.HANDOFF, Kind.OWN, Kind.ESCALATION)
CALL_MAILS_AN_HOUR = 20  # to one person; what is beyond is in the inbox, and of no use at the end of the hour
NOTICES_AN_HOUR = 60  # on one device


def find_due(*, now: datetime) -> list[UUID]:
    """Longest waiting first, at most a hundred."""
    return list(_claimable(now).order_by("due_at", "pk").values_list("pk", flat=True)[:MOST_DUE])


def claim(mail_pk: UUID, *, now: datetime) -> Claim | None:
    """Take a due mail, or None where it isn't due, is taken, or is gone.

    Of the hot leads that a person would hear of in this hour, those beyond the twentieth are put into one mail at its
    end instead; that gives None too. Of the calls to conversations, those beyond are left out.
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
        if _is_one_call_too_many(mail, user_pk, now):
            queue.skip(mail, why=_("There were too many of these within an hour."))
            return None
        return queue.take(mail, now=now)


def return_expired(*, now: datetime) -> int:
    return queue.return_expired(StaffMail, now=now)


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
    tried = StaffMail.objects.filter(membership__user=user_pk, kind=Kind.HOT, tried_at__gte=hour_of(now))
    return tried.exclude(state=State.GATHERED).exclude(pk=mail.pk).count()


def _is_one_call_too_many(mail: StaffMail, user_pk: int, now: datetime) -> bool:
    tried = StaffMail.objects.filter(membership__user=user_pk, tried_at__gte=hour_of(now)).exclude(pk=mail.pk)
    if mail.kind == Kind.PUSH:
        return tried.filter(kind=Kind.PUSH, subscription=mail.subscription_id).count() >= NOTICES_AN_HOUR
    return mail.kind in CALLS and tried.filter(kind__in=CALLS).count() >= CALL_MAILS_AN_HOUR


def _gather(mail: StaffMail, now: datetime) -> None:
    """Leave it to the mail at the end of the hour, or of the next one where that is on its way already."""
    ends_at = hour_of(now) + HOUR
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
