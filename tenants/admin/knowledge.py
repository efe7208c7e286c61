"""What the business wrote down. Every change goes through tenants.knowledge.articles, which cuts the text into
passages and has the index rebuilt."""

import tempfile
from collections import defaultdict
from pathlib import Path

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import BooleanRadioFilter, DropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from caty.lib.errors import CatyError
from tenants.admin.fields import LinesField, OwnTenantForm
from tenants.admin.object_actions import ObjectActions, object_action
from tenants.admin.reviewing import say_left_out, say_used
from tenants.admin.scope import ScopedAdmin, TenantForm
from tenants.admin.variants import WrittenVariants
from tenants.knowledge import articles
from tenants.knowledge.article_files import read_article_file
from tenants.models import Article, Source, SourcePage
from tenants.services import sources
from tenants.staff import staff_of

LARGEST_UPLOAD = 4 * 1024 * 1024  # bytes; larger files go through the import_knowledge command
SUFFIXES = (".md", ".markdown", ".txt", ".jsonl", ".ndjson", ".json")


class ArticleForm(TenantForm):
    variants = LinesField(
        label=_("Other ways to ask"), help_text=_("Up to nine, one a line."), most=9, item_max_length=300
    )


class CategoryFilter(DropdownFilter):
    title = _("category")
    parameter_name = "category"

    def lookups(self, request, model_admin):
        rows = model_admin.get_queryset(request).exclude(category="").order_by("category")
        return [(name, name) for name in rows.values_list("category", flat=True).distinct()[:200]]

    def queryset(self, request, queryset):
        return queryset.filter(category=self.value()) if self.value() else queryset


class SourceFilter(DropdownFilter):
    title = _("source")
    parameter_name = "source"

    def lookups(self, request, model_admin):
        sources = model_admin.within(Source.objects.order_by("name", "address"), request, model_admin.roles_to_view)
        return [(str(source.pk), str(source)) for source in sources[:200]]

    def queryset(self, request, queryset):
        value = self.value() or ""
        return queryset.filter(page__source=int(value)) if value.isdecimal() and len(value) < 19 else queryset


class WaitingFilter(DropdownFilter):
    title = _("waits for your word")
    parameter_name = "waiting"

    def lookups(self, request, model_admin):
        return [("yes", _("Waiting"))]

    def queryset(self, request, queryset):
        return queryset.filter(needs_review=True) if self.value() == "yes" else queryset


class ImportForm(OwnTenantForm):
    """A file of articles for one of the tenants one may write for."""

    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=_(
            "A text file (.txt or .md) in which each line that begins with # is a new article's title, or JSON lines "
            "with title, body and url. At most 4 MB. An article with the same title and address is replaced."
        ),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_UPLOAD:
            raise forms.ValidationError(_("This file is larger than 4 MB. Cut it into several."))
        if Path(file.name).suffix.lower() not in SUFFIXES:
            raise forms.ValidationError(
                _("This kind of file can't be read. In Word or Pages, save it as plain text (.txt) and try that.")
            )
        try:
            self.texts = read_upload(file)
        except CatyError as error:
            raise forms.ValidationError(error.message) from error
        return file


def read_upload(file) -> list[articles.ArticleText]:
    """The articles in an uploaded file. Raises what read_article_file raises."""
    with tempfile.NamedTemporaryFile(suffix=Path(file.name).suffix.lower()) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        return read_article_file(Path(copy.name))


