"""Slack: how a message gets there, and what its answers mean."""

import json
from datetime import timedelta

import pytest
from pydantic import ValidationError

from leads import delivery, services
from leads.connectors import get_connector
from leads.connectors.base import (
    Delivered,
    Gone,
    Misconfigured,
    NoSecrets,
    Rejected,
    TryLater,
)
from leads.connectors.slack import SlackSecrets
from leads.connectors.slack_message import payload_of
from leads.contracts import Notice
from leads.models import Connection, Delivery
from leads.tests.conftest import NOON, WEIGHTS, make_connection, said
from leads.tests.receiver import Answer
from leads.tests.slack_messages import HANDOFF, MESSAGE, section


@pytest.fixture
def hook(receiver, settings):
    """The address of an incoming webhook on loopback."""
    settings.SLACK_HOSTS = ["127.0.0.1"]
    receiver.answers = [Answer(200, body=b"ok")]
    return f"http://127.0.0.1:{receiver.port}/services/T01/B02/s3cr3t"


def send(hook, message=MESSAGE):
    return get_connector("slack").deliver(message, NoSecrets(), SlackSecrets(webhook_url=hook))


def test_the_message_is_posted_as_json(hook, receiver):
    assert send(hook) == Delivered(status=200, answer="ok")
    (received,) = receiver.received
    assert received.headers["content-type"] == "application/json"
    assert json.loads(received.body) == payload_of(MESSAGE)


def test_a_test_says_that_it_is_one(acme, hook, receiver):
    connection = make_connection(acme, kind="slack", settings={}, secrets={"webhook_url": hook})
    tryout = delivery.test_connection(connection, now=NOON)
    assert (tryout.is_ok, tryout.message) == (True, "It works: the test has arrived.")
    body = json.loads(receiver.received[0].body)
    assert body["text"] == "A test from Caty · Acme"
    assert body["blocks"][1] == section("Leads will arrive here like this.")


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (404, "no_service", Gone, "Slack no longer knows this webhook."),
        (404, "no_active_hooks", Gone, "Slack no longer knows this webhook."),
        (404, "no_team", Gone, "The Slack workspace no longer exists."),
        (404, "channel_not_found", Gone, "The channel no longer exists."),
        (410, "channel_is_archived", Gone, "The channel is archived."),
        (403, "action_prohibited", Misconfigured, "Slack does not let this webhook write into its channel."),
        (403, "posting_to_general_channel_denied", Misconfigured, "Slack does not let this webhook write into"),
        (403, "invalid_token", Misconfigured, "Slack does not accept this webhook."),
        (400, "invalid_blocks", Rejected, "Slack did not accept this message (answer 400)."),
        (500, "rollup_error", TryLater, "It had a fault of its own (answer 500)."),
        (302, "", TryLater, "It sent us on to another address"),
    ],
)
def test_slacks_refusals_are_told_apart(hook, receiver, status, code, kind, words):
    receiver.answers = [Answer(status, body=code.encode())]
    outcome = send(hook)
    assert type(outcome) is kind
    assert outcome.reason.startswith(words)
    assert (outcome.status, outcome.answer) == (status, code)


def test_slacks_wish_to_wait_is_heeded(hook, receiver):
    receiver.answers = [Answer(429, {"Retry-After": "30"}, body=b"rate_limited")]
    assert send(hook) == TryLater(
        reason="It asked us to slow down (answer 429).", retry_after_seconds=30, status=429, answer="rate_limited"
    )


@pytest.mark.parametrize("answer", [Answer(resets=True), Answer(503)])
def test_what_may_have_arrived_is_sent_again_after_a_minute_and_says_so(acme, hook, receiver, settings, answer):
    receiver.answers = [answer, Answer(200)]
    make_connection(acme, kind="slack", settings={}, secrets={"webhook_url": hook})
    services.capture_lead(said(email="ann@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)
    row = Delivery.objects.get()

    assert delivery.deliver(row.pk, now=NOON) == "pending"
    row.refresh_from_db()
    assert row.due_at >= NOON + timedelta(seconds=60)
    settings.REDIS_KEY_PREFIX += ":a-minute-later"  # by Redis's clock the pace's second has not gone by
    assert delivery.deliver(row.pk, now=row.due_at) == "delivered"

    assert [b"second time" in received.body for received in receiver.received] == [False, True]


def test_a_webhook_that_is_gone_pauses_its_connection_and_keeps_what_waits(acme, hook, receiver):
    receiver.answers = [Answer(410, body=b"channel_is_archived")]
    make_connection(acme, kind="slack", settings={}, secrets={"webhook_url": hook})
    services.capture_lead(said(email="ann@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)
    assert delivery.deliver(Delivery.objects.get().pk, now=NOON) == "paused"
    assert Connection.objects.get().paused_reason.startswith("The channel is archived.")


def test_a_second_message_within_a_second_waits(acme, hook, receiver):
    make_connection(acme, kind="slack", events=["handoff.requested"], settings={}, secrets={"webhook_url": hook})
    for number in range(2):
        notice = Notice(event="handoff.requested", event_id=f"conv_{number}:handoff", data=HANDOFF)
        services.announce(notice, tenant=acme, now=NOON)
    first, second = Delivery.objects.order_by("pk").values_list("pk", flat=True)

    assert delivery.deliver(first, now=NOON) == "delivered"
    assert delivery.deliver(second, now=NOON) is None
    assert Connection.objects.get().resting_until == NOON + timedelta(seconds=1)
    assert len(receiver.received) == 1


def test_the_webhooks_address_is_a_secret(acme, hook, receiver):
    """It stands in no row that staff can read, though Slack repeats it."""
    receiver.answers = [Answer(500, body=f"cannot post to {hook}".encode())]
    make_connection(acme, kind="slack", settings={}, secrets={"webhook_url": hook})
    services.capture_lead(said(email="ann@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)
    row = Delivery.objects.get()
    delivery.deliver(row.pk, now=NOON)
    assert row.tries.get().answer_excerpt == "cannot post to …"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://hooks.slack.com/",
        "https://hooks.slack.com/workflows/T1/A1/1/x",
        "http://hooks.slack.com.evil.example/services/T1/B1/x",
        "https://evil.example/services/T1/B1/x",
        "https://evil.hooks.slack.com/services/T1/B1/x",
        "https://hooks.slack.com@evil.example/services/T1/B1/x",
        "https://evil.example@hooks.slack.com/services/T1/B1/x",
        "https://evil.example\\@hooks.slack.com/services/T1/B1/x",
        "https://[hooks.slack.com/services/T1/B1/x",
        "https://hooks.slack.com/services/T1/B1/x y",
        "ftp://hooks.slack.com/services/T1/B1/x",
        "https://169.254.169.254/services/T1/B1/x",
    ],
)
def test_an_address_that_is_not_slacks_is_refused(url):
    with pytest.raises(ValidationError, match=r"Paste the whole address that Slack gives you"):
        SlackSecrets(webhook_url=url)


def test_slacks_own_address_is_taken():
    url = "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx"
    assert SlackSecrets(webhook_url=f" {url}\n").webhook_url == url


def test_a_host_that_is_no_longer_allowed_is_not_called(acme, hook, receiver, settings):
    connection = make_connection(acme, kind="slack", settings={}, secrets={"webhook_url": hook})
    settings.SLACK_HOSTS = ["hooks.slack.com"]
    tryout = delivery.test_connection(connection, now=NOON)
    assert (tryout.is_ok, tryout.message) == (False, "These settings are missing or wrong: webhook_url")
    assert receiver.received == []
