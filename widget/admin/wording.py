"""What the widget says, worded by the business: one text in one language at a time."""

from django import forms
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextareaWidget

from tenants import services as tenant_services
from tenants.admin.config import BumpsConfig
from tenants.admin.fields import blank_problems
from tenants.admin.scope import ScopedAdmin, TenantForm
from tenants.models import Tenant, TextOverride
from tenants.texts import FALLBACK, LANGUAGES, blanks, choose_language
from widget.wording import LAUNCHER, standard_texts

OWN_WORDS = {
    "greeting": _("The greeting"),
    "lead_title": _("What the contact form says"),
    "thanks": _("The thanks for contact details"),
    "handoff": _("What is said when a person is asked for"),
    "handoff_closed": _("What is said outside your opening hours, with {time}: until when you get back to them"),
    "handoff_missed": _("What is said when nobody is free, with {time}: until when you get back to them"),
    "consent_text": _("The box to tick in the contact form"),
}


def key_choices() -> list:
    """Keys in groups, each told by its English wording."""
    english = standard_texts(FALLBACK)
    launcher = [(key, text) for key, text in english.items() if key.startswith(LAUNCHER)]
    chat = [(key, text) for key, text in english.items() if not key.startswith(LAUNCHER) and key not in OWN_WORDS]
    return [
        ("", "---------"),
        (_("Your own words, in another language"), list(OWN_WORDS.items())),
        (_("Before the chat is opened"), launcher),
        (_("In the chat"), chat),
    ]


class WordingForm(TenantForm):
    key = forms.ChoiceField(label=_("Text"), choices=key_choices, widget=UnfoldAdminSelect2Widget)

    class Meta:
        error_messages = {NON_FIELD_ERRORS: {"unique_together": _("This text has your wording already: change that.")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "language" in self.fields and self.instance.tenant_id and not self.instance.pk:
            self.initial.setdefault("language", choose_language("", self.instance.tenant.language))

    def clean(self):
        cleaned = super().clean()
        key, text = self.cleaned_data.get("key"), self.cleaned_data.get("text")
        if key and text:
            for problem in blank_problems(text, needed=blanks(standard_texts(FALLBACK)[key])):
                self.add_error("text", problem)
        return cleaned


CONSENT = "consent_text"


@admin.register(TextOverride)
class TextOverrideAdmin(BumpsConfig, ScopedAdmin):
    form = WordingForm
    change_form_after_template = "admin/tenants/wording.html"
    list_display = ("text", "shown_standard", "language")
    list_filter = ("language",)
    list_select_related = ("tenant",)
    search_fields = ("text",)
    ordering = ("language", "key")
    fields = ("language", "key", "text")
    empty_words = _("The assistant speaks in its standard words. Change any of them here, for each language.")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "text":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 2, "aria-describedby": "standard-wording"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def render_change_form(self, request, context, *args, **kwargs):
        context["standard_texts"] = {language: _told(language) for language in LANGUAGES}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if form.changed_data and CONSENT in (obj.key, form.initial.get("key")):
            tenant_services.renumber_consent(obj.tenant)

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        if obj.key == CONSENT:
            tenant_services.renumber_consent(obj.tenant)

    def delete_queryset(self, request, queryset):
        tenants = list(Tenant.objects.filter(texts__in=queryset.filter(key=CONSENT)).distinct())
        super().delete_queryset(request, queryset)
        for tenant in tenants:
            tenant_services.renumber_consent(tenant)

    @display(description=_("in place of"))
    def shown_standard(self, wording):
        return standard_texts(wording.language).get(wording.key) or OWN_WORDS.get(wording.key, "–")


def _told(language: str) -> dict[str, str]:
    """What is shown beside the field; of the business's own words there is no standard."""
    return {key: text for key, text in standard_texts(language).items() if key not in OWN_WORDS}
