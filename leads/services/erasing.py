"""What the post office holds of one person: handed out, or erased."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from leads.models import CallbackPromise, Delivery, Lead, LeadClaim, ScoreEntry, StaffMail, VisitorMail
from tenants.models import Tenant

TOLD = (
    "public_id",
    "name",
    "email",
    "phone",
    "company",
    "custom_fields",
    "status",
    "intent",
    "score",
    "notes",
    "tags",
    "conversation_reference",
    "page_url",
    "referrer",
    "first_page_url",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "consent_text",
    "consent_at",
    "transcript",
    "captured_at",
    "updated_at",
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody by all names under which the post office knows them: references of conversations and messages."""

    conversations: Collection[str]
    messages: Collection[str]

    @property
    def event_ids(self) -> list[str]:
        """Of the events that were announced of their conversations."""
        moments = [f"{one}:{moment}" for one in self.conversations for moment in ("started", "handoff", "ended")]
        return [*moments, *self.messages]


def leads_of(person: Person, *, tenant: Tenant) -> list[dict]:
    """The leads that this person's conversations made, with what else they have said of leads of others, what they were
    promised, and which mails they were sent."""
    rows = _made_by(person, tenant).order_by("captured_at", "pk")
    claims = LeadClaim.objects.filter(lead__tenant=tenant, conversation_reference__in=person.conversations)
    own = {"conversation_reference__in": person.conversations}
    promises = CallbackPromise.objects.for_tenant(tenant).filter(**own).order_by("pk")
    mails = VisitorMail.objects.for_tenant(tenant).filter(**own).order_by("pk")
    return [
        *[dict(row) for row in rows.values(*TOLD)],
        *({"said": dict(row)} for row in claims.values("field", "value", "created_at")),
        *({"promised": dict(row)} for row in promises.values("made_at", "due_at", "kept_at")),
        *({"mailed": dict(row)} for row in mails.values("kind", "to_address", "created_at", "sent_at")),
    ]


@transaction.atomic
def erase_person(person: Person, *, tenant: Tenant) -> int:
    """Delete the leads that this person's conversations made, with all that was sent or is to be sent of them, and
    what else they said; the number of leads. What has arrived at a CRM stays there.

    Leads of others that this person named keep everything but what this person said of them.
    """
    LeadClaim.objects.filter(lead__tenant=tenant, conversation_reference__in=person.conversations).delete()
    leads = _made_by(person, tenant)
    count = leads.count()
    leads.delete()
    unadopted = ScoreEntry.objects.for_tenant(tenant).filter(lead=None)
    unadopted.filter(conversation_reference__in=person.conversations).delete()
    own = {"conversation_reference__in": person.conversations}
    VisitorMail.objects.for_tenant(tenant).filter(**own).delete()
    CallbackPromise.objects.for_tenant(tenant).filter(**own).delete()
    StaffMail.objects.for_tenant(tenant).filter(**own).delete()  # calls to them, which may quote them
    # A weekly mail that waits may quote them; the questions are in the admin for whoever looks there.
    waiting = StaffMail.objects.for_tenant(tenant).filter(kind=StaffMail.Kind.WEEKLY, contents__isnull=False)
    for mail in waiting.select_for_update():
        mail.contents["questions"] = []
        mail.save(update_fields=["contents"])
    connections = list(tenant.connections.values_list("pk", flat=True))
    Delivery.objects.filter(connection__in=connections, event_id__in=person.event_ids).delete()
    return count


def _made_by(person: Person, tenant: Tenant):
    return Lead.objects.for_tenant(tenant).filter(conversation_reference__in=person.conversations)
