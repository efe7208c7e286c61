"""When somebody is there: the opening hours of a business, kept as a whole."""

from collections.abc import Iterable, Mapping
from datetime import date, time

from django.db import transaction

from tenants.models import ClosedDay, OpeningTime, Tenant
from tenants.services.businesses import bump_config


def set_hours(
    tenant: Tenant, *, weekly: Iterable[tuple[int, time, time]], closed_days: Mapping[date, str], since: date
) -> None:
    """Have these (weekday, opens, closes) stand in place of those before, and these closed days, by their reasons, in
    place of those from `since` on."""
    with transaction.atomic():
        Tenant.objects.select_for_update(of=("self",)).get(pk=tenant.pk)
        OpeningTime.objects.for_tenant(tenant).delete()
        OpeningTime.objects.bulk_create(
            OpeningTime(tenant=tenant, weekday=weekday, opens_at=opens, closes_at=closes)
            for weekday, opens, closes in weekly
        )
        ClosedDay.objects.for_tenant(tenant).filter(day__gte=since).delete()
        ClosedDay.objects.bulk_create(ClosedDay(tenant=tenant, day=day, name=name) for day, name in closed_days.items())
        bump_config(tenant)
