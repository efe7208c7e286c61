"""What became of the visitors to whom a rule spoke, and of those whom it left alone.

Visitors are counted, each once, in the period in which the rule's moment first came for them, and in the group they
were in then: lots are drawn for visitors, not for visits. Who comes again belongs to no later period: of those who
heard it, the ones it put off would be missing there, of those who were left alone nobody. Both groups are counted from
that moment on, since whether a message was looked at is known of one group alone. A visit's leads are the new ones
that were made in it after that moment.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from django.db import connection

from tenants.models import ProactiveRule
from widget.engine.proactive import REMEMBERED
from widget.engine.uplift import Share, Uplift, compare

# `befell`: every time the rule spoke or would have; `visitor`: what that comes to for each visitor.
VISITORS = """
    WITH befell AS (
        SELECT showing.id, showing.rule_id, session.visitor_id, session.id AS session_id, showing.announced_at,
            showing.is_held_out, showing.dismissed_at IS NOT NULL AS was_dismissed,
            showing.replied_at IS NOT NULL AS was_answered,
            EXISTS (
                SELECT FROM leads_lead lead
                WHERE lead.conversation_reference = session.reference AND lead.tenant_id = session.tenant_id
                    AND lead.captured_at >= showing.announced_at
            ) AS made_lead,
            showing.opened_at IS NOT NULL OR showing.replied_at IS NOT NULL AS was_opened
        FROM widget_proactiveshowing showing
        JOIN widget_session session ON session.id = showing.session_id
        JOIN tenants_proactiverule rule ON rule.id = showing.rule_id AND rule.tenant_id = session.tenant_id
        WHERE showing.rule_id = ANY(%(rules)s)
            AND showing.announced_at > %(remembered)s AND showing.announced_at <= %(now)s
    ), visitor AS (
        SELECT rule_id, visitor_id, min(announced_at) AS first_at,
            (array_agg(is_held_out ORDER BY announced_at, id))[1] AS is_alone,
            (array_agg(session_id ORDER BY made_lead DESC, was_answered DESC, announced_at, id))[1] AS session_id,
            bool_or(was_opened) AS opened, bool_or(was_answered) AS answered, bool_or(was_dismissed) AS waved_away,
            bool_or(made_lead) AS left_details
        FROM befell GROUP BY rule_id, visitor_id HAVING min(announced_at) > %(since)s
    )
"""
COUNT = """
    SELECT rule_id, date_trunc('week', first_at AT TIME ZONE %(zone)s)::date AS week, is_alone,
        count(*), count(*) FILTER (WHERE opened), count(*) FILTER (WHERE answered),
        count(*) FILTER (WHERE waved_away), count(*) FILTER (WHERE left_details)
    FROM visitor GROUP BY rule_id, week, is_alone ORDER BY week DESC
"""
LIST = """
    SELECT session.id, session.reference, first_at, is_alone, opened, answered, waved_away, left_details
    FROM visitor JOIN widget_session session ON session.id = visitor.session_id
    WHERE {which} AND (%(week)s::date IS NULL OR date_trunc('week', first_at AT TIME ZONE %(zone)s)::date = %(week)s)
    ORDER BY first_at DESC, visitor.visitor_id OFFSET %(offset)s LIMIT %(limit)s
"""
# Which visitors a figure counts, by its name.
WHICH = {
    "heard": "NOT is_alone",
    "opened": "NOT is_alone AND opened",
    "answered": "NOT is_alone AND answered",
    "waved_away": "NOT is_alone AND waved_away",
    "leads": "NOT is_alone AND left_details",
    "alone": "is_alone",
    "alone_leads": "is_alone AND left_details",
}


@dataclass(frozen=True, kw_only=True)
class Group:
    """Visitors, and how many of them did what."""

    visitors: int = 0
    opened: int = 0
    answered: int = 0
    waved_away: int = 0
    leads: int = 0

    def __add__(self, other: "Group") -> "Group":
        names = [field.name for field in fields(self)]
        return Group(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def conversion(self) -> Share:
        return Share(self.leads, self.visitors)


@dataclass(frozen=True, kw_only=True)
class Results:
    """Those who `heard` the rule, and those who were left `alone` when it would have spoken."""

    heard: Group = Group()
    alone: Group = Group()

    def __add__(self, other: "Results") -> "Results":
        return Results(heard=self.heard + other.heard, alone=self.alone + other.alone)

    @property
    def uplift(self) -> Uplift:
        return compare(self.heard.conversion, self.alone.conversion)


@dataclass(frozen=True, kw_only=True)
class CountedVisitor:
    """One visitor behind a figure, with the visit that tells most of it: that of the lead, of the answer, or the
    first."""

    session_id: int
    reference: str
    at: datetime
    is_alone: bool
    opened: bool
    answered: bool
    waved_away: bool
    left_details: bool


def read_weeks(rule: ProactiveRule, *, days: int, now: datetime, zone: str) -> dict[date, Results]:
    """The rule's results of the last `days` by week, known by its Monday in `zone`, newest first."""
    weeks: dict[date, Results] = {}
    for (_rule, week), results in _count([rule.pk], days=days, now=now, zone=zone).items():
        weeks[week] = weeks.get(week, Results()) + results
    return weeks


def read_totals(rule_ids: Iterable[int], *, days: int, now: datetime) -> dict[int, Results]:
    """The results of the last `days` of several rules, by rule; those without any are left out. One query."""
    totals: dict[int, Results] = {}
    for (rule_id, _week), results in _count(list(rule_ids), days=days, now=now, zone="UTC").items():
        totals[rule_id] = totals.get(rule_id, Results()) + results
    return totals


def list_visitors(
    rule: ProactiveRule,
    which: str,
    *,
    days: int,
    now: datetime,
    zone: str,
    week: date | None = None,
    offset: int = 0,
    limit: int = 50,
) -> list[CountedVisitor]:
    """The visitors whom a figure counts, newest first. `which` is one of WHICH, `week` the Monday of one week."""
    asked = _asked([rule.pk], days, now, zone) | {"week": week, "offset": offset, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(VISITORS + LIST.format(which=WHICH[which]), asked)
        return [CountedVisitor(**dict(zip(_COLUMNS, row, strict=True))) for row in cursor.fetchall()]


_COLUMNS = [field.name for field in fields(CountedVisitor)]


def _count(rule_ids: list[int], *, days: int, now: datetime, zone: str) -> dict[tuple[int, date], Results]:
    found: dict[tuple[int, date], Results] = {}
    with connection.cursor() as cursor:
        cursor.execute(VISITORS + COUNT, _asked(rule_ids, days, now, zone))
        for rule_id, week, is_alone, *counts in cursor.fetchall():
            group = Group(**dict(zip(_COUNTED, counts, strict=True)))
            results = Results(alone=group) if is_alone else Results(heard=group)
            found[rule_id, week] = found.get((rule_id, week), Results()) + results
    return found


_COUNTED = [field.name for field in fields(Group)]


def _asked(rule_ids: list[int], days: int, now: datetime, zone: str) -> dict:
    since = now - timedelta(days=days)
    return {"rules": rule_ids, "remembered": since - REMEMBERED, "since": since, "now": now, "zone": zone}
