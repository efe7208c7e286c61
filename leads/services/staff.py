"""What colleagues do with leads and deliveries."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from caty.lib.errors import CatyError
from leads import contact, outbox
from leads.models import Connection, Delivery, Lead
from leads.notifying import announce_hot
from leads.services.announcing import announce_updated
from leads.services.promises import keep_of_lead
from leads.text import bounded, one_line, scalars
from tenants import services as tenant_services
from tenants.models import Tenant

EDITABLE = ("name", "email", "phone", "company", "custom_fields", "status", "notes", "tags", "owner_id")
MOST_TAGS = 20
ANNOUNCED = ("name", "email", "phone", "company", "custom_fields", "status")


class LeadExists(CatyError):
    """Another lead of this tenant has that address already."""

    status = 409
    code = "LEAD_EXISTS"
    message = "Another lead has this e-mail address or phone number already."


def edit_lead(lead_pk: int, *, tenant: Tenant, changes: Mapping, now: datetime) -> tuple[str, ...]:
    """Apply a colleague's edit, which visitors can't undo from then on; the names of the columns that changed.

    `changes` is of name, email, phone, company, custom_fields, status, notes, tags and owner_id (the id of a membership
    of this business, or None). lead.updated goes out where a contact field or the status changed. Raises
    ContactInvalid, LeadExists, NotAColleague of tenants, and ValueError for another column.
    """
    if unknown := set(changes) - set(EDITABLE):
        raise ValueError(f"not for editing: {', '.join(sorted(unknown))}")
    with transaction.atomic():
        lead = _lock(lead_pk, tenant, owner_id=changes.get("owner_id"))
        return _edit(lead, changes, tenant=tenant, now=now)


def edit_leads(
    lead_pks: Iterable[int], *, tenant: Tenant, changes: Mapping, add_tag: str = "", now: datetime
) -> list[int]:
    """The same edit for several leads, and a tag beside those they have, each lead in a transaction of its own; the ids
    of those that it changed. A lead with 20 tags takes no more. Raises as `edit_lead` does: leads before stay changed.
    """
    edited = []
    for lead_pk in lead_pks:
        with transaction.atomic():
            lead = _lock(lead_pk, tenant, owner_id=changes.get("owner_id"))
            tags = {"tags": [*lead.tags, add_tag]} if add_tag and len(lead.tags) < MOST_TAGS else {}
            if _edit(lead, {**changes, **tags}, tenant=tenant, now=now):
                edited.append(lead_pk)
    return edited


def release_lead(lead_pk: int, *, tenant: Tenant, now: datetime) -> int:
    """Let a held lead out: its deliveries, whose number is given back, are sent. One that isn't held stays as it is."""
    with transaction.atomic():
        lead = _lock(lead_pk, tenant)
        if not lead.held_reason:
            return 0
        lead.held_reason = ""
        lead.save(update_fields=["held_reason"])
        announce_hot(lead, now=now)
        return outbox.release(lead, now=now)


def send_again(deliveries: Iterable[UUID] | QuerySet, *, tenant: Tenant, now: datetime) -> int:
    """Queue deliveries anew, delivered and given-up ones too, with all their tries; how many.

    `deliveries` are keys, or a query for keys, which then stay in the database however many they are. Those being sent
    right now and those held stay as they are; those of a paused connection wait for it. Notes of the same lead that
    were given up come along.
    """
    return outbox.requeue(Delivery.objects.for_tenant(tenant).filter(pk__in=deliveries), now=now)


def cancel(deliveries: Iterable[UUID] | QuerySet, *, tenant: Tenant) -> int:
    """Give up deliveries that have not been sent; how many. `deliveries` as for send_again."""
    return outbox.cancel(Delivery.objects.for_tenant(tenant).filter(pk__in=deliveries))


def resume_connection(connection_pk: int, *, tenant: Tenant, now: datetime) -> int:
    """Take a paused connection up again, as after new credentials were saved; how many deliveries are due with it."""
    with transaction.atomic():
        connection = Connection.objects.for_tenant(tenant).defer("secrets").select_for_update().get(pk=connection_pk)
        return outbox.resume(connection, now=now)


def _lock(lead_pk: int, tenant: Tenant, *, owner_id: int | None = None) -> Lead:
    """The lead, and before it whoever is to be its owner: in the order in which a colleague's leaving takes them."""
    if owner_id is not None:
        tenant_services.get_colleague(owner_id, tenant=tenant)
    return Lead.objects.for_tenant(tenant).select_for_update().get(pk=lead_pk)


def _edit(lead: Lead, changes: Mapping, *, tenant: Tenant, now: datetime) -> tuple[str, ...]:
    """Of a locked lead."""
    changed = _apply(lead, changes, country=tenant.country)
    if not changed:
        return ()
    if "status" in changed and lead.status != Lead.Status.NEW:
        keep_of_lead(lead, now)
    lead.staff_fields = sorted({*lead.staff_fields, *changed})
    lead.updated_at = now
    _save(lead)
    if told := [name for name in changed if name in ANNOUNCED]:
        announce_updated(lead, tenant=tenant, changed=told, now=now)
    return tuple(changed)


def _apply(lead: Lead, changes: Mapping, *, country: str) -> list[str]:
    """Set what differs; the names of those columns. Raises ContactInvalid."""
    before = {name: getattr(lead, name) for name in EDITABLE}
    for name, value in changes.items():
        _set(lead, name, value, country)
    if not lead.email_key and not lead.phone_key:
        sentence = _("Keep an e-mail address or a phone number.")
        raise contact.ContactInvalid(sentence, details=[{"field": "email", "error": sentence}])
    return [name for name in EDITABLE if before[name] != getattr(lead, name)]


def _set(lead: Lead, name: str, value, country: str) -> None:
    if name == "email":
        point = contact.normalise_email(value) if value.strip() else contact.ContactPoint()
        lead.email, lead.email_key = point.text, point.key
    elif name == "phone":
        point = contact.normalise_phone(value, country=country)
        lead.phone, lead.phone_key = point.text, point.key
    elif name == "custom_fields":
        lead.custom_fields = scalars(value)
    elif name == "tags":
        lead.tags = list(dict.fromkeys(tag for tag in (one_line(tag, 40) for tag in value) if tag))[:MOST_TAGS]
    elif name == "owner_id":
        lead.owner_id = value
    elif name == "notes":
        lead.notes = bounded(value, 20_000)
    else:
        setattr(lead, name, one_line(value, 200) if name != "status" else Lead.Status(value).value)


def _save(lead: Lead) -> None:
    """Raises LeadExists."""
    try:
        with transaction.atomic():
            lead.save()
    except IntegrityError as error:
        raise LeadExists from error
