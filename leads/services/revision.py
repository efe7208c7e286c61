"""What a visitor's words may change in a lead that is already there."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from leads import junk
from leads.contact import ContactPoint
from leads.models import Lead, LeadClaim
from leads.source import Source
from leads.text import MOST_FIELDS, bounded

MOST_CLAIMS = 100
NOTHING = ContactPoint()
UNKNOWN = Source()


@dataclass(frozen=True, kw_only=True)
class Said:
    """A visitor's details, normalised and cut to their columns."""

    conversation_reference: str
    email: ContactPoint = NOTHING
    phone: ContactPoint = NOTHING
    name: str = ""
    company: str = ""
    custom_fields: dict = field(default_factory=dict)
    intent: str = ""
    page_url: str = ""
    referrer: str = ""
    source: Source = UNKNOWN
    consent_text: str = ""
    consent_version: int | None = None


def revise(lead: Lead, said: Said, *, now: datetime) -> list[str]:
    """Apply `said` to a locked lead; the contact fields that changed.

    The conversation that made the lead may correct it. Any other fills what is empty, and what it says otherwise is
    kept as a claim. What a colleague has edited stays.
    """
    owns = lead.conversation_reference == said.conversation_reference
    before = _columns(lead)
    claims = _revise_phone(lead, said, owns)
    claims += _revise_names(lead, said, owns)
    claims += _revise_custom_fields(lead, said, owns)
    claims += _revise_circumstances(lead, said, owns, now)
    _keep_claims(lead, claims, said.conversation_reference, now)
    changed = [name for name, value in _columns(lead).items() if before[name] != value]
    if changed:
        lead.updated_at = now
        lead.save()
    return [name for name in changed if name in ("name", "phone", "company", "custom_fields")]


def _revise_phone(lead, said, owns) -> list[tuple[str, str]]:
    if not said.phone.text or said.phone == ContactPoint(lead.phone, lead.phone_key):
        return []
    if said.phone.key and said.phone.key == lead.phone_key:
        return []
    if not _may_change(lead, "phone", owns=owns):
        return [("phone", said.phone.text)]
    # A second number is as likely another way to be reached as a correction: the first is kept in sight.
    earlier = [("phone", lead.phone)] if lead.phone else []
    lead.phone, lead.phone_key = said.phone.text, said.phone.key
    return earlier


def _revise_names(lead, said, owns) -> list[tuple[str, str]]:
    claims = []
    for name in ("name", "company"):
        value = getattr(said, name)
        if not value or value == getattr(lead, name):
            continue
        # A lead that has been let through must not become an advertisement afterwards.
        if _may_change(lead, name, owns=owns) and not junk.is_advertisement(**{name: value}):
            setattr(lead, name, value)
        else:
            claims.append((name, value))
    return claims


def _revise_custom_fields(lead, said, owns) -> list[tuple[str, str]]:
    claims, merged = [], dict(lead.custom_fields)
    for name, value in said.custom_fields.items():
        if name in merged and merged[name] == value:
            continue
        may_change = "custom_fields" not in lead.staff_fields and (owns or name not in merged)
        if may_change and (name in merged or len(merged) < MOST_FIELDS):
            merged[name] = value
        else:
            claims.append(("custom_fields", f"{name}: {value}"))
    lead.custom_fields = merged
    return claims


def _revise_circumstances(lead, said, owns, now) -> list[tuple[str, str]]:
    if not owns:
        # Nobody agrees in somebody else's name.
        return [("consent", said.consent_text)] if said.consent_text else []
    lead.intent = said.intent or lead.intent
    lead.page_url = lead.page_url or said.page_url
    lead.referrer = lead.referrer or said.referrer
    if not lead.first_page_url:
        for name, value in asdict(said.source).items():
            setattr(lead, name, value)
    if said.consent_text and (said.consent_text, said.consent_version) != (lead.consent_text, lead.consent_version):
        lead.consent_text, lead.consent_version, lead.consent_at = said.consent_text, said.consent_version, now
    return []


def _may_change(lead, name, *, owns) -> bool:
    return name not in lead.staff_fields and (owns or not getattr(lead, name))


def _keep_claims(lead, claims, conversation_reference, now) -> None:
    """At most 100 for a lead, each once; the lead's lock makes the count true."""
    if not claims:
        return
    room = max(0, MOST_CLAIMS - lead.claims.count())
    LeadClaim.objects.bulk_create(
        [
            LeadClaim(
                lead=lead,
                conversation_reference=conversation_reference,
                field=name,
                value=bounded(value, 2000),
                created_at=now,
            )
            for name, value in claims[:room]
        ],
        ignore_conflicts=True,
    )


def _columns(lead) -> dict:
    names = ("name", "phone", "phone_key", "company", "custom_fields", "intent", "page_url", "referrer")
    return {name: getattr(lead, name) for name in (*names, "first_page_url", "consent_text", "consent_version")}
