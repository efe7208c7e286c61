"""Leads: who, how keen and why, and whether they have arrived where they should."""

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from caty.lib.errors import CatyError
from leads import services
from leads.admin import bulk
from leads.admin.export_pages import ExportPages
from leads.admin.facts import facts_of
from leads.admin.filters import ArrivedFilter, HeatFilter, HeldFilter, StatusFilter
from leads.admin.lead_filters import PeriodFilter, SourceFilter, TagFilter, WhoseFilter
from leads.admin.lead_form import LeadForm, person_in_words
from leads.admin.paused import PausedBanner
from leads.admin.promises import PromiseFilter, is_promised, notice_of
from leads.admin.words import intent_in_words
from leads.junk import REASONS
from leads.models import Delivery, Lead
from tenants.admin.object_actions import ObjectActions, object_action
from tenants.admin.scope import ScopedAdmin
from tenants.staff import EDITORS, NOBODY

State = Delivery.State
WAITING = (State.PENDING, State.SENDING, State.PAUSED, State.HELD)
EDITABLE = ("name", "email", "phone", "company", "custom_fields", "status", "notes", "tags")


def is_held(lead: Lead) -> bool:
    return bool(lead.held_reason)


def claim_in(request) -> int:
    """The id that a claim's button sends; 0 for anything else, which is no claim's."""
    sent = request.POST.get("claim", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 19 else 0


def is_nobodys(lead: Lead) -> bool:
    return lead.owner_id is None


@admin.register(Lead)
class LeadAdmin(PausedBanner, ExportPages, ObjectActions, ScopedAdmin):
    roles_to_add = NOBODY  # visitors make leads
    roles_to_delete = NOBODY
    form = LeadForm
    empty_words = _("Nobody has left contact details yet. Leads show up here the moment they do.")
    list_display = ("who", "heat", "status", "wants", "shown_owner", "arrival", "captured_at")
    list_filter = (
        HeatFilter,
        ArrivedFilter,
        HeldFilter,
        PromiseFilter,
        StatusFilter,
        WhoseFilter,
        PeriodFilter,
        SourceFilter,
        TagFilter,
    )
    list_select_related = ("tenant", "owner__user")
    list_questions = (
        (_("All"), ""),
        (_("Hot"), "heat=hot"),
        (_("Not delivered"), "delivered=no"),
        (_("Held"), "held=yes"),
        (_("Promised to get back"), "promised=open"),
        (_("Overdue"), "promised=overdue"),
        (_("New"), "status=new"),
        (_("Mine"), "whose=mine"),
        (_("Nobody's"), "whose=nobody"),
    )
    search_fields = ("name", "email", "phone", "company", "public_id")
    ordering = ("-captured_at", "-pk")
    actions = ("take_over", "change_several", "download", "release")
    object_actions = ("release_one", "got_back", "take_over_one", "use_claim", "dismiss_claim")
    change_form_outer_after_template = "admin/leads/lead_facts.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "company"),
                    ("email", "phone"),
                    ("status", "owner"),
                    ("tags", "custom_fields"),
                    "notes",
                )
            },
        ),
    )

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

    def get_fieldsets(self, request, obj=None):
        """For those who may only look, the further details stand in a table below."""
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": (("name", "company"), ("email", "phone"), ("status", "owner"), "tags", "notes")})]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        lead = self.get_object(request, object_id)
        facts = facts_of(lead, may_change=self.has_change_permission(request, lead)) if lead else {}
        if lead and lead.held_reason:
            sentence = _("Held: %(reason)s. Nothing was sent. Is it a real lead?") % {
                "reason": REASONS.get(lead.held_reason, lead.held_reason)
            }
            facts["object_notice"] = {"level": "warn", "text": sentence}
        elif lead and (notice := notice_of(lead)):
            facts["object_notice"] = notice
        return super().change_view(request, object_id, form_url, {**facts, **(extra_context or {})})

    def render_change_form(self, request, context, *args, **kwargs):
        form = context["adminform"].form
        for name, words in context.get("claim_hints", {}).items():
            if name in form.fields:
                form[name].help_text = words
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        changes = {name: form.cleaned_data[name] for name in form.changed_data if name in EDITABLE}
        if "owner" in form.changed_data:
            owner = form.cleaned_data["owner"]
            changes["owner_id"] = owner.pk if owner else None
        services.edit_lead(obj.pk, tenant=obj.tenant, changes=changes, now=timezone.now())

    @admin.action(description=_("Take over"), permissions=["change"])
    def take_over(self, request, queryset):
        self._take_over(request, self._changeable(request, queryset))

    @object_action(label=_("Take over"), when=is_nobodys)
    def take_over_one(self, request, lead):
        self._take_over(request, [lead])

    def _take_over(self, request, leads):
        mine = bulk.own_memberships(request, leads)
        if leads and not mine:
            words = _("Only colleagues of the business can look after its leads.")
            self.message_user(request, words, messages.ERROR)
            return
        count = bulk.change(request, leads, mine)
        words = ngettext("%d lead is yours now.", "%d leads are yours now.", count) % count
        self.message_user(request, words, messages.SUCCESS)

    @admin.action(description=_("Change status, colleague or tags"), permissions=["change"])
    def change_several(self, request, queryset):
        """First a page that asks what should change, then the change."""
        leads = self._changeable(request, queryset)
        if not leads:
            return None
        tenant_ids = {lead.tenant_id for lead in leads}
        form = bulk.SeveralForm(request.POST if "change" in request.POST else None, tenant_ids=tenant_ids)
        if not form.is_valid():
            context = {**self.admin_site.each_context(request), "opts": self.opts, "form": form, "leads": leads}
            context["title"] = _("Change several leads")
            return TemplateResponse(request, "admin/leads/change_several.html", context)
        changes = dict.fromkeys(tenant_ids, form.changes())
        count = bulk.change(request, leads, changes, add_tag=form.cleaned_data["tag"])
        words = ngettext("%d lead changed.", "%d leads changed.", count) % count
        self.message_user(request, words, messages.SUCCESS)
        return None

    def _changeable(self, request, queryset) -> list[Lead]:
        """The chosen leads that this person may change; none, with a word to them, where they are too many."""
        rows = self.within(queryset, request, self.roles_to_change).select_related("tenant").order_by("pk")
        leads = list(rows[: bulk.MOST_AT_ONCE + 1])
        if len(leads) <= bulk.MOST_AT_ONCE:
            return leads
        words = _("These are too many leads for one go: choose at most %d.") % bulk.MOST_AT_ONCE
        self.message_user(request, words, messages.ERROR)
        return []

    @object_action(label=_("Use this"), has_button=False)
    def use_claim(self, request, lead):
        try:
            before = services.use_claim(claim_in(request), lead_pk=lead.pk, tenant=lead.tenant, now=timezone.now())
        except CatyError as error:
            self.message_user(request, error.message, messages.ERROR)
            return
        self.log_change(request, lead, str(_("Took over what somebody else had said.")))
        words = _("Taken over. Before, it said: %s") % before if before else _("Taken over.")
        self.message_user(request, words, messages.SUCCESS)

    @object_action(label=_("Dismiss"), has_button=False)
    def dismiss_claim(self, request, lead):
        try:
            services.dismiss_claim(claim_in(request), lead_pk=lead.pk, tenant=lead.tenant)
        except CatyError as error:
            self.message_user(request, error.message, messages.ERROR)
            return
        self.message_user(request, _("Put aside; the lead stays as it is."), messages.SUCCESS)

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

    @object_action(label=_("We have got back to them"), roles=EDITORS, is_main=True, when=is_promised)
    def got_back(self, request, lead):
        services.keep_lead_promises(lead.pk, tenant=lead.tenant, now=timezone.now())
        self.log_change(request, lead, str(_("Got back to them.")))
        self.message_user(request, _("Noted: what they were promised is kept."), messages.SUCCESS)

    @display(description=_("who"), header=True, ordering="name")
    def who(self, lead):
        return [lead.name or lead.email or lead.phone, lead.email if lead.name else lead.company]

    @display(description=_("score"), ordering="score", label={"hot": "danger", "warm": "warning", "cold": "info"})
    def heat(self, lead):
        return lead.band, f"{lead.get_band_display()} {lead.score}"

    @display(description=_("looked after by"), ordering="owner__user__username")
    def shown_owner(self, lead):
        return person_in_words(lead.owner) if lead.owner else "–"

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
