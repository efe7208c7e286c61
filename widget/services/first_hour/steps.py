"""How far a business has come, and when it is done."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Greatest

from tenants import services as tenant_services
from tenants.models import ApiKey, FirstHour, Source, Tenant
from widget.models import Session

LATER_PAGES, LATER_DEPTH = 200, 3
KEY_NAME = "Website"
PRESSED_TWICE = timedelta(seconds=5)


def open_hour(tenant: Tenant) -> FirstHour:
    """The first hour of a business as it stands, begun where it wasn't."""
    FirstHour.objects.get_or_create(tenant=tenant)
    rows = FirstHour.objects.for_tenant(tenant).select_related("source__job", "looks_job", "questions_job")
    return rows.get()


def lock_hour(tenant: Tenant) -> FirstHour:
    """In the caller's transaction: one at a time for a business, so that what is pressed twice happens once."""
    FirstHour.objects.get_or_create(tenant=tenant)
    return FirstHour.objects.for_tenant(tenant).select_for_update(no_key=True).get()


def reach(tenant: Tenant, step: int) -> None:
    """Note that it has come to this step; it may have been further."""
    FirstHour.objects.for_tenant(tenant).update(reached=Greatest("reached", step))


def put_away(tenant: Tenant, *, now: datetime) -> None:
    """Offer it no more; who looks for it, finds it as it was left."""
    FirstHour.objects.for_tenant(tenant).filter(put_away_at=None).update(put_away_at=now)


def finish(tenant: Tenant, *, now: datetime) -> None:
    """It is done. From now on the site is read by itself once a week, and more of it than in the first minutes."""
    hour = open_hour(tenant)
    FirstHour.objects.for_tenant(tenant).filter(finished_at=None).update(finished_at=now)
    if hour.finished_at is None and hour.source and hour.source.kind == Source.Kind.SITE:
        Source.objects.for_tenant(tenant).filter(pk=hour.source_id, most_pages__lte=LATER_PAGES).update(
            most_pages=LATER_PAGES, most_depth=LATER_DEPTH, every_days=Source.Every.WEEK, due_at=now
        )


def unfinished(tenant_ids: list[int]) -> list[Tenant]:
    """Those of these businesses that still want it: neither done nor put away, and not in use without it."""
    hours = FirstHour.objects.filter(tenant=OuterRef("pk"))
    ended = hours.filter(Q(finished_at__isnull=False) | Q(put_away_at__isnull=False))
    chats = Session.objects.filter(tenant=OuterRef("pk"), message_count__gt=0)
    rows = Tenant.objects.filter(Exists(hours) | ~Exists(chats), ~Exists(ended), pk__in=tenant_ids, is_active=True)
    return list(rows.order_by("-created_at")[:3])


def is_wanted(tenant: Tenant) -> bool:
    return bool(unfinished([tenant.pk]))


def make_key(tenant: Tenant, *, now: datetime) -> str:
    """A key for the line; nobody can be shown it again. One that was made a moment ago and is used nowhere gives way:
    a button was pressed twice, and nobody has seen it."""
    with transaction.atomic():
        lock_hour(tenant)
        twice = ApiKey.objects.for_tenant(tenant).filter(revoked_at=None, last_used_at=None, name=KEY_NAME)
        for key in twice.filter(created_at__gt=now - PRESSED_TWICE):
            tenant_services.revoke_api_key(key)
        return tenant_services.create_api_key(tenant, name=KEY_NAME).key
