"""What staff do with a group of questions: answer it, have that drafted, give its wordings to an article, set aside."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from caty.lib.errors import CatyError
from tenants.admin.object_actions import object_action
from tenants.admin.scope import tell_refusal
from tenants.knowledge import articles
from tenants.models import Article
from widget.admin.question_forms import AddForm, AnswerForm
from widget.models import UnansweredQuestion
from widget.services import question_groups
from widget.services.drafting import can_draft, clean_wordings, start_draft
from widget.services.question_groups import group_of

State = UnansweredQuestion.State


def is_open(head) -> bool:
    return head.has_open


def is_to_draft(head) -> bool:
    """Not where a draft is being written, or waits for a colleague's word."""
    is_under_way = (head.draft_job and head.draft_job.is_open) or (head.article and head.article.needs_review)
    return head.has_open and not is_under_way and can_draft()


class QuestionAnswers:
    """For the admin of unanswered questions: mix in before ObjectActions."""

    def get_head(self, request, pk: int) -> UnansweredQuestion:
        """The head of the group that a question is in: addresses in mails are older than its group. Raises Http404."""
        groups = UnansweredQuestion.objects.filter(pk=pk).values("group")
        head = self.get_queryset(request).filter(Q(pk=pk) | Q(pk__in=groups)).first()
        if head is None:
            raise Http404
        return head

    def answer_view(self, request, pk: int):
        """A form for the article that answers the group."""
        head = self._head_to_answer(request, pk)
        title, *others = clean_wordings([question.text for question in group_of(head)]) or [""]
        article = Article(tenant=head.tenant, title=title, variants=others[: articles.MOST_VARIANTS])
        form = AnswerForm(request.POST or None, instance=article)
        if request.method == "POST" and form.is_valid():
            try:
                return self._save_answer(request, head, form)
            except CatyError as error:
                tell_refusal(form, error)
        return self._form_page(request, head, form, "admin/widget/answer_question.html", _("Answer this"))

    def add_view_of_wordings(self, request, pk: int):
        """A form that gives wordings of the group to an article that is there already."""
        head = self._head_to_answer(request, pk)
        form = AddForm(request.POST or None, head=head)
        if request.method == "POST" and form.is_valid():
            article_id, wordings = form.cleaned_data["article"], form.cleaned_data["wordings"]
            try:
                article = articles.add_variants(head.tenant, article_id=article_id, wordings=wordings)
            except CatyError as error:
                tell_refusal(form, error)
            else:
                question_groups.answer_by(head, article)
                self.message_user(request, _("Saved. This page shows what is answered as soon as it is read in."))
                return redirect("admin:widget_unansweredquestion_change", head.pk)
        return self._form_page(request, head, form, "admin/widget/add_wordings.html", _("Add wordings to an article"))

    @object_action(label=_("Let Claude draft it"), when=is_to_draft)
    def draft(self, request, head):
        try:
            start_draft(head, user_id=request.user.pk, now=timezone.now())
        except CatyError as error:
            self.message_user(request, error.message, messages.ERROR)

    @object_action(label=_("Not ours to answer"), when=is_open)
    def set_aside(self, request, head):
        question_groups.set_state([head], State.IGNORED)
        self.message_user(request, _("Set aside."), messages.SUCCESS)
        return redirect("admin:widget_unansweredquestion_changelist")

    @object_action(label=_("This is answered"), when=is_open)
    def mark_answered(self, request, head):
        question_groups.set_state([head], State.DONE)
        self.message_user(request, _("Marked as answered."), messages.SUCCESS)

    @object_action(label=_("Open again"), when=lambda head: not head.has_open)
    def open_again(self, request, head):
        question_groups.set_state([head], State.OPEN)
        self.message_user(request, _("Open again."), messages.SUCCESS)

    @object_action(label=_("Not the same question"), has_button=False)
    def take_out(self, request, head):
        wording = request.POST.get("wording", "")
        question = group_of(head).filter(pk=int(wording)).first() if wording.isdecimal() and len(wording) < 19 else None
        if question is None:
            return None
        question_groups.take_out(question)
        self.message_user(request, _("It is a question of its own now."), messages.SUCCESS)
        rest = group_of(head).exclude(pk=question.pk).values_list("group", flat=True).first()
        return redirect("admin:widget_unansweredquestion_change", rest or question.pk)

    def _head_to_answer(self, request, pk: int) -> UnansweredQuestion:
        head = self.get_head(request, pk)
        if not self.may(request, self.roles_to_answer, head):
            raise PermissionDenied
        return head

    def _save_answer(self, request, head: UnansweredQuestion, form: AnswerForm):
        text = articles.ArticleText(**{**form.cleaned_data, "variants": tuple(form.cleaned_data["variants"])})
        question_groups.answer_by(head, articles.save_article(head.tenant, text))
        words = _("Saved. This page shows what is answered now as soon as the article is read in.")
        self.message_user(request, words, messages.SUCCESS)
        return redirect("admin:widget_unansweredquestion_change", head.pk)

    def _form_page(self, request, head, form, template: str, title: str):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "question": head,
            "form": form,
        }
        return TemplateResponse(request, template, context)
