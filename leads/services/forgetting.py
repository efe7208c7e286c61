"""What is no longer kept: deliveries, calls to colleagues and mails to visitors, long settled. Where a lead stands at a
destination is kept as long as the lead."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from leads.models import Delivery, StaffMail, VisitorMail, oldest_delivery_id

State = Delivery.State
SETTLED = (State.DELIVERED, State.DEAD, State.CANCELLED, State.SUPERSEDED)
SENDABLE = (StaffMail.State.SENT, StaffMail.State.SKIPPED, StaffMail.State.DEAD)
# What is told of a lead once stays as long as the lead, or it would be told again.
CALLS = (
    StaffMail.Kind.HANDOFF,
    StaffMail.Kind.OWN,
    StaffMail.Kind.ESCALATION,
    StaffMail.Kind.MISSED,
    StaffMail.Kind.PROMISE,
    StaffMail.Kind.PUSH,
)
BATCH = 1000


def forget_old_deliveries(*, now: datetime, most_batches: int) -> int:
    """Delete settled deliveries, with their tries, that were last queued over DELIVERIES_KEPT_DAYS ago; how many."""
    before = now - timedelta(days=settings.DELIVERIES_KEPT_DAYS)
    old = Delivery.objects.filter(pk__lt=oldest_delivery_id(before), queued_at__lt=before, state__in=SETTLED)
    return _forget(old, most_batches)


def forget_old_mails(*, now: datetime, most_batches: int) -> int:
    """Delete calls to colleagues and mails to visitors that ended and were begun over DELIVERIES_KEPT_DAYS ago; how
    many."""
    before = now - timedelta(days=settings.DELIVERIES_KEPT_DAYS)
    ended = {"pk__lt": oldest_delivery_id(before), "created_at__lt": before, "state__in": SENDABLE}
    calls = StaffMail.objects.filter(kind__in=CALLS, **ended)
    return _forget(calls, most_batches) + _forget(VisitorMail.objects.filter(**ended), most_batches)


def _forget(old: QuerySet, most_batches: int) -> int:
    count = 0
    for _batch in range(most_batches):
        forgotten = _forget_batch(old)
        count += forgotten
        if forgotten < BATCH:
            break
    return count


@transaction.atomic
def _forget_batch(old: QuerySet) -> int:
    """Found by their ids, which grow with time. One that is being sent again just now is left alone."""
    rows = old.select_for_update(skip_locked=True).order_by("pk")
    pks = list(rows.values_list("pk", flat=True)[:BATCH])
    old.model.objects.filter(pk__in=pks).delete()
    return len(pks)
