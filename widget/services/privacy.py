"""What is held of one visitor: handed out whole, or erased whole. For staff, who name the visitor by person_…"""

import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from caty.lib.errors import NotFound
from leads import services as lead_services
from tenants.models import Tenant
from widget.models import (
    Attachment,
    Message,
    PageEvent,
    PageView,
    ProactiveShowing,
    Session,
    UnansweredQuestion,
    Visitor,
)
from widget.services.question_groups import take_out

log = logging.getLogger(__name__)

SESSION_FIELDS = (
    "reference",
    "started_at",
    "last_heard_at",
    "ended_at",
    "first_page_url",
    "first_page_title",
    "referrer",
    "page_url",
    "user_agent",
    "is_mobile",
    "language",
    "visit_number",
    "page_count",
    "engagement_score",
    "lead_score",
    "intent",
    "handoff_requested_at",
    "handoff_reason",
    "satisfaction",
)
MESSAGE_FIELDS = (
    "public_id",
    "role",
    "author_name",
    "content",
    "page_url",
    "created_at",
    "intent",
    "confidence",
    "rating",
    "sources",
)
CALL_FIELDS = ("reason", "requested_at", "taken_at", "first_reply_at", "promised_by", "closed_at", "outcome")
NOTE_FIELDS = ("author_name", "text", "created_at")
VIEW_FIELDS = ("url", "title", "started_at", "time_on_page_ms", "scroll_depth", "click_count")
EVENT_FIELDS = ("type", "data", "page_url", "client_timestamp", "received_at")


class VisitorNotFound(NotFound):
    message = "There is no such visitor."


@dataclass(frozen=True, kw_only=True)
class Erased:
    """How many of each are gone."""

    conversations: int
    messages: int
    leads: int


def get_visitor(*, tenant: Tenant, reference: str) -> Visitor:
    """The tenant's visitor with this reference, person_…; raises VisitorNotFound."""
    visitor = Visitor.objects.for_tenant(tenant).filter(reference=reference).first()
    if visitor is None:
        raise VisitorNotFound
    return visitor


def export_visitor(*, tenant: Tenant, reference: str) -> Iterator[str]:
    """All that is held of a visitor, as the text of one JSON object, a conversation at a time.

    Raises VisitorNotFound at once. Credentials and the inner keys of rows are not among it.
    """
    visitor = get_visitor(tenant=tenant, reference=reference)
    return _pieces(tenant, visitor)


def _pieces(tenant: Tenant, visitor: Visitor) -> Iterator[str]:
    about = {
        "reference": visitor.reference,
        "business": tenant.name,
        "visits": visitor.visit_count,
        "first_seen_at": visitor.first_seen_at,
        "last_seen_at": visitor.last_seen_at,
        "tracking_refused_at": visitor.tracking_refused_at,
    }
    yield f'{{\n"visitor": {_json(about)},\n"conversations": ['
    for number, session in enumerate(visitor.sessions.order_by("started_at", "pk").iterator(chunk_size=50)):
        yield (",\n" if number else "\n") + _json(_conversation(session))
    leads = lead_services.leads_of(_person(visitor), tenant=tenant)
    yield f'\n],\n"leads": {_json(leads)},\n"attachments": ['
    sent = Attachment.objects.filter(session__visitor=visitor).order_by("created_at", "pk")
    # One at a time: together they may be larger than what a process may take.
    for number, attachment in enumerate(sent.select_related("session", "message").iterator(chunk_size=1)):
        yield (",\n" if number else "\n") + _json(_attachment(attachment))
    yield "\n]\n}\n"


def _conversation(session: Session) -> dict:
    events = PageEvent.objects.filter(day=session.started_at.date(), session_id=session.pk)
    showings = session.proactive_showings.order_by("announced_at")
    return {
        **{name: getattr(session, name) for name in SESSION_FIELDS},
        "messages": list(session.messages.order_by("sequence").values(*MESSAGE_FIELDS)),
        "pages": list(session.page_views.order_by("started_at", "pk").values(*VIEW_FIELDS)),
        "events": list(events.order_by("received_at", "event_id").values(*EVENT_FIELDS)),
        # What colleagues noted is about the visitor, and theirs to know.
        "calls_for_a_person": list(session.handoffs.order_by("requested_at", "pk").values(*CALL_FIELDS)),
        "notes": list(session.notes.order_by("created_at", "pk").values(*NOTE_FIELDS)),
        "spoken_to": list(showings.values("trigger_type", "announced_at", "collected_at", "dismissed_at")),
    }


def _attachment(sent: Attachment) -> dict:
    return {
        "conversation": sent.session.reference,
        "message": sent.message.public_id if sent.message else None,  # uploaded and not sent yet
        "is_from_staff": sent.is_from_staff,
        "name": sent.name,
        "content_type": sent.content_type,
        "created_at": sent.created_at,
        "content_base64": b64encode(sent.content).decode(),
    }


def erase_visitor(*, tenant: Tenant, reference: str) -> Erased:
    """Delete a visitor with their conversations and what was sent and noted in them, their page views, events and
    leads, for good. Raises VisitorNotFound.

    Whoever is chatting just now goes on as a new visitor. What a CRM, a webhook or a mailbox has got stays there.
    """
    with transaction.atomic():
        visitor = Visitor.objects.for_tenant(tenant).filter(reference=reference).select_for_update().first()
        if visitor is None:
            raise VisitorNotFound
        # Locked: whoever is adding to one of them ends first, and it goes with the rest.
        sessions = list(visitor.sessions.select_for_update().order_by("pk"))
        leads = lead_services.erase_person(_person(visitor), tenant=tenant)
        messages = Message.objects.filter(session__in=sessions).count()
        _erase_questions(tenant, [session.reference for session in sessions])
        days = {session.started_at.date() for session in sessions}
        PageEvent.objects.filter(day__in=days, session_id__in=[session.pk for session in sessions]).delete()
        ProactiveShowing.objects.filter(session__in=sessions).delete()
        PageView.objects.filter(session__in=sessions).delete()
        Attachment.objects.filter(session__in=sessions).delete()
        visitor.delete()
    log.info("visitor.erased tenant=%s conversations=%s leads=%s", tenant.slug, len(sessions), leads)
    return Erased(conversations=len(sessions), messages=messages, leads=leads)


def _erase_questions(tenant: Tenant, references: list[str]) -> None:
    """Their words as they wait for an answer; those that others used as well stay, and no longer lead to them."""
    asked = UnansweredQuestion.objects.for_tenant(tenant).filter(conversation_reference__in=references)
    for question in asked.filter(times=1):
        take_out(question)  # the group it may lead goes on without it
    asked.filter(times=1).delete()
    asked.update(conversation_reference="")


def _person(visitor: Visitor) -> lead_services.Person:
    messages = Message.objects.filter(session__visitor=visitor).values_list("public_id", flat=True)
    return lead_services.Person(
        conversations=list(visitor.sessions.values_list("reference", flat=True)),
        messages=list(messages),
    )


def _json(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
