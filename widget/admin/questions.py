"""What could not be answered, kept so that somebody writes it down."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from caty.lib.errors import CatyError
from leads.admin.filters import Question
from tenants.admin.scope import FactsAdmin, tell_refusal
from tenants.knowledge import articles
from tenants.models import Article
from tenants.staff import EDITORS
from widget.admin import trying
from widget.models import UnansweredQuestion

State = UnansweredQuestion.State


class OpenFilter(Question):
    title = _("Which?")
    parameter_name = "which"
    all_option = ["", State.OPEN.label]
    words = {State.DONE.value: State.DONE.label, State.IGNORED.value: State.IGNORED.label}
    conditions = {"": {"state": State.OPEN}, **{state: {"state": state} for state in words}}


class AnswerForm(forms.ModelForm):
    """An article that answers a question."""

    class Meta:
        model = Article
        fields = ("title", "body", "url", "category")
        widgets = {
            "title": UnfoldAdminTextInputWidget,
            "body": UnfoldAdminTextareaWidget(attrs={"rows": 10}),
            "url": UnfoldAdminTextInputWidget,
            "category": UnfoldAdminTextInputWidget,
        }


@admin.register(UnansweredQuestion)
class UnansweredQuestionAdmin(FactsAdmin):
    roles_to_answer = EDITORS
    empty_words = _(
        "Nothing waits for an answer. What the assistant can't answer shows up here, for you to write down."
    )
    list_display = ("text", "times", "last_asked_at", "shown_answer_link")
    list_display_links = None
    list_filter = (OpenFilter,)
    list_select_related = ("tenant",)
    search_fields = ("text",)
    ordering = ("-times", "-last_asked_at")
    actions = ("ignore", "reopen")
    list_questions = (
        (_("Open"), ""),
        (_("Answered since"), "which=done"),
        (_("Not ours to answer"), "which=ignored"),
    )

    def get_urls(self):
        answer, attempt = self.admin_site.admin_view(self.answer_view), self.admin_site.admin_view(self.try_view)
        return [
            path("<int:pk>/answer/", answer, name="widget_unansweredquestion_answer"),
            path("try/", attempt, name="widget_unansweredquestion_try"),
            *super().get_urls(),
        ]

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

    def answer_view(self, request, pk: int):
        """A form for the article that answers this question; saving it closes the question."""
        question = self.get_queryset(request).filter(pk=pk).select_related("tenant").first()
        if question is None:
            raise Http404
        if not self.may(request, self.roles_to_answer, question):
            raise PermissionDenied
        article = Article(tenant=question.tenant, title=question.text[:300])
        form = AnswerForm(request.POST or None, instance=article)
        if request.method == "POST" and form.is_valid():
            try:
                return self._answer(request, question, form)
            except CatyError as error:
                tell_refusal(form, error)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Answer this"),
            "question": question,
            "form": form,
        }
        return TemplateResponse(request, "admin/widget/answer_question.html", context)

    def _answer(self, request, question, form):
        text = articles.ArticleText(**form.cleaned_data)
        article = articles.save_article(question.tenant, text)
        UnansweredQuestion.objects.filter(pk=question.pk).update(state=State.DONE)
        self.message_user(request, _("Saved. From now on the assistant knows this."), messages.SUCCESS)
        return redirect("admin:tenants_article_change", article.pk)

    @display(description=_("what now"))
    def shown_answer_link(self, question):
        url = reverse("admin:widget_unansweredquestion_answer", args=[question.pk])
        return format_html('<a class="caty-link" href="{}">{}</a>', url, _("Answer this"))

    @admin.action(description=_("Not ours to answer"), permissions=["answer"])
    def ignore(self, request, queryset):
        count = self._set(request, queryset, State.IGNORED)
        words = ngettext("%d question set aside.", "%d questions set aside.", count) % count
        self.message_user(request, words, messages.SUCCESS)

    @admin.action(description=_("Open again"), permissions=["answer"])
    def reopen(self, request, queryset):
        count = self._set(request, queryset, State.OPEN)
        words = ngettext("%d question is open again.", "%d questions are open again.", count) % count
        self.message_user(request, words, messages.SUCCESS)

    def _set(self, request, queryset, state) -> int:
        return self.within(queryset, request, self.roles_to_answer).update(state=state)
