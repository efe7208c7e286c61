"""The business: who it is, who speaks for it, how that looks and behaves, and where it may stand."""

import zoneinfo
from functools import cache

import phonenumbers
from django import forms
from django.conf.locale import LANG_INFO
from django.contrib import admin
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelect2Widget

from tenants import services
from tenants.admin import hours
from tenants.admin.appearance import AppearanceInline, OriginInline, PersonaForm, PersonaInline
from tenants.admin.behavior import BehaviorForm, BehaviorInline
from tenants.admin.budget_notices import ShowsBudgets
from tenants.admin.config import BumpsConfig
from tenants.admin.fields import DollarField
from tenants.admin.scope import ScopedAdmin, TenantForm
from tenants.knowledge import articles, variants
from tenants.models import Tenant
from tenants.staff import NOBODY, OPERATOR, OWNERS, staff_of
from tenants.texts import LANGUAGES, code_of

OPERATORS_COLUMNS = (
    "slug",
    "model",
    "fallback_model",
    "max_output_tokens",
    "daily_budget_microusd",
    "monthly_budget_microusd",
    "is_active",
)
LIMITS = (
    "requests_per_minute",
    "messages_per_minute",
    "sessions_per_hour",
    "answers_per_hour",
    "leads_per_hour",
    "events_per_session",
)

WEIGHTS = (
    "engagement_time",
    "engagement_scroll",
    "engagement_clicks",
    "engagement_visits",
    "score_purchase_intent",
    "score_several_pages",
    "score_proactive",
    "score_long_engagement",
    "score_email",
    "score_phone",
)


def languages() -> list[tuple[str, str]]:
    """Codes and names, by name."""
    named = ((code, info["name"]) for code, info in LANG_INFO.items() if "name" in info)
    return sorted(((code, _(name)) for code, name in named), key=lambda choice: str(choice[1]))


@cache
def timezones() -> list[tuple[str, str]]:
    """All zones by name; kept, since listing them opens six hundred files."""
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


