"""Sending a notice to a device, and forgetting devices that take none any more."""

import logging
from datetime import datetime

from caty.lib.database import release_connection
from leads import pushing
from leads.connectors.base import Delivered, Gone, Outcome
from leads.mailing import called, texts
from leads.models import PushSubscription, StaffMail

log = logging.getLogger(__name__)


def send(mail: StaffMail, *, now: datetime) -> Outcome | None:
    """None where there is nothing to tell any more, or nothing to tell it on."""
    device = PushSubscription.objects.for_tenant(mail.tenant).filter(pk=mail.subscription_id).first()
    if device is None or not pushing.is_on():
        return None
    payload = texts.compose_notice(mail, now=now)
    if payload is None:
        return None
    release_connection()
    outcome = pushing.send(device.secrets, payload, topic=called.topic_of(mail), now=now)
    rows = PushSubscription.objects.filter(pk=device.pk)
    if isinstance(outcome, Gone):
        rows.delete()
        log.info("push.device_gone device=%s status=%s", device.pk, outcome.status)
    elif isinstance(outcome, Delivered):
        rows.update(last_used_at=now)
    return outcome
