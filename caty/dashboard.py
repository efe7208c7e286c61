"""The admin's home page: how it goes, and what to do next."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from caty.lib.money import dollars
from leads import services as lead_services
from tenants.admin.budget_notices import find_notices
from tenants.budget import installation_limits
from tenants.models import Spending
from tenants.staff import EVERYONE, OWNERS, staff_of
from widget.admin import figures
from widget.services import first_hour


def fill(request, context: dict) -> dict:
    """What admin/index.html shows, for the tenants the person works for."""
    staff, now = staff_of(request), timezone.now()
    tenant_ids = staff.tenant_ids(EVERYONE)
    context.update(
        {
            "title": _("Home"),
            "business": next(iter(staff.names.values()), "") if len(staff.names) == 1 else "",
            "has_business": bool(tenant_ids),
            "is_operator": staff.is_operator,
            "is_owner": staff.has_role(OWNERS),
        }
    )
    if not tenant_ids:
        return context
    context.update(first_hours=first_hour.unfinished(staff.tenant_ids(OWNERS)))
    context.update(paused=lead_services.find_paused(tenant_ids), shows_business=len(tenant_ids) > 1)
    budget = installation_limits()[Spending.Period.MONTH] if staff.is_operator else None
    money = figures.money(tenant_ids, today=now.date(), budget=budget)
    context.update(figures.week(tenant_ids, now=now), budgets=find_notices(staff, now=now))
    context.update(setup=figures.setup(tenant_ids), money={**money, **_in_dollars(money)})
    if staff.is_operator:
        rows = figures.by_tenant(now=now)
        context["tenants"] = [{**row, **_in_dollars(row)} for row in rows]
    return context


def _in_dollars(row: dict) -> dict:
    return {"cost_shown": dollars(row["cost"]), "budget_shown": dollars(row["budget"])}
