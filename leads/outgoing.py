"""A delivery as a connector gets it: the event, the lead as it is now, and what goes into which field."""

import json
from datetime import datetime

from leads import calls
from leads.connectors.base import Connector, LeadSnapshot, OutgoingMessage, RemoteRecord
from leads.events import HANDOFF
from leads.mapping import Mapped, values_of
from leads.models import Delivery, FieldMapping, Lead, RemoteLead
from leads.services.score import score_reasons
from leads.settling import Claim
from tenants.models import Behavior


def message_of(delivery: Delivery, taken: Claim, connector: Connector) -> OutgoingMessage:
    """What is sent in this try, with as much about the lead as the connector reads."""
    reads_lead = delivery.lead is not None and connector.reads_lead
    body = json.loads(delivery.payload)
    return OutgoingMessage(
        delivery_id=str(delivery.pk),
        event=delivery.event,
        body=delivery.payload,
        data=_told(body["data"], delivery),
        business_name=delivery.tenant.name,
        occurred_at=datetime.fromisoformat(body["timestamp"]),
        sent_at=taken.started_at,
        attempt=taken.token,
        is_ambiguous=delivery.is_ambiguous,
        **(_lead_parts(delivery, connector) if reads_lead else {}),
    )


def _told(data: dict, delivery: Delivery) -> dict:
    """What people are told of a call for a person is for their business to say; the frozen body stays as it is."""
    if delivery.event != HANDOFF:
        return data
    shows = Behavior.objects.filter(tenant=delivery.tenant_id).values_list("notice_shows", flat=True).first()
    return calls.allowed(data, shows=shows or calls.NOTHING)


def _lead_parts(delivery: Delivery, connector: Connector) -> dict:
    """The lead as it is now, where it stands at the destination, and what goes into which field there."""
    lead = snapshot_of(delivery.lead)
    mapping = mapping_of(delivery.connection_id) if connector.mapping else []
    standing = RemoteLead.objects.filter(connection=delivery.connection_id, lead=delivery.lead_id).first()
    record = RemoteRecord(remote_id=standing.remote_id, url=standing.url, extra=standing.extra) if standing else None
    return {"lead": lead, "values": values_of(lead, mapping), "record": record}


def mapping_of(connection_pk: int) -> list[Mapped]:
    """A connection's mapping, in its order."""
    rows = FieldMapping.objects.filter(connection=connection_pk).order_by("pk")
    return [Mapped(*row) for row in rows.values_list("field", "remote_field", "overwrite")]


def snapshot_of(lead: Lead) -> LeadSnapshot:
    """The lead as connectors get it."""
    return LeadSnapshot(
        lead_id=lead.public_id,
        name=lead.name,
        email=lead.email,
        phone=lead.phone,
        company=lead.company,
        custom_fields=lead.custom_fields,
        status=lead.status,
        intent=lead.intent,
        score=lead.score,
        band=lead.band,
        reasons=tuple((entry.reason, entry.points) for entry in score_reasons(lead)),
        tags=tuple(lead.tags),
        transcript=tuple(lead.transcript),
        page_url=lead.page_url,
        first_page_url=lead.first_page_url,
        referrer=lead.referrer,
        utm_source=lead.utm_source,
        utm_medium=lead.utm_medium,
        utm_campaign=lead.utm_campaign,
        consent_text=lead.consent_text,
        conversation_url=lead.conversation_url,
    )
