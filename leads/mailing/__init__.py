"""Sending colleagues their mails and notices. One send: claim, mail server, finish; no transaction and no database
connection is held while it is out.

Each mail is a row (see `leads.notifying`); it is sent once, or again with the same Message-ID where a worker died
before it could write down that it had been.
"""

import logging
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from django.utils.translation import gettext as _

from caty.lib.database import release_connection
from leads import mails
from leads.connectors.base import Outcome, TryLater
from leads.mailing import claims, digests, notices, texts
from leads.models import StaffMail

log = logging.getLogger(__name__)


def send(mail_pk: UUID, *, now: datetime) -> str | None:
    """Send one mail if it is due and free: the state it is in then, or None where there was nothing to do."""
    taken = claims.claim(mail_pk, now=now)
    if taken is None:
        return None
    began = monotonic()
    outcome = _send(taken)
    return claims.finish(taken, outcome, now=now + timedelta(seconds=monotonic() - began))


def find_due(*, now: datetime) -> list[UUID]:
    """What a sweep should have sent, longest waiting first. Begins the day's digests, where it is eight o'clock.

    Puts back what dead workers held.
    """
    if begun := digests.begin(now=now):
        log.info("mail.digests_begun count=%s", begun)
    if returned := claims.return_expired(now=now):
        log.warning("mail.returned count=%s", returned)
    return claims.find_due(now=now)


def _send(taken: claims.Claim) -> Outcome | None:
    """None where there is nothing to tell any more."""
    try:
        mail = StaffMail.objects.select_related("tenant", "membership__user").get(pk=taken.mail_pk)
        if mail.kind == StaffMail.Kind.PUSH:
            return notices.send(mail, now=taken.started_at)
        letter = texts.compose(mail, now=taken.started_at)
        release_connection()
        return mails.send(letter) if letter else None
    except StaffMail.DoesNotExist:  # its person or its lead has gone, and the row with them
        return None
    except Exception:  # a fault of ours must leave its row as a failed try does, not stuck until the lease ends
        log.exception("mail.failed mail=%s", taken.mail_pk)
        return TryLater(reason=_("Sending failed by a fault of ours."), status=500)
