"""One send: claim, connector, finish. No transaction and no database connection is held while it is out."""

import json
import logging
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.utils.translation import gettext as _
from pydantic import ValidationError

from caty.lib import logs
from caty.lib.database import release_connection
from caty.lib.encryption import CredentialsUnreadable
from leads import claims, events, outbox
from leads.claims import Claim, Trial
from leads.connectors import UnknownKind, get_connector
from leads.connectors.base import (
    Delivered,
    Form,
    LeadSnapshot,
    Misconfigured,
    Outcome,
    OutgoingMessage,
    TryLater,
)
from leads.models import Connection, Delivery, Lead
from leads.services.score import score_reasons
from leads.text import bounded

log = logging.getLogger(__name__)
LONGEST_EXCERPT = 1024
SHORTEST_SECRET = 4


@dataclass(frozen=True, kw_only=True)
class Tryout:
    """What staff are told after “Send a test”."""

    is_ok: bool
    message: str


@dataclass(frozen=True)
class _Route:
    """A connection as a connector needs it."""

    kind: str
    settings: dict
    secrets: dict | None  # None: can't be decrypted


def deliver(delivery_id: UUID, *, now: datetime) -> str | None:
    """Send one delivery if it is due and free: the state it is in then, or None where there was nothing to do."""
    started = time.monotonic()
    taken = claims.claim(delivery_id, now=now)
    if taken is None:
        return None
    delivery = Delivery.objects.select_related("tenant", "lead").get(pk=taken.delivery_id)
    message, route = _message(delivery, taken), _route(taken.connection_id)
    release_connection()
    began = time.monotonic()
    outcome = _send(message, route)
    trial = _trial(outcome, message, route, began=began, now=now)
    state = claims.finish(taken, trial)
    # Whoever found the connection busy relies on us: what became due until this very moment is hinted.
    finished_at = now + timedelta(seconds=time.monotonic() - started)
    for due in claims.find_due(now=finished_at, connection_id=taken.connection_id):
        outbox.hint(due)
    return state


def find_due(*, now: datetime) -> list[UUID]:
    """What a sweep should have sent: at most one delivery for each connection. Puts back what dead workers held.

    Events without a lead that have waited for a day are given up.
    """
    if returned := claims.return_expired(now=now):
        log.warning("delivery.returned count=%s", returned)
    if overdue := claims.give_up_overdue(now=now):
        log.warning("delivery.overdue count=%s", overdue)
    return claims.find_due(now=now)


def test_connection(connection: Connection, *, now: datetime) -> Tryout:
    """Send a message that says it is a test, and say in plain words how that went. Nothing is stored."""
    delivery_id = str(uuid4())
    data = {"message": _("This is a test from Caty.")}
    message = OutgoingMessage(
        delivery_id=delivery_id,
        event="connection.test",
        body=events.body_of(
            delivery_id=delivery_id,
            event="connection.test",
            occurred_at=now,
            widget_id=connection.tenant.widget_id,
            data=data,
        ),
        data=data,
        business_name=connection.tenant.name,
        occurred_at=now,
        sent_at=now,
    )
    route = _route(connection.pk)
    release_connection()
    outcome = _send(message, route, is_test=True)
    is_ok = isinstance(outcome, Delivered)
    return Tryout(is_ok=is_ok, message=_("It works: the test has arrived.") if is_ok else outcome.reason)


def _send(message: OutgoingMessage, route: _Route, *, is_test: bool = False) -> Outcome:
    try:
        connector = get_connector(route.kind)
        settings = connector.Settings.model_validate(route.settings)
        secrets = _secrets(connector.Secrets, route)
    except UnknownKind:
        return Misconfigured(reason=_("This kind of connection is not installed here."))
    except CredentialsUnreadable:
        return Misconfigured(reason=_("The stored credentials can't be read. Enter them again."))
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, problem["loc"])) for problem in error.errors()}))
        return Misconfigured(reason=_("These settings are missing or wrong: %s") % fields)
    try:
        return (connector.check if is_test else connector.deliver)(message, settings, secrets)
    except Exception:  # a connector's fault must leave its row as a failed try does, not stuck until the lease ends
        log.exception("delivery.connector_failed delivery=%s kind=%s", message.delivery_id, route.kind)
        return TryLater(reason=_("Sending failed by a fault of ours."))


def _secrets(form: type[Form], route: _Route) -> Form:
    """Raises CredentialsUnreadable, ValidationError."""
    if route.secrets is None:
        raise CredentialsUnreadable
    # What is generated for a new connection must not be generated again for every send.
    generated = {name: None for name, field in form.model_fields.items() if field.default_factory}
    return form.model_validate({**generated, **route.secrets})


def _route(connection_pk: int) -> _Route:
    connection = Connection.objects.defer("secrets").get(pk=connection_pk)
    try:
        secrets = connection.secrets
    except CredentialsUnreadable:
        secrets = None
    return _Route(connection.kind, connection.settings, secrets)


def _message(delivery: Delivery, taken: Claim) -> OutgoingMessage:
    return OutgoingMessage(
        delivery_id=str(delivery.pk),
        event=delivery.event,
        body=delivery.payload,
        data=json.loads(delivery.payload)["data"],
        business_name=delivery.tenant.name,
        occurred_at=delivery.created_at,
        sent_at=taken.started_at,
        attempt=taken.token,
        remote_id=delivery.remote_id,
        lead=_snapshot(delivery.lead) if delivery.lead else None,
    )


def _snapshot(lead: Lead) -> LeadSnapshot:
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
        transcript=tuple(lead.transcript),
        page_url=lead.page_url,
        conversation_url=lead.conversation_url,
    )


def _trial(outcome: Outcome, message: OutgoingMessage, route: _Route, *, began: float, now: datetime) -> Trial:
    duration_ms = round((time.monotonic() - began) * 1000)
    hidden = _hidden(message, route)
    return Trial(
        outcome=replace(outcome, reason=bounded(_redact(outcome.reason, hidden), 500)),
        duration_ms=duration_ms,
        answer_excerpt=bounded(_redact(outcome.answer, hidden), LONGEST_EXCERPT),
        ended_at=now + timedelta(milliseconds=duration_ms),
    )


def _hidden(message: OutgoingMessage, route: _Route) -> list[str]:
    """What must not stand in a log: credentials, and what is known of the visitor. Longest first."""
    texts = [value for value in (route.secrets or {}).values() if isinstance(value, str)]
    if message.lead:
        texts += [message.lead.name, message.lead.email, message.lead.phone, message.lead.company]
    return sorted((text for text in texts if len(text) >= SHORTEST_SECRET), key=len, reverse=True)


def _redact(text: str, hidden: list[str]) -> str:
    for secret in hidden:
        text = text.replace(secret, "…")
    return logs.mask(text)
