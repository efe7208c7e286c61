"""Mails to colleagues and visitors, for owners: whether each was sent, and why not."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from leads.admin.filters import Question
from leads.admin.notifications import NotificationPages
from leads.models import StaffMail, VisitorMail
from tenants.admin.scope import FactsAdmin
from tenants.staff import OWNERS

State = StaffMail.State
STATE_COLORS = {
    State.PENDING: "info",
    State.SENDING: "info",
    State.SENT: "success",
    State.GATHERED: "",
    State.SKIPPED: "",
    State.DEAD: "danger",
}


class MailStateFilter(Question):
    title = _("Sent?")
    parameter_name = "state"
    words = {"failed": _("Given up"), "waiting": _("Waiting"), "done": _("Sent")}
    conditions = {
        "failed": {"state": State.DEAD},
        "waiting": {"state__in": [State.PENDING, State.SENDING]},
        "done": {"state": State.SENT},
    }


@admin.register(StaffMail)
class StaffMailAdmin(NotificationPages, FactsAdmin):
    roles_to_view = OWNERS
    empty_words = _("No mail has been sent to anybody here yet.")
    list_display = ("shown_person", "kind", "shown_about", "shown_state", "attempts", "last_error", "created_at")
    list_filter = (MailStateFilter,)
    list_select_related = ("tenant", "membership__user", "lead", "connection")
    list_questions = (
        (_("All"), ""),
        (_("Given up"), "state=failed"),
        (_("Waiting"), "state=waiting"),
    )
    search_fields = ("membership__user__email", "membership__user__username")
    ordering = ("-created_at", "-pk")
    fields = (
        "shown_person",
        "kind",
        "shown_about",
        "state",
        "attempts",
        "last_error",
        "created_at",
        "due_at",
        "sent_at",
    )
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).defer("connection__secrets", "lead__transcript")

    @display(description=_("colleague"))
    def shown_person(self, mail):
        user = mail.membership.user
        return user.get_full_name() or user.get_username()

    @display(description=_("about"))
    def shown_about(self, mail):
        return str(mail.lead or mail.connection or mail.conversation_reference or "–")

    @display(description=_("state"), label=STATE_COLORS)
    def shown_state(self, mail):
        return mail.state, mail.get_state_display()


@admin.register(VisitorMail)
class VisitorMailAdmin(FactsAdmin):
    roles_to_view = OWNERS
    empty_words = _("No mail has been sent to a visitor yet.")
    list_display = (
        "to_address",
        "kind",
        "conversation_reference",
        "shown_state",
        "attempts",
        "last_error",
        "created_at",
    )
    list_filter = (MailStateFilter,)
    list_select_related = ("tenant",)
    list_questions = StaffMailAdmin.list_questions
    search_fields = ("to_address", "conversation_reference")
    ordering = ("-created_at", "-pk")
    fields = (
        "to_address",
        "kind",
        "conversation_reference",
        "state",
        "attempts",
        "last_error",
        "created_at",
        "due_at",
        "sent_at",
    )
    readonly_fields = fields

    @display(description=_("state"), label=STATE_COLORS)
    def shown_state(self, mail):
        return mail.state, mail.get_state_display()
