"""The first step: the website, or a text in its place, becomes what the assistant knows."""

from datetime import datetime

from django.db import transaction

from tenants import services as tenant_services
from tenants.models import FirstHour, Source, Tenant
from tenants.services import sources, websites
from widget.services.first_hour.steps import lock_hour

MOST_PAGES, MOST_DEPTH, SECONDS = 20, 2, 120  # enough for a beginning, and not too long to watch


def read_website(tenant: Tenant, typed: str, *, user_id: int | None, now: datetime) -> None:
    """Have the site at this address read, such as "example.com"; from now on it counts as the business's own.

    Where it is being read already, nothing happens. Raises SourceInvalid, OriginUnreadable and TooManyJobs.
    """
    address = websites.clean_website(typed)
    with transaction.atomic():
        hour = lock_hour(tenant)
        if hour.source and hour.source.address == address and hour.source.is_being_read:
            return
        websites.make_own(tenant, address)
        before, hour.source = hour.source, _find_site(tenant, address)
        if hour.source is None:
            hour.source = _new_site(tenant, address, user_id=user_id, now=now)
        else:
            sources.read_again(hour.source, user_id=user_id, now=now, seconds=SECONDS)
        _begin_anew(hour)
        if before and before.pk != hour.source.pk:
            _drop(before, now=now)


def read_text(tenant: Tenant, text: str, *, user_id: int | None, now: datetime) -> None:
    """Have a pasted text read in place of a website. Raises SourceInvalid and TooManyJobs."""
    upload = sources.pasted(text)
    with transaction.atomic():
        hour = lock_hour(tenant)
        before = hour.source
        if before and before.kind == Source.Kind.TEXT:
            _change_text(hour, before, text, user_id=user_id, now=now)
            return
        source = Source(tenant=tenant, kind=Source.Kind.TEXT)
        hour.source = sources.create_source(source, user_id=user_id, now=now, upload=upload)
        _begin_anew(hour)
        if before:
            _drop(before, now=now)


def stop_reading(tenant: Tenant, *, now: datetime) -> None:
    """Cancel the reading, if there is one; nothing of it is used."""
    hour = FirstHour.objects.for_tenant(tenant).select_related("source").get()
    if hour.source and hour.source.job_id:
        tenant_services.cancel_job(hour.source.job_id, tenant=tenant, now=now)


def _find_site(tenant: Tenant, address: str) -> Source | None:
    own = Source.objects.for_tenant(tenant).select_related("tenant", "job")
    return own.filter(kind=Source.Kind.SITE, address=address).first()


def _new_site(tenant: Tenant, address: str, *, user_id: int | None, now: datetime) -> Source:
    source = Source(tenant=tenant, address=address, most_pages=MOST_PAGES, most_depth=MOST_DEPTH)
    return sources.create_source(source, user_id=user_id, now=now, seconds=SECONDS)


def _change_text(hour: FirstHour, source: Source, text: str, *, user_id: int | None, now: datetime) -> None:
    if sources.change_text(source, text, user_id=user_id, now=now):
        _begin_anew(hour)
    elif source.state != Source.State.READ:
        sources.read_again(source, user_id=user_id, now=now)


def _begin_anew(hour: FirstHour) -> None:
    """What was proposed from something else is forgotten; what somebody wrote because of it are articles by now."""
    hour.proposal = None
    hour.save(update_fields=["source", "proposal"])
    hour.tenant.first_questions.all().delete()


def _drop(source: Source, *, now: datetime) -> None:
    """A site that was mistyped or couldn't be read is not worth keeping."""
    if source.job_id:
        tenant_services.cancel_job(source.job_id, tenant=source.tenant, now=now)
    if source.read_at is None:
        sources.delete_source(source)
