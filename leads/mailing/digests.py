"""The daily digest: when a day's begins, and what there is to tell."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, QuerySet

from leads.mail_choices import wanting
from leads.models import Delivery, Lead, MailChoice, StaffMail
from tenants.models import Membership
from tenants.zones import zone_named

Kind, State = StaffMail.Kind, StaffMail.State
AT_HOUR = 8
DAY = timedelta(days=1)
LONGEST_GAP = timedelta(days=7)  # what happened before is no news, also where no mail could be sent for so long
FAILED_WITHIN = timedelta(days=30)
MOST_LEADS = 50
MOST_OTHERS = 10


@dataclass(frozen=True, kw_only=True)
class Some:
    """The first rows, and how many there are in all."""

    rows: list
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True, kw_only=True)
class Digest:
    """New leads, hottest first; deliveries of leads that were given up; leads that are held. `is_news`: any of them
    came since the digest before."""

    new: Some
    failed: Some
    held: Some
    is_news: bool


def begin(*, now: datetime) -> int:
    """A row for each person and day, once it is eight o'clock at their business; how many are new.

    A digest that could not be sent so far is told in the new one. Who chose it after eight waits for the next day.
    """
    choosing = MailChoice.objects.filter(digest_from__lte=now).order_by()
    zones = choosing.values_list("tenant__timezone", flat=True).distinct()
    return sum(_begin_in(zone, now) for zone in zones)


def contents_of(mail: StaffMail) -> Digest:
    """What came since the digest before, and what still waits for somebody."""
    since, until = _since(mail), mail.covers_until
    leads = Lead.objects.for_tenant(mail.tenant_id).defer("transcript")
    new = leads.filter(captured_at__gt=since, captured_at__lte=until, held_reason="")
    held = leads.exclude(held_reason="").filter(captured_at__lte=until)
    failed = _failed(mail.tenant_id, until)
    is_news = any(rows.exists() for rows in (new, held.filter(captured_at__gt=since), failed.filter(due_at__gt=since)))
    return Digest(
        new=some(new.order_by("-score", "-captured_at", "pk"), MOST_LEADS),
        failed=some(failed.order_by("-created_at", "pk"), MOST_OTHERS),
        held=some(held.order_by("-captured_at", "pk"), MOST_OTHERS),
        is_news=is_news,
    )


def _begin_in(zone_name: str, now: datetime) -> int:
    local = now.astimezone(zone_named(zone_name))
    begins_at = local.replace(hour=AT_HOUR, minute=0, second=0, microsecond=0)
    if local < begins_at:
        return 0
    day = local.date().isoformat()
    begun = StaffMail.objects.filter(membership=OuterRef("pk"), kind=Kind.DIGEST, about=day)
    members = Membership.objects.filter(
        wanting(Kind.DIGEST),
        ~Exists(begun),
        mail_choice__digest_from__lte=begins_at,
        tenant__timezone=zone_name,
        tenant__is_active=True,
    )
    rows = [
        StaffMail(
            tenant_id=tenant_id,
            membership_id=pk,
            kind=Kind.DIGEST,
            about=day,
            covers_until=begins_at,
            created_at=now,
            due_at=now,
        )
        for pk, tenant_id in members.values_list("pk", "tenant").order_by("pk")
    ]
    with transaction.atomic():
        StaffMail.objects.bulk_create(rows, ignore_conflicts=True)
        for mail in StaffMail.objects.filter(pk__in=[row.pk for row in rows]):
            _take_over(mail)
    return len(rows)


def _take_over(mail: StaffMail) -> None:
    earlier = StaffMail.objects.filter(membership=mail.membership_id, kind=Kind.DIGEST, state=State.PENDING)
    earlier.filter(covers_until__lt=mail.covers_until).update(state=State.GATHERED, gathered_into=mail)


def _since(mail: StaffMail) -> datetime:
    """Until when the last digest told that was sent, or had nothing to tell; at first, a day before the first."""
    begun = StaffMail.objects.filter(
        membership=mail.membership_id, kind=Kind.DIGEST, covers_until__lte=mail.covers_until
    )
    told = begun.filter(state__in=(State.SENT, State.SKIPPED)).aggregate(until=Max("covers_until"))["until"]
    since = told or begun.aggregate(first=Min("covers_until"))["first"] - DAY
    return max(since, mail.covers_until - LONGEST_GAP)


def _failed(tenant_id: int, until: datetime) -> QuerySet:
    """Deliveries of leads that were given up in the last month."""
    dead = Delivery.objects.for_tenant(tenant_id).filter(state=Delivery.State.DEAD, lead__isnull=False)
    recent = dead.filter(created_at__gt=until - FAILED_WITHIN, created_at__lte=until)
    return recent.select_related("lead", "connection").defer("payload", "lead__transcript", "connection__secrets")


def some(rows: QuerySet, most: int) -> Some:
    """The first `most` of them, and their number."""
    return Some(rows=list(rows[:most]), count=rows.count())
