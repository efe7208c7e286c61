"""The rules' pages, with what visits tell of them: results, and texts written ahead."""

from django.contrib import admin
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from tenants.admin.rules import ProactiveRuleAdmin
from tenants.models import ProactiveRule
from widget.admin import rule_results
from widget.models import ProactiveText
from widget.services.proactive_texts import waiting
from widget.services.rule_results import Results, read_totals

admin.site.unregister(ProactiveRule)


@admin.register(ProactiveRule)
class RuleWithResultsAdmin(ProactiveRuleAdmin):
    list_display = (*ProactiveRuleAdmin.list_display, "shown_results")
    change_form_outer_before_template = "admin/widget/rule_top.html"

    def get_urls(self):
        results = self.admin_site.admin_view(self.results_view)
        return [path("<path:object_id>/results/", results, name="tenants_proactiverule_results"), *super().get_urls()]

    def list_tools(self, request):
        texts = self.within(ProactiveText.objects.all(), request, self.roles_to_view)
        count = waiting(texts).count()
        label = ngettext("%d text waits for you", "%d texts wait for you", count) % count
        query = "?state=waits" if count else ""
        tool = {
            "url": reverse("admin:widget_proactivetext_changelist") + query,
            "label": label if count else _("Texts written by Claude"),
            "icon": "edit_note",
        }
        return [*super().list_tools(request), tool]

    def results_view(self, request, object_id):
        rule = self.get_object(request, object_id)
        if rule is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return rule_results.page(self, request, rule)

    def get_changelist_instance(self, request):
        changelist = super().get_changelist_instance(request)
        rules = list(changelist.result_list)
        totals = read_totals([rule.pk for rule in rules], days=rule_results.PERIODS[0], now=timezone.now())
        for rule in rules:
            rule.results = totals.get(rule.pk, Results())
        changelist.result_list = rules
        return changelist

    @display(description=_("in 30 days"))
    def shown_results(self, rule):
        url, words = rule_results.results_url(rule.pk), rule_results.in_short(rule.results)
        return format_html('<a class="caty-link" href="{}">{}</a>', url, words)
