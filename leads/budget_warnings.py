"""Telling, once each, that a budget for answers is nearly used: owners by mail, the operator by the log.

A sweep finds it, so that no answer is made slower by it. A budget is told of once; where it is raised so far that what
was used then is less than 80 % of it, passing those is told again.
"""

import logging
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q

from leads import notifying
from leads.models import BudgetWarning
from leads.services.locks import lock_budget
from tenants.budget_standing import Standing, find_installation_nearly_used, find_nearly_used, is_nearly_used

log = logging.getLogger(__name__)

# What was passed just before midnight is found after it, and what a call that went over midnight has cost as well.
LOOKED_BACK = timedelta(hours=1)


def warn(*, now: datetime) -> int:
    """Tell of every budget of which 80 % are used and that hasn't been told of; how many. Whoever else does the same
    at the same moment tells of none of them."""
    nearly = [
        *find_nearly_used(None, now=now, ended_within=LOOKED_BACK),
        *find_installation_nearly_used(now=now, ended_within=LOOKED_BACK),
    ]
    told = _told(nearly)
    return sum(_warn_once(one, now) for one in nearly if not _covers(told.get(_key(one)), one))


def _told(standings: Collection[Standing]) -> dict[tuple, int]:
    """The most that was used when an account was told of, by account."""
    days, tenants = {one.begins_on for one in standings}, {one.tenant_id for one in standings}
    rows = BudgetWarning.objects.filter(Q(tenant__in=tenants - {None}) | Q(tenant=None), begins_on__in=days)
    rows = rows.values_list("tenant", "period", "begins_on")
    return {tuple(key): most for *key, most in rows.annotate(most=Max("used_microusd"))}


def _key(standing: Standing) -> tuple:
    return standing.tenant_id, standing.period, standing.begins_on


def _covers(told: int | None, standing: Standing) -> bool:
    """Whether what was told is that this very budget is nearly used."""
    return told is not None and is_nearly_used(used_microusd=told, limit_microusd=standing.limit_microusd)


def _warn_once(standing: Standing, now: datetime) -> bool:
    tenant_id, period, begins_on = _key(standing)
    with transaction.atomic():
        lock_budget(tenant_id)
        account = BudgetWarning.objects.filter(tenant=tenant_id, period=period, begins_on=begins_on)
        if _covers(account.aggregate(most=Max("used_microusd"))["most"], standing):
            return False
        warning = BudgetWarning.objects.create(
            tenant_id=tenant_id,
            period=period,
            begins_on=begins_on,
            limit_microusd=standing.limit_microusd,
            used_microusd=standing.used_microusd,
            found_at=now,
        )
        if tenant_id is not None:
            notifying.announce_budget(warning, contents=_contents(standing), now=now)
    whose = "installation" if tenant_id is None else tenant_id
    log.warning("budget.nearly_used tenant=%s period=%s percent=%s", whose, period, standing.percent)
    return True


def _contents(standing: Standing) -> dict:
    return {**asdict(standing), "begins_on": standing.begins_on.isoformat()}
