"""Filters asked as questions."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RadioFilter

from leads.admin.words import EVENTS
from leads.models import Connection, Delivery, Lead
from tenants.staff import EVERYONE, staff_of

State = Delivery.State


class Question(RadioFilter):
    """`conditions` maps each answer to the rows it means, `words` to what it is called."""

    conditions: dict[str, dict] = {}
    words: dict[str, str] = {}

    def lookups(self, request, model_admin):
        return list(self.words.items())

    def choices(self, changelist):
        """As the parent's, without the word “By” before the question."""
        for choice in super().choices(changelist):
            choice["form"].fields[self.parameter_name].label = self.title
            yield choice

    def queryset(self, request, queryset):
        condition = self.conditions.get(self.value() or "")
        return queryset if condition is None else queryset.filter(**condition)


class HeatFilter(Question):
    title = _("How keen?")
    parameter_name = "heat"
    words = dict(Lead.Band.choices)
    conditions = {band: {"band": band} for band in Lead.Band.values}


class ArrivedFilter(Question):
    title = _("Delivered?")
    parameter_name = "delivered"
    words = {"no": _("Not delivered"), "waiting": _("On the way"), "yes": _("Delivered")}
    conditions = {
        "no": {"has_failed": True},
        "waiting": {"has_waiting": True, "has_failed": False},
        "yes": {"has_arrived": True, "has_waiting": False, "has_failed": False},
    }


class HeldFilter(Question):
    title = _("Held?")
    parameter_name = "held"
    words = {"yes": _("Held for your release")}
    conditions = {"yes": {"held_reason__gt": ""}}


class StatusFilter(Question):
    title = _("How far?")
    parameter_name = "status"
    words = dict(Lead.Status.choices)
    conditions = {status: {"status": status} for status in Lead.Status.values}


class DeliveryStateFilter(Question):
    title = _("Arrived?")
    parameter_name = "state"
    words = {"failed": _("Not delivered"), "waiting": _("On the way"), "held": _("Held"), "done": _("Delivered")}
    conditions = {
        "failed": {"state": State.DEAD},
        "waiting": {"state__in": [State.PENDING, State.SENDING, State.PAUSED]},
        "held": {"state": State.HELD},
        "done": {"state__in": [State.DELIVERED, State.SUPERSEDED]},
    }


class ConnectionFilter(Question):
    """Offers the connections of one's own businesses."""

    title = _("Over which connection?")
    parameter_name = "connection"
    most = 30

    def lookups(self, request, model_admin):
        rows = Connection.objects.filter(tenant__in=staff_of(request).tenant_ids(EVERYONE)).order_by("name", "pk")
        return [(str(pk), name) for pk, name in rows.values_list("pk", "name")[: self.most]]

    def has_output(self):
        return bool(self.lookup_choices or self.value())

    def queryset(self, request, queryset):
        asked = self.value() or ""
        return queryset.filter(connection=int(asked)) if asked.isascii() and asked.isdigit() else queryset


class EventFilter(Question):
    title = _("What?")
    parameter_name = "event"
    words = {name: words for name, words in EVENTS.items() if name != "test"}
    conditions = {name: {"event": name} for name in EVENTS}


class DeliveryPeriodFilter(Question):
    title = _("Since when?")
    parameter_name = "since"
    words = {
        "1": _("Today"),
        "7": _("In the last 7 days"),
        "30": _("In the last 30 days"),
    }

    def queryset(self, request, queryset):
        if self.value() not in self.words:
            return queryset
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return queryset.filter(created_at__gte=today - timedelta(days=int(self.value()) - 1))
