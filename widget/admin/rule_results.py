"""Whether a rule helps: its figures by week, the visitors behind each of them, and a verdict in plain words."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tenants.models import ProactiveRule
from tenants.zones import zone_named
from widget.engine.uplift import Share, Uplift
from widget.services.rule_results import WHICH, Results, list_visitors, read_weeks

PERIODS = (30, 90)
PAGE_SIZE = 50
COLUMNS = {  # figures, as they are called above their column and above their list
    "heard": gettext_lazy("Heard it"),
    "opened": gettext_lazy("Opened it"),
    "answered": gettext_lazy("Answered"),
    "waved_away": gettext_lazy("Waved it away"),
    "leads": gettext_lazy("Left details"),
    "alone": gettext_lazy("Left alone"),
    "alone_leads": gettext_lazy("Left alone, left details"),
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What of the results is looked at: so many days, and the list behind one figure, of one week or of all."""

    days: int
    which: str
    week: date | None
    page: int

    def query(self, **changes) -> str:
        values = {"days": self.days, "which": self.which, "week": self.week, "page": self.page} | changes
        return "?" + urlencode({name: value for name, value in values.items() if value})


def page(model_admin, request, rule: ProactiveRule):
    """The results of one rule, which the person may see."""
    asked, now = _read(request.GET), timezone.now()
    period = {"days": asked.days, "now": now, "zone": zone_named(rule.tenant.timezone).key}
    weeks = read_weeks(rule, **period)
    total = sum(weeks.values(), Results())
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Does it help?"),
        "rule": rule,
        "periods": [{"days": days, "query": f"?days={days}", "is_asked": days == asked.days} for days in PERIODS],
        "columns": COLUMNS.values(),
        "lines": [_line(asked, results, week) for week, results in weeks.items()],
        "total": _line(asked, total, None),
        "found": in_words(total),
        "verdict": verdict_in_words(total, is_anybody_left_alone=bool(rule.holdout_percent)),
        "list": _list(rule, asked, period) if asked.which else None,
    }
    return TemplateResponse(request, "admin/widget/rule_results.html", context)


def _read(query) -> Asked:
    """Raises Http404 for what no link of ours asks."""
    try:
        days, page_number = int(query.get("days", PERIODS[0])), int(query.get("page", 1))
        week = date.fromisoformat(query["week"]) if query.get("week") else None
    except ValueError as error:
        raise Http404 from error
    which = query.get("which", "")
    if days not in PERIODS or not 1 <= page_number <= 10_000 or (which and which not in WHICH):
        raise Http404
    return Asked(days=days, which=which, week=week, page=page_number)


def _line(asked: Asked, results: Results, week: date | None) -> dict:
    heard, alone = results.heard, results.alone
    counts = (heard.visitors, heard.opened, heard.answered, heard.waved_away, heard.leads, alone.visitors, alone.leads)
    figures = [
        {"count": count, "name": name, "query": asked.query(which=which, week=week, page=0)}
        for (which, name), count in zip(COLUMNS.items(), counts, strict=True)
    ]
    return {"week": week, "figures": figures}


def _list(rule: ProactiveRule, asked: Asked, period: dict) -> dict:
    offset = (asked.page - 1) * PAGE_SIZE
    found = list_visitors(rule, asked.which, week=asked.week, offset=offset, limit=PAGE_SIZE + 1, **period)
    return {
        "name": COLUMNS[asked.which],
        "week": asked.week,
        "visitors": found[:PAGE_SIZE],
        "later": asked.query(page=asked.page - 1) if asked.page > 1 else "",
        "earlier": asked.query(page=asked.page + 1) if len(found) > PAGE_SIZE else "",
        "all": asked.query(which="", week=None, page=0),
    }


def percent(share: Share) -> str:
    """Such as 7.5 %."""
    return _("%s %%") % formats.number_format(round(100 * share.value, 1), 1)  # which cuts off by itself


def in_words(results: Results) -> str:
    """Such as “Of 412 visitors who heard it, 31 left details (7.5 %); of 52 who were left alone, 2 (3.8 %).”"""
    heard, alone = results.heard, results.alone
    if not (heard.visitors or alone.visitors):
        return _("Its moment has not come in this time.")
    told = ngettext(
        "Of %(count)s visitor who heard it, %(leads)s left details (%(share)s)",
        "Of %(count)s visitors who heard it, %(leads)s left details (%(share)s)",
        heard.visitors,
    ) % _numbers(heard)
    if alone.visitors:
        told += ngettext(
            "; of %(count)s who was left alone, %(leads)s (%(share)s)",
            "; of %(count)s who were left alone, %(leads)s (%(share)s)",
            alone.visitors,
        ) % _numbers(alone)
    return f"{told}."


def _numbers(group) -> dict:
    number = formats.number_format
    return {
        "count": number(group.visitors, force_grouping=True),
        "leads": number(group.leads, force_grouping=True),
        "share": percent(group.conversion),
    }


def verdict_in_words(results: Results, *, is_anybody_left_alone: bool) -> str:
    """What the figures come to; "" where there are none."""
    uplift = results.uplift
    if uplift.verdict != "nobody_left_alone":
        return _VERDICTS[uplift.verdict](uplift)
    if is_anybody_left_alone or not results.heard.visitors:
        return _("Too early to tell.") if results.heard.visitors else ""
    return _(
        "Whether they would have left them anyway can't be told, because everybody hears it. Leave some visitors alone "
        "(“share who don't hear it”, on the rule's page) to find out."
    )


def _helps(uplift: Uplift) -> str:
    return _("It helps: of 1,000 visitors who hear it, about %(least)s to %(most)s more leave details.") % {
        "least": max(1, round(1000 * uplift.low)),
        "most": round(1000 * uplift.high),
    }


def _harms(uplift: Uplift) -> str:
    return _(
        "It seems to put visitors off: of 1,000 who hear it, about %(least)s to %(most)s fewer leave details. Change "
        "what it says or when, or switch it off."
    ) % {"least": max(1, round(-1000 * uplift.high)), "most": round(-1000 * uplift.low)}


def _no_help(uplift: Uplift) -> str:
    most = round(1000 * uplift.high)
    if most < 1:
        return _("It does not seem to help.")
    return _("It does not seem to help: of 1,000 visitors who hear it, at most about %s more leave details.") % most


_VERDICTS = {
    "too_early": lambda uplift: _("Too early to tell: so far the difference may be chance."),
    "helps": _helps,
    "harms": _harms,
    "no_help": _no_help,
}


def results_url(rule_id: int) -> str:
    return reverse("admin:tenants_proactiverule_results", args=[rule_id])


def in_short(results: Results) -> str:
    """Such as “heard 412 · 31 leads”."""
    heard, leads = results.heard.visitors, results.heard.leads
    return (
        _("heard %s") % formats.number_format(heard, force_grouping=True)
        + " · "
        + (ngettext("%d lead", "%d leads", leads) % leads)
    )
