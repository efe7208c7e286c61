"""The ledger of points, and what it adds up to for a conversation and for a lead."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Collate
from django.utils.translation import gettext_noop

from leads import scoring
from leads.contracts import ScoreFact
from leads.models import Lead, ScoreEntry
from leads.notifying import announce_hot
from leads.services.announcing import announce_updated
from leads.services.locks import lock_conversation
from leads.text import one_line
from tenants.contracts import ScoreWeights
from tenants.models import Tenant


def record_score(
    *, tenant: Tenant, weights: ScoreWeights, conversation_reference: str, facts: Sequence[ScoreFact], now: datetime
) -> int:
    """Write down the facts that are new to this conversation; its score so far, 0–100, from its own facts alone.

    The leads it has named are scored again; lead.updated goes out where a band changed. One query where nothing is
    new. Raises ValueError for a rule that ScoreWeights doesn't name.
    """
    known = _entries(tenant, conversation_reference)
    new = [fact for fact in facts if fact.rule not in dict(known) and scoring.points_for(fact.rule, weights)]
    if not new:
        return scoring.total(known)
    with transaction.atomic():
        lock_conversation(tenant.pk, conversation_reference)
        write_entries(tenant, conversation_reference, new, weights, now)
        leads = Lead.objects.for_tenant(tenant).filter(conversations__conversation_reference=conversation_reference)
        # Locked in the order in which a transaction takes several leads in.
        for lead in leads.select_for_update(of=("self",)).order_by(Collate("email_key", "C"), "pk"):
            adopt_entries(lead, conversation_reference)
            if rescore(lead, now=now):
                announce_updated(lead, tenant=tenant, changed=["band"], now=now)
                announce_hot(lead, now=now)
    return session_score(tenant=tenant, conversation_reference=conversation_reference)


def session_score(*, tenant: Tenant, conversation_reference: str) -> int:
    """A conversation's score, 0–100, from its own facts alone."""
    return scoring.total(_entries(tenant, conversation_reference))


def score_reasons(lead: Lead) -> list[ScoreEntry]:
    """Why a lead scores as it does: the entries that count, one for each rule, oldest first.

    What is worth nothing by now is left out.
    """
    counted = {}
    for entry in _entries_of(lead):
        counted.setdefault(entry.rule, entry)
    return [entry for entry in counted.values() if entry.points]


def write_entries(tenant, conversation_reference, facts, weights, now) -> None:
    """A rule that stands in the ledger already stays as it was written first."""
    ScoreEntry.objects.bulk_create(
        [
            ScoreEntry(
                tenant=tenant,
                conversation_reference=conversation_reference,
                rule=fact.rule,
                points=scoring.points_for(fact.rule, weights),
                reason=one_line(fact.reason, 300),
                created_at=now,
            )
            for fact in facts
        ],
        ignore_conflicts=True,
    )


def adopt_entries(lead: Lead, conversation_reference: str) -> None:
    """Show the conversation's entries on the page of the first lead it named."""
    entries = ScoreEntry.objects.filter(tenant_id=lead.tenant_id, conversation_reference=conversation_reference)
    entries.filter(lead=None).update(lead=lead)


def rescore(lead: Lead, *, now: datetime) -> bool:
    """Add up the ledger anew; whether the band changed. The row must be locked."""
    score = scoring.total([(entry.rule, entry.points) for entry in _entries_of(lead)])
    if score == lead.score:
        return False
    band, lead.score, lead.band, lead.updated_at = lead.band, score, scoring.band_of(score), now
    lead.save(update_fields=["score", "band", "updated_at"])
    return band != lead.band


def contact_facts(*, has_email: bool, has_phone: bool) -> list[ScoreFact]:
    """What leaving contact details is worth. Staff read the reasons: the visitor's language is not theirs."""
    facts = []
    if has_email:
        facts.append(ScoreFact(rule="gave_email", reason=gettext_noop("Left an e-mail address")))
    if has_phone:
        facts.append(ScoreFact(rule="gave_phone", reason=gettext_noop("Left a phone number")))
    return facts


def _entries(tenant, conversation_reference) -> list[tuple[str, int]]:
    rows = ScoreEntry.objects.for_tenant(tenant).filter(conversation_reference=conversation_reference)
    return list(rows.order_by("created_at", "pk").values_list("rule", "points"))


def _entries_of(lead: Lead):
    references = lead.conversations.values("conversation_reference")
    rows = ScoreEntry.objects.filter(tenant_id=lead.tenant_id, conversation_reference__in=references)
    return rows.order_by("created_at", "pk")
