"""Slack: what stands in a channel, and what visitors can't do there."""

from dataclasses import replace

import pytest
from slack_sdk.models.blocks import Block

from leads.connectors.slack_message import payload_of
from leads.tests.slack_messages import HANDOFF, LEAD, MESSAGE, plain, section

LINK = {
    "type": "section",
    "text": {"type": "mrkdwn", "text": "<https://caty.example/c/1|Read the conversation>", "verbatim": True},
}


ANSWER = {**LINK, "text": {**LINK["text"], "text": "<https://caty.example/c/1|Answer in the inbox>"}}


def test_a_lead_is_told_with_its_score_reasons_contact_messages_and_link():
    assert payload_of(MESSAGE) == {
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
        ANSWER,
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
    for message, expected in (
        (replace(MESSAGE, lead=lead, business_name=EVIL), LINK),
        (replace(MESSAGE, event="handoff.requested", lead=None, data=data, business_name=EVIL), ANSWER),
    ):
        payload = payload_of(message)
        *others, link = payload["blocks"]
        assert link == expected
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