@admin.register(Article)
class ArticleAdmin(WrittenVariants, ObjectActions, ScopedAdmin):
    form = ArticleForm
    empty_words = _(
        "Nothing is written down yet. Ten short answers are a fine start: shipping, returns, opening hours."
    )
    list_display = ("title", "category", "shown_state", "updated_at")
    list_filter = (("is_published", BooleanRadioFilter), WaitingFilter, CategoryFilter, SourceFilter)
    list_select_related = ("tenant",)
    list_questions = ((_("All"), ""), (_("New texts that wait for your word"), "waiting=yes"))
    search_fields = ("title", "body", "category")
    ordering = ("-updated_at", "-pk")
    actions = ("publish", "unpublish", "approve", "turn_down")
    object_actions = ("use_new", "keep_old", "throw_away", "write_anew")
    change_form_before_template = "admin/tenants/article_origin.html"
    fieldsets = (
        (None, {"fields": ("title", "body", "variants")}),
        (_("Where it belongs"), {"fields": ("url", ("category", "kind"), "is_published")}),
    )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "body":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 14})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_urls(self):
        return [
            path("import/", self.admin_site.admin_view(self.import_view), name="tenants_article_import"),
            *super().get_urls(),
        ]

    def list_tools(self, request):
        if not self.has_add_permission(request):
            return []
        return [{"url": reverse("admin:tenants_article_import"), "label": _("Import"), "icon": "upload_file"}]

    def save_model(self, request, obj, form, change):
        saved = articles.save_article(obj.tenant, text_of(obj), article_id=obj.pk)
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request, obj):
        articles.delete_article(obj.tenant, article_id=obj.pk)

    def delete_queryset(self, request, queryset):
        for article in queryset.select_related("tenant"):
            articles.delete_article(article.tenant, article_id=article.pk)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        article = self.get_object(request, object_id)
        page = SourcePage.objects.select_related("source").filter(articles=article).first() if article else None
        context = {"origin": page, "article": article}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    @object_action(label=_("Use the new text"), is_main=True, when=lambda article: article.needs_review)
    def use_new(self, request, article):
        if sources.approve_articles(article.tenant, article_ids=[article.pk]):
            self.message_user(request, _("Answers come from the new text now."), messages.SUCCESS)
        else:
            self.message_user(request, _("Fill in what stands in [brackets] first."), messages.WARNING)

    @object_action(label=_("Leave it out"), when=lambda article: article.needs_review)
    def keep_old(self, request, article):
        sources.turn_down_articles(article.tenant, article_ids=[article.pk])
        self.message_user(request, _("The new text was left out."), messages.SUCCESS)

    @admin.action(description=_("Use the new texts"), permissions=["change"])
    def approve(self, request, queryset):
        count = self._judge(request, queryset, sources.approve_articles)
        self.message_user(request, say_used(count), messages.SUCCESS)

    @admin.action(description=_("Leave the new texts out"), permissions=["change"])
    def turn_down(self, request, queryset):
        count = self._judge(request, queryset, sources.turn_down_articles)
        self.message_user(request, say_left_out(count), messages.SUCCESS)

    def _judge(self, request, queryset, judge) -> int:
        """One call a business, so that each one's knowledge changes once."""
        waiting = self.within(queryset, request, self.roles_to_change).filter(needs_review=True)
        by_tenant = defaultdict(list)
        for article in waiting.select_related("tenant"):
            by_tenant[article.tenant].append(article.pk)
        return sum(judge(tenant, article_ids=ids) for tenant, ids in by_tenant.items())

    def import_view(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        tenant_ids = staff_of(request).tenant_ids(self.roles_to_add)
        form = ImportForm(request.POST or None, request.FILES or None, tenant_ids=tenant_ids)
        if request.method == "POST" and form.is_valid():
            return self._import(request, form)
        context = {**self.admin_site.each_context(request), "title": _("Import articles"), "form": form}
        return TemplateResponse(request, "admin/tenants/article_import.html", context)

    def _import(self, request, form):
        counts = articles.import_articles(form.cleaned_data["tenant"], form.texts)
        words = _(
            "%(created)d articles added, %(updated)d changed, %(unchanged)d as before. "
            "In a few seconds answers come from them."
        )
        self.message_user(request, words % vars(counts), messages.SUCCESS)
        return redirect("admin:tenants_article_changelist")

    @display(description=_("used in answers"), label={"yes": "success", "no": "", "waiting": "warning"})
    def shown_state(self, article):
        if article.needs_review:
            return "waiting", _("New text waits")
        return ("yes", _("Used")) if article.is_published else ("no", _("Not used"))

    @admin.action(description=_("Use in answers"), permissions=["change"])
    def publish(self, request, queryset):
        self._publish(request, queryset, is_published=True)

    @admin.action(description=_("Don't use in answers"), permissions=["change"])
    def unpublish(self, request, queryset):
        self._publish(request, queryset, is_published=False)

    def _publish(self, request, queryset, *, is_published):
        rows = list(self.within(queryset, request, self.roles_to_change).exclude(is_published=is_published))
        for row in rows:
            articles.publish_article(row.tenant, article_id=row.pk, is_published=is_published)
        words = ngettext("%d article changed.", "%d articles changed.", len(rows)) % len(rows)
        self.message_user(request, words, messages.SUCCESS)


def text_of(article: Article) -> articles.ArticleText:
    return articles.ArticleText(**{name: getattr(article, name) for name in articles.COLUMNS})
