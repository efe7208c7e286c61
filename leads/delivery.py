"""One send: claim, connector, finish. No transaction and no database connection is held while it is out."""

import json
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from pydantic import ValidationError

from caty.lib import logs, tasks, throttling
from caty.lib.database import release_connection
from caty.lib.encryption import CredentialsUnreadable, decrypt
from leads import claims, events, outbox
from leads.connectors import KINDS, UnknownKind, get_connector
from leads.connectors.base import (
    Connector,
    Delivered,
    Failed,
    Form,
    Misconfigured,
    Outcome,
    OutgoingMessage,
    RemoteField,
    TryLater,
)
from leads.models import Connection, Delivery, Lead
from leads.outgoing import message_of
from leads.settling import Trial
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
    connection = claims.find_free_connection(delivery_id, now=now)
    if connection is None:
        return None
    route = _route(connection)
    if wait_seconds := _seconds_to_wait(route):
        outbox.rest(connection.pk, until=now + timedelta(seconds=wait_seconds))
        outbox.hint_next(connection.pk, in_seconds=wait_seconds)
        return None
    taken = claims.claim(delivery_id, now=now)
    if taken is None:
        return None
    connector = _connector_of(route)
    covers = claims.find_covered(taken) if connector.sends_current_lead else ()
    delivery = Delivery.objects.select_related("tenant", "lead").get(pk=taken.delivery_id)
    message = message_of(delivery, taken, connector)
    release_connection()
    began = time.monotonic()
    outcome = _send(message, route)
    trial = replace(_trial(outcome, delivery.lead, route, began=began, now=now), covers=covers)
    state = claims.finish(taken, trial)
    _call_for_next(taken.connection_id, now=now + timedelta(seconds=time.monotonic() - started))
    return state


def deliver_next(connection_pk: int, *, now: datetime) -> str | None:
    """As `deliver`, for whatever is due over this connection."""
    due = claims.find_next(connection_pk, now=now).delivery_id
    return deliver(due, now=now) if due else None


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
    route = _stored_route(connection)
    release_connection()
    outcome = _send(message, route, is_test=True)
    is_ok = isinstance(outcome, Delivered)
    words = outcome.reason or _("It works: the test has arrived.")
    return Tryout(is_ok=is_ok, message=words)


def read_fields(connection: Connection, *, now: datetime) -> list[RemoteField]:
    """Ask the CRM which fields it has. Raises Failed."""
    route = _stored_route(connection)
    release_connection()
    return _prepared(route, lambda connector, settings, secrets: connector.read_fields(settings, secrets, now=now))


def exchange(kind: str, *, once: Mapping, settings: Mapping, secrets: Mapping, now: datetime) -> dict[str, str]:
    """The secrets that the other side gives for what was entered once. Nothing is stored. Raises Failed."""
    connector = get_connector(kind)
    release_connection()
    return connector.exchange(
        connector.Once.model_validate(once),
        connector.Settings.model_validate(settings),
        connector.Secrets.model_validate(secrets),
        now=now,
    )


def _seconds_to_wait(route: _Route) -> int:
    """How long this credential has to pause, so that the destination need not tell us to."""
    pace = _connector_of(route).pace
    if pace is None:
        return 0
    credential = salted_hmac("leads.pace", json.dumps([route.kind, route.secrets], sort_keys=True)).hexdigest()
    window = throttling.Window(scope="deliveries", subject=credential, limit=pace.deliveries, seconds=pace.seconds)
    allowance = throttling.spend(window)
    return 0 if allowance.is_allowed else max(1, allowance.reset_seconds)


def _call_for_next(connection_pk: int, *, now: datetime) -> None:
    """Whoever found the connection busy relies on us: what is due is hinted, and what will be so within a minute."""
    upcoming = claims.find_next(connection_pk, now=now)
    wait_seconds = upcoming.wait_seconds
    if upcoming.delivery_id is not None:
        outbox.hint(upcoming.delivery_id)
    elif wait_seconds is not None and wait_seconds <= tasks.LONGEST_WAIT_SECONDS:
        outbox.hint_next(connection_pk, in_seconds=math.ceil(wait_seconds))


