"""What of a lead goes into which field of a CRM. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from leads.connectors.base import LeadSnapshot, MappedValue

CUSTOM = "custom:"
LONGEST_VALUE = 2000


@dataclass(frozen=True)
class Mapped:
    """A row of a connection's mapping. `field` is one of FIELDS, or `custom:` and the name of a further detail."""

    field: str
    remote_field: str
    overwrite: bool = False


@dataclass(frozen=True)
class OurField:
    """`is_ours`: the CRM's users don't write it, so that what we know replaces what stands there."""

    label: str
    read: Callable[[LeadSnapshot], str]
    is_ours: bool = False


def first_and_last_name(name: str) -> tuple[str, str]:
    """“Ada King Lovelace” is Ada King, and Lovelace; a single word is a first name."""
    first, _blank, last = name.strip().rpartition(" ")
    return (first.strip(), last) if first else (last, "")


FIELDS: dict[str, OurField] = {
    "email": OurField(_("E-mail"), lambda lead: lead.email),
    "phone": OurField(_("Phone"), lambda lead: lead.phone),
    "name": OurField(_("Whole name"), lambda lead: lead.name),
    "first_name": OurField(_("First name"), lambda lead: first_and_last_name(lead.name)[0]),
    "last_name": OurField(_("Last name"), lambda lead: first_and_last_name(lead.name)[1]),
    "company": OurField(_("Company"), lambda lead: lead.company),
    "intent": OurField(_("Wants"), lambda lead: lead.intent.replace("_", " ").capitalize(), is_ours=True),
    "score": OurField(_("Score"), lambda lead: str(lead.score), is_ours=True),
    "band": OurField(_("Temperature"), lambda lead: lead.band, is_ours=True),
    "status": OurField(_("Status"), lambda lead: lead.status, is_ours=True),
    "tags": OurField(_("Tags"), lambda lead: ", ".join(lead.tags), is_ours=True),
    "reasons": OurField(
        _("Why it scores so"),
        lambda lead: "; ".join(f"{points:+d} {why}" for why, points in lead.reasons),
        is_ours=True,
    ),
    "page_url": OurField(_("Page"), lambda lead: lead.page_url),
    "first_page_url": OurField(_("First page"), lambda lead: lead.first_page_url),
    "utm_source": OurField(_("Campaign's source"), lambda lead: lead.utm_source),
    "utm_medium": OurField(_("Campaign's medium"), lambda lead: lead.utm_medium),
    "utm_campaign": OurField(_("Campaign"), lambda lead: lead.utm_campaign),
    "referrer": OurField(_("Came from"), lambda lead: lead.referrer),
    "consent": OurField(_("Agreed to"), lambda lead: lead.consent_text, is_ours=True),
    "conversation_url": OurField(_("Link to the conversation"), lambda lead: lead.conversation_url, is_ours=True),
    "lead_id": OurField(_("Reference"), lambda lead: lead.lead_id, is_ours=True),
    "source": OurField(_("“Website chat”, as the source"), lambda lead: "Website chat"),
}


def label_of(field: str) -> str:
    """What staff call a field of ours; raises KeyError for one that is none."""
    return field.removeprefix(CUSTOM) if field.startswith(CUSTOM) else str(FIELDS[field].label)


def default_rows(pairs: Iterable[tuple[str, str]]) -> list[Mapped]:
    """A new connection's mapping: it fills what is empty, and keeps up what only we write."""
    return [Mapped(ours, theirs, overwrite=ours in FIELDS and FIELDS[ours].is_ours) for ours, theirs in pairs]


def values_of(lead: LeadSnapshot, rows: Iterable[Mapped]) -> tuple[MappedValue, ...]:
    """What is to be written where, without what the lead lacks; of two rows for a field the first that has a value."""
    values: dict[str, MappedValue] = {}
    for row in rows:
        value = _value(lead, row.field)[:LONGEST_VALUE]
        if value and row.remote_field not in values:
            values[row.remote_field] = MappedValue(
                field=row.remote_field, value=value, overwrite=row.overwrite, label=label_of(row.field)
            )
    return tuple(values.values())


def _value(lead: LeadSnapshot, field: str) -> str:
    if field.startswith(CUSTOM):
        value = lead.custom_fields.get(field.removeprefix(CUSTOM))
        return "" if value is None else str(value)
    return FIELDS[field].read(lead) if field in FIELDS else ""
