"""A call for a person on its way to where colleagues read: as much of it as their business allows."""

import json

import pytest

from leads import calls, delivery, services
from leads.contracts import Notice
from leads.models import Delivery
from leads.tests.conftest import NOON, make_connection
from leads.tests.slack_messages import HANDOFF

ASKED = {**HANDOFF, "reason": "complaint"}
INBOX = "https://caty.example/admin/inbox/conv_1/"
SHOWN = [
    ("nothing", False, False),
    ("reason", True, False),
    ("words", True, True),
]


@pytest.fixture
def announce(acme):
    def announce(shows):
        acme.behavior.notice_shows = shows
        acme.behavior.save()
        notice = Notice(event="handoff.requested", event_id="conv_1:handoff", data=ASKED)
        services.announce(notice, tenant=acme, now=NOON)
        assert delivery.deliver(Delivery.objects.get().pk, now=NOON) == "delivered"

    return announce


@pytest.mark.parametrize(("shows", "has_reason", "has_words"), SHOWN)
def test_slack_is_told_no_more_than_the_business_allows(
    acme, receiver, settings, announce, shows, has_reason, has_words
):
    settings.SLACK_HOSTS = ["127.0.0.1"]
    hook = f"http://127.0.0.1:{receiver.port}/services/T/B/x"
    make_connection(acme, kind="slack", events=["handoff.requested"], settings={}, secrets={"webhook_url": hook})

    announce(shows)

    body = receiver.received[0].body.decode()
    payload = json.loads(body)
    assert payload["blocks"][-1]["text"]["text"] == f"<{INBOX}|Answer in the inbox>"
    assert ("Reason: they complain" in body) is has_reason
    assert ("Let me talk" in body, "ann@example.com" in body) == (has_words, has_words)


@pytest.mark.parametrize(("shows", "has_reason", "has_words"), SHOWN)
def test_a_mail_to_colleagues_tells_no_more_either(acme, mailoutbox, announce, shows, has_reason, has_words):
    recipients = {"recipients": ["staff@acme.example"]}
    make_connection(acme, kind="email", events=["handoff.requested"], settings=recipients)

    announce(shows)

    (letter,) = mailoutbox
    told = letter.subject + letter.body + str(letter.reply_to)
    assert f"Answer: {INBOX}\n" in letter.body
    assert ("Reason: they complain" in told) is has_reason
    assert ("Let me talk" in told, "ann@example.com" in told) == (has_words, has_words)


@pytest.mark.parametrize("shows", ["nothing", "reason", "words"])
def test_a_webhook_gets_the_event_as_it_is(acme, receiver, announce, shows):
    make_connection(acme, events=["handoff.requested"], settings={"url": receiver.url})
    announce(shows)
    assert json.loads(receiver.received[0].body)["data"] == ASKED


def test_what_nobody_has_said_is_not_told():
    data = {"session_id": "conv_1", "reason": "", "visitor": {"email": None}, "last_message": ""}
    assert calls.allowed(data, shows="reason") == {"session_id": "conv_1", "conversation_url": INBOX}
