"""Where knowledge is read from: a site, a sitemap, a page, a file or a pasted text; what was read, and what was not."""

from datetime import date, timedelta

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from caty.lib.errors import CatyError
from tenants.admin.fields import LinesField
from tenants.admin.object_actions import ObjectActions, object_action
from tenants.admin.reviewing import say_left_out, say_used
from tenants.admin.scope import ScopedAdmin, TenantForm
from tenants.models import Article, ArticleUse, Source, SourcePage, SourceUse
from tenants.models.sources import MOST_CHARACTERS, MOST_FILE_BYTES
from tenants.services import sources
from tenants.services.sources import Upload

State = Source.State
COLORS = {State.NEW: "", State.READING: "info", State.READ: "success", State.FAILED: "danger"}
PAGE_COLORS = {
    SourcePage.State.WAITING: "info",
    SourcePage.State.READ: "success",
    SourcePage.State.UNCHANGED: "success",
    SourcePage.State.SKIPPED: "warning",
    SourcePage.State.FAILED: "danger",
    SourcePage.State.GONE: "warning",
}
DAYS_OF_HELP = 30
MOST_SHOWN = 100  # pages, those with trouble first


class SourceForm(TenantForm):
    upload = forms.FileField(
        label=_("File"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_(
            "A PDF, a Word document (.docx), a web page, a text (.txt, .md), or a table of questions and answers "
            "(.csv). At most 10 MB."
        ),
    )
    text = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=MOST_CHARACTERS,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 16}),
        help_text=_(
            "At most 100,000 characters. A line that begins with # is a heading; short parts under headings of their "
            "own are found best."
        ),
    )
    include = LinesField(
        label=_("Only pages that begin with"),
        help_text=_("One a line, such as /help. Leave empty for all pages."),
        most=20,
        item_max_length=200,
    )
    exclude = LinesField(
        label=_("Not pages that begin with"),
        help_text=_("One a line, such as /blog."),
        most=20,
        item_max_length=200,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and "kind" in self.fields:
            self.fields["kind"].disabled = True  # shown, since the other fields depend on it
        if self.instance.pk and self.instance.kind == Source.Kind.TEXT and "text" in self.fields:
            self.fields["text"].initial = bytes(self.instance.file.content).decode()

    def clean_upload(self):
        file = self.cleaned_data["upload"]
        if file and file.size > MOST_FILE_BYTES:
            raise forms.ValidationError(_("This file is larger than 10 MB. Cut it into several."))
        return file

    def clean(self):
        cleaned = super().clean()
        kind = cleaned.get("kind", self.instance.kind)
        if self.instance.pk is None and kind == Source.Kind.FILE and not cleaned.get("upload"):
            self.add_error("upload", _("Choose a file."))
        if (
            kind == Source.Kind.TEXT
            and not any(map(str.isalnum, cleaned.get("text", "")))
            and "text" not in self.errors
        ):
            self.add_error("text", _("Paste a text."))
        is_kept_here = kind in (Source.Kind.FILE, Source.Kind.TEXT)
        if not is_kept_here and not cleaned.get("address") and "address" in self.fields:
            self.add_error("address", _("Write the address of a page, such as https://www.example.com/help."))
        return cleaned


@admin.register(Source)
class SourceAdmin(ObjectActions, ScopedAdmin):
    form = SourceForm
    empty_words = _("Nothing is read from anywhere yet. Add your website: its pages become what your assistant knows.")
    list_display = ("shown_name", "kind", "shown_state", "shown_pages", "shown_help", "read_at", "every_days")
    list_select_related = ("tenant", "job")
    search_fields = ("name", "address")
    ordering = ("-created_at", "-pk")
    object_actions = ("read_again", "use_all", "turn_down_all")
    change_form_after_template = "admin/tenants/source_pages.html"
    conditional_fields = {
        "address": "kind != 'file' && kind != 'text'",
        "upload": "kind == 'file'",
        "text": "kind == 'text'",
        "every_days": "kind != 'file' && kind != 'text'",
        "most_pages": "kind == 'site' || kind == 'sitemap'",
        "most_depth": "kind == 'site'",
        "include": "kind == 'site'",
        "exclude": "kind == 'site'",
        "reads_hidden": "kind == 'site'",
    }

    def get_queryset(self, request):
        read = Count("pages", filter=Q(pages__state__in=SourcePage.WELL))
        failed = Count("pages", filter=Q(pages__state=SourcePage.State.FAILED))
        used = SourceUse.objects.filter(source=OuterRef("pk"), day__gte=_since()).values("source")
        helped = Coalesce(Subquery(used.annotate(total=Sum("answers")).values("total")), 0)
        return super().get_queryset(request).annotate(pages_read=read, pages_failed=failed, helped=helped)

    def get_fieldsets(self, request, obj=None):
        what = ["kind", "address", "upload", "name", "text"]
        if obj:
            what = ["kind", "name", "text"] if obj.kind == Source.Kind.TEXT else ["kind", "address", "name"]
        if self.must_choose_tenant(request, obj):
            what.insert(0, "tenant")
        which = ["include", "exclude", ("most_pages", "most_depth"), "reads_hidden", "category"]
        return [
            (None, {"fields": [*what, "is_reviewed", "every_days"]}),
            (_("More choices"), {"fields": which, "classes": ["collapse"]}),
        ]

    def save_model(self, request, obj, form, change):
        now = timezone.now()
        if change:
            sources.change_source(obj, now=now)
            if obj.kind == Source.Kind.TEXT:
                sources.change_text(obj, form.cleaned_data["text"], user_id=request.user.pk, now=now)
            return
        sources.create_source(obj, user_id=request.user.pk, now=now, upload=_upload(obj, form.cleaned_data))

    def response_add(self, request, obj, post_url_continue=None):
        """Straight to where one can watch it being read."""
        return redirect("admin:tenants_job_change", obj.job_id)

    def delete_model(self, request, obj):
        sources.delete_source(obj)

    def delete_queryset(self, request, queryset):
        for source in queryset.select_related("tenant"):
            sources.delete_source(source)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        source = self.get_object(request, object_id)
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **(_facts(source) if source else {})}
        )

    @object_action(label=_("Read it again now"), is_main=True, when=lambda source: not source.is_being_read)
    def read_again(self, request, source):
        try:
            job_id = sources.read_again(source, user_id=request.user.pk, now=timezone.now())
        except CatyError as error:
            self.message_user(request, error.message, messages.ERROR)
            return None
        return redirect("admin:tenants_job_change", job_id)

    @object_action(label=_("Use all new texts in answers"), when=lambda source: _waiting(source).exists())
    def use_all(self, request, source):
        ids = list(_waiting(source).values_list("pk", flat=True))
        count = sources.approve_articles(source.tenant, article_ids=ids)
        self.message_user(request, say_used(count), messages.SUCCESS)

    @object_action(label=_("Leave all new texts out"), when=lambda source: _waiting(source).exists())
    def turn_down_all(self, request, source):
        ids = list(_waiting(source).values_list("pk", flat=True))
        count = sources.turn_down_articles(source.tenant, article_ids=ids)
        self.message_user(request, say_left_out(count), messages.SUCCESS)

    @display(description=_("source"), ordering="name")
    def shown_name(self, source):
        return str(source)

    @display(description=_("state"), label=COLORS)
    def shown_state(self, source):
        if source.state == State.READING and not source.is_being_read:
            return State.FAILED, _("Stopped")
        return source.state, source.get_state_display()

    @display(description=_("pages"))
    def shown_pages(self, source):
        if source.pages_failed:
            return _("%(read)d read, %(failed)d not") % {"read": source.pages_read, "failed": source.pages_failed}
        return _("%(read)d read") % {"read": source.pages_read} if source.read_at else "–"

    @display(description=_("use"), ordering="helped")
    def shown_help(self, source):
        return say_helped(source.helped) if source.read_at else "–"


