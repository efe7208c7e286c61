"""My notifications: what a colleague gets by mail, chosen by themselves; owners see who gets what."""

from dataclasses import asdict
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanSwitchWidget

from leads import services
from leads.mail_choices import Wishes, wishes_of
from leads.models import StaffMail
from tenants.models import Membership
from tenants.staff import EVERYONE, OWNERS, staff_of

MOST_COLLEAGUES = 200
GIVEN_UP_WITHIN = timedelta(days=30)


def _switch(label, help_text) -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False, widget=UnfoldBooleanSwitchWidget)


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

    def __init__(self, data, membership: Membership):
        super().__init__(
            data, prefix=f"at{membership.pk}", initial={"was_shown": True, **asdict(wishes_of(membership))}
        )
        self.membership = membership
        if membership.role != Membership.Role.OWNER:
            del self.fields["weekly"], self.fields["budgets"]

    def wishes(self) -> Wishes:
        return Wishes(**{name: chosen for name, chosen in self.cleaned_data.items() if name != "was_shown"})


class NotificationPages:
    """For the admin of mails to colleagues: mix in before FactsAdmin."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.mine_view)
        return [path("mine/", view, name="leads_staffmail_mine"), *super().get_urls()]

    def mine_view(self, request):
        staff = staff_of(request)
        own = Membership.objects.filter(user=request.user, tenant__in=staff.tenant_ids(EVERYONE))
        own = own.select_related("tenant", "mail_choice").order_by("tenant__name", "pk")
        asked = [WishesForm(request.POST if request.method == "POST" else None, membership) for membership in own]
        if request.method == "POST":
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
            "mails_url": reverse("admin:leads_staffmail_changelist") if owned else "",
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
            "name": member.user.get_full_name() or member.user.get_username(),
            "business": member.tenant.name,
            "wishes": wishes_of(member),
            "is_reachable": bool(member.user.email) and member.user.is_active and member.user.is_staff,
        }
        for member in members.order_by("tenant__name", "created_at", "pk")[:MOST_COLLEAGUES]
    ]


def _given_up(tenant_ids: list[int]) -> int:
    recent = StaffMail.objects.filter(tenant__in=tenant_ids, created_at__gt=timezone.now() - GIVEN_UP_WITHIN)
    return recent.filter(state=StaffMail.State.DEAD).count()
