"""The leads of the demo's week: who left details, why they score, and that they have reached the sink."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.conf import settings

from leads import events
from leads.models import Delivery, DeliveryAttempt, Lead, LeadClaim, LeadConversation, ScoreEntry
from leads.source import source_of
from tenants.models import Membership, Tenant
from widget.demo import sink_connection
from widget.demo.answers import text_of
from widget.demo.story import Story
from widget.models import Session
from widget.queries import conversation_url

SENT_AFTER = timedelta(milliseconds=700)
SENT_AGAIN_AFTER = timedelta(seconds=9)


def add_leads(tenant: Tenant, stories: Sequence[Story]) -> dict[str, Lead]:
    """One for each story with details, by the story's key. Conversations are linked later."""
    owner = Membership.objects.for_tenant(tenant).filter(role=Membership.Role.OWNER).first()
    leads = {story.told["key"]: _lead(tenant, story, owner) for story in stories if story.lead_at}
    Lead.objects.bulk_create(leads.values())
    return leads


def _lead(tenant: Tenant, story: Story, owner: Membership | None) -> Lead:
    told = story.told["lead"]
    return Lead(
        tenant=tenant,
        name=told["name"],
        email=told.get("email", ""),
        email_key=told.get("email", ""),
        phone=told.get("phone", ""),
        phone_key=told.get("phone", ""),
        company=told.get("company", ""),
        custom_fields=told.get("custom_fields", {}),
        status=told["status"],
        owner=owner if told.get("owned") else None,
        tags=told.get("tags", []),
        notes=told.get("notes", ""),
        **asdict(source_of(settings.SITE_URL + story.first_path)),
        held_reason="link_in_name" if told.get("held") else "",
        intent=story.intent,
        score=story.score,
        band=_band(story.score),
        page_url=settings.SITE_URL + story.pages[-1].path,
        referrer=story.told.get("referrer", ""),
        transcript=_transcript(story),
        captured_at=story.lead_at,
        updated_at=story.lead_at,
    )


def _band(score: int) -> str:
    return Lead.Band.HOT if score >= 70 else Lead.Band.WARM if score >= 40 else Lead.Band.COLD


def _transcript(story: Story) -> list[dict]:
    return [
        {"role": line.role, "content": text_of(line), "at": line.at.isoformat()}
        for line in story.lines
        if line.at <= story.lead_at
    ]


def add_scores(
    tenant: Tenant, stories: Sequence[Story], leads: Mapping[str, Lead], sessions: Sequence[Session]
) -> None:
    """The ledger."""
    entries = []
    for story, session in zip(stories, sessions, strict=True):
        lead = leads.get(story.told["key"])
        entries += [
            ScoreEntry(
                tenant=tenant,
                conversation_reference=session.reference,
                lead=lead,
                rule=point.rule,
                points=point.points,
                reason=point.reason,
                created_at=point.at,
            )
            for point in story.points
        ]
    ScoreEntry.objects.bulk_create(entries)


def link_leads(stories: Sequence[Story], leads: Mapping[str, Lead], sessions: Sequence[Session]) -> None:
    """Write the conversations' references on the leads that came of them."""
    for story, session in zip(stories, sessions, strict=True):
        lead = leads.get(story.told["key"])
        if lead:
            lead.conversation_reference, lead.person_reference = session.reference, session.visitor.reference
            lead.conversation_url = conversation_url(session.reference)
    Lead.objects.bulk_update(leads.values(), ["conversation_reference", "conversation_url", "person_reference"])
    LeadConversation.objects.bulk_create(
        LeadConversation(lead=leads[story.names], conversation_reference=session.reference)
        for story, session in zip(stories, sessions, strict=True)
        if story.names in leads
    )


def add_claims(stories: Sequence[Story], leads: Mapping[str, Lead], sessions: Sequence[Session]) -> None:
    """What a conversation said of a lead that it didn't make."""
    LeadClaim.objects.bulk_create(
        LeadClaim(
            lead=leads[story.names],
            conversation_reference=session.reference,
            field=field,
            value=value,
            created_at=story.last_heard_at,
        )
        for story, session in zip(stories, sessions, strict=True)
        for field, value in story.told.get("names", {}).get("claims", {}).items()
    )


def add_deliveries(tenant: Tenant, leads: Mapping[str, Lead]) -> None:
    """Every lead has arrived at the sink, one of them at the second try; the one that is held waits for a release."""
    connection = sink_connection.find(tenant)
    if connection is None:
        return
    deliveries, tries = [], []
    for lead in leads.values():
        delivery = Delivery(
            tenant=tenant,
            connection=connection,
            lead=lead,
            event=events.CAPTURED,
            event_id=f"{lead.public_id}:captured",
            created_at=lead.captured_at,
            due_at=lead.captured_at,
        )
        delivery.payload = _payload(delivery, lead)
        tries += _tries(delivery, lead, has_failed_once=len(deliveries) == len(leads) // 2)
        deliveries.append(delivery)
    Delivery.objects.bulk_create(deliveries)
    DeliveryAttempt.objects.bulk_create(tries)


def _tries(delivery: Delivery, lead: Lead, *, has_failed_once: bool) -> list[DeliveryAttempt]:
    """What came of sending it; sets the delivery's own state."""
    if lead.held_reason:
        delivery.state = Delivery.State.HELD
        return []
    tries = []
    if has_failed_once:
        tries.append(_try(delivery, 1, "try_later", 503, delivery.created_at + SENT_AFTER))
    arrived_at = delivery.created_at + (SENT_AGAIN_AFTER if tries else SENT_AFTER)
    tries.append(_try(delivery, len(tries) + 1, "delivered", 200, arrived_at))
    delivery.state, delivery.attempts, delivery.delivered_at = Delivery.State.DELIVERED, len(tries), arrived_at
    return tries


def _try(delivery: Delivery, number: int, outcome: str, status: int, started_at: datetime) -> DeliveryAttempt:
    return DeliveryAttempt(
        delivery=delivery,
        number=number,
        started_at=started_at,
        duration_ms=35,
        outcome=outcome,
        status_code=status,
        answer_excerpt='{"received": true}' if status == 200 else "",
    )


def _payload(delivery: Delivery, lead: Lead) -> str:
    """The body as it would have been sent."""
    return events.body_of(
        delivery_id=str(delivery.pk),
        event=delivery.event,
        occurred_at=lead.captured_at,
        widget_id=delivery.tenant.widget_id,
        data=events.lead_data(lead),
    )
