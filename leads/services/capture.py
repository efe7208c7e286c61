"""Taking a lead in: whose it is, what it may change, what it scores, and where it goes."""

import logging
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from caty.lib.errors import Unavailable
from leads import contact, junk
from leads.contact import ContactInvalid, ContactPoint
from leads.contracts import CapturedLead, LeadReceipt
from leads.models import Lead, LeadConversation
from leads.notifying import announce_hot
from leads.services import score
from leads.services.announcing import announce_captured, announce_note, announce_updated
from leads.services.completion import snapshot
from leads.services.locks import lock_conversation
from leads.services.revision import Said, revise
from leads.source import source_of, without_ids
from leads.text import bounded, one_line, scalars
from tenants.contracts import ScoreWeights
from tenants.models import Tenant

log = logging.getLogger(__name__)
INSERT_ATTEMPTS = 3
MOST_OWN_LEADS = 50


def capture_lead(lead: CapturedLead, *, tenant: Tenant, weights: ScoreWeights, now: datetime) -> LeadReceipt:
    """Store what a visitor gave, with one delivery for each connection, all in one transaction.

    Whose lead it is follows the product's rules: one for each e-mail address, or phone number where there is no
    address; the conversation that made it may correct it, others fill what is empty. `is_new` and `lead_pk` are not
    for the visitor's eyes; `lead_id` has the same form either way. Several leads taken in within one transaction
    should come in the order of their addresses, so that two conversations can't wait for one another.
    Raises ContactInvalid.
    """
    said = _normalise(lead, country=tenant.country)
    with transaction.atomic():
        lock_conversation(tenant.pk, lead.conversation_reference)
        row, is_new, changed = _find_or_make(lead, said, tenant=tenant, now=now)
        if not is_new:
            changed += revise(row, said, now=now)
        conversation_score, has_new_band = _score(row, said, tenant=tenant, weights=weights, now=now)
        if is_new:
            announce_captured(row, tenant=tenant, now=now)
            announce_note(row, tenant=tenant, lines=row.transcript, now=now)
            log.info("lead.captured lead_id=%s held=%s", row.public_id, row.held_reason or "-")
        elif changed or has_new_band:
            changed += ["band"] if has_new_band else []
            announce_updated(row, tenant=tenant, changed=changed, now=now)
        if has_new_band:
            announce_hot(row, now=now)
    return LeadReceipt(lead_pk=row.pk, lead_id=row.public_id, is_new=is_new, conversation_score=conversation_score)


def _normalise(lead: CapturedLead, *, country: str) -> Said:
    """Raises ContactInvalid."""
    email = contact.normalise_email(lead.email) if lead.email.strip() else ContactPoint()
    phone = contact.normalise_phone(lead.phone, country=country)
    if not email.key and not phone.key:
        sentence = "Give an e-mail address or a phone number."
        raise ContactInvalid(sentence, details=[{"field": "phone" if lead.phone else "email", "error": sentence}])
    return Said(
        conversation_reference=lead.conversation_reference,
        email=email,
        phone=phone,
        name=one_line(lead.name, 200),
        company=one_line(lead.company, 200),
        custom_fields=scalars(lead.custom_fields),
        intent=one_line(lead.intent, 60),
        page_url=without_ids(lead.page_url),
        referrer=without_ids(lead.referrer),
        source=source_of(lead.first_page_url),
        consent_text=bounded(lead.consent_text, 500),
        consent_version=lead.consent_version,
    )


def _find_or_make(lead: CapturedLead, said: Said, *, tenant, now) -> tuple[Lead, bool, list[str]]:
    """The locked row, whether it was made just now, and what finding it has changed.

    Locks that one row alone: two conversations that name each other's addresses must not wait for one another.
    """
    own = list(
        Lead.objects.for_tenant(tenant)
        .filter(conversation_reference=lead.conversation_reference)
        .only("email_key", "phone_key", "captured_at")
        .order_by("-pk")[:MOST_OWN_LEADS]
    )
    found = _own_lead(own, said)
    row = Lead.objects.select_for_update().filter(pk=found.pk).first() if found else None
    if row is not None:
        return row, False, []
    row = _give_email(own, said, tenant=tenant) if said.email.key else None
    if row is not None:
        return row, False, ["email"]
    recent = sum(1 for row in own if row.captured_at > now - timedelta(hours=1))
    row, is_new = _insert(_new_lead(lead, said, tenant=tenant, leads_this_hour=recent, now=now))
    return row, is_new, []


