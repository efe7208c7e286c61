"""Saying on pages of the admin that a budget for answers is nearly or wholly used up."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from tenants import budget_standing
from tenants.budget_words import in_words
from tenants.staff import EVERYONE, Staff, staff_of

MOST = 5


@dataclass(frozen=True, kw_only=True)
class BudgetNotice:
    """A sentence for staff, and whose budget it is about where that is to be said."""

    words: str
    business: str
    is_used_up: bool


@dataclass(frozen=True, kw_only=True)
class BudgetNotices:
    """What is shown, and how many more there are."""

    notices: list[BudgetNotice]
    more: int = 0

    @property
    def is_any_used_up(self) -> bool:
        return any(one.is_used_up for one in self.notices)


def find_notices(staff: Staff, *, now: datetime, tenant_id: int | None = None) -> BudgetNotices:
    """What to say to this person, of one of their businesses or of all: at most five, those used up first.

    The operator is told of the installation's budgets too.
    """
    allowed = staff.tenant_ids(EVERYONE)
    nearly = budget_standing.find_nearly_used([one for one in allowed if tenant_id in (None, one)], now=now)
    if staff.is_operator:
        nearly = [*budget_standing.find_installation_nearly_used(now=now), *nearly]
    names = staff.names if len(staff.names) > 1 else {}
    told = sorted(nearly, key=lambda one: (not one.is_used_up, one.tenant_id is not None))[:MOST]
    notices = [
        BudgetNotice(words=in_words(one), business=names.get(one.tenant_id, ""), is_used_up=one.is_used_up)
        for one in told
    ]
    return BudgetNotices(notices=notices, more=len(nearly) - len(told))


class ShowsBudgets:
    """Above the form of a business, where its budgets are set. Mix in before ScopedAdmin."""

    change_form_before_template = "admin/parts/budgets.html"

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj is not None:
            context["budgets"] = find_notices(staff_of(request), now=timezone.now(), tenant_id=obj.pk)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)
