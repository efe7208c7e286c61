"""Try a question: what visitors would get for it, from which texts, and why it is or isn't answered."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from tenants.admin.fields import OwnTenantForm
from tenants.contracts import Found
from tenants.staff import EDITORS, staff_of
from widget.services.trying import Trial, try_question

EXCERPT = 240  # characters
REASONS = {
    "no_key": gettext_lazy("No model is set up, so answers come from your texts alone."),
    "no_budget": gettext_lazy("The budget for AI is used up, so answers come from your texts alone."),
}
OTHER_REASON = gettext_lazy("The model did not give a usable answer this time, so it comes from your texts alone.")


class QuestionForm(OwnTenantForm):
    question = forms.CharField(
        label=gettext_lazy("A question as a visitor would ask it"),
        max_length=500,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )


def page(model_admin, request):
    """The form, and what came of it."""
    if not model_admin.may(request, EDITORS):
        raise PermissionDenied
    form = QuestionForm(request.POST or None, tenant_ids=staff_of(request).tenant_ids(EDITORS))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Try a question"),
        "form": form,
    }
    if request.method == "POST" and form.is_valid():
        question = form.cleaned_data["question"]
        trial = try_question(form.cleaned_data["tenant"], question, now=timezone.now())
        context.update(_shown(trial, question))
    return TemplateResponse(request, "admin/widget/try_question.html", context)


def _shown(trial: Trial, question: str) -> dict:
    answer = trial.reply or trial.offline
    best = trial.found.passages[0].score if trial.found.passages else 0
    return {
        "answer": answer,
        "is_by_model": trial.reply is not None,
        "offline": trial.offline if trial.reply is not None else None,
        "model_words": "" if trial.reply else REASONS.get(trial.no_model_reason, OTHER_REASON),
        "verdict": verdict(trial.found),
        "zone": trial.found.zone if trial.found.passages else "refuse",
        "passages": [_passage(passage, best) for passage in trial.found.passages],
        "write_url": reverse("admin:tenants_article_add") + "?" + urlencode({"title": question[:300]}),
        "is_asked": True,
    }


def _passage(passage, best: float) -> dict:
    body = " ".join(passage.body.split())
    return {
        "title": passage.question or passage.heading or passage.title,
        "excerpt": body[:EXCERPT] + ("…" if len(body) > EXCERPT else ""),
        "url": reverse("admin:tenants_article_change", args=[passage.article_id]),
        "percent": round(100 * passage.score / best) if best else 0,
    }


def verdict(found: Found) -> str:
    """Why your texts answer this, or don't, in a sentence."""
    if not found.passages:
        return _("Nothing that you have written has anything to do with this.")
    likelihood = {"percent": round(100 * found.probability)}
    if found.zone == "answer":
        return _("The best text fits with a likelihood of %(percent)d %%: enough to answer outright.") % likelihood
    if found.zone == "suggest":
        return (
            _(
                "The best text fits with a likelihood of %(percent)d %%: too little to answer outright, so visitors "
                "may choose among the nearest ones."
            )
            % likelihood
        )
    return (
        _(
            "The best text fits with a likelihood of %(percent)d %%: too little, so visitors are told that this is not "
            "known, and offered a person or the contact form."
        )
        % likelihood
    )
