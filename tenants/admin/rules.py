"""When the assistant speaks first. The built-in rules can be changed and switched off, never deleted."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from tenants.admin.config import BumpsConfig
from tenants.admin.rule_form import ConditionForm, ConditionFormSet, RuleForm, kinds_for_script, value_of
from tenants.admin.rule_presets import PRESETS, Preset, find_preset
from tenants.admin.rule_words import how_often, sentence_of, when_of
from tenants.admin.scope import ScopedAdmin, ScopedTabularInline
from tenants.config import rule_config
from tenants.models import ProactiveRule, RuleCondition


def preset_of(request) -> Preset | None:
    """The starting point that a form is asked for with. What comes back from the form speaks for itself."""
    return find_preset(request.GET.get("preset", "")) if request.method == "GET" else None


class ConditionInline(ScopedTabularInline):
    model = RuleCondition
    form = ConditionForm
    formset = ConditionFormSet
    tenant_path = "rule__tenant"
    verbose_name_plural = _("When")
    fields = ("place", "kind", "operator", "value")
    min_num = 1
    tab = False
    hide_title = True

    def get_extra(self, request, obj=None, **kwargs):
        preset = None if obj else preset_of(request)
        return len(preset.asked()) - self.min_num if preset else 0

    @admin.display(description=_("value"))
    def value(self, condition):
        """For those who may only look."""
        return value_of(condition) or "–"


@admin.register(ProactiveRule)
class ProactiveRuleAdmin(BumpsConfig, ScopedAdmin):
    form = RuleForm
    inlines = (ConditionInline,)
    list_before_template = "admin/tenants/rules_top.html"
    list_display = ("name", "shown_when", "shown_text", "shown_how_often", "shown_state")
    list_filter = (("is_enabled", BooleanRadioFilter),)
    search_fields = ("name", "text")
    list_select_related = ("tenant",)
    ordering = ("-is_built_in", "-priority", "pk")
    actions = ("switch_on", "switch_off")
    conditional_fields = {"once_days": "once_per == 'days'", "review_first": "write_with_ai"}
    fieldsets = (  # the conditions stand between the first and the second
        (None, {"fields": ("name", "is_enabled")}),
        (_("Say"), {"fields": ("text", "message_type", "write_with_ai", "review_first")}),
        (_("How often"), {"fields": (("once_per", "once_days"), "priority")}),
        (
            _("More choices"),
            {
                "classes": ("collapse",),
                "fields": (("delay_seconds", "cooldown_seconds"), "starts_at", "ends_at", "holdout_percent"),
            },
        ),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("conditions")

    def get_changeform_initial_data(self, request):
        preset = preset_of(request)
        return preset.rule_fields() if preset else {}

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        preset = None if obj.pk else preset_of(request)
        if preset:
            kwargs["initial"] = [vars(condition) for condition in preset.asked()]
        return kwargs

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context = {
            **context,
            "presets": PRESETS if add and request.method == "GET" else (),
            "preset": preset_of(request),
            "sentence": sentence_of(rule_config(obj)) if obj and obj.pk else "",
            "kinds": kinds_for_script(),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "text":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 2})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and obj.is_built_in)

    @display(description=_("when"))
    def shown_when(self, rule):
        return when_of(rule_config(rule))

    @display(description=_("message"))
    def shown_text(self, rule):
        return rule.text

    @display(description=_("how often"))
    def shown_how_often(self, rule):
        return how_often(rule_config(rule))

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
