"""The weekly mail: whose is due, and what it tells, frozen when it is written down.

What conversations were like is handed in by the widget; leads, deliveries and money are counted here.
"""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, QuerySet

from leads import notifying
from leads.contracts import ChatFigures, QuestionToAnswer, WeekDue
from leads.mail_choices import wanting
from leads.models import Connection, Delivery, Lead, MailChoice, StaffMail
from leads.text import one_line
from tenants import budget_standing
from tenants.models import Membership, Tenant
from tenants.zones import zone_named

Kind = StaffMail.Kind
AT_HOUR = 8
WEEK = timedelta(days=7)
WAITING_WITHIN = timedelta(days=30)  # what came before is no news, and is not searched for
LONGEST_QUESTION = 300


def find_weeks_due(*, now: datetime, tenant_id: int | None = None) -> list[WeekDue]:
    """A week for each business, or for that one, where somebody wants the weekly mail and has none of this Monday yet.

    This Monday's begins at eight o'clock in the business's time zone. Who chose it after that waits for the next.
    """
    choosing = MailChoice.objects.filter(weekly_from__lte=now).order_by()
    if tenant_id is not None:
        choosing = choosing.for_tenant(tenant_id)
    zones = choosing.values_list("tenant__timezone", flat=True).distinct()
    return [due for zone in zones for due in _find_in(zone, now, tenant_id)]


def announce_week(
    due: WeekDue,
    *,
    this_week: ChatFigures,
    week_before: ChatFigures,
    questions: Collection[QuestionToAnswer],
    now: datetime,
) -> int:
    """Write down the mail about this week for each who wants it; how many are new. Again, there are none."""
    contents = {
        "since": due.since.date().isoformat(),
        "until": (due.until - timedelta(days=1)).date().isoformat(),
        "this_week": asdict(this_week) | {"leads": _leads(due.tenant_id, due.since, due.until)},
        "week_before": asdict(week_before) | {"leads": _leads(due.tenant_id, due.since - WEEK, due.since)},
        "questions": [_storable(question) for question in questions],
        "waiting": _waiting(due.tenant_id, now),
        "budget": _budget(due.tenant_id, now),
    }
    members = _wanting(at=due.until.replace(hour=AT_HOUR)).for_tenant(due.tenant_id).order_by("pk")
    return notifying.write_figures(
        list(members.values_list("pk", flat=True)),
        tenant_id=due.tenant_id,
        kind=Kind.WEEKLY,
        about=due.monday.isoformat(),
        contents=contents,
        now=now,
    )


def _find_in(zone_name: str, now: datetime, tenant_id: int | None) -> list[WeekDue]:
    local = now.astimezone(zone_named(zone_name))
    at = (local - timedelta(days=local.weekday())).replace(hour=AT_HOUR, minute=0, second=0, microsecond=0)
    if local < at:
        at -= WEEK
    until = at.replace(hour=0)
    rows = _wanting(at=at).filter(tenant__timezone=zone_name)
    if tenant_id is not None:
        rows = rows.for_tenant(tenant_id)
    tenants = rows.order_by("tenant").values_list("tenant", flat=True).distinct()
    return [WeekDue(tenant_id=pk, monday=at.date(), since=until - WEEK, until=until) for pk in tenants]


def _wanting(*, at: datetime) -> QuerySet:
    """Memberships whose holder wants the mail of the Monday of `at`, and has none yet."""
    begun = StaffMail.objects.filter(membership=OuterRef("pk"), kind=Kind.WEEKLY, about=at.date().isoformat())
    chosen = {"mail_choice__weekly_from__lte": at, "tenant__is_active": True}
    return Membership.objects.filter(wanting(Kind.WEEKLY), ~Exists(begun), **chosen)


def _leads(tenant_id: int, since: datetime, until: datetime) -> dict[str, int]:
    """How many came, by band, without those that are held."""
    rows = Lead.objects.for_tenant(tenant_id).filter(captured_at__gte=since, captured_at__lt=until, held_reason="")
    counts = dict(rows.order_by().values_list("band").annotate(Count("pk")))
    return {band: counts.get(band, 0) for band in Lead.Band.values}


def _waiting(tenant_id: int, now: datetime) -> dict[str, int]:
    """What somebody has to see to."""
    since = now - WAITING_WITHIN
    held = Lead.objects.for_tenant(tenant_id).filter(captured_at__gt=since).exclude(held_reason="")
    dead = Delivery.objects.for_tenant(tenant_id).filter(created_at__gt=since, lead__isnull=False)
    paused = Connection.objects.for_tenant(tenant_id).filter(is_enabled=True, state=Connection.State.PAUSED)
    return {
        "held": held.count(),
        "failed": dead.filter(state=Delivery.State.DEAD).count(),
        "paused": paused.count(),
    }


def _budget(tenant_id: int, now: datetime) -> dict:
    limit = Tenant.objects.values_list("monthly_budget_microusd", flat=True).get(pk=tenant_id)
    month = budget_standing.get_month(tenant_id, limit_microusd=limit, now=now)
    return {"month": month.begins_on.isoformat(), "percent": month.percent}


def _storable(question: QuestionToAnswer) -> dict:
    return asdict(question) | {"text": one_line(question.text, LONGEST_QUESTION)}
