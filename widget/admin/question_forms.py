"""The forms by which a group of questions gets its answer."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from tenants import knowledge
from tenants.admin.fields import LinesField
from tenants.knowledge.articles import LONGEST_VARIANT, MOST_VARIANTS
from tenants.models import Article
from widget.models import UnansweredQuestion
from widget.services.drafting import clean_wordings
from widget.services.question_groups import group_of

NEAREST = 8
MOST_ARTICLES = 1000
MOST_WORDINGS = 20


class AnswerForm(forms.ModelForm):
    """An article that answers a question."""

    variants = LinesField(
        label=_("Other ways to ask"),
        help_text=_("As visitors put it, without what could tell who they are. One a line; delete what doesn't fit."),
        most=MOST_VARIANTS,
        item_max_length=LONGEST_VARIANT,
    )

    class Meta:
        model = Article
        fields = ("title", "body", "variants", "url", "category")
        widgets = {
            "title": UnfoldAdminTextInputWidget,
            "body": UnfoldAdminTextareaWidget(attrs={"rows": 10}),
            "url": UnfoldAdminTextInputWidget,
            "category": UnfoldAdminTextInputWidget,
        }


class AddForm(forms.Form):
    """Which wordings of a group go to which article; `wordings` are those ticked, as they were edited."""

    article = forms.TypedChoiceField(label=_("Article"), coerce=int, widget=UnfoldAdminSelect2Widget)

    def __init__(self, *args, head: UnansweredQuestion, **kwargs):
        super().__init__(*args, **kwargs)
        self.head = head
        texts = [question.text for question in group_of(head)[:MOST_WORDINGS]]
        self.stripped = clean_wordings(texts)
        self.fields["article"].choices = article_choices(head.tenant, texts)
        for number, wording in enumerate(self.stripped):
            self.fields[f"take_{number}"] = forms.BooleanField(required=False, initial=True)
            self.fields[f"wording_{number}"] = forms.CharField(
                required=False,
                initial=wording,
                max_length=LONGEST_VARIANT,
                widget=UnfoldAdminTextInputWidget(attrs={"aria-label": _("Wording"), "dir": "auto"}),
            )

    def rows(self) -> list[tuple]:
        """(tick, wording) fields."""
        return [(self[f"take_{number}"], self[f"wording_{number}"]) for number in range(len(self.stripped))]

    def clean(self):
        cleaned = super().clean()
        numbers = range(len(self.stripped))
        ticked = [cleaned.get(f"wording_{number}", "") for number in numbers if cleaned.get(f"take_{number}")]
        cleaned["wordings"] = [wording for wording in ticked if wording]
        if not cleaned["wordings"]:
            raise forms.ValidationError(_("Tick at least one wording."))
        if "article" in cleaned:
            self._require_room(cleaned["article"], len(cleaned["wordings"]))
        return cleaned

    def _require_room(self, article_id: int, number: int) -> None:
        article = Article.objects.for_tenant(self.head.tenant).filter(pk=article_id).first()
        room = MOST_VARIANTS - len(article.variants) if article else 0
        if number > room:
            words = ngettext(
                "There is room for %(room)d more way to ask on this article. Tick the one that differs most.",
                "There is room for %(room)d more ways to ask on this article. Tick those that differ most.",
                room,
            )
            raise forms.ValidationError(words % {"room": room})


def article_choices(tenant, texts: list[str]) -> list[tuple]:
    """A tenant's questions, those nearest to these texts first. Pages of text have no other ways to ask."""
    rows = Article.objects.for_tenant(tenant).filter(kind=Article.Kind.QUESTION)
    nearest: dict[int, None] = {}
    for text in texts[:NEAREST]:
        nearest.update(dict.fromkeys(found.article_id for found in knowledge.search(tenant, text, limit=3).passages))
    titles = dict(rows.filter(pk__in=list(nearest)).values_list("pk", "title"))
    others = rows.exclude(pk__in=titles).order_by("-updated_at").values_list("pk", "title")[:MOST_ARTICLES]
    first = [(pk, titles[pk]) for pk in nearest if pk in titles][:NEAREST]
    groups = [(_("Nearest to these questions"), first), (_("All others"), list(others))]
    return [(name, choices) for name, choices in groups if choices]
