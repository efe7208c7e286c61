"""Mail to staff: what stands in it, and that visitors can't write its headers."""

import smtplib
from dataclasses import replace

import pytest
from django.core import mail
from pydantic import ValidationError

from leads import delivery, services
from leads.connectors import get_connector
from leads.connectors.base import (
    Delivered,
    LeadSnapshot,
    Misconfigured,
    NoSecrets,
    OutgoingMessage,
    Rejected,
    TryLater,
)
from leads.connectors.email import EmailSettings
from leads.contracts import TranscriptLine
from leads.models import Delivery
from leads.tests.conftest import NOON, WEIGHTS, make_connection, said

SETTINGS = EmailSettings(recipients=["staff@acme.example"])
LEAD = LeadSnapshot(
    lead_id="lead_x",
    name="Ann",
    email="ann@example.com",
    phone="+12025550143",
    company="Lee Ltd",
    custom_fields={"size": "M"},
    status="new",
    intent="pricing_inquiry",
    score=75,
    band="hot",
    reasons=(("Wants to buy", 30), ("Left an e-mail address", 20)),
    transcript=({"role": "visitor", "content": "How much?"}, {"role": "assistant", "content": "Ten."}),
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


def send(message=MESSAGE):
    return get_connector("email").deliver(message, SETTINGS, NoSecrets())


def test_a_lead_is_told_with_its_score_reasons_messages_and_link(mailoutbox):
    assert send() == Delivered()

    (letter,) = mailoutbox
    assert letter.subject == "Hot lead (75/100) · Acme"
    assert (letter.to, letter.reply_to) == (["staff@acme.example"], ["ann@example.com"])
    assert letter.extra_headers == {"Message-ID": "<0190-d1@caty.example>"}
    assert letter.body == (
        "Name: Ann\nE-mail: ann@example.com\nPhone: +12025550143\nCompany: Lee Ltd\nWants: pricing inquiry\n"
        "Page: https://acme.example/pricing\nsize: M\n\n"
        "Score: 75 of 100\n  +30  Wants to buy\n  +20  Left an e-mail address\n\n"
        "Last messages:\n> Visitor: How much?\n> Assistant: Ten.\n\n"
        "Conversation: https://caty.example/c/1\n"
    )


def test_what_a_visitor_typed_is_no_header_no_markup_and_no_line_of_ours(mailoutbox):
    evil = "x\r\nBcc: victim@example.com\r\n\r\n<b onclick=alert(1)>=1+1</b>"
    lead = replace(
        LEAD,
        name=evil,
        company=evil,
        email=f"ann@example.com{evil}",
        custom_fields={evil: evil},
        transcript=({"role": "visitor", "content": f"{evil}\nConversation: https://evil.example"},),
    )

    send(replace(MESSAGE, lead=lead, business_name="Acme\r\nBcc: victim@example.com"))

    (letter,) = mailoutbox
    assert letter.subject == "Hot lead (75/100) · Acme Bcc: victim@example.com"
    assert letter.recipients() == ["staff@acme.example"]
    assert letter.reply_to == []
    parsed = letter.message()
    assert parsed.get_content_type() == "text/plain"
    assert parsed["Bcc"] is None
    lines = letter.body.splitlines()
    assert not [line for line in lines if line.startswith(("Bcc", "<b", "=1"))]
    assert [line for line in lines if line.startswith("Conversation:")] == ["Conversation: https://caty.example/c/1"]


@pytest.mark.parametrize("separator", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_line_of_a_message_is_quoted_whatever_separates_them(mailoutbox, separator):
    line = {"role": "visitor", "content": f"Hello{separator}Conversation: https://evil.example"}
    send(replace(MESSAGE, lead=replace(LEAD, transcript=(line,))))
    assert "> Visitor: Hello\n> Conversation: https://evil.example\n" in mailoutbox[0].body


def test_a_call_for_a_person_is_told(mailoutbox):
    data = {
        "session_id": "conv_1",
        "reason": "refund",
        "visitor": {"email": "ann@example.com"},
        "last_message": "Let me talk to\nsomebody",
        "conversation_url": "https://caty.example/c/1",
    }
    send(replace(MESSAGE, event="handoff.requested", lead=None, data=data))
    (letter,) = mailoutbox
    assert letter.subject == "A visitor asks for a person · Acme"
    assert letter.reply_to == ["ann@example.com"]
    assert letter.body == (
        "E-mail: ann@example.com\nReason: refund\nLast message: Let me talk to somebody\n\n"
        "Answer: https://caty.example/c/1\n"
    )


def test_a_test_says_that_it_is_one(acme, mailoutbox):
    connection = make_connection(acme, kind="email", settings={"recipients": ["staff@acme.example"]})
    assert delivery.test_connection(connection, now=NOON).is_ok
    assert mailoutbox[0].body == "This is a test. Leads will arrive like this mail."


def test_a_captured_lead_reaches_the_colleagues(acme, mailoutbox):
    make_connection(acme, kind="email", settings={"recipients": ["staff@acme.example"]})
    line = TranscriptLine(role="visitor", content="I'm ann@example.com", at=NOON)
    services.capture_lead(said(email="ann@example.com", transcript=(line,)), tenant=acme, weights=WEIGHTS, now=NOON)

    assert delivery.deliver(Delivery.objects.get().pk, now=NOON) == "delivered"

    assert mailoutbox[0].subject == "New lead (20/100) · Acme"
    assert "  +20  Left an e-mail address" in mailoutbox[0].body
    assert "> Visitor: I'm ann@example.com" in mailoutbox[0].body


class FailingBackend:
    """A mail backend whose server fails as `error` says."""

    error: Exception

    def __init__(self, **_options):
        pass

    def send_messages(self, _letters):
        raise FailingBackend.error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.co": (550, b"no such user")}), Misconfigured),
        (smtplib.SMTPRecipientsRefused({"a@b.co": (451, b"try later")}), TryLater),
        (smtplib.SMTPDataError(554, b"spam"), Rejected),
        (smtplib.SMTPDataError(451, b"busy"), TryLater),
        (smtplib.SMTPAuthenticationError(535, b"wrong password"), TryLater),
        (smtplib.SMTPServerDisconnected("gone"), TryLater),
        (TimeoutError(), TryLater),
        (ConnectionRefusedError(), TryLater),
    ],
)
def test_the_mail_servers_refusals_are_told_apart(settings, error, kind):
    settings.EMAIL_BACKEND = f"{__name__}.FailingBackend"
    FailingBackend.error = error
    assert type(send()) is kind
    assert mail.outbox == []


@pytest.mark.parametrize("recipients", [[], ["nonsense"], ["a@b.co\nBcc: c@d.co"], ["a@b.co"] * 21])
def test_recipients_must_be_addresses(recipients):
    with pytest.raises(ValidationError):
        EmailSettings(recipients=recipients)
