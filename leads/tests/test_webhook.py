"""The webhook connector, against a server on loopback."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from threading import Event

import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from leads.connectors import get_connector
from leads.connectors.base import Delivered, Gone, Misconfigured, OutgoingMessage, TryLater
from leads.connectors.webhook import WebhookSecrets, WebhookSettings, new_signing_secret
from leads.tests.conftest import NOON
from leads.tests.receiver import Answer

SECRET = "whsec_" + "QUJD" * 8
BODY = '{"id":"d1","event":"lead.captured","data":{"name":"J\\u00f6rg"}}'


def message(sent_at=NOON) -> OutgoingMessage:
    return OutgoingMessage(
        delivery_id="d1",
        event="lead.captured",
        body=BODY,
        data=json.loads(BODY)["data"],
        business_name="Acme",
        occurred_at=NOON,
        sent_at=sent_at,
    )


def send(url, sent_at=NOON):
    connector = get_connector("webhook")
    return connector.deliver(message(sent_at), WebhookSettings(url=url), WebhookSecrets(signing_secret=SECRET))


def test_the_exact_body_arrives_with_both_signatures(receiver):
    sent_at = datetime.now(tz=UTC)

    outcome = send(receiver.url, sent_at)

    (received,) = receiver.received
    assert outcome == Delivered(status=200, answer="ok")
    assert received.body == BODY.encode()
    assert received.headers["content-type"] == "application/json"
    assert received.headers["x-caty-event"] == "lead.captured"
    digest = hmac.new(SECRET.encode(), received.body, hashlib.sha256).hexdigest()
    assert received.headers["x-caty-signature"] == f"sha256={digest}"
    assert received.headers["webhook-id"] == "d1"
    assert received.headers["webhook-timestamp"] == str(int(sent_at.timestamp()))
    assert Webhook(SECRET).verify(received.body, received.headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(received.body + b" ", received.headers)


def test_the_signature_does_not_depend_on_the_zone_of_the_clock(receiver):
    sent_at = datetime.now(tz=timezone(timedelta(hours=9)))
    send(receiver.url, sent_at)
    assert Webhook(SECRET).verify(receiver.received[0].body, receiver.received[0].headers)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(receiver, status):
    receiver.answers = [Answer(status, body=b"")]
    assert isinstance(send(receiver.url), Delivered)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 422, 500, 503])
def test_anything_else_is_tried_later_and_redirects_are_not_followed(receiver, status):
    receiver.answers = [Answer(status, {"Location": receiver.url})]
    outcome = send(receiver.url)
    assert isinstance(outcome, TryLater)
    assert str(status) in outcome.reason
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("Wed, 28 Jan 2026 12:02:00 GMT", 120),
        ("Wed, 28 Jan 2026 11:00:00 GMT", 0),
        ("999999999999", 21_600),
        ("Wed, 28 Jan 2027 12:00:00 GMT", 21_600),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_heeded_in_seconds_and_as_a_date(receiver, value, seconds):
    receiver.answers = [Answer(429, {"Retry-After": value})]
    assert send(receiver.url).retry_after_seconds == seconds


@pytest.mark.parametrize(("status", "kind"), [(401, Misconfigured), (403, Misconfigured), (410, Gone)])
def test_a_destination_that_wants_nothing_from_us_is_not_asked_again(receiver, status, kind):
    receiver.answers = [Answer(status)]
    assert isinstance(send(receiver.url), kind)


def test_a_connection_that_breaks_is_tried_later(receiver):
    receiver.answers = [Answer(resets=True)]
    assert send(receiver.url) == TryLater(reason="The connection broke off.", is_ambiguous=True)


def test_a_server_that_takes_too_long_is_tried_later(receiver):
    over = Event()
    receiver.answers = [Answer(waits_for=over)]
    connector = get_connector("webhook")
    connector.timeout_seconds = 0.2

    outcome = connector.deliver(message(), WebhookSettings(url=receiver.url), WebhookSecrets(signing_secret=SECRET))

    over.set()
    assert outcome == TryLater(reason="The server took too long to answer.", is_ambiguous=True)


def test_a_private_address_is_refused(settings, receiver):
    settings.OUTBOUND_ALLOW = []
    outcome = send(receiver.url)
    assert isinstance(outcome, Misconfigured)
    assert receiver.received == []


def test_a_new_secret_is_made_for_a_new_connection():
    first, second = WebhookSecrets(), WebhookSecrets()
    assert first.signing_secret != second.signing_secret
    assert len(first.signing_secret) == len("whsec_") + 44
    assert WebhookSecrets(signing_secret=new_signing_secret())


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_QUJD", "QUJD" * 8, "whsec_" + "!" * 40])
def test_a_secret_that_receivers_can_not_use_is_refused(secret):
    with pytest.raises(ValidationError):
        WebhookSecrets(signing_secret=secret)


@pytest.mark.parametrize(
    "url", ["", "example.com", "ftp://example.com", "https://", "https://u:p@example.com", "https://a.b/\nx"]
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ValidationError):
        WebhookSettings(url=url)