class BusinessForm(TenantForm):
    language = forms.ChoiceField(label=_("Language"), choices=languages, widget=UnfoldAdminSelect2Widget)
    languages = forms.MultipleChoiceField(
        label=_("Visitors also write in"),
        help_text=Tenant._meta.get_field("languages").help_text,
        choices=list(LANGUAGES.items()),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    timezone = forms.ChoiceField(label=_("Time zone"), choices=timezones, widget=UnfoldAdminSelect2Widget)
    daily_budget_microusd = DollarField(label=_("AI budget a day (US$)"))
    monthly_budget_microusd = DollarField(label=_("AI budget a month (US$)"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        own = self.instance.language
        if "language" in self.fields and own not in dict(self.fields["language"].choices):
            self.fields["language"].choices = [(own, own), *self.fields["language"].choices]  # set by a command

    def clean(self):
        cleaned = super().clean()
        if "languages" in cleaned and "language" in cleaned:
            own = code_of(cleaned["language"])
            cleaned["languages"] = [language for language in cleaned["languages"] if language != own]
        return cleaned

    def clean_country(self):
        country = self.cleaned_data["country"].upper()
        if country not in phonenumbers.SUPPORTED_REGIONS:
            raise forms.ValidationError(_("Write the country as two letters, such as DE, US or GB."))
        return country


@admin.register(Tenant)
class TenantAdmin(ShowsBudgets, BumpsConfig, ScopedAdmin):
    tenant_path = "pk"
    roles_to_add = OPERATOR
    roles_to_change = OWNERS
    roles_to_delete = NOBODY  # a business is switched off, not wiped out with all its leads
    form = BusinessForm
    change_form_outer_after_template = "admin/tenants/preview.html"
    inlines = (PersonaInline, AppearanceInline, BehaviorInline, OriginInline)
    list_display = ("name", "website", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "slug", "website")
    ordering = ("name",)
    add_fieldsets = (
        (
            None,
            {
                "fields": ("name", "website"),
                "description": _("The website is allowed at once. Everything else can be set on the next page."),
            },
        ),
    )
    fieldsets = (
        (
            _("About"),
            {
                "classes": ("tab",),
                "fields": (
                    "name",
                    "website",
                    "business_type",
                    "language",
                    "country",
                    "timezone",
                    "languages",
                    "opening_hours",
                    "writes_variants",
                ),
            },
        ),
        (
            _("Limits"),
            {
                "classes": ("tab",),
                "description": _("How much one visitor may do before they are asked to wait. The defaults suit most."),
                "fields": LIMITS,
            },
        ),
        (
            _("Scores"),
            {
                "classes": ("tab",),
                "description": _(
                    "How many points each sign of interest is worth, for visitors and for leads. A lead is hot from "
                    "70 points and warm from 40. Changes here count from now on. The button shows what they would make "
                    "of past leads, and applies them to those."
                ),
                "fields": (*WEIGHTS, "past_leads"),
            },
        ),
        (
            _("Installation"),
            {
                "classes": ("tab",),
                "description": _("Set by whoever runs this installation."),
                "fields": (
                    "daily_budget_microusd",
                    "monthly_budget_microusd",
                    "model",
                    "fallback_model",
                    "max_output_tokens",
                    "slug",
                    "widget_id",
                    "is_active",
                ),
            },
        ),
    )

    def has_add_permission(self, request, obj=None):
        return self.may(request, self.roles_to_add)  # also where there is no business yet

    def changelist_view(self, request, extra_context=None):
        mine = list(staff_of(request).roles)
        if len(mine) == 1:
            return redirect("admin:tenants_tenant_change", mine[0])
        return super().changelist_view(request, extra_context)

    def get_readonly_fields(self, request, obj=None):
        shown = ("widget_id", "past_leads", "opening_hours")
        return shown if staff_of(request).is_operator else (*shown, *OPERATORS_COLUMNS)

    def get_fieldsets(self, request, obj=None):
        """Without the button for those whom its page would refuse."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.may(request, self.roles_to_change, obj):
            return fieldsets
        without = {"fields": WEIGHTS}
        return [
            (name, options | without if "past_leads" in options["fields"] else options) for name, options in fieldsets
        ]

    def get_urls(self):
        hours_view = self.admin_site.admin_view(self.hours_view)
        return [path("<path:object_id>/hours/", hours_view, name="tenants_tenant_hours"), *super().get_urls()]

    def hours_view(self, request, object_id):
        return hours.page(self, request, object_id)

    @admin.display(description=_("opening hours"))
    def opening_hours(self, tenant):
        return hours.shown_hours(tenant)

    @admin.display(description=_("past leads"))
    def past_leads(self, tenant):
        return render_to_string("admin/tenants/past_leads.html", {"tenant": tenant})

    def get_inlines(self, request, obj):
        return self.inlines if obj else ()

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None:
            kwargs["form"] = TenantForm
        return super().get_form(request, obj, change=change, **kwargs)

    def response_add(self, request, obj, post_url_continue=None):
        """Straight to setting it up, in the four steps of its first hour."""
        return redirect("admin:first_hour", obj.pk)

    def save_formset(self, request, form, formset, change):
        for inline in formset.forms:
            if isinstance(inline, BehaviorForm) and inline.instance.pk:
                services.number_consent(inline.instance)
        super().save_formset(request, form, formset, change)
        for inline in formset.forms:
            if isinstance(inline, PersonaForm):
                inline.keep_picture()

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
            if "language" in form.changed_data:
                articles.announce_change(obj)  # words are cut differently from now on
            if {"language", "languages", "writes_variants"}.intersection(form.changed_data):
                variants.look_again(obj)
            return
        website = obj.website
        made = services.create_tenant(name=obj.name, website=website, origins=[website] if website else [])
        obj.__dict__.update(made.__dict__)
