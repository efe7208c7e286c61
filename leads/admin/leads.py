"""Leads: who, how keen and why, and whether they have arrived where they should."""

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from leads import services
from leads.admin.export_pages import ExportPages
from leads.admin.facts import facts_of
from leads.admin.filters import ArrivedFilter, HeatFilter, HeldFilter, StatusFilter
from leads.admin.words import intent_in_words
from leads.junk import REASONS
from leads.models import Delivery, Lead
from tenants.admin.fields import TagsField
from tenants.admin.object_actions import ObjectActions, object_action
from tenants.admin.scope import ScopedAdmin, TenantForm
from tenants.staff import EDITORS, NOBODY

State = Delivery.State
WAITING = (State.PENDING, State.SENDING, State.PAUSED, State.HELD)
EDITABLE = ("name", "email", "phone", "company", "status", "notes", "tags")


class LeadForm(TenantForm):
    tags = TagsField(label=_("Tags"), help_text=_("With commas between."), most=20, item_max_length=40)


def is_held(lead: Lead) -> bool:
    return bool(lead.held_reason)


@admin.register(Lead)
class LeadAdmin(ExportPages, ObjectActions, ScopedAdmin):
    roles_to_add = NOBODY  # visitors make leads
    roles_to_delete = NOBODY
    form = LeadForm
    empty_words = _("Nobody has left contact details yet. Leads show up here the moment they do.")
    list_display = ("who", "heat", "status", "wants", "arrival", "captured_at")
    list_filter = (HeatFilter, ArrivedFilter, HeldFilter, StatusFilter)
    list_select_related = ("tenant",)
    list_questions = (
        (_("All"), ""),
        (_("Hot"), "heat=hot"),
        (_("Not delivered"), "delivered=no"),
        (_("Held"), "held=yes"),
        (_("New"), "status=new"),
    )
    search_fields = ("name", "email", "phone", "company", "public_id")
    ordering = ("-captured_at", "-pk")
    actions = ("download", "release")
    object_actions = ("release_one",)
    change_form_outer_after_template = "admin/leads/lead_facts.html"
    fieldsets = ((None, {"fields": (("name", "company"), ("email", "phone"), ("status", "tags"), "notes")}),)

    def get_queryset(self, request):
        deliveries = Delivery.objects.filter(lead=OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .defer("transcript")
            .annotate(
                has_failed=Exists(deliveries.filter(state=State.DEAD)),
                has_waiting=Exists(deliveries.filter(state__in=WAITING)),
                has_arrived=Exists(deliveries.filter(state=State.DELIVERED)),
            )
        )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "notes":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 4})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        lead = self.get_object(request, object_id)
        facts = facts_of(lead) if lead else {}
        if lead and lead.held_reason:
            sentence = _("Held: %(reason)s. Nothing was sent. Is it a real lead?") % {
                "reason": REASONS.get(lead.held_reason, lead.held_reason)
            }
            facts["object_notice"] = {"level": "warn", "text": sentence}
        return super().change_view(request, object_id, form_url, {**facts, **(extra_context or {})})

    def save_model(self, request, obj, form, change):
        changes = {name: form.cleaned_data[name] for name in form.changed_data if name in EDITABLE}
        services.edit_lead(obj.pk, tenant=obj.tenant, changes=changes, now=timezone.now())

    @admin.action(description=_("Release"), permissions=["change"])
    def release(self, request, queryset):
        leads = self.within(queryset, request, self.roles_to_change).exclude(held_reason="").select_related("tenant")
        count = 0
        for lead in leads:
            services.release_lead(lead.pk, tenant=lead.tenant, now=timezone.now())
            count += 1
        words = ngettext("%d lead released.", "%d leads released.", count) % count
        self.message_user(request, words, messages.SUCCESS)

    @object_action(label=_("Release"), roles=EDITORS, is_main=True, when=is_held)
    def release_one(self, request, lead):
        count = services.release_lead(lead.pk, tenant=lead.tenant, now=timezone.now())
        words = ngettext("Released: %d delivery is on its way.", "Released: %d deliveries are on their way.", count)
        self.message_user(request, words % count, messages.SUCCESS)

    @display(description=_("who"), header=True, ordering="name")
    def who(self, lead):
        return [lead.name or lead.email or lead.phone, lead.email if lead.name else lead.company]

    @display(description=_("score"), ordering="score", label={"hot": "danger", "warm": "warning", "cold": "info"})
    def heat(self, lead):
        return lead.band, f"{lead.get_band_display()} {lead.score}"

    @display(description=_("wants"), ordering="intent")
    def wants(self, lead):
        return intent_in_words(lead.intent)

    @display(
        description=_("delivery"),
        label={"held": "warning", "failed": "danger", "waiting": "info", "arrived": "success"},
    )
    def arrival(self, lead):
        if lead.held_reason:
            return "held", _("Held")
        if lead.has_failed:
            return "failed", _("Not delivered")
        if lead.has_waiting:
            return "waiting", _("On the way")
        return ("arrived", _("Delivered")) if lead.has_arrived else ""
