"""Leads from before a connection, sent over it later. Its row says how far that has come, and a sweep goes on there.

They go out a few hundred at a time, so that a new lead never waits behind all of them.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Least

from caty.lib import tasks
from leads import events, outbox
from leads.connectors import KINDS, get_connector
from leads.contracts import Notice
from leads.models import Connection, Delivery, Lead, RemoteLead
from leads.services.announcing import captured_notice, note_notice
from tenants.models import Tenant

log = logging.getLogger(__name__)
State = Delivery.State
BATCH = 200
OPEN = (State.PENDING, State.SENDING, State.PAUSED)


@dataclass(frozen=True, kw_only=True)
class EarlierLeads:
    """Those that a connection has not had. Of these, `held` ones are sent when they are released.

    `unknown` are further ones from a time of which deliveries are no longer kept, and which it has had, if it wanted
    leads then.
    """

    total: int
    held: int
    unknown: int


def count_earlier(connection: Connection, *, since: datetime, now: datetime) -> EarlierLeads:
    """What `start_earlier` would send."""
    without = _without_delivery(connection, since=since)
    forgotten = _forgotten(connection, now)
    counts = without.aggregate(
        total=Count("pk", filter=~forgotten),
        held=Count("pk", filter=~forgotten & ~Q(held_reason="")),
        unknown=Count("pk", filter=forgotten),
    )
    return EarlierLeads(**counts)


def start_earlier(connection_pk: int, *, tenant: Tenant, since: datetime) -> bool:
    """Send the leads captured since then that this connection has not had, with their conversations where it wants
    these. False where it is at that already."""
    idle = Connection.objects.for_tenant(tenant).filter(pk=connection_pk, earlier_from=None)
    if not idle.update(earlier_from=since, earlier_after=0):
        return False
    tasks.hint("leads.send_earlier", connection_id=connection_pk)
    return True


def stop_earlier(connection_pk: int, *, tenant: Tenant) -> None:
    """Write no more of them. What is on its way already stays so."""
    rows = Connection.objects.for_tenant(tenant).filter(pk=connection_pk)
    rows.update(earlier_from=None, earlier_after=0)


def find_earlier() -> list[int]:
    """Connections that are at sending earlier leads."""
    return list(Connection.objects.exclude(earlier_from=None).order_by("pk").values_list("pk", flat=True))


def send_earlier_batch(connection_pk: int, *, now: datetime) -> bool:
    """Write deliveries for the next few hundred leads, unless enough are waiting; whether there are more.

    A lead that is taken twice is written once.
    """
    connection = Connection.objects.defer("secrets").select_related("tenant").get(pk=connection_pk)
    if connection.earlier_from is None:
        return False
    if Delivery.objects.filter(connection=connection, state__in=OPEN)[:BATCH].count() >= BATCH:
        return True
    lacking = _without_delivery(connection, since=connection.earlier_from).exclude(_forgotten(connection, now))
    next_ones = lacking.filter(pk__gt=connection.earlier_after).order_by("pk")
    pks = list(next_ones.values_list("pk", flat=True)[:BATCH])
    written = _write(connection, pks, now=now, skip_locked=True)
    # Those that others were at. One lock at a time: whoever holds it may want another of ours.
    for pk in sorted(set(pks) - written):
        _write(connection, [pk], now=now)
    has_more = len(pks) == BATCH
    _note_progress(connection, pks[-1] if has_more else None)
    return has_more


def _write(connection: Connection, pks: list[int], *, now: datetime, skip_locked: bool = False) -> set[int]:
    """Deliveries for these leads, locked: one that is being released must not be written as held. Those it got."""
    with transaction.atomic():
        rows = Lead.objects.for_tenant(connection.tenant).filter(pk__in=pks).order_by("pk")
        leads = list(rows.select_for_update(skip_locked=skip_locked, no_key=True))
        if leads:
            outbox.write_for(connection, _told(connection, leads), tenant=connection.tenant, now=now)
    return {lead.pk for lead in leads}


def _told(connection: Connection, leads: Iterable[Lead]) -> Iterator[tuple[Lead, Notice]]:
    for lead in leads:
        yield lead, captured_notice(lead)
        if lead.transcript and events.NOTE in connection.events:
            yield lead, note_notice(lead, lines=lead.transcript)


def _note_progress(connection: Connection, last_pk: int | None) -> None:
    """`last_pk` is None after the last one. Nothing where it was stopped, or another worker was quicker."""
    same = {"pk": connection.pk, "earlier_from": connection.earlier_from, "earlier_after": connection.earlier_after}
    rows = Connection.objects.filter(**same)
    if last_pk is not None:
        rows.update(earlier_after=last_pk)
        return
    log.info("connection.earlier_leads_written connection=%s", connection.pk)
    had_from = Least(Coalesce("had_from", "created_at"), connection.earlier_from)
    rows.update(had_from=had_from, earlier_from=None, earlier_after=0)


def _without_delivery(connection: Connection, *, since: datetime) -> QuerySet:
    """Leads since then of which this connection has neither an announcement nor a record."""
    announced = Delivery.objects.filter(connection=connection, lead=OuterRef("pk"), event=events.CAPTURED)
    standing = RemoteLead.objects.filter(connection=connection, lead=OuterRef("pk"))
    leads = Lead.objects.for_tenant(connection.tenant_id).filter(captured_at__gte=since)
    return leads.filter(~Exists(announced), ~Exists(standing))


def _forgotten(connection: Connection, now: datetime) -> Q:
    """Leads whose deliveries would no longer be kept, and that therefore may have been sent.

    None where the destination has a record of each, which we know of for good.
    """
    if connection.kind in KINDS and get_connector(connection.kind).sends_current_lead:
        return Q(pk=None)
    had_from = connection.had_from or connection.created_at
    return Q(captured_at__gte=had_from, captured_at__lt=now - timedelta(days=settings.DELIVERIES_KEPT_DAYS))
