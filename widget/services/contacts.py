"""Contact details on their way to the post office, from a form or from the visitor's own words."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction

from caty.lib import throttling
from caty.lib.errors import CatyError
from leads import services as lead_services
from leads.contracts import CapturedLead, Contacts, LeadReceipt, ScoreFact
from tenants.contracts import WidgetConfig
from tenants.models import Tenant
from widget.contracts import Caller, LeadAnswer, LeadForm
from widget.limits import HOUR, address_window
from widget.models import IdempotencyRecord, Session
from widget.queries import conversation_url, get_session, transcript_lines
from widget.services.promises import keep_open_promise


class IdempotencyConflict(CatyError):
    status = 409
    code = "IDEMPOTENCY_CONFLICT"
    message = "This Idempotency-Key was used for another request. Send a new key with a new request."


class ConsentMissing(CatyError):
    message = "Please agree to the privacy notice, so that we may get in touch."


def submit_lead(
    *,
    tenant: Tenant,
    config: WidgetConfig,
    session_id: str,
    form: LeadForm,
    idempotency_key: str = "",
    caller: Caller,
    now: datetime,
) -> LeadAnswer:
    """Capture the form as a lead. A repeat under the same key gets the first answer, while the conversation goes on.

    Raises SessionNotFound, IdempotencyConflict, RateLimited, ConsentMissing and ContactInvalid.
    """
    session = get_session(tenant=tenant, session_id=session_id, now=now)
    digest = hashlib.sha256(json.dumps(asdict(form), sort_keys=True).encode()).hexdigest()
    earlier = _find_earlier(session, idempotency_key, digest)
    if earlier is not None:
        return earlier
    if config.behavior.consent_text and not form.consent:
        raise ConsentMissing(details=[{"field": "consent", "error": "This box must be ticked."}])
    throttling.require(leads_window(config, caller))
    try:
        return _capture_form(tenant, config, session_id, form, idempotency_key, digest, now)
    except IntegrityError:
        # The same key arrived twice at once: the other request was first, its answer is ours.
        earlier = _find_earlier(session, idempotency_key, digest)
        if earlier is None:
            raise
        return earlier


def leads_window(config: WidgetConfig, caller: Caller) -> throttling.Window:
    """What this address may still hand in as contact details within the hour."""
    limit = config.limits.leads_per_hour
    return address_window(config, caller, scope="leads", limit=limit, seconds=HOUR)


def _find_earlier(session: Session, key: str, digest: str) -> LeadAnswer | None:
    record = session.idempotency_records.filter(endpoint="lead", key=key).first() if key else None
    if record is None:
        return None
    if record.body_digest != digest:
        raise IdempotencyConflict
    return LeadAnswer(**record.answer)


@transaction.atomic
def _capture_form(
    tenant: Tenant, config: WidgetConfig, session_id: str, form: LeadForm, key: str, digest: str, now: datetime
) -> LeadAnswer:
    session = get_session(tenant=tenant, session_id=session_id, now=now, lock=True)
    receipt = capture(
        session,
        config,
        CapturedLead(
            **_origin_of(session),
            email=form.email,
            phone=form.phone,
            name=form.name,
            company=form.company,
            custom_fields=form.custom_fields,
            **_agreement(session, config, has_agreed=form.consent),
        ),
        now,
    )
    session.last_heard_at = now
    session.save(update_fields=["lead", "lead_score", "last_heard_at"])
    thanks = config.own_text("thanks", language=session.language, otherwise=config.behavior.lead_thanks_message)
    answer = LeadAnswer(lead_id=receipt.lead_id, message=thanks)
    if key:
        IdempotencyRecord.objects.create(
            session=session, endpoint="lead", key=key, body_digest=digest, answer=asdict(answer), created_at=now
        )
    return answer


def capture(session: Session, config: WidgetConfig, lead: CapturedLead, now: datetime) -> LeadReceipt:
    """Hand the lead over and note on the (locked, unsaved) session whose it is and how it scores."""
    receipt = lead_services.capture_lead(lead, tenant=session.tenant, weights=config.score_weights, now=now)
    session.lead_id = receipt.lead_pk
    session.lead_score = receipt.conversation_score
    if session.handoff_requested_at:
        keep_open_promise(session, now)
    return receipt


def capture_found(session: Session, config: WidgetConfig, contacts: Contacts, now: datetime) -> None:
    """Every address found in a visitor's words is a lead; a number goes with the first address, or stands alone."""
    emails = contacts.emails or ("",)
    phone = contacts.phones[0] if contacts.phones else ""
    if not (contacts.emails or phone):
        return
    origin = _origin_of(session)
    given = [
        CapturedLead(**origin, email=email, phone=phone if place == 0 else "") for place, email in enumerate(emails)
    ]
    # In the order of their addresses, so that two conversations naming the same ones never wait for one another.
    for lead in sorted(given, key=lambda lead: lead.email.lower()):
        capture(session, config, lead, now)


def _origin_of(session: Session) -> dict:
    return {
        "conversation_reference": session.reference,
        "conversation_url": conversation_url(session.reference),
        "person_reference": session.visitor.reference,
        "intent": session.intent,
        "page_url": session.page_url,
        "referrer": session.referrer,
        "first_page_url": session.first_page_url,
        "transcript": transcript_lines(session),
    }


def _agreement(session: Session, config: WidgetConfig, *, has_agreed: bool) -> dict:
    """What the visitor agreed to, in the words and under the number they had before them."""
    asked = config.behavior.consent_text
    if not (asked and has_agreed):
        return {}
    shown = config.own_text("consent_text", language=session.language, otherwise=asked)
    return {"consent_text": shown, "consent_version": config.behavior.consent_version}


def score(session: Session, config: WidgetConfig, rule: str, reason: str, now: datetime) -> None:
    """Enter a fact in the ledger, and note the conversation's score on the (locked, unsaved) session."""
    session.lead_score = lead_services.record_score(
        tenant=session.tenant,
        weights=config.score_weights,
        conversation_reference=session.reference,
        facts=[ScoreFact(rule=rule, reason=reason)],
        now=now,
    )
