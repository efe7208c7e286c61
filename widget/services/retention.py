"""What visitors did on the pages is kept as long as the business says, and then goes: in batches, never in one go."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from tenants.models import Behavior, Tenant
from widget.models import PageEvent, PageView, Session, Visitor

log = logging.getLogger(__name__)

BATCH = 500
MOST_BATCHES = 20  # of each kind, a business and a run


def longest_days() -> int:
    """The longest that any business keeps what visitors did."""
    return Behavior.objects.aggregate(most=Max("kept_days"))["most"] or Behavior._meta.get_field("kept_days").default


def forget_old_visits(*, now: datetime) -> int:
    """Delete events and page views whose time is over, visits in which nothing was said, and visitors of whom nothing
    is left; how many rows of those four. Conversations and leads stay."""
    count = 0
    for tenant_id, days in Behavior.objects.order_by("tenant").values_list("tenant", "kept_days"):
        count += _forget(Tenant(pk=tenant_id), now - timedelta(days=days))
    if count:
        log.info("visits.forgotten count=%s", count)
    return count


def _forget(tenant: Tenant, before: datetime) -> int:
    return sum(
        _in_batches(step, tenant, before) for step in (_forget_events, _forget_views, _forget_silent, _forget_visitors)
    )


def _in_batches(step, tenant: Tenant, before: datetime) -> int:
    total = 0
    for _batch in range(MOST_BATCHES):
        with transaction.atomic():
            count, is_full = step(tenant, before)
        total += count
        if not is_full:
            break
    return total


def _forget_events(tenant: Tenant, before: datetime) -> tuple[int, bool]:
    """By the keys of their sessions, each a look into one partition."""
    old = Session.objects.for_tenant(tenant).filter(started_at__lt=before, event_count__gt=0).order_by("started_at")
    began = dict(old.select_for_update(skip_locked=True).values_list("pk", "started_at")[: BATCH // 10])
    events = PageEvent.objects.filter(day__in={at.date() for at in began.values()}, session_id__in=began)
    count, _ = events.delete() if began else (0, {})
    Session.objects.filter(pk__in=began).update(event_count=0)
    return count, len(began) == BATCH // 10


def _forget_views(tenant: Tenant, before: datetime) -> tuple[int, bool]:
    return _delete(PageView.objects.for_tenant(tenant).filter(started_at__lt=before).order_by("started_at"))


def _forget_silent(tenant: Tenant, before: datetime) -> tuple[int, bool]:
    # Those whose events wait for the next run are still needed to find them.
    silent = Session.objects.for_tenant(tenant).filter(
        started_at__lt=before, ended_at__lt=before, message_count=0, lead=None, event_count=0
    )
    return _delete(silent.order_by("started_at"))


def _forget_visitors(tenant: Tenant, before: datetime) -> tuple[int, bool]:
    gone = Visitor.objects.for_tenant(tenant).filter(
        ~Exists(Session.objects.filter(visitor=OuterRef("pk"))), last_seen_at__lt=before
    )
    return _delete(gone.order_by("pk"))


def _delete(rows) -> tuple[int, bool]:
    keys = list(rows.values_list("pk", flat=True)[:BATCH])
    rows.model.objects.filter(pk__in=keys).delete()
    return len(keys), len(keys) == BATCH
