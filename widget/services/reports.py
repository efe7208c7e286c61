"""How a business's conversations went in some days: who resolved them, how long visitors waited, how they found it.

A fixed number of queries, each within one business and its days. What a figure counts, the lists of conversations and
of calls show by the same definitions (`resolution`, `periods`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from django.db.models import Aggregate, Count, DurationField, F, Q, QuerySet
from django.db.models.functions import TruncDate

from tenants.models import Membership, Tenant
from tenants.zones import zone_named
from widget.models import Handoff, Session
from widget.services.live import CAME_BY_ITSELF
from widget.services.periods import Period
from widget.services.resolution import PERSON, WAYS, with_resolution

OPEN = "open"  # of a call: nothing has become of it yet
OUTCOMES = (*Handoff.Outcome.values, OPEN)
CALLED = ~Q(reason=CAME_BY_ITSELF)  # somebody was wanted


class Quantile(Aggregate):
    """The value that a share of all doesn't exceed."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, expression, share: float, **extra):
        super().__init__(expression, share=share, output_field=DurationField(), **extra)


@dataclass(frozen=True, kw_only=True)
class Times:
    """How long something took, of `count` calls; None without any."""

    count: int = 0
    median: timedelta | None = None
    nine_in_ten: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Opinions:
    """What visitors said of `asked` conversations in which a colleague wrote."""

    good: int = 0
    okay: int = 0
    bad: int = 0
    asked: int = 0

    def __add__(self, other: "Opinions") -> "Opinions":
        names = [one.name for one in fields(self)]
        return Opinions(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def given(self) -> int:
        return self.good + self.okay + self.bad


@dataclass(frozen=True, kw_only=True)
class Day:
    """Conversations that began on it, by who resolved them, and calls for a person made on it."""

    day: date
    ways: Mapping[str, int]
    calls: int = 0
    answered_calls: int = 0

    @property
    def conversations(self) -> int:
        return sum(self.ways.values())


@dataclass(frozen=True, kw_only=True)
class ColleagueFigures:
    """`taken` and `answered` are calls; `first_reply` is of those that somebody had asked for."""

    membership: Membership
    taken: int = 0
    answered: int = 0
    first_reply: Times = Times()
    opinions: Opinions = Opinions()


@dataclass(frozen=True, kw_only=True)
class Report:
    """`outcomes` are of the `calls`; `unasked` is how often a colleague came by themselves."""

    period: Period
    days: tuple[Day, ...]
    outcomes: Mapping[str, int]
    unasked: int
    waiting: Times
    first_reply: Times
    opinions: Opinions
    colleagues: tuple[ColleagueFigures, ...] = ()

    @property
    def conversations(self) -> int:
        return sum(day.conversations for day in self.days)

    @property
    def ways(self) -> dict[str, int]:
        return {way: sum(day.ways[way] for day in self.days) for way in WAYS}

    @property
    def calls(self) -> int:
        return sum(self.outcomes.values())


def read_report(tenant: Tenant, period: Period, *, now: datetime) -> Report:
    """All figures of these days."""
    sessions = Session.objects.for_tenant(tenant).filter(period.holds("started_at"), message_count__gt=0)
    calls = Handoff.objects.for_tenant(tenant).filter(period.holds("requested_at"))
    outcomes = dict(calls.filter(CALLED).values_list("outcome").annotate(Count("pk")))
    times = calls.filter(CALLED).aggregate(**_times("taken_at", "waiting"), **_times("first_reply_at", "first_reply"))
    counted = _count(sessions, period, now)
    return Report(
        period=period,
        days=tuple(_days(counted, calls, period)),
        outcomes={outcome: outcomes.get("" if outcome == OPEN else outcome, 0) for outcome in OUTCOMES},
        unasked=calls.exclude(CALLED).count(),
        waiting=_as_times(times, "waiting"),
        first_reply=_as_times(times, "first_reply"),
        opinions=sum((said for (_day, way), said in counted.items() if way == PERSON), Opinions()),
        colleagues=tuple(_colleagues(tenant, period, calls)),
    )


def _count(sessions: QuerySet, period: Period, now: datetime) -> dict[tuple[date, str], Opinions]:
    """The conversations of each day and way, with what visitors said of them, in one reading: they are many."""
    day = TruncDate("started_at", tzinfo=zone_named(period.zone))
    grouped = with_resolution(sessions, now).annotate(day=day, way=F("resolved_by")).values("day", "way")
    rows = grouped.annotate(asked=Count("pk"), **_opinions("pk", "")).order_by()
    return {(row.pop("day"), row.pop("way")): Opinions(**row) for row in rows}


def _days(counted: Mapping[tuple[date, str], Opinions], calls: QuerySet, period: Period):
    zone = zone_named(period.zone)
    called = calls.filter(CALLED).annotate(day=TruncDate("requested_at", tzinfo=zone)).values("day")
    called = called.annotate(calls=Count("pk"), answered_calls=Count("first_reply_at")).order_by("day")
    calls_of = {row.pop("day"): row for row in called}
    for day in period.days:
        ways = {way: counted.get((day, way), Opinions()).asked for way in WAYS}
        yield Day(day=day, ways=ways, **calls_of.get(day, {}))


def _colleagues(tenant: Tenant, period: Period, calls: QuerySet):
    """Those who took or answered anything, the busiest first."""
    taken = dict(calls.filter(taker__isnull=False).values_list("taker").annotate(Count("pk")))
    replied = calls.filter(replier__isnull=False).values("replier")
    replied = replied.annotate(answered=Count("pk"), **_times("first_reply_at", "first_reply", among=CALLED))
    answered = {row["replier"]: row for row in replied.order_by()}
    said = {row.pop("replier"): Opinions(**row) for row in _said_of_each(tenant, period)}
    keys = {*taken, *answered, *said}
    for one in Membership.objects.for_tenant(tenant).filter(pk__in=keys).select_related("user", "tenant"):
        row = answered.get(one.pk, {})
        yield ColleagueFigures(
            membership=one,
            taken=taken.get(one.pk, 0),
            answered=row.get("answered", 0),
            first_reply=_as_times(row, "first_reply") if row else Times(),
            opinions=said.get(one.pk, Opinions()),
        )


def _said_of_each(tenant: Tenant, period: Period) -> QuerySet:
    """By who answered: of conversations that began in these days, each once."""
    rows = Handoff.objects.for_tenant(tenant).filter(period.holds("session__started_at"), replier__isnull=False)
    # No call is made before its conversation began; said so that the index of calls is used. An hour, for clocks.
    rows = rows.filter(requested_at__gte=period.begins_at - timedelta(hours=1), session__message_count__gt=0)
    asked = rows.values("replier").annotate(asked=Count("session", distinct=True))
    return asked.annotate(**_opinions("session", "session__", distinct=True)).order_by()


def _times(column: str, name: str, among: Q | None = None) -> dict:
    took = F(column) - F("requested_at")
    happened = Q(**{f"{column}__isnull": False}) & (among or Q())
    return {
        f"{name}_count": Count("pk", filter=happened),
        f"{name}_median": Quantile(took, 0.5, filter=happened),
        f"{name}_nine_in_ten": Quantile(took, 0.9, filter=happened),
    }


def _as_times(row: Mapping, name: str) -> Times:
    return Times(**{part: row[f"{name}_{part}"] for part in ("count", "median", "nine_in_ten")})


def _opinions(counted: str, path: str, *, distinct: bool = False) -> dict:
    return {
        said: Count(counted, filter=Q(**{f"{path}satisfaction": said}), distinct=distinct)
        for said in Session.Satisfaction.values
    }
