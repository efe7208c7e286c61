"""A visitor made up by hand, to try rules on."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from tenants.contracts import EngagementWeights, WidgetConfig
from tenants.hours import is_open
from widget.engine.conditions import ProactiveFacts
from widget.engine.engagement import EngagementFacts, score
from widget.engine.replay import Moment
from widget.pages import page_key
from widget.services.proactive import TAGS


def _text(label, **kwargs) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=500, widget=UnfoldAdminTextInputWidget, **kwargs)


def _number(label, *, most: int = 86_400, **kwargs) -> forms.IntegerField:
    widget = UnfoldAdminIntegerFieldWidget
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=most, widget=widget, **kwargs)


def _yes_no(label) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanSwitchWidget)


def _choice(label, *choices: tuple[str, str]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=choices, widget=UnfoldAdminSelectWidget)


class FactsForm(forms.Form):
    """What is left empty counts as nothing, or as a first visit to a first page."""

    page_url = _text(_("Page's address"))
    page_title = _text(_("Page's title"))
    seconds = _number(_("Seconds on the page"), initial=30)
    scrolled = _number(_("Scrolled (%)"), most=100, initial=50)
    clicks = _number(_("Clicks on the page"))
    idle = _number(_("Seconds without doing anything"))
    form_idle = _number(_("Seconds of hesitating in a form"))
    pages = _number(_("Pages in this visit"), initial=1)
    visits = _number(_("Visits, with this one"), initial=1)
    device = _choice(_("Device"), ("computer", _("Computer")), ("phone", _("Phone")))
    hours = _choice(_("Opening hours"), ("now", _("As it is now")), ("open", _("Open")), ("closed", _("Closed")))
    language = _text(_("Browser's language"))
    referrer = _text(_("Page they came from"))
    utm_source = _text(_("Campaign's source"))
    utm_medium = _text(_("Campaign's medium"))
    utm_campaign = _text(_("Campaign's name"))
    events = _text(_("Events of your site"), help_text=_("With commas between."))
    exit_intent = _yes_no(_("About to leave"))
    lead_known = _yes_no(_("Has left contact details"))
    has_chatted = _yes_no(_("Has written in this visit"))

    def moment(self, config: WidgetConfig, now) -> Moment:
        """The visitor as typed, in a visit that is old enough for a message and has heard none."""
        typed = self.cleaned_data
        pages, visits = max(1, typed["pages"] or 0), max(1, typed["visits"] or 0)
        facts = ProactiveFacts(
            page_url=typed["page_url"],
            page_title=typed["page_title"],
            referrer=typed["referrer"],
            utm={name: typed[name] for name in TAGS},
            language=typed["language"],
            time_on_page_ms=(typed["seconds"] or 0) * 1000,
            scroll_depth=typed["scrolled"] or 0,
            click_count=typed["clicks"] or 0,
            pages=pages,
            visits=visits,
            engagement_score=self._engagement(config.engagement_weights, pages, visits),
            exit_intent=typed["exit_intent"],
            idle_seconds=typed["idle"] or 0,
            form_idle_seconds=typed["form_idle"] or 0,
            is_mobile=typed["device"] == "phone",
            is_known=typed["lead_known"],
            has_chatted=typed["has_chatted"],
            is_open={"open": True, "closed": False}.get(typed["hours"], is_open(config.hours, now)),
            events=frozenset(filter(None, map(str.strip, typed["events"].split(",")))),
            session_age_ms=float("inf"),
        )
        return Moment(at=now, facts=facts, page_key=page_key(typed["page_url"]))

    def _engagement(self, weights: EngagementWeights, pages: int, visits: int) -> int:
        typed = self.cleaned_data
        facts = EngagementFacts(
            time_on_page_ms=(typed["seconds"] or 0) * 1000,
            scroll_depth=typed["scrolled"] or 0,
            click_count=typed["clicks"] or 0,
            pages=pages,
            visits=visits,
        )
        return score(facts, weights)
