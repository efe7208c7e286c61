"""Calls for a person: each with why, who came, how long it took, and what became of it. Nothing here can be changed."""

from django.contrib import admin
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from tenants.admin.scope import FactsAdmin
from widget.admin.live_filters import (
    CalledFilter,
    OutcomeFilter,
    RepliedFilter,
    ReplierFilter,
    TakenFilter,
    TakerFilter,
    UnaskedFilter,
)
from widget.admin.spans import span_in_words
from widget.admin.words import HANDOFFS
from widget.models import Handoff


@admin.register(Handoff)
class CallAdmin(FactsAdmin):
    empty_words = _(
        "Nobody has asked for a person yet. Whenever a visitor does, or a colleague takes a conversation over, you see "
        "here how long it took and what became of it."
    )
    list_display = ("requested_at", "why", "waited", "who", "until_reply", "became")
    list_filter = (CalledFilter, OutcomeFilter, UnaskedFilter, TakenFilter, TakerFilter, RepliedFilter, ReplierFilter)
    list_select_related = ("tenant", "taker__user", "replier__user")
    ordering = ("-requested_at", "-pk")
    list_questions = (
        (_("All"), ""),
        (_("Not closed yet"), "outcome=open"),
        (_("Nobody was free"), "outcome=missed"),
        (_("Outside opening hours"), "outcome=closed"),
    )

    def get_actions(self, request):
        return {}

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The conversation tells it all."""
        call = self.get_object(request, object_id)
        if call is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return redirect("admin:widget_session_change", call.session_id)

    @display(description=_("why"))
    def why(self, call):
        return HANDOFFS.get(call.reason, call.reason)

    @display(description=_("waited for a colleague"))
    def waited(self, call):
        return span_in_words(call.taken_at - call.requested_at) if call.taken_at else "–"

    @display(description=_("who"))
    def who(self, call):
        colleagues = dict.fromkeys(one.staff_name for one in (call.taker, call.replier) if one)
        return ", ".join(colleagues) or "–"

    @display(description=_("until the first reply"))
    def until_reply(self, call):
        return span_in_words(call.first_reply_at - call.requested_at) if call.first_reply_at else "–"

    @display(
        description=_("what became of it"),
        label={
            "handed_back": "success",
            "ended": "success",
            "lapsed": "warning",
            "missed": "danger",
            "closed": "warning",
            "open": "info",
        },
    )
    def became(self, call):
        return (call.outcome, call.get_outcome_display()) if call.outcome else ("open", _("Not closed yet"))
