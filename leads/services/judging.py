"""What colleagues make of unverified claims: take one over, or put it aside."""

from datetime import datetime

from django.db import transaction

from caty.lib.errors import CatyError, NotFound
from leads.models import Lead, LeadClaim
from leads.services.staff import edit_lead
from leads.text import MOST_FIELDS, shown, split_detail
from tenants.models import Tenant

USABLE = ("name", "company", "phone", "custom_fields")  # nobody agrees to anything in somebody else's name


class ClaimNotFound(NotFound):
    message = "This has been decided already."


class DetailsFull(CatyError):
    status = 409
    code = "DETAILS_FULL"
    message = "A lead holds 20 further details. Take one out first."


def use_claim(claim_pk: int, *, lead_pk: int, tenant: Tenant, now: datetime) -> str:
    """Put what a claim says into its lead, as a colleague's edit; what stood there before, in words.

    Raises ClaimNotFound and DetailsFull, and ContactInvalid and LeadExists as `edit_lead` does.
    """
    with transaction.atomic():
        lead, claim = _lock(claim_pk, lead_pk, tenant)
        if claim.field not in USABLE:
            raise ClaimNotFound
        before, changes = _as_change(lead, claim)
        edit_lead(lead.pk, tenant=tenant, changes=changes, now=now)
        _put_aside(lead, claim)
    return before


def dismiss_claim(claim_pk: int, *, lead_pk: int, tenant: Tenant) -> None:
    """Forget a claim, whoever else said the same of this lead. Raises ClaimNotFound."""
    with transaction.atomic():
        _put_aside(*_lock(claim_pk, lead_pk, tenant))


def _lock(claim_pk: int, lead_pk: int, tenant: Tenant) -> tuple[Lead, LeadClaim]:
    lead = Lead.objects.for_tenant(tenant).select_for_update().filter(pk=lead_pk).first()
    claim = lead.claims.filter(pk=claim_pk).first() if lead else None
    if claim is None:
        raise ClaimNotFound
    return lead, claim


def _as_change(lead: Lead, claim: LeadClaim) -> tuple[str, dict]:
    if claim.field != "custom_fields":
        return getattr(lead, claim.field), {claim.field: claim.value}
    name, value = split_detail(claim.value, lead.custom_fields)
    details = {**lead.custom_fields, name: value}
    if len(details) > MOST_FIELDS:
        raise DetailsFull
    return shown(lead.custom_fields.get(name)), {"custom_fields": details}


def _put_aside(lead: Lead, claim: LeadClaim) -> None:
    lead.claims.filter(field=claim.field, value=claim.value).delete()
