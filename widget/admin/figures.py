"""Figures of the last seven days for the home page: a fixed number of queries, whatever there is to count."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from leads.models import Delivery, Lead
from tenants.models import ApiKey, Article, Origin, Spending, Tenant
from widget.models import Answer, Message, Session, UnansweredQuestion

DAYS = 7
WAITING = (Delivery.State.PENDING, Delivery.State.SENDING, Delivery.State.PAUSED)

ARRIVED = (Delivery.State.DELIVERED, Delivery.State.SUPERSEDED)


@dataclass(frozen=True)
class Day:
    day: date
    chats: int
    height: int  # per cent of the fullest day


def week(tenant_ids: list[int], *, now: datetime) -> dict:
    """Everything the home page counts, of these tenants, since midnight six days ago."""
    since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    days = _days(tenant_ids, since)
    return {
        "days": days,
        "chats": sum(day.chats for day in days),
        "answers": _answers(tenant_ids, since),
        "leads": _leads(tenant_ids, since),
        "deliveries": _deliveries(tenant_ids, since),
        "open_questions": _open_questions(tenant_ids),
        "waiting": _waiting(tenant_ids),
        "handoffs": Session.objects.filter(tenant__in=tenant_ids, handoff_requested_at__gte=since).count(),
    }


def setup(tenant_ids: list[int]) -> dict:
    """What a new business still has to do."""
    return Tenant.objects.filter(pk__in=tenant_ids).aggregate(
        has_article=Count("pk", filter=Exists(Article.objects.filter(tenant=OuterRef("pk")))),
        has_site=Count("pk", filter=Exists(Origin.objects.filter(tenant=OuterRef("pk")))),
        has_key=Count("pk", filter=Exists(ApiKey.objects.filter(tenant=OuterRef("pk"), revoked_at=None))),
        has_chat=Count("pk", filter=Exists(Session.objects.filter(tenant=OuterRef("pk"), message_count__gt=0))),
    )


def money(tenant_ids: list[int], *, today: date, budget: int | None = None) -> dict:
    """This month's cost and budget in microdollars, and the share used in per cent, at most 100.

    `today` is a day in UTC, by which money is counted. Without `budget` it is what the tenants have together.
    """
    if budget is None:
        rows = Tenant.objects.filter(pk__in=tenant_ids)
        budget = rows.aggregate(total=Sum("monthly_budget_microusd"))["total"] or 0
    spent = month_of(tenant_ids, today=today)
    cost = sum(spent.values())
    return {"cost": cost, "budget": budget, "share": min(100, round(100 * cost / budget)) if budget else 0}


def month_of(tenant_ids: list[int], *, today: date) -> dict[int, int]:
    """Microdollars spent this month by tenant id."""
    rows = Spending.objects.filter(tenant__in=tenant_ids, period=Spending.Period.MONTH, begins_on=today.replace(day=1))
    return dict(rows.values_list("tenant", "spent_microusd"))


def by_tenant(*, now: datetime) -> list[dict]:
    """For the operator: each active or spending tenant with its week and month, the dearest first; at most 100."""
    since = now - timedelta(days=DAYS)
    spent = month_of(list(Tenant.objects.values_list("pk", flat=True)), today=now.date())
    chats = dict(
        Session.objects.filter(started_at__gte=since, message_count__gt=0).values_list("tenant").annotate(Count("pk"))
    )
    leads = dict(Lead.objects.filter(captured_at__gte=since).values_list("tenant").annotate(Count("pk")))
    rows = [
        {
            "tenant": tenant,
            "chats": chats.get(tenant.pk, 0),
            "leads": leads.get(tenant.pk, 0),
            "cost": spent.get(tenant.pk, 0),
            "budget": tenant.monthly_budget_microusd,
        }
        for tenant in Tenant.objects.order_by("name")
    ]
    return sorted(rows, key=lambda row: (-row["cost"], -row["chats"]))[:100]


def _days(tenant_ids: list[int], since: datetime) -> list[Day]:
    counts = dict(
        Session.objects.filter(tenant__in=tenant_ids, started_at__gte=since, message_count__gt=0)
        .annotate(day=TruncDate("started_at"))
        .values_list("day")
        .annotate(Count("pk"))
    )
    most = max(counts.values(), default=0) or 1
    days = [since.date() + timedelta(days=n) for n in range(DAYS)]
    return [Day(day, counts.get(day, 0), round(100 * counts.get(day, 0) / most)) for day in days]


def _open_questions(tenant_ids: list[int]) -> int:
    """Those that are one are counted once."""
    rows = UnansweredQuestion.objects.filter(tenant__in=tenant_ids, state=UnansweredQuestion.State.OPEN)
    return rows.values_list(Coalesce("group", "pk")).distinct().count()


def _waiting(tenant_ids: list[int]) -> int:
    """Visitors who wait for a colleague just now."""
    return Session.objects.filter(tenant__in=tenant_ids, ended_at=None, mode=Session.Mode.WAITING).count()


def _answers(tenant_ids: list[int], since: datetime) -> dict:
    rows = Answer.objects.filter(session__tenant__in=tenant_ids, created_at__gte=since, state=Answer.State.DONE)
    counts = rows.aggregate(
        total=Count("pk"),
        unanswered=Count("pk", filter=Q(is_unanswered=True)),
        by_claude=Count("pk", filter=Q(fallback_reason="", is_unanswered=False)),
        helpful=Count("pk", filter=Q(message__rating=Message.Rating.UP)),
        not_helpful=Count("pk", filter=Q(message__rating=Message.Rating.DOWN)),
    )
    counts["answered"] = counts["total"] - counts["unanswered"]
    counts["by_knowledge"] = counts["answered"] - counts["by_claude"]
    return counts


def _leads(tenant_ids: list[int], since: datetime) -> dict:
    rows = Lead.objects.filter(tenant__in=tenant_ids)
    new = Q(captured_at__gte=since)
    return rows.aggregate(
        total=Count("pk", filter=new),
        held=Count("pk", filter=~Q(held_reason="")),
        **{band: Count("pk", filter=new & Q(band=band)) for band in Lead.Band.values},
    )


def _deliveries(tenant_ids: list[int], since: datetime) -> dict:
    rows = Delivery.objects.filter(tenant__in=tenant_ids, created_at__gte=since)
    return rows.aggregate(
        delivered=Count("pk", filter=Q(state__in=ARRIVED)),
        waiting=Count("pk", filter=Q(state__in=WAITING)),
        failed=Count("pk", filter=Q(state=Delivery.State.DEAD)),
    )
