"""What staff read below a lead's form: why it scores, what others claimed, where it went."""

from django.urls import reverse

from leads import services
from leads.admin.words import STATE_COLORS, event_in_words
from leads.models import Lead

MOST = 100


def facts_of(lead: Lead) -> dict:
    """Context of admin/leads/lead_facts.html."""
    deliveries = lead.deliveries.select_related("connection").defer("connection__secrets", "payload")
    return {
        "lead": lead,
        "reasons": services.score_reasons(lead),
        "claims": list(lead.claims.order_by("created_at")[:MOST]),
        "deliveries": [_delivery(delivery) for delivery in deliveries.order_by("-created_at")[:MOST]],
        "details": list(lead.custom_fields.items()),
        "conversation_url": _conversation_url(lead),
    }


def _delivery(delivery) -> dict:
    return {
        "row": delivery,
        "event": event_in_words(delivery.event),
        "color": STATE_COLORS[delivery.state],
        "url": reverse("admin:leads_delivery_change", args=[delivery.pk]),
    }


def _conversation_url(lead: Lead) -> str:
    return reverse("admin:conversation", args=[lead.conversation_reference]) if lead.conversation_reference else ""
