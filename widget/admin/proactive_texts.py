"""Texts that Claude wrote ahead for rules: what visitors read, what waits for a colleague's word, what was refused."""

from django.contrib import admin, messages
from django.db.models import F
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from leads.admin.filters import Question
from leads.source import without_ids
from tenants.admin.object_actions import ObjectActions, object_action
from tenants.admin.scope import ScopedAdmin
from tenants.models import ProactiveRule
from tenants.staff import EVERYONE, NOBODY, staff_of
from widget.models import ProactiveText
from widget.services import proactive_texts

TODAY = {"config_version": F("tenant__config_version"), "knowledge_version": F("tenant__knowledge_version")}
MOST_RULES = 50


class StateFilter(Question):
    title = _("Do visitors read it?")
    parameter_name = "state"
    words = {"waits": _("Waits for your word"), "used": _("Yes"), "refused": _("Refused")}
    conditions = {
        "waits": {"needs_review": True, **TODAY},
        "used": {"needs_review": False, "is_refused": False, **TODAY},
        "refused": {"is_refused": True},
    }


class RuleFilter(Question):
    """Offers the rules of one's own businesses."""

    title = _("For which rule?")
    parameter_name = "rule"

    def lookups(self, request, model_admin):
        rows = ProactiveRule.objects.filter(tenant__in=staff_of(request).tenant_ids(EVERYONE), write_with_ai=True)
        return [(str(pk), name) for pk, name in rows.order_by("name", "pk").values_list("pk", "name")[:MOST_RULES]]

    def has_output(self):
        return bool(self.lookup_choices or self.value())

    def queryset(self, request, queryset):
        asked = self.value() or ""
        return queryset.filter(rule=int(asked)) if asked.isascii() and asked.isdigit() else queryset


@admin.register(ProactiveText)
class ProactiveTextAdmin(ObjectActions, ScopedAdmin):
    roles_to_add = NOBODY
    roles_to_delete = NOBODY
    empty_words = _("Claude has written nothing yet. It writes for pages that several visitors have seen.")
    list_display = ("content", "shown_rule", "shown_page", "shown_language", "shown_state", "written_at")
    list_filter = (StateFilter, RuleFilter)
    list_select_related = ("tenant", "rule")
    search_fields = ("content", "page_url")
    ordering = ("-needs_review", "-written_at", "-pk")
    actions = ("use", "refuse")
    object_actions = ("use_this", "refuse_this")
    list_questions = (
        (_("All"), ""),
        (_("Waiting for your word"), "state=waits"),
        (_("Read by visitors"), "state=used"),
        (_("Refused"), "state=refused"),
    )
    fields = ("content", "shown_rule", "shown_page", "shown_language", "state_in_words", "written_at")
    readonly_fields = fields[1:]

    def get_queryset(self, request):
        """Without those that came to nothing."""
        return super().get_queryset(request).exclude(content="")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "content":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 2})
            kwargs["help_text"] = _(
                "Once you save your own words, visitors read them. Claude writes anew after 14 days, and when you "
                "change rules, settings or knowledge: what must stay belongs into the rule's own message."
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        if "content" in form.changed_data:
            proactive_texts.reword(obj, obj.content)

    @object_action(label=_("Show it to visitors"), is_main=True, when=lambda text: text.needs_review or text.is_refused)
    def use_this(self, request, text):
        self._use(request, ProactiveText.objects.filter(pk=text.pk))

    @object_action(label=_("Refuse it"), when=lambda text: not text.is_refused)
    def refuse_this(self, request, text):
        self._refuse(request, ProactiveText.objects.filter(pk=text.pk))

    @admin.action(description=_("Show to visitors"), permissions=["change"])
    def use(self, request, queryset):
        self._use(request, queryset)

    @admin.action(description=_("Refuse"), permissions=["change"])
    def refuse(self, request, queryset):
        self._refuse(request, queryset)

    def _use(self, request, queryset):
        count = proactive_texts.approve(self.within(queryset, request, self.roles_to_change))
        words = ngettext("%d text is shown to visitors now.", "%d texts are shown to visitors now.", count) % count
        self.message_user(request, words, messages.SUCCESS)

    def _refuse(self, request, queryset):
        count = proactive_texts.refuse(self.within(queryset, request, self.roles_to_change))
        words = ngettext(
            "%d text refused. The rule's own message is said there.",
            "%d texts refused. The rules' own messages are said there.",
            count,
        )
        self.message_user(request, words % count, messages.SUCCESS)

    @display(description=_("rule"))
    def shown_rule(self, text):
        url = reverse("admin:tenants_proactiverule_change", args=[text.rule_id])
        return format_html('<a class="caty-link" href="{}">{}</a>', url, text.rule.name)

    @display(description=_("page"))
    def shown_page(self, text):
        return without_ids(text.page_url)

    @display(description=_("language"), ordering="language")
    def shown_language(self, text):
        try:
            return get_language_info(text.language)["name_translated"]
        except KeyError:  # written before languages were told apart
            return text.language

    @display(description=_("state"), label={"waits": "warning", "refused": "danger", "used": "success", "old": ""})
    def shown_state(self, text):
        return self._state_of(text)

    @display(description=_("state"))
    def state_in_words(self, text):
        return self._state_of(text)[1]

    def _state_of(self, text) -> tuple[str, str]:
        if text.is_refused:
            return "refused", _("Refused")
        versions = (text.tenant.config_version, text.tenant.knowledge_version)
        if (text.config_version, text.knowledge_version) != versions:
            return "old", _("Will be written anew")
        return ("waits", _("Waits for your word")) if text.needs_review else ("used", _("Read by visitors"))
