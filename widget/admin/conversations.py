"""Conversations: a list, and each as a transcript one can read. Nothing here can be changed."""

from django.contrib import admin
from django.db.models import Exists, OuterRef, Subquery
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from leads.admin.filters import Question
from leads.admin.words import intent_in_words
from tenants.admin.scope import FactsAdmin
from widget.admin import costs, rule_tester, transcript
from widget.admin.live_filters import AnswererFilter, BeganFilter, ResolvedFilter, SatisfactionFilter
from widget.admin.words import HANDOFFS
from widget.models import Answer, Message, Session


class SpokenFilter(Question):
    title = _("Did the visitor write?")
    parameter_name = "wrote"
    words = {"no": _("No, only looked"), "any": _("Show all")}
    all_option = ["", _("Yes")]
    conditions = {"": {"message_count__gt": 0}, "no": {"message_count": 0}}


class AnsweredFilter(Question):
    title = _("Was everything answered?")
    parameter_name = "answered"
    words = {"no": _("No"), "yes": _("Yes")}
    conditions = {"no": {"has_unanswered": True}, "yes": {"has_unanswered": False}}


class RatedFilter(Question):
    title = _("Was an answer rated?")
    parameter_name = "rated"
    words = {"down": _("Not helpful"), "up": _("Helpful")}
    conditions = {"down": {"has_thumb_down": True}, "up": {"has_thumb_up": True}}


class PersonFilter(Question):
    title = _("Asked for a person?")
    parameter_name = "person"
    words = {"yes": _("Yes")}
    conditions = {"yes": {"handoff_requested_at__isnull": False}}


class LeadFilter(Question):
    title = _("Left contact details?")
    parameter_name = "lead"
    words = {"yes": _("Yes"), "no": _("No")}
    conditions = {"yes": {"lead__isnull": False}, "no": {"lead__isnull": True}}


STATE_TONES = {
    Session.Mode.WAITING.value: "danger",
    Session.Mode.PERSON.value: "info",
    "colleague": "success",
    "asked": "info",
    "unanswered": "warning",
    "answered": "success",
}


@admin.register(Session)
class ConversationAdmin(FactsAdmin):
    empty_words = _("Nobody has written yet. Conversations show up here as soon as a visitor asks something.")
    list_display = ("shown_first_words", "shown_intent", "lead_score", "state", "lead", "last_heard_at")
    list_filter = (
        SpokenFilter,
        BeganFilter,
        AnsweredFilter,
        RatedFilter,
        PersonFilter,
        ResolvedFilter,
        AnswererFilter,
        SatisfactionFilter,
        LeadFilter,
    )
    list_select_related = ("tenant", "lead")
    search_fields = ("reference", "lead__name", "lead__email", "messages__content")
    search_help_text = _("Words of the conversation, or the name or e-mail of the lead")
    ordering = ("-started_at", "-pk")  # has an index; when they were last heard of has none
    list_questions = (
        (_("All"), ""),
        (_("Something unanswered"), "answered=no"),
        (_("Rated not helpful"), "rated=down"),
        (_("Asked for a person"), "person=yes"),
        (_("Answered by a colleague"), "resolved=person"),
        (_("Left contact details"), "lead=yes"),
    )

    def get_urls(self):
        costs_view = self.admin_site.admin_view(self.costs_view)
        rules_view = self.admin_site.admin_view(self.rules_view)
        return [
            path("costs/", costs_view, name="widget_session_costs"),
            path("rules/", rules_view, name="widget_session_rules"),
            *super().get_urls(),
        ]

    def costs_view(self, request):
        return costs.page(self, request)

    def rules_view(self, request):
        return rule_tester.page(self, request)

    def get_queryset(self, request):
        messages = Message.objects.filter(session=OuterRef("pk"), role=Message.Role.VISITOR).order_by("sequence")
        unanswered = Answer.objects.filter(session=OuterRef("pk"), is_unanswered=True)
        rated = Message.objects.filter(session=OuterRef("pk"))
        by_staff = rated.filter(role=Message.Role.STAFF).order_by("-sequence")
        # Those that are only filtered by cost nothing where nobody filters.
        return (
            super()
            .get_queryset(request)
            .annotate(
                first_words=Subquery(messages.values("content")[:1]),
                has_unanswered=Exists(unanswered),
                answerer=Subquery(by_staff.values("author_name")[:1]),
            )
            .alias(
                has_thumb_down=Exists(rated.filter(rating=Message.Rating.DOWN)),
                has_thumb_up=Exists(rated.filter(rating=Message.Rating.UP)),
            )
        )

    def get_actions(self, request):
        return {}

    def change_view(self, request, object_id, form_url="", extra_context=None):
        session = self.get_object(request, object_id)
        if session is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self.transcript_page(request, session)

    def by_reference(self, request, reference: str):
        """The transcript under the name that mails, webhooks and CRMs use: conv_…"""
        session = self.get_queryset(request).select_related("tenant", "lead").filter(reference=reference).first()
        if session is None:
            raise Http404
        return self.transcript_page(request, session)

    def transcript_page(self, request, session):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Conversation"),
            "session": session,
            "intent": intent_in_words(session.intent),
            "handoff_words": HANDOFFS.get(session.handoff_reason, session.handoff_reason),
            "shows_tenant": self.shows_tenants(request),
            **transcript.of(session),
        }
        return TemplateResponse(request, "admin/widget/transcript.html", context)

    @display(description=_("first words"))
    def shown_first_words(self, session):
        return Truncator(session.first_words or _("(has not written)")).chars(90)

    @display(description=_("wants"), ordering="intent")
    def shown_intent(self, session):
        return intent_in_words(session.intent)

    @display(description=_("answers"), label=STATE_TONES)
    def state(self, session):
        if session.ended_at is None and session.mode != Session.Mode.ASSISTANT:
            return session.mode, session.get_mode_display()
        if session.answerer is not None:
            return "colleague", " · ".join(filter(None, (_answered_by(session), session.get_satisfaction_display())))
        if session.handoff_requested_at:
            return "asked", _("Asked for a person")
        if session.has_unanswered:
            return "unanswered", _("Something unanswered")
        return ("answered", _("Answered")) if session.message_count else ""


def _answered_by(session: Session) -> str:
    return _("Answered by %s") % session.answerer if session.answerer else _("Answered by a colleague")
