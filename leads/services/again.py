"""Sending again what a connection was sent, or should have been: a range of it, or all of one lead."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from leads.models import Delivery
from leads.services.staff import send_again
from tenants.models import Tenant

State = Delivery.State
FAILED = Q(state=State.DEAD) | Q(state=State.PENDING, failures__gt=0)
# What a colleague has called off stays so.
EVERYTHING = Q(state__in=(State.DELIVERED, State.DEAD, State.PENDING, State.PAUSED))


@dataclass(frozen=True, kw_only=True)
class Again:
    """Which deliveries of a connection: by when their events happened (`until` excluded) and what they were.

    `is_everything` includes what has arrived; otherwise it is what was given up or has failed so far.
    """

    connection_pk: int
    is_everything: bool
    since: datetime | None = None
    until: datetime | None = None
    events: tuple[str, ...] = ()


def count_again(wish: Again, *, tenant: Tenant) -> dict[str, int]:
    """How many deliveries it concerns, by state."""
    counts = _chosen(wish, tenant).order_by().values("state").annotate(count=Count("pk"))
    return dict(counts.values_list("state", "count"))


def send_range_again(wish: Again, *, tenant: Tenant, now: datetime) -> int:
    """Queue them anew; how many, with the notes that come along with their leads."""
    return send_again(_chosen(wish, tenant).values("pk"), tenant=tenant, now=now)


def send_lead_again(lead_pk: int, *, tenant: Tenant, connection_pk: int | None = None, now: datetime) -> int:
    """Queue anew what of a lead has not arrived or, where all of it has, everything; how many.

    Over one connection, or over all it was meant for.
    """
    rows = Delivery.objects.for_tenant(tenant).filter(lead=lead_pk)
    if connection_pk is not None:
        rows = rows.filter(connection=connection_pk)
    lacking = rows.filter(FAILED | Q(state=State.CANCELLED))
    return send_again((lacking if lacking.exists() else rows.filter(EVERYTHING)).values("pk"), tenant=tenant, now=now)


def _chosen(wish: Again, tenant: Tenant) -> QuerySet:
    rows = Delivery.objects.for_tenant(tenant).filter(connection=wish.connection_pk, event__in=wish.events)
    rows = rows.filter(EVERYTHING if wish.is_everything else FAILED)
    if wish.since:
        rows = rows.filter(created_at__gte=wish.since)
    return rows.filter(created_at__lt=wish.until) if wish.until else rows
