"""Try the rules: what they would have done in a recorded visit, or would do for a visitor made up, and why."""

from dataclasses import replace
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.source import without_ids
from tenants import conditions as words
from tenants.admin.fields import OwnTenantForm
from tenants.admin.rule_form import CHOICE_NAMES
from tenants.admin.rule_words import clause_of, how_often, when_of
from tenants.config import load_config
from tenants.models import ProactiveRule, Tenant
from tenants.staff import EVERYONE, staff_of
from widget.admin.timeline import EVENTS
from widget.admin.visitor_facts import FactsForm
from widget.admin.words import WHY_SILENT
from widget.engine.conditions import Check
from widget.engine.replay import Moment, Outcome, replay
from widget.models import Session
from widget.services.replaying import MOST_VIEWS, judge_now, replay_visit, rules_of

MOST_VISITS = 20


def page(model_admin, request):
    """Nothing of it is kept, and no visitor hears anything."""
    tenant, rule, session = _asked(model_admin, request)
    config, now = load_config(tenant), timezone.now()
    rules = rules_of(tenant, only=rule.pk if rule else None)
    if rule:
        rules = replace(rules, all=tuple(one for one in rules.all if one.id == rule.pk))
    form = FactsForm(request.POST if request.method == "POST" else None)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Try the rules"),
        "form": form,
        "rule": rule,
        "session": session,
        "tenant_form": _tenant_form(request, tenant),
        "visits": _visits(tenant, rule),
        "has_rules": bool(rules.all),
    }
    if form.is_valid():
        all_hear = [replace(one, holdout_percent=0) for one in rules.all]
        outcomes = replay(all_hear, [form.moment(config, now)], config.behavior, silent=rules.off)
        context["typed"] = _all_shown(outcomes, rules.off)
    elif session:
        context["is_long"] = session.page_count > MOST_VIEWS
        context["then"] = _all_shown(replay_visit(session, config, rules), rules.off, session)
        context["current"] = _all_shown(judge_now(session, config, rules, now), rules.off)
    return TemplateResponse(request, "admin/widget/rule_tester.html", context)


def _asked(model_admin, request) -> tuple[Tenant, ProactiveRule | None, Session | None]:
    """Whose rules, which one of them or None for all, and which visit or None. All of one's own businesses."""
    own = staff_of(request).tenant_ids(EVERYONE)
    if not own or not model_admin.has_view_permission(request):
        raise PermissionDenied
    rule = session = None
    if asked := request.GET.get("rule"):
        rule = _get(ProactiveRule.objects.filter(tenant__in=own), pk=_as_key(asked))
    if asked := request.GET.get("visit"):
        rows = Session.objects.filter(tenant__in=own).select_related("visitor", "lead")
        session = _get(rows.filter(tenant=rule.tenant_id) if rule else rows, reference=asked)
    chosen = next((one.tenant_id for one in (rule, session) if one), request.GET.get("tenant") or own[0])
    return _get(Tenant.objects.filter(pk__in=own), pk=_as_key(chosen)), rule, session


def _get(rows, **named):
    found = rows.filter(**named).first()
    if found is None:
        raise Http404
    return found


def _as_key(text) -> int:
    if not str(text).isdecimal() or len(str(text)) > 18:
        raise Http404
    return int(text)


def _tenant_form(request, tenant: Tenant) -> OwnTenantForm | None:
    own = staff_of(request).tenant_ids(EVERYONE)
    return OwnTenantForm(tenant_ids=own, initial={"tenant": tenant.pk}) if len(own) > 1 else None


def _visits(tenant: Tenant, rule: ProactiveRule | None) -> list[dict]:
    """The latest in which something was noted."""
    rows = Session.objects.for_tenant(tenant).filter(Q(page_count__gt=0) | Q(event_count__gt=0))
    about = f"&rule={rule.pk}" if rule else ""
    return [
        {
            "session": row,
            "page": row.first_page_title or without_ids(row.first_page_url),
            "url": f"{reverse('admin:widget_session_rules')}?visit={row.reference}{about}",
        }
        for row in rows.order_by("-started_at", "-pk")[:MOST_VISITS]
    ]


def _all_shown(outcomes: tuple[Outcome, ...], off: frozenset[int], session: Session | None = None) -> list[dict]:
    """Those that speak first; with the time of the visit, if any."""
    shown = [_shown(one, off, when=_when(one.moment, session) if session else "") for one in outcomes]
    return sorted(shown, key=lambda one: (not one["speaks"], one["is_off"]))


def _shown(outcome: Outcome, off: frozenset[int], *, when: str) -> dict:
    rule = outcome.rule
    return {
        "rule": rule,
        "url": reverse("admin:tenants_proactiverule_change", args=[rule.id]),
        "sentence": when_of(rule),
        "often": how_often(rule),
        "is_off": rule.id in off,
        "speaks": outcome.reason == "",
        "why": [] if outcome.reason == "" else _why(outcome),
        "when": when,
        "checks": [_check(check) for check in outcome.checks],
    }


def _why(outcome: Outcome) -> list[str]:
    """Why it does not speak: what it asks doesn't hold, something else stands in the way, or both."""
    reasons = [outcome.reason] if outcome.holds else ["not_yet", outcome.reason]
    return [str(WHY_SILENT[reason]) for reason in dict.fromkeys(reasons)]


def _check(check: Check) -> dict:
    return {
        "clause": clause_of(check.condition),
        "seen": seen_in_words(check),
        "is_met": check.is_met,
        "is_enough": check.condition.place == words.ANY,
    }


def seen_in_words(check: Check) -> str:
    """What was seen of the visitor, such as “45 %”."""
    kind, seen = check.condition.kind, check.seen
    if isinstance(seen, bool):
        return _("yes") if seen else _("no")
    if kind in words.CHOICES:
        return str(CHOICE_NAMES[seen])
    if kind in words.TEXTS:
        return f"“{seen}”" if seen else _("nothing")
    number = int(seen)
    if kind.endswith("_seconds"):
        return ngettext("%d second", "%d seconds", number) % number
    return f"{number} %" if kind == "scroll_percent" else str(number)


def _when(moment: Moment, session: Session) -> str:
    """Such as “14:03:20 on “Our prices”, 20 seconds after the page was opened”."""
    name = moment.facts.page_title or without_ids(moment.facts.page_url) or _("an unknown page")
    at = _clock(moment.at, session.started_at)
    seconds = int(moment.facts.time_on_page_ms / 1000)
    if moment.what == "opened":
        return _("%(at)s, as “%(page)s” was opened") % {"at": at, "page": name}
    if moment.what == "looking":
        after = ngettext("%d second", "%d seconds", seconds) % seconds
        return _("%(at)s, after %(after)s on “%(page)s”") % {"at": at, "after": after, "page": name}
    if moment.what == "left":
        return _("By %(at)s at the latest, when they left “%(page)s”") % {"at": at, "page": name}
    what = EVENTS.get(moment.what) or _("Event “%s”") % moment.what
    return _("%(at)s on “%(page)s”: %(what)s") % {"at": at, "page": name, "what": what}


def _clock(moment: datetime, began: datetime) -> str:
    local = timezone.localtime(moment)
    is_same_day = local.date() == timezone.localtime(began).date()
    return date_format(local, "H:i:s" if is_same_day else "j M, H:i:s")
