"""What staff read below a lead's form: why it scores, what others claimed, where it went."""

from django.urls import reverse

from leads import services
from leads.admin.arrivals import arrivals_of
from leads.models import Lead

MOST = 100


def facts_of(lead: Lead) -> dict:
    """Context of admin/leads/lead_facts.html."""
    return {
        "lead": lead,
        "reasons": services.score_reasons(lead),
        "claims": list(lead.claims.order_by("created_at")[:MOST]),
        "arrivals": arrivals_of(lead),
        "details": list(lead.custom_fields.items()),
        "conversation_url": _conversation_url(lead),
    }


def _conversation_url(lead: Lead) -> str:
    return reverse("admin:conversation", args=[lead.conversation_reference]) if lead.conversation_reference else ""