def _since() -> date:
    return timezone.now().date() - timedelta(days=DAYS_OF_HELP - 1)


def _help(source: Source) -> dict:
    """How often it helped, and how many of its articles never did."""
    published = Article.objects.for_tenant(source.tenant).filter(page__source=source, is_published=True)
    used = ArticleUse.objects.filter(article=OuterRef("pk"), day__gte=_since())
    uses = source.uses.filter(day__gte=_since()).aggregate(total=Sum("answers"))["total"] or 0
    return {
        "source_helped": say_helped(uses) if source.read_at else "",
        "source_articles": published.count(),
        "source_unused": published.filter(~Exists(used)).count(),
    }


def say_helped(count: int) -> str:
    return ngettext("helped %d time in 30 days", "helped %d times in 30 days", count) % count


def _upload(source: Source, cleaned: dict) -> Upload | None:
    """Raises SourceInvalid."""
    if source.kind == Source.Kind.TEXT:
        return sources.pasted(cleaned["text"])
    file = cleaned.get("upload")
    return Upload(name=file.name, media_type=file.content_type or "", content=file.read()) if file else None


def _waiting(source: Source):
    return Article.objects.for_tenant(source.tenant).filter(page__source=source, needs_review=True)


def _facts(source: Source) -> dict:
    """Context of admin/tenants/source_pages.html."""
    is_well = Case(When(state__in=SourcePage.WELL, then=1), default=0)
    rows = source.pages.defer("texts", "links").annotate(articles_count=Count("articles"), is_well=is_well)
    pages = rows.order_by("is_well", "pk")[:MOST_SHOWN]
    return {
        **_help(source),
        "source": source,
        "source_pages": [
            {"page": page, "color": PAGE_COLORS[page.state], "articles": page.articles_count} for page in pages
        ],
        "source_pages_count": source.pages.count(),
        "source_waiting": _waiting(source).count(),
        "articles_url": reverse("admin:tenants_article_changelist") + f"?source={source.pk}",
        "job_url": source.job_id and reverse("admin:tenants_job_change", args=[source.job_id]),
    }
