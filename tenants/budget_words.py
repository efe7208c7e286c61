"""A budget that is nearly or wholly used up, in words for staff, in the language and time zone that are active."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tenants.budget_standing import Standing
from tenants.models import Spending

DAY = Spending.Period.DAY


def in_words(standing: Standing) -> str:
    """What is used, and what becomes of answers until a new budget begins."""
    words = {
        "percent": standing.percent,
        "name": name_of(standing),
        "until": _moment(standing.ends_at),
    }
    return _sentences(standing) % words


def name_of(standing: Standing) -> str:
    """The month or the day that the budget is for."""
    return date_format(standing.begins_on, "MONTH_DAY_FORMAT" if standing.period == DAY else "F")


def _sentences(standing: Standing) -> str:
    if standing.tenant_id is None:
        if standing.is_used_up:
            return _(
                "The whole installation's budget for AI answers (%(name)s) is used up. Until %(until)s the answers of "
                "all businesses come from their texts alone."
            )
        return _(
            "%(percent)d %% of the whole installation's budget for AI answers (%(name)s) is used. When it is used up, "
            "the answers of all businesses come from their texts alone until %(until)s."
        )
    if standing.is_used_up:
        return _("%(name)s's budget for AI answers is used up. Until %(until)s answers come from your texts alone.")
    return _(
        "%(percent)d %% of %(name)s's budget for AI answers is used. When it is used up, answers come from your texts "
        "alone until %(until)s."
    )


def _moment(moment: datetime) -> str:
    """The day, and the time of day where it isn't midnight there."""
    local = timezone.localtime(moment)
    day = date_format(local, "MONTH_DAY_FORMAT")
    return day if (local.hour, local.minute) == (0, 0) else f"{day}, {date_format(local, 'TIME_FORMAT')}"
