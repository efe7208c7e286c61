"""Sending visitors what they have asked for, or what colleagues wrote to them. One send as for colleagues: claim, mail
server, finish."""

import logging
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from caty.lib.database import release_connection
from leads import mails
from leads.connectors.base import Outcome, TryLater
from leads.mailing import queue, visitor_letters
from leads.mailing.queue import Claim, hour_of
from leads.models import VisitorMail
from leads.services.locks import lock_address

log = logging.getLogger(__name__)
State = VisitorMail.State
MOST_DUE = 100
MAILS_AN_HOUR = 20  # from one business to one address; more wait for the next hour
HOUR = timedelta(hours=1)


def send(mail_pk: UUID, *, now: datetime) -> str | None:
    """Send one mail if it is due and free: the state it is in then, or None where there was nothing to do."""
    taken = claim(mail_pk, now=now)
    if taken is None:
        return None
    began = monotonic()
    outcome = _send(taken)
    return queue.finish(taken, outcome, now=now + timedelta(seconds=monotonic() - began))


def find_due(*, now: datetime) -> list[UUID]:
    """What a sweep should have sent, longest waiting first. Puts back what dead workers held."""
    if returned := queue.return_expired(VisitorMail, now=now):
        log.warning("mail.returned count=%s", returned)
    due = VisitorMail.objects.filter(state=State.PENDING, due_at__lte=now, tenant__is_active=True)
    return list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:MOST_DUE])


def claim(mail_pk: UUID, *, now: datetime) -> Claim | None:
    """Take a due mail, or None where it isn't due, is taken, is gone, or one too many to its address in this hour."""
    with transaction.atomic():
        found = VisitorMail.objects.filter(pk=mail_pk).values_list("tenant", "to_key").first()
        if found is None:
            return None
        lock_address(*found)  # before the row, as for colleagues: the count has to stand still
        due = VisitorMail.objects.filter(pk=mail_pk, state=State.PENDING, due_at__lte=now)
        mail = due.select_for_update(skip_locked=True, of=("self",)).first()
        if mail is None:
            return None
        tried = VisitorMail.objects.filter(tenant=mail.tenant_id, to_key=mail.to_key, tried_at__gte=hour_of(now))
        if tried.exclude(pk=mail.pk).count() >= MAILS_AN_HOUR:
            VisitorMail.objects.filter(pk=mail.pk).update(due_at=hour_of(now) + HOUR)
            return None
        return queue.take(mail, now=now)


def _send(taken: Claim) -> Outcome | None:
    try:
        mail = VisitorMail.objects.select_related("tenant").get(pk=taken.mail_pk)
        if not mail.tenant.is_active:
            return None
        message = visitor_letters.compose(mail)
        release_connection()
        return mails.send(message)
    except VisitorMail.DoesNotExist:  # its person was erased
        return None
    except Exception:  # a fault of ours must leave its row as a failed try does, not stuck until the lease ends
        log.exception("mail.failed mail=%s", taken.mail_pk)
        return TryLater(reason=_("Sending failed by a fault of ours."), status=500)
