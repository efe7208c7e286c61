"""What is no longer kept: deliveries long settled. Where a lead stands at a destination is kept as long as the lead."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from leads.models import Delivery, oldest_delivery_id

State = Delivery.State
SETTLED = (State.DELIVERED, State.DEAD, State.CANCELLED, State.SUPERSEDED)
BATCH = 1000


def forget_old_deliveries(*, now: datetime, most_batches: int) -> int:
    """Delete settled deliveries, with their tries, that were last queued over DELIVERIES_KEPT_DAYS ago; how many."""
    before = now - timedelta(days=settings.DELIVERIES_KEPT_DAYS)
    count = 0
    for _batch in range(most_batches):
        forgotten = _forget_batch(before)
        count += forgotten
        if forgotten < BATCH:
            break
    return count


@transaction.atomic
def _forget_batch(before: datetime) -> int:
    """Found by their ids, which grow with time. One that is being sent again just now is left alone."""
    old = Delivery.objects.filter(pk__lt=oldest_delivery_id(before), queued_at__lt=before, state__in=SETTLED)
    pks = list(old.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True)[:BATCH])
    Delivery.objects.filter(pk__in=pks).delete()
    return len(pks)
