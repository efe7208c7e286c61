"""What visitors asked in vain, group by group, kept so that somebody writes it down."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from leads.admin.filters import Question
from tenants.admin.object_actions import ObjectActions
from tenants.admin.scope import FactsAdmin
from tenants.staff import EDITORS
from widget.admin import question_group, trying
from widget.admin.question_answers import QuestionAnswers
from widget.models import UnansweredQuestion
from widget.services import question_groups

State = UnansweredQuestion.State


class OpenFilter(Question):
    title = _("Which?")
    parameter_name = "which"
    all_option = ["", State.OPEN.label]
    words = {State.DONE.value: State.DONE.label, State.IGNORED.value: State.IGNORED.label}
    conditions = {
        "": {"has_open": True},
        State.DONE.value: {"has_open": False, "has_done": True},
        State.IGNORED.value: {"has_open": False, "has_done": False},
    }


def heads_of(rows: QuerySet) -> QuerySet:
    """Of these questions one for each group, with what the group comes to; one that has no group yet is its own."""
    own = UnansweredQuestion.objects.filter(Q(group=OuterRef("pk")) | Q(pk=OuterRef("pk"))).order_by()

    def total(of) -> Subquery:
        return Subquery(own.values("tenant").annotate(total=of).values("total"), output_field=IntegerField())

    return rows.filter(Q(group=None) | Q(group=F("pk"))).annotate(
        group_times=total(Sum("times")),
        group_wordings=total(Count("pk")),
        group_asked_at=Subquery(own.values("tenant").annotate(last=Max("last_asked_at")).values("last")),
        has_open=Exists(own.filter(state=State.OPEN)),
        has_done=Exists(own.filter(state=State.DONE)),
    )


@admin.register(UnansweredQuestion)
class UnansweredQuestionAdmin(QuestionAnswers, ObjectActions, FactsAdmin):
    roles_to_answer = EDITORS
    empty_words = _(
        "Nothing waits for an answer. What the assistant can't answer well shows up here, for you to write down."
    )
    list_display = ("text", "shown_times", "shown_asked_at", "shown_answer_link")
    list_filter = (OpenFilter,)
    list_select_related = ("tenant",)
    search_fields = ("text", "wordings__text")
    actions = ("ignore", "settle", "reopen")
    object_actions = ("draft", "set_aside", "mark_answered", "open_again", "take_out")
    list_questions = (
        (_("Open"), ""),
        (_("Answered since"), "which=done"),
        (_("Not ours to answer"), "which=ignored"),
    )

    def get_urls(self):
        views = {"answer": self.answer_view, "add": self.add_view_of_wordings, "progress": self.progress_view}
        return [
            path("try/", self.admin_site.admin_view(self.try_view), name="widget_unansweredquestion_try"),
            *(
                path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"widget_unansweredquestion_{name}")
                for name, view in views.items()
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request):
        rows = heads_of(super().get_queryset(request).select_related("tenant"))
        return rows.order_by("-group_times", "-group_asked_at", "-pk")

    def try_view(self, request):
        return trying.page(self, request)

    def has_answer_permission(self, request):
        return self.may(request, self.roles_to_answer)

    def get_list_display(self, request):
        """Without the link to the answer's form for those whom it would refuse."""
        columns = super().get_list_display(request)
        if self.has_answer_permission(request):
            return columns
        return [name for name in columns if name != "shown_answer_link"]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        head = self.get_object(request, object_id)
        if head is None:
            return self._to_its_group(request, object_id)
        if request.method != "GET":
            raise PermissionDenied
        return question_group.page(self, request, head)

    def progress_view(self, request, pk: int):
        """The parts of the page that change, for the script that follows them."""
        return question_group.parts(self, request, self.get_head(request, pk))

    def _to_its_group(self, request, object_id: str):
        """Of a question that has joined a group meanwhile, the group's page."""
        if object_id.isdecimal() and len(object_id) < 19:
            rows = self.within(UnansweredQuestion.objects.filter(pk=object_id), request, self.roles_to_view)
            group = rows.values_list("group", flat=True).first()
            if group:
                return redirect("admin:widget_unansweredquestion_change", group)
        return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

    @display(description=_("asked"), ordering="group_times")
    def shown_times(self, question):
        return question_group.asked(question)

    @display(description=_("last asked"), ordering="group_asked_at")
    def shown_asked_at(self, question):
        return question.group_asked_at

    @display(description=_("what now"))
    def shown_answer_link(self, question):
        url = reverse("admin:widget_unansweredquestion_answer", args=[question.pk])
        return format_html('<a class="caty-link" href="{}">{}</a>', url, _("Answer this"))

    @admin.action(description=_("Not ours to answer"), permissions=["answer"])
    def ignore(self, request, queryset):
        count = self._set(request, queryset, State.IGNORED)
        words = ngettext("%d question set aside.", "%d questions set aside.", count) % count
        self.message_user(request, words, messages.SUCCESS)

    @admin.action(description=_("This is answered"), permissions=["answer"])
    def settle(self, request, queryset):
        count = self._set(request, queryset, State.DONE)
        words = ngettext("%d question is answered.", "%d questions are answered.", count) % count
        self.message_user(request, words, messages.SUCCESS)

    @admin.action(description=_("Open again"), permissions=["answer"])
    def reopen(self, request, queryset):
        count = self._set(request, queryset, State.OPEN)
        words = ngettext("%d question is open again.", "%d questions are open again.", count) % count
        self.message_user(request, words, messages.SUCCESS)

    def _set(self, request, queryset, state) -> int:
        return question_groups.set_state(self.within(queryset, request, self.roles_to_answer), state)
