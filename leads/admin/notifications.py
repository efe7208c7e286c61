"""My notifications: what a colleague gets by mail and on their devices, chosen by themselves; owners see who gets
what."""

from dataclasses import asdict
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from leads import services
from leads.admin.devices import DevicePages, devices_of
from leads.mail_choices import CALLS_OF, Wishes, wishes_of
from leads.models import StaffMail
from tenants.models import Membership
from tenants.staff import EDITORS, EVERYONE, OWNERS, staff_of

MOST_COLLEAGUES = 200
GIVEN_UP_WITHIN = timedelta(days=30)


def _switch(label, help_text) -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False, widget=UnfoldBooleanSwitchWidget)


def _clock(label, help_text="") -> forms.TimeField:
    widget = UnfoldAdminTextInputWidget(attrs={"type": "time"})
    return forms.TimeField(label=label, help_text=help_text, required=False, widget=widget)


class WishesForm(forms.Form):
    """One business's switches. Switches that are off are not sent; `was_shown` says that these were there."""

    was_shown = forms.BooleanField(widget=forms.HiddenInput, initial=True)
    hot_leads = _switch(
        _("Hot leads at once"), _("With the last messages. Many within an hour come together at its end.")
    )
    digest = _switch(
        _("A digest every day at 8:00"),
        _("New leads, what did not arrive, what is held. Nothing on days without news."),
    )
    pauses = _switch(_("Connections that stop"), _("When leads can't be sent on until somebody looks."))
    weekly = _switch(
        _("A mail about the week, on Mondays at 8:00"),
        _("Conversations, leads, what answers cost, and the questions to write an article for."),
    )
    budgets = _switch(
        _("Budgets that are nearly used"), _("When 80 % of what AI answers may cost in a day or a month are used.")
    )

    calls_on_devices = _switch(
        _("On my devices: visitors who wait, write to me or are given to me"),
        _("On those listed below, the moment it happens."),
    )
    calls = _switch(_("Visitors who wait for a person"), _("By mail. At most 20 mails about visitors within an hour."))
    own_calls = _switch(
        _("Visitors I talk to, when they write"), _("By mail, where no device of mine is told of them.")
    )
    escalations = _switch(
        _("Visitors to whom nobody has come"), _("By mail to all who answer, once half of the waiting time is over.")
    )
    missed = _switch(
        _("Visitors who waited in vain"), _("By mail, with the time by which they were promised an answer.")
    )
    promises = _switch(
        _("Promises to get back to somebody"), _("By mail, an hour before one is due and once it is overdue.")
    )
    quiet_from = _clock(
        _("Quiet from"),
        _("By your business's clock. Nobody calls you then, unless you own it and nobody else is left."),
    )
    quiet_until = _clock(_("Quiet until"))

    def __init__(self, data, membership: Membership):
        super().__init__(
            data, prefix=f"at{membership.pk}", initial={"was_shown": True, **asdict(wishes_of(membership))}
        )
        self.membership = membership
        if membership.role != Membership.Role.OWNER:
            del self.fields["weekly"], self.fields["budgets"]
        if membership.role not in EDITORS:
            for name in (*(column for column, _unasked in CALLS_OF.values()), "quiet_from", "quiet_until"):
                del self.fields[name]

    @property
    def is_sent(self) -> bool:
        """Whether the page that was sent had shown it."""
        return bool(self.data.get(self.add_prefix("was_shown")))

    def clean(self):
        times = [self.cleaned_data.get(name) for name in ("quiet_from", "quiet_until")]
        if (times[0] is None) != (times[1] is None):
            self.add_error("quiet_until", _("Enter both times, or neither."))
        return self.cleaned_data

    def wishes(self) -> Wishes:
        return Wishes(**{name: chosen for name, chosen in self.cleaned_data.items() if name != "was_shown"})


class NotificationPages(DevicePages):
    """For the admin of mails to colleagues: mix in before FactsAdmin."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.mine_view)
        return [path("mine/", view, name="leads_staffmail_mine"), *super().get_urls()]

    def mine_view(self, request):
        staff = staff_of(request)
        own = Membership.objects.filter(user=request.user, tenant__in=staff.tenant_ids(EVERYONE))
        own = own.select_related("tenant", "mail_choice").order_by("tenant__name", "pk")
        asked = [WishesForm(request.POST if request.method == "POST" else None, membership) for membership in own]
        if request.method == "POST" and not any(form.errors for form in asked if form.is_sent):
            return self._save(request, asked)
        owned = staff.tenant_ids(OWNERS)
        context = {
            **self.admin_site.each_context(request),
            "title": _("My notifications"),
            "forms": asked,
            "address": request.user.email,
            "has_several": len(staff.names) > 1,
            "colleagues": _colleagues(owned),
            "given_up": _given_up(owned),
            **devices_of(own),
            "mails_url": reverse("admin:leads_staffmail_changelist") if owned else "",
            "letters_url": reverse("admin:leads_visitormail_changelist") if owned else "",
        }
        return TemplateResponse(request, "admin/leads/notifications.html", context)

    def _save(self, request, asked: list[WishesForm]):
        for form in asked:
            if form.is_valid():
                services.choose_mails(
                    form.membership.pk, user_pk=request.user.pk, wishes=form.wishes(), now=timezone.now()
                )
        self.message_user(request, _("Saved."), messages.SUCCESS)
        return redirect("admin:leads_staffmail_mine")


def _colleagues(tenant_ids: list[int]) -> list[dict]:
    """Who gets what at these businesses."""
    members = Membership.objects.filter(tenant__in=tenant_ids).select_related("tenant", "user", "mail_choice")
    return [
        {
            "name": member.staff_name,
            "business": member.tenant.name,
            "wishes": wishes_of(member),
            "called": _called(wishes_of(member)),
            "is_reachable": bool(member.user.email) and member.user.is_active and member.user.is_staff,
        }
        for member in members.order_by("tenant__name", "created_at", "pk")[:MOST_COLLEAGUES]
    ]


def _called(wishes: Wishes) -> str:
    """How they are called to visitors, and when not."""
    ways = [_("devices")] if wishes.calls_on_devices else []
    ways += [_("mail")] if wishes.calls else []
    if not ways:
        return str(_("No"))
    words = ", ".join(map(str, ways))
    if wishes.quiet_from is None:
        return words
    quiet = {"from": f"{wishes.quiet_from:%H:%M}", "until": f"{wishes.quiet_until:%H:%M}"}
    return f"{words} ({_('not %(from)s–%(until)s') % quiet})"


def _given_up(tenant_ids: list[int]) -> int:
    recent = StaffMail.objects.filter(tenant__in=tenant_ids, created_at__gt=timezone.now() - GIVEN_UP_WITHIN)
    return recent.filter(state=StaffMail.State.DEAD).count()