def _own_lead(own: list[Lead], said: Said) -> Lead | None:
    """This conversation's lead with the same address; for a phone number alone, also the one that has an address."""
    if said.email.key:
        return next((row for row in own if row.email_key == said.email.key), None)
    same_number = next((row for row in own if row.phone_key == said.phone.key), None)
    return same_number or next((row for row in own if row.email_key), None)


def _give_email(own: list[Lead], said: Said, *, tenant) -> Lead | None:
    """Give this conversation's lead that has only a phone number its address, unless another lead has that already."""
    without_email = [row for row in own if not row.email_key]
    same_number = [row for row in without_email if row.phone_key == said.phone.key]
    chosen = next(iter(same_number or without_email), None)
    # Asked before, though the constraint decides: PostgreSQL logs a statement that fails, and the address with it.
    if chosen is None or Lead.objects.for_tenant(tenant).filter(email_key=said.email.key).exists():
        return None
    try:
        with transaction.atomic():  # rolled back, it gives the lock back too
            row = Lead.objects.select_for_update().filter(pk=chosen.pk, email_key="").first()
            if row is None or "email" in row.staff_fields:
                return None
            row.email, row.email_key = said.email.text, said.email.key
            row.held_reason = row.held_reason or junk.reason_to_hold(email_key=row.email_key)
            row.save(update_fields=["email", "email_key", "held_reason"])
            return row
    except IntegrityError:
        return None


def _new_lead(lead: CapturedLead, said: Said, *, tenant, leads_this_hour: int, now) -> Lead:
    return Lead(
        tenant=tenant,
        email=said.email.text,
        email_key=said.email.key,
        phone=said.phone.text,
        phone_key=said.phone.key,
        name=said.name,
        company=said.company,
        custom_fields=said.custom_fields,
        intent=said.intent,
        page_url=said.page_url,
        referrer=said.referrer,
        consent_text=said.consent_text,
        consent_version=said.consent_version if said.consent_text else None,
        consent_at=now if said.consent_text else None,
        **asdict(said.source),
        conversation_reference=lead.conversation_reference,
        conversation_url=one_line(lead.conversation_url, 500),
        person_reference=lead.person_reference,
        transcript=snapshot(lead.transcript),
        held_reason=junk.reason_to_hold(
            email_key=said.email.key, name=said.name, company=said.company, leads_this_hour=leads_this_hour
        ),
        captured_at=now,
        updated_at=now,
    )


def _insert(new: Lead) -> tuple[Lead, bool]:
    """Insert unless the address is taken, then lock whichever row has it. Waits for a twin being made elsewhere."""
    identity = {"email_key": new.email_key} if new.email_key else {"email_key": "", "phone_key": new.phone_key}
    for _attempt in range(INSERT_ATTEMPTS):
        Lead.objects.bulk_create([new], ignore_conflicts=True)
        row = Lead.objects.for_tenant(new.tenant).filter(**identity).select_for_update().first()
        if row is not None:  # otherwise its address was changed by a colleague between the two statements
            return row, row.public_id == new.public_id
    raise Unavailable


def _score(row: Lead, said: Said, *, tenant, weights, now) -> tuple[int, bool]:
    """The conversation's own score, and whether the lead's band changed."""
    reference = said.conversation_reference
    LeadConversation.objects.bulk_create(
        [LeadConversation(lead=row, conversation_reference=reference)], ignore_conflicts=True
    )
    facts = score.contact_facts(has_email=bool(said.email.key), has_phone=bool(said.phone.key))
    worth = [fact for fact in facts if getattr(weights, fact.rule)]
    score.write_entries(tenant, reference, worth, weights, now)
    score.adopt_entries(row, reference)
    has_new_band = score.rescore(row, now=now)
    return score.session_score(tenant=tenant, conversation_reference=reference), has_new_band
