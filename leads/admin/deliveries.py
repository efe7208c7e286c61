"""Deliveries: whether each event has arrived, every try, and sending again."""

import json

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from leads import services
from leads.admin.filters import ConnectionFilter, DeliveryPeriodFilter, DeliveryStateFilter, EventFilter
from leads.admin.words import OUTCOMES, STATE_COLORS, event_in_words
from leads.models import Delivery, DeliveryAttempt
from tenants.admin.object_actions import ObjectActions, object_action
from tenants.admin.scope import FactsAdmin, FactsInline
from tenants.models import Tenant
from tenants.staff import EDITORS

State = Delivery.State
WAITING = (State.PENDING, State.SENDING, State.PAUSED)
ARRIVED = (State.DELIVERED, State.SUPERSEDED)
FACTS = ("shown_event", "connection", "lead", "state", "attempts", "created_at")
SENT_AGAIN_FROM = (State.DEAD, State.CANCELLED, State.DELIVERED, State.PENDING, State.PAUSED)


class TryInline(FactsInline):
    model = DeliveryAttempt
    tenant_path = "delivery__tenant"
    tab = False
    hide_title = True
    fields = ("number", "started_at", "shown_outcome", "status_code", "duration_ms", "message", "answer_excerpt")
    readonly_fields = fields
    ordering = ("-started_at", "-pk")
    per_page = 20

    @display(description=_("outcome"))
    def shown_outcome(self, attempt):
        return OUTCOMES.get(attempt.outcome, attempt.outcome)


@admin.register(Delivery)
class DeliveryAdmin(ObjectActions, FactsAdmin):
    roles_to_send = EDITORS
    empty_words = _("Nothing has been sent yet. Make a connection, and each new lead is sent there within seconds.")
    inlines = (TryInline,)
    list_display = ("shown_event", "shown_lead", "connection", "shown_state", "attempts", "shown_reason", "created_at")
    list_filter = (DeliveryStateFilter, ConnectionFilter, EventFilter, DeliveryPeriodFilter)
    list_select_related = ("tenant", "connection", "lead")
    list_questions = (
        (_("All"), ""),
        (_("Not delivered"), "state=failed"),
        (_("On the way"), "state=waiting"),
        (_("Held"), "state=held"),
    )
    search_fields = ("lead__name", "lead__email", "connection__name", "event")
    ordering = ("-created_at", "-pk")
    actions = ("send_again", "cancel")
    object_actions = ("send_one_again", "send_here_again", "send_all_again")
    fieldsets = (
        (None, {"fields": FACTS}),
        (_("Exactly what is sent"), {"classes": ("collapse",), "fields": ("shown_payload",)}),
    )
    readonly_fields = (*FACTS, "due_at", "delivered_at", "last_error", "shown_payload")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("connection__secrets", "lead__transcript")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        delivery = self.get_object(request, object_id)
        notice = {}
        if delivery and delivery.state in ARRIVED and delivery.last_error:
            notice["object_notice"] = {"level": "warn", "text": delivery.last_error}
        return super().change_view(request, object_id, form_url, {**notice, **(extra_context or {})})

    def get_fieldsets(self, request, obj=None):
        """Without what there is nothing to say about: the next try of what has arrived, the error of what went well."""
        (_none, facts), payload = super().get_fieldsets(request, obj)
        says = {
            "due_at": obj and obj.state in WAITING,
            "delivered_at": obj and obj.delivered_at,
            "last_error": obj and obj.last_error and obj.state not in ARRIVED,
        }
        return [
            (None, {**facts, "fields": (*facts["fields"], *(name for name, is_said in says.items() if is_said))}),
            payload,
        ]

    def has_send_permission(self, request):
        return self.may(request, self.roles_to_send)

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request, queryset):
        now = timezone.now()
        count = sum(
            services.send_again(rows.values("pk"), tenant=tenant, now=now)
            for tenant, rows in self._by_tenant(request, queryset)
        )
        words = ngettext("Send again: %d queued.", "Send again: %d queued.", count) % count
        self.message_user(request, words, messages.SUCCESS)

    @admin.action(description=_("Don't send any more"), permissions=["send"])
    def cancel(self, request, queryset):
        count = sum(
            services.cancel(rows.values("pk"), tenant=tenant) for tenant, rows in self._by_tenant(request, queryset)
        )
        words = ngettext("%d delivery cancelled.", "%d deliveries cancelled.", count) % count
        self.message_user(request, words, messages.SUCCESS)

    @object_action(label=_("Send again"), roles=EDITORS, is_main=True, when=lambda row: row.state in SENT_AGAIN_FROM)
    def send_one_again(self, request, delivery):
        count = services.send_again([delivery.pk], tenant=delivery.tenant, now=timezone.now())
        self._tell(request, count)
        return _back_to_lead(delivery) if request.POST.get("from") == "lead" else None

    @object_action(label=_("Send again"), roles=EDITORS, has_button=False, when=lambda row: row.lead_id)
    def send_here_again(self, request, delivery):
        """What its connection had of its lead."""
        where = {"tenant": delivery.tenant, "connection_pk": delivery.connection_id}
        self._tell(request, services.send_lead_again(delivery.lead_id, now=timezone.now(), **where))
        return _back_to_lead(delivery)

    @object_action(label=_("Send again"), roles=EDITORS, has_button=False, when=lambda row: row.lead_id)
    def send_all_again(self, request, delivery):
        """What all connections had of its lead."""
        self._tell(request, services.send_lead_again(delivery.lead_id, tenant=delivery.tenant, now=timezone.now()))
        return _back_to_lead(delivery)

    def _tell(self, request, count: int) -> None:
        words = ngettext("Queued: it is sent in a moment.", "%(n)d queued: they are sent in a moment.", count)
        words = words % {"n": count} if count else _("It can't be sent again right now.")
        self.message_user(request, words, messages.SUCCESS if count else messages.WARNING)

    def _by_tenant(self, request, queryset):
        """The rows that one may send, as queries: the list they were chosen from may be as long as it likes."""
        rows = self.within(queryset, request, self.roles_to_send).order_by()
        for tenant in Tenant.objects.filter(pk__in=rows.values("tenant")).order_by("pk"):
            yield tenant, rows.filter(tenant=tenant)

    @display(description=_("what"), ordering="event")
    def shown_event(self, delivery):
        return event_in_words(delivery.event)

    @display(description=_("lead"))
    def shown_lead(self, delivery):
        return str(delivery.lead) if delivery.lead else "–"

    @display(description=_("state"), label=STATE_COLORS)
    def shown_state(self, delivery):
        return delivery.state, delivery.get_state_display()

    @display(description=_("remarks"))
    def shown_reason(self, delivery):
        if delivery.state in ARRIVED and delivery.last_error:
            return _("Note: %s") % delivery.last_error
        return delivery.last_error

    @display(description=_("exactly what is sent"))
    def shown_payload(self, delivery):
        return format_html('<pre class="caty-code">{}</pre>', indented(delivery.payload))


def _back_to_lead(delivery):
    return redirect(f"{reverse('admin:leads_lead_change', args=[delivery.lead_id])}#went")


def indented(payload: str) -> str:
    """JSON as people read it; anything else as it is."""
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError:
        return payload
