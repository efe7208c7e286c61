"""When the assistant speaks first. The built-in rules can be changed and switched off, never deleted."""

from django import forms
from django.contrib import admin, messages
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from tenants.admin.config import BumpsConfig
from tenants.admin.scope import ScopedAdmin, TenantForm
from tenants.models import ProactiveRule

CONDITIONS = (
    "url_contains",
    "min_time_seconds",
    "min_scroll_percent",
    "min_visits",
    "min_engagement",
    "on_exit_intent",
    "form_idle_seconds",
)


class RuleForm(TenantForm):
    def clean(self):
        cleaned = super().clean()
        if not any(self.cleaned_data.get(name) for name in CONDITIONS):
            raise forms.ValidationError(_("Say when this should be shown: fill in at least one of the conditions."))
        if not self.instance.trigger_type and "name" in self.cleaned_data:
            self.instance.trigger_type = self._free_short_name()
        return cleaned

    def _free_short_name(self) -> str:
        """Made of the name, with a number behind where the tenant has it already."""
        tenant = self.cleaned_data.get("tenant")
        tenant_id = tenant.pk if tenant else self.instance.tenant_id
        base = slugify(self.cleaned_data["name"]).replace("-", "_")[:34] or "rule"
        taken = set(
            ProactiveRule.objects.filter(tenant=tenant_id, trigger_type__startswith=base).values_list(
                "trigger_type", flat=True
            )
        )
        return next(name for name in (base, *(f"{base}_{n}" for n in range(2, 1000))) if name not in taken)


@admin.register(ProactiveRule)
class ProactiveRuleAdmin(BumpsConfig, ScopedAdmin):
    form = RuleForm
    list_display = ("name", "shown_text", "conditions", "shown_state")
    list_filter = (("is_enabled", BooleanRadioFilter),)
    search_fields = ("name", "text")
    list_select_related = ("tenant",)
    ordering = ("-is_built_in", "-priority", "pk")
    actions = ("switch_on", "switch_off")
    fieldsets = (
        (None, {"fields": ("name", "is_enabled", "text", "write_with_ai", ("message_type", "priority"))}),
        (
            _("Shown when"),
            {
                "description": _("All conditions you fill in must hold; empty ones are not asked."),
                "fields": (
                    ("url_contains", "on_exit_intent"),
                    ("min_time_seconds", "min_scroll_percent"),
                    ("min_visits", "min_engagement"),
                    "form_idle_seconds",
                ),
            },
        ),
    )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "text":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 2})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and obj.is_built_in)

    @display(description=_("message"))
    def shown_text(self, rule):
        return rule.text

    @display(description=_("shown when"))
    def conditions(self, rule):
        return " · ".join(str(words) for words in conditions_in_words(rule))

    @display(description=_("on"), label={"on": "success", "off": ""})
    def shown_state(self, rule):
        return ("on", _("On")) if rule.is_enabled else ("off", _("Off"))

    @admin.action(description=_("Switch on"), permissions=["change"])
    def switch_on(self, request, queryset):
        self._switch(request, queryset, is_enabled=True)

    @admin.action(description=_("Switch off"), permissions=["change"])
    def switch_off(self, request, queryset):
        self._switch(request, queryset, is_enabled=False)

    def _switch(self, request, queryset, *, is_enabled):
        rules = self.within(queryset, request, self.roles_to_change).exclude(is_enabled=is_enabled)
        tenant_ids = set(rules.values_list("tenant", flat=True))
        count = rules.update(is_enabled=is_enabled)
        self._bump(tenant_ids)
        self.message_user(request, ngettext("%d rule changed.", "%d rules changed.", count) % count, messages.SUCCESS)


def conditions_in_words(rule: ProactiveRule) -> list:
    """What must hold for this rule, each as a short sentence."""
    says = (
        (rule.url_contains, _("address contains “%s”")),
        (rule.min_time_seconds, _("%s seconds on the page")),
        (rule.min_scroll_percent, _("%s %% scrolled")),
        (rule.min_visits, _("visit number %s or later")),
        (rule.min_engagement, _("engagement score %s or more")),
        (rule.form_idle_seconds, _("%s seconds idle in a form")),
    )
    found = [words % value for value, words in says if value]
    return [*found, _("about to leave")] if rule.on_exit_intent else found
