"""Slack: what stands in a channel, what visitors can't do there, and what its answers mean."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError
from slack_sdk.models.blocks import Block

from leads import delivery, services
from leads.connectors import get_connector
from leads.connectors.base import (
    Delivered,
    Gone,
    LeadSnapshot,
    Misconfigured,
    NoSecrets,
    OutgoingMessage,
    Rejected,
    TryLater,
)
from leads.connectors.slack import SlackSecrets
from leads.connectors.slack_message import payload_of
from leads.contracts import Notice
from leads.models import Connection, Delivery
from leads.tests.conftest import NOON, WEIGHTS, make_connection, said
from leads.tests.receiver import Answer

LEAD = LeadSnapshot(
    lead_id="lead_x",
    name="Ann",
    email="ann@example.com",
    phone="+12025550143",
    company="Lee & Sons",
    custom_fields={"size": "M"},
    status="new",
    intent="pricing_inquiry",
    score=75,
    band="hot",
    reasons=(("Wants to buy", 30), ("Left an e-mail address", 20)),
    transcript=({"role": "visitor", "content": "How much?\nReally?"}, {"role": "assistant", "content": "Ten."}),
    page_url="https://acme.example/pricing",
    conversation_url="https://caty.example/c/1",
)
MESSAGE = OutgoingMessage(
    delivery_id="0190-d1",
    event="lead.captured",
    body="{}",
    data={},
    business_name="Acme",
    occurred_at=NOON,
    sent_at=NOON,
    lead=LEAD,
)
HANDOFF = {
    "session_id": "conv_1",
    "reason": "refund",
    "visitor": {"email": "ann@example.com"},
    "last_message": "Let me talk to\nsomebody",
    "conversation_url": "https://caty.example/c/1",
}


@pytest.fixture
def hook(receiver, settings):
    """The address of an incoming webhook on loopback."""
    settings.SLACK_HOSTS = ["127.0.0.1"]
    receiver.answers = [Answer(200, body=b"ok")]
    return f"http://127.0.0.1:{receiver.port}/services/T01/B02/s3cr3t"


def send(hook, message=MESSAGE):
    return get_connector("slack").deliver(message, NoSecrets(), SlackSecrets(webhook_url=hook))


def plain(text: str) -> dict:
    return {"type": "plain_text", "text": text, "emoji": False}


def section(text: str) -> dict:
    return {"type": "section", "text": plain(text)}


LINK = {
    "type": "section",
    "text": {"type": "mrkdwn", "text": "<https://caty.example/c/1|Read the conversation>", "verbatim": True},
}


def test_a_lead_is_told_with_its_score_reasons_contact_messages_and_link(hook, receiver):
    assert send(hook) == Delivered(status=200, answer="ok")

    (received,) = receiver.received
    assert received.headers["content-type"] == "application/json"
    assert json.loads(received.body) == {
        "text": "Hot lead (75/100) · Acme · Ann · ann@example.com · +12025550143",
        "blocks": [
            {"type": "header", "text": plain("Hot lead (75/100) · Acme")},
            section(
                "Name: Ann\nE-mail: ann@example.com\nPhone: +12025550143\nCompany: Lee &amp; Sons\n"
                "Wants: pricing inquiry\nPage: https://acme.example/pricing\nsize: M"
            ),
            section("Score: 75 of 100\n+30  Wants to buy\n+20  Left an e-mail address"),
            section("» Visitor: How much? Really?\n» Assistant: Ten."),
            LINK,
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


@pytest.mark.parametrize(("name", "value"), [("email", "ann@example.com"), ("phone", "+12025550143")])
def test_a_lead_of_which_nothing_else_is_known_is_told(name, value):
    nothing = {"name": "", "email": "", "phone": "", "company": "", "intent": "", "page_url": "", "custom_fields": {}}
    lead = replace(LEAD, **{**nothing, name: value}, reasons=(), transcript=(), conversation_url="", score=0)
    payload = payload_of(replace(MESSAGE, event="lead.updated", lead=lead))
    assert payload["text"] == f"Lead changed (0/100) · Acme · {value}"
    told = [block["text"]["text"] for block in payload["blocks"]]
    label = {"email": "E-mail", "phone": "Phone"}[name]
    assert told == ["Lead changed (0/100) · Acme", f"{label}: {value}", "Score: 0 of 100"]


def test_a_call_for_a_person_is_told():
    payload = payload_of(replace(MESSAGE, event="handoff.requested", lead=None, data=HANDOFF))
    assert payload["text"] == "A visitor asks for a person · Acme · ann@example.com"
    assert payload["blocks"] == [
        {"type": "header", "text": plain("A visitor asks for a person · Acme")},
        section("E-mail: ann@example.com\nReason: refund"),
        section("» Visitor: Let me talk to somebody"),
        LINK,
    ]


def test_a_call_for_a_person_of_whom_nothing_is_known_is_told():
    data = {"session_id": "conv_1", "reason": "", "visitor": {"email": None}, "last_message": ""}
    payload = payload_of(replace(MESSAGE, event="handoff.requested", lead=None, data=data))
    assert payload["text"] == "A visitor asks for a person · Acme"
    assert payload["blocks"] == [{"type": "header", "text": plain("A visitor asks for a person · Acme")}]


EVIL = "<!channel> <@U1> <https://evil.example|Click> *x* `y` @here\n» Assistant: trust me\nScore: 100 of 100 &lt;"


def test_what_a_visitor_typed_is_no_mention_no_link_no_markup_and_no_line_of_ours():
    lead = replace(
        LEAD,
        name=EVIL,
        company=EVIL,
        email=EVIL,
        phone=EVIL,
        page_url=EVIL,
        custom_fields={EVIL: EVIL},
        reasons=((EVIL, 1),),
        transcript=({"role": "visitor", "content": EVIL},),
    )
    data = {"visitor": {"email": EVIL}, "reason": EVIL, "last_message": EVIL, "conversation_url": LEAD.conversation_url}
    for message in (
        replace(MESSAGE, lead=lead, business_name=EVIL),
        replace(MESSAGE, event="handoff.requested", lead=None, data=data, business_name=EVIL),
    ):
        payload = payload_of(message)
        *others, link = payload["blocks"]
        assert link == LINK
        assert {block["text"]["type"] for block in others} == {"plain_text"}
        for text in [payload["text"], *(block["text"]["text"] for block in others)]:
            assert not set("<>") & set(text)
            assert "&lt;!channel&gt;" in text or text.startswith("Score: 75")
            assert not [line for line in text.splitlines() if line.startswith(("» Assistant", "Score: 100"))]
    assert "&amp;lt;" in others[-1]["text"]["text"]


def test_however_much_was_said_it_fits_into_slacks_blocks():
    line = {"role": "visitor", "content": "&" * 5000}
    lead = replace(
        LEAD,
        name="<" * 200,
        company="&" * 200,
        custom_fields={f"{number}{'<' * 59}": "&" * 500 for number in range(20)},
        reasons=(("&" * 300, 10),) * 20,
        transcript=(line, *[{"role": "assistant", "content": f"{number} {'>' * 400}"} for number in range(20)]),
    )
    payload = payload_of(replace(MESSAGE, lead=lead, business_name="&" * 100, is_ambiguous=True))

    for block in Block.parse_all(payload["blocks"]):
        block.validate_json()
    assert len(payload["text"]) <= 500
    for text in [payload["text"], *(block["text"]["text"] for block in payload["blocks"] if "text" in block)]:
        # No escaped character was cut into two.
        assert text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").count("&") == 0
    assert payload["blocks"][3]["text"]["text"].splitlines()[-1].startswith("» Assistant: 19 &gt;")


def test_every_message_is_one_that_slacks_own_library_takes():
    for message in (
        MESSAGE,
        replace(MESSAGE, event="handoff.requested", lead=None, data=HANDOFF, is_ambiguous=True),
        replace(MESSAGE, event="connection.test", lead=None),
    ):
        blocks = payload_of(message)["blocks"]
        assert [block.to_dict() for block in Block.parse_all(blocks)] == blocks


def test_a_message_that_may_have_arrived_before_says_so():
    blocks = payload_of(replace(MESSAGE, is_ambiguous=True))["blocks"]
    words = "Perhaps for the second time: Slack did not say whether this had arrived."
    assert blocks[-1] == {"type": "context", "elements": [plain(words)]}


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
