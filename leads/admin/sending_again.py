"""Two pages of a connection: sending again what it was sent, and what came before it. Both first say how much."""

from datetime import datetime, time, timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextInputWidget,
)

from leads import events, services
from leads.admin.words import EVENTS
from leads.connectors import KINDS, get_connector
from leads.models import Connection, Delivery
from leads.services import Again
from tenants.staff import EDITORS, OWNERS

EARLIEST = timedelta(days=30)


def _day(label, **options) -> forms.DateField:
    widget = UnfoldAdminTextInputWidget(attrs={"type": "date"})
    widget.format = "%Y-%m-%d"
    return forms.DateField(label=label, widget=widget, localize=False, **options)


def _midnight(day) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class AgainForm(forms.Form):
    """Which deliveries of a connection. Asked twice: once for their number, and once to do it."""

    what = forms.ChoiceField(
        label=_("What"),
        choices=[
            ("failed", _("Only what did not arrive")),
            ("everything", _("Everything, also what has arrived")),
        ],
        widget=UnfoldAdminRadioSelectWidget,
    )
    since = _day(_("From"), required=False, help_text=_("The first day. Empty: as far back as there is a record."))
    until = _day(_("To"), required=False, help_text=_("The last day. Empty: up to now."))
    events = forms.MultipleChoiceField(label=_("Which events"), widget=UnfoldAdminCheckboxSelectMultipleWidget)

    def __init__(self, data, *, connection: Connection, **kwargs):
        self.connection = connection
        known = get_connector(connection.kind).offers if connection.kind in KINDS else connection.events
        super().__init__(data or {"what": "failed", "events": list(known)}, **kwargs)
        self.fields["events"].choices = [(name, EVENTS.get(name, name)) for name in known]

    def clean(self):
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if cleaned.get("what") == "everything" and not since and "since" not in self.errors:
            self.add_error("since", _("Say from which day on everything is to be sent again."))
        if since and until and until < since:
            self.add_error("until", _("This is before the first day."))
        return cleaned

    def wish(self) -> Again:
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        return Again(
            connection_pk=self.connection.pk,
            is_everything=self.cleaned_data["what"] == "everything",
            since=_midnight(since) if since else None,
            until=_midnight(until + timedelta(days=1)) if until else None,
            events=tuple(self.cleaned_data["events"]),
        )


class EarlierForm(forms.Form):
    since = _day(_("Leads since"), help_text=_("Those captured on this day or later that it has not had."))

    def __init__(self, data, *, connection: Connection, **kwargs):
        self.connection = connection
        first = timezone.localtime(connection.created_at).date() - EARLIEST
        super().__init__(data or {"since": first.isoformat()}, **kwargs)

    def since_moment(self) -> datetime:
        return _midnight(self.cleaned_data["since"])


def wants_leads(connection: Connection) -> bool:
    return events.CAPTURED in connection.events


class SendingAgainPages:
    """For the admin of connections: mix in before ScopedAdmin."""

    roles_to_send_again = EDITORS
    roles_to_send_earlier = OWNERS

    def get_urls(self):
        pages = (("again", self.again_view), ("earlier", self.earlier_view))
        return [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"leads_connection_{name}")
            for name, view in pages
        ] + super().get_urls()

    def again_view(self, request, object_id: str):
        connection = self._row_for(request, object_id, self.roles_to_send_again)
        form = AgainForm(request.POST or request.GET, connection=connection)
        if request.method == "POST" and form.is_valid():
            count = services.send_range_again(form.wish(), tenant=connection.tenant, now=timezone.now())
            words = ngettext("%d delivery is sent again.", "%d deliveries are sent again.", count) % count
            self.message_user(request, words, messages.SUCCESS)
            return redirect("admin:leads_connection_change", connection.pk)
        counts = services.count_again(form.wish(), tenant=connection.tenant) if form.is_valid() else {}
        context = {
            "title": _("Send again over %s") % connection.name,
            "form": form,
            "same": AgainForm(form.data, connection=connection, auto_id=False),
            "is_valid": form.is_valid(),
            "total": sum(counts.values()),
            "counts": [(Delivery.State(state).label, count) for state, count in sorted(counts.items())],
        }
        return self._page(request, connection, "admin/leads/again.html", context)

    def earlier_view(self, request, object_id: str):
        connection = self._row_for(request, object_id, self.roles_to_send_earlier)
        if request.method == "POST" and "stop" in request.POST:
            services.stop_earlier(connection.pk, tenant=connection.tenant)
            self.message_user(request, _("Stopped. What was on its way already still arrives."), messages.SUCCESS)
            return redirect("admin:leads_connection_change", connection.pk)
        form = EarlierForm(request.POST or request.GET, connection=connection)
        if request.method == "POST" and form.is_valid() and wants_leads(connection):
            has_begun = services.start_earlier(connection.pk, tenant=connection.tenant, since=form.since_moment())
            words = _("They are being sent, a few at a time.") if has_begun else _("This is under way already.")
            self.message_user(request, words, messages.SUCCESS if has_begun else messages.WARNING)
            return redirect("admin:leads_connection_change", connection.pk)
        found = None
        if form.is_valid():
            found = services.count_earlier(connection, since=form.since_moment(), now=timezone.now())
        context = {
            "title": _("Send earlier leads to %s") % connection.name,
            "form": form,
            "same": EarlierForm(form.data, connection=connection, auto_id=False),
            "found": found,
            "wants_leads": wants_leads(connection),
            "wants_notes": events.NOTE in connection.events,
        }
        return self._page(request, connection, "admin/leads/earlier.html", context)

    def _row_for(self, request, object_id: str, roles) -> Connection:
        """Raises Http404, PermissionDenied."""
        connection = self.get_object(request, object_id)
        if connection is None:
            raise Http404
        if not self.may(request, roles, connection):
            raise PermissionDenied
        return connection

    def _page(self, request, connection, template: str, context: dict) -> TemplateResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts, "connection": connection}
        return TemplateResponse(request, template, {**common, **context})
