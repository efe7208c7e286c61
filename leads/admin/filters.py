"""Filters asked as questions."""

from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RadioFilter

from leads.models import Delivery, Lead

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
        "done": {"state": State.DELIVERED},
    }
