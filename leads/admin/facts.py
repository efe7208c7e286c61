"""What staff read below a lead's form: why it scores, what others claimed, where it went."""

from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from leads import services
from leads.admin.arrivals import arrivals_of
from leads.admin.lead_blocks import blocks_of
from leads.admin.promises import promises_of
from leads.admin.words import CLAIMED, NETWORKS
from leads.models import Lead, LeadClaim
from leads.services.judging import USABLE
from leads.text import shown, split_detail

MOST = 100


def facts_of(lead: Lead, *, may_change: bool) -> dict:
    """Context of admin/leads/lead_facts.html."""
    claims = [_claim(lead, claim) for claim in lead.claims.order_by("field", "created_at", "pk")[:MOST]]
    return {
        "lead": lead,
        "reasons": services.score_reasons(lead),
        "claims": claims,
        "claim_hints": _hints(claims),
        "may_change": may_change,
        "duplicates": services.find_duplicates(lead),
        "source": _source(lead),
        "promises": promises_of(lead),
        "blocks": blocks_of(lead),
        "arrivals": arrivals_of(lead),
        "details": [(name, shown(value)) for name, value in lead.custom_fields.items()],
    }


def _claim(lead: Lead, claim: LeadClaim) -> dict:
    """What it is about, what the lead says, what somebody else said, and whether that can be taken over."""
    about, says, stands = CLAIMED.get(claim.field, claim.field), claim.value, getattr(lead, claim.field, "")
    if claim.field == "custom_fields":
        about, says = split_detail(claim.value, lead.custom_fields)
        stands = shown(lead.custom_fields.get(about))
    if claim.field == "consent":
        stands = lead.consent_text
    return {"row": claim, "about": about, "stands": stands, "says": says, "is_usable": claim.field in USABLE}


def _hints(claims: list[dict]) -> dict[str, str]:
    """For each field that somebody else said something of: a sentence beside it, with the way to what was said."""
    by_field = {}
    for claim in claims:
        by_field.setdefault(claim["row"].field, []).append(claim)
    return {name: _hint(own) for name, own in by_field.items()}


def _hint(claims: list[dict]) -> str:
    if len(claims) == 1:
        words = _("Somebody else said “%s”.") % Truncator(claims[0]["row"].value).chars(60)
    else:
        count = len(claims)
        words = ngettext("Somebody else said %d thing.", "Somebody else said %d other things.", count) % count
    return format_html('<span class="words">{}</span> <a class="caty-link" href="#claims">{}</a>', words, _("Compare"))


def _source(lead: Lead) -> list[tuple[str, str]]:
    campaign = " · ".join(filter(None, (lead.utm_source, lead.utm_medium, lead.utm_campaign)))
    variant = " · ".join(filter(None, (lead.utm_term, lead.utm_content)))
    rows = (
        (_("First page"), lead.first_page_url),
        (_("Came from"), lead.referrer),
        (_("Clicked on"), NETWORKS.get(lead.ad_network, lead.ad_network)),
        (_("Campaign"), campaign),
        (_("Words and variant"), variant),
        (_("Left details on"), lead.page_url),
    )
    return [(label, value) for label, value in rows if value]