def _send(message: OutgoingMessage, route: _Route, *, is_test: bool = False) -> Outcome:
    try:
        return _prepared(
            route,
            lambda connector, settings, secrets: (connector.check if is_test else connector.deliver)(
                message, settings, secrets
            ),
        )
    except Failed as failure:
        return failure.outcome
    except Exception:  # a connector's fault must leave its row as a failed try does, not stuck until the lease ends
        log.exception("delivery.connector_failed delivery=%s kind=%s", message.delivery_id, route.kind)
        return TryLater(reason=_("Sending failed by a fault of ours."), is_ambiguous=True)


def _prepared(route: _Route, work: Callable):
    """What `work` gives for the connection's connector, settings and secrets. Raises Failed where these are no good."""
    try:
        connector = get_connector(route.kind)
        settings = connector.Settings.model_validate(route.settings)
        secrets = _secrets(connector.Secrets, route)
    except UnknownKind as error:
        raise Failed(Misconfigured(reason=_("This kind of connection is not installed here."))) from error
    except CredentialsUnreadable as error:
        raise Failed(Misconfigured(reason=_("The stored credentials can't be read. Enter them again."))) from error
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, problem["loc"])) for problem in error.errors()}))
        reason = _("These settings are missing or wrong: %s") % fields
        raise Failed(Misconfigured(reason=reason)) from error
    return work(connector, settings, secrets)


def _connector_of(route: _Route) -> Connector:
    """What is known of the kind; of one that isn't installed, what holds for all."""
    return get_connector(route.kind) if route.kind in KINDS else Connector()


def _secrets(form: type[Form], route: _Route) -> Form:
    """Raises CredentialsUnreadable, ValidationError."""
    if route.secrets is None:
        raise CredentialsUnreadable
    # What is generated for a new connection must not be generated again for every send.
    generated = {name: None for name, field in form.model_fields.items() if field.default_factory}
    return form.model_validate({**generated, **route.secrets})


def _stored_route(connection: Connection) -> _Route:
    sealed = Connection.objects.annotate(sealed=Cast("secrets", TextField()))
    return _route(sealed.only("kind", "settings").get(pk=connection.pk))


def _route(connection: Connection) -> _Route:
    """Of a connection with `sealed`, its secrets as they are stored."""
    try:
        secrets = decrypt(connection.sealed) if connection.sealed else {}
    except CredentialsUnreadable:
        secrets = None
    return _Route(connection.kind, connection.settings, secrets)


def _trial(outcome: Outcome, lead: Lead | None, route: _Route, *, began: float, now: datetime) -> Trial:
    duration_ms = round((time.monotonic() - began) * 1000)
    hidden = _hidden(lead, route)
    connector = _connector_of(route)
    return Trial(
        outcome=replace(outcome, reason=bounded(_redact(outcome.reason, hidden, but=outcome.account), 500)),
        duration_ms=duration_ms,
        answer_excerpt=bounded(_redact(outcome.answer, hidden), LONGEST_EXCERPT),
        ended_at=now + timedelta(milliseconds=duration_ms),
        patience=connector.patience,
        sends_current_lead=connector.sends_current_lead,
    )


def _hidden(lead: Lead | None, route: _Route) -> list[str]:
    """What must not stand in a log: credentials, and what is known of the visitor. Longest first."""
    texts = [value for value in (route.secrets or {}).values() if isinstance(value, str)]
    if lead:
        texts += [lead.name, lead.email, lead.phone, lead.company]
    return sorted((text for text in texts if len(text) >= SHORTEST_SECRET), key=len, reverse=True)


def _redact(text: str, hidden: list[str], *, but: str = "") -> str:
    if but:
        return but.join(_redact(part, hidden) for part in text.split(but))
    for secret in hidden:
        text = text.replace(secret, "…")
    return logs.mask(text)
