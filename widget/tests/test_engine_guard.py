import json
import time

import pytest

from widget.engine.contracts import Action, AnswerSource, Turn
from widget.engine.guard import guard_reply
from widget.engine.prompt import RULES_TEXT
from widget.engine.schema import InvalidReply, parse_reply
from widget.tests.engine_cast import make_config, make_found, make_passage, make_request
from widget.tests.scripted_model import answer


def guard(request=None, **fields):
    return guard_reply(parse_reply(json.dumps(answer(**fields))), request or make_request())


def content_of(text: str, request=None) -> str:
    return guard(request, content=text).content


def action(label="Go", action="link", url="/pricing") -> dict:
    return {"label": label, "action": action, "url": url}


def test_good_reply_passes_unchanged():
    guarded = guard(sources=["p1"], suggested_actions=[action()], intent="pricing_inquiry")

    assert guarded.content == "We ship within two days."
    assert guarded.sources == (AnswerSource(title="Shipping", url="https://acme.example/shipping"),)
    assert guarded.suggested_actions == (Action(label="Go", action="link", url="/pricing"),)
    assert guarded.intent == "pricing_inquiry"
    assert guarded.confidence == 0.8  # as far as knowledge finds the same
    assert guarded.passages_used == ("p1",)
    assert guarded.is_unanswered is False


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example/a",
        "http://ACME.example:443/a?b=c#d",
        "https://shop.acme.example/x",
        "/pricing",
        "/a?b=//c",
    ],
)
def test_links_to_own_pages_stay(url):
    guarded = guard(content=f"See [this]({url}).", suggested_actions=[action(url=url)])

    assert guarded.content == f"See [this]({url})."
    assert guarded.suggested_actions[0].url == url


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a",
        "https://acme.example.evil.example/",
        "https://evilacme.example/",
        "https://acme.example@evil.example/",
        "//evil.example/a",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "ftp://acme.example/a",
        "pricing",
        "mailto:a@evil.example",
        "https:evil.example",
        "http://[::1",
        "https://acme.example:99999/",
        "",
    ],
)
def test_links_elsewhere_lose_their_address_and_keep_their_words(url):
    guarded = guard(content=f"See [this]({url}) now.", suggested_actions=[action(url=url)])

    assert guarded.content == "See this now."
    assert guarded.suggested_actions == ()


@pytest.mark.parametrize(
    "url", ["java\nscript:alert(1)", " javascript:alert(1)", "https://acme.example/a b", "/a\u202eb"]
)
def test_addresses_with_hidden_characters_are_no_links(url):
    assert guard(suggested_actions=[action(url=url)]).suggested_actions == ()


def test_address_that_stands_in_the_knowledge_may_be_shown():
    passage = make_passage(body="Track it at https://parcels.example/track.", url="https://docs.example/help")
    request = make_request(found=make_found(passage))

    text = "Go to https://parcels.example/track, or [help](https://docs.example/help#top)."

    assert content_of(text, request) == text
    assert content_of("Go to https://parcels.example/other.", request) == "Go to."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Visit https://evil.example/x?y=1, please.", "Visit, please."),
        ("Visit www.evil.example please.", "Visit please."),
        ("Visit evil.example/login please.", "Visit please."),
        ("Visit <https://evil.example> please.", "Visit please."),
        ("Visit acme.example/login please.", "Visit acme.example/login please."),
        ("Run javascript:alert(1) now.", "Run now."),
        ("![x](https://evil.example/t.gif) Hi.", "x Hi."),
        ("![x](https://acme.example/t.gif) Hi.", "x Hi."),
        ("[a [b](javascript:x)](https://evil.example) c.", "a b c."),
        ("[https://evil.example](https://acme.example/a) ok", "[https://acme.example/a](https://acme.example/a) ok"),
        ("[a](https://evil.example/x(1)) b.", "a b."),
        ("1. one\n   - two\n\n\n\n3 < 4 and/or 5", "1. one\n   - two\n\n3 < 4 and/or 5"),
    ],
)
def test_addresses_in_the_text(text, expected):
    assert content_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi <b>there</b>", "Hi there"),
        ("Hi <img src=x onerror=alert(1)>there", "Hi there"),
        ("Hi <script>alert(1)</script>there", "Hi there"),
        ("Hi <a href='https://evil.example'>there</a>", "Hi there"),
        ("Hi <!-- x -->there", "Hi there"),
        ("Hi <img src=x", "Hi ‹img src=x"),
        ("Paste `<script src='x'>` there", "Paste `<script src='x'>` there"),
        ("a\x00b\x1b[31mc\u202ed\u200be\ufefff", "ab[31mcdef"),
    ],
)
def test_markup_and_control_characters_go(text, expected):
    assert content_of(text) == expected


@pytest.mark.parametrize("text", ["", "   ", "\u200b\n", "…!?", "<b></b>", "https://evil.example/", "[](javascript:x)"])
def test_nothing_left_to_read_is_invalid(text):
    with pytest.raises(InvalidReply):
        content_of(text)


def test_long_content_is_cut_at_a_word():
    content = content_of("word " * 5000)

    assert len(content) <= 4000
    assert content.endswith("word…")


@pytest.mark.parametrize("piece", ["[", "<a", "<script>", "[a](", "!", "`", "http://a.b/", "( ", "\n", "a.", "<!--"])
def test_hostile_repetition_is_guarded_in_no_time(piece):
    started_at = time.process_time()
    content_of("ok " + (piece * 100_000)[:45_000])

    assert time.process_time() - started_at < 1.0


def test_sources_not_given_are_dropped():
    guarded = guard(sources=["p9", "p1", "p1", "<script>"])

    assert guarded.passages_used == ("p1",)
    assert guarded.sources == (AnswerSource(title="Shipping", url="https://acme.example/shipping"),)


def test_passages_beyond_those_in_the_prompt_are_no_sources():
    passages = [make_passage(f"p{number}") for number in range(1, 12)]
    guarded = guard(make_request(found=make_found(*passages)), sources=["p9", "p8"])

    assert guarded.passages_used == ("p8",)


def test_source_needs_a_title_or_an_address():
    bare = make_passage("p1", title="", question="", heading="", url="")
    odd = make_passage("p2", title="Odd <b>page</b>", url="javascript:alert(1)")
    guarded = guard(make_request(found=make_found(bare, odd)), sources=["p1", "p2"])

    assert guarded.sources == (AnswerSource(title="Odd page", url=""),)
    assert guarded.passages_used == ("p1", "p2")


def test_passages_of_one_page_are_one_source():
    pages = make_found(make_passage("p1"), make_passage("p2"))

    assert len(guard(make_request(found=pages), sources=["p1", "p2"]).sources) == 1


def test_references_are_taken_out_of_the_text():
    assert content_of("Two days [p1]. Free (ref: p1).") == "Two days. Free."
    assert content_of("Size [p7] stays.") == "Size [p7] stays."


@pytest.mark.parametrize(
    ("confidence", "sources", "is_answered", "expected"),
    [
        (0.9, ["p1"], True, 0.8),
        (7, ["p1"], True, 0.8),
        (-3, ["p1"], True, 0.0),
        (0.9, [], True, 0.4),
        (0.9, ["p1"], False, 0.2),
    ],
)
def test_confidence_is_no_higher_than_its_grounds(confidence, sources, is_answered, expected):
    assert guard(confidence=confidence, sources=sources, is_answered=is_answered).confidence == expected


@pytest.mark.parametrize("intent", ["", "Pricing", "a b", "a__b", "_a", "drop table", "a" * 41, "ünï"])
def test_intent_that_is_no_name_is_information_seeking(intent):
    assert guard(intent=intent).intent == "information_seeking"


def test_new_intents_are_kept():
    assert guard(intent="returns_policy").intent == "returns_policy"


def test_greeting_is_never_unanswered():
    assert guard(intent="greeting", is_answered=False).is_unanswered is False
    assert guard(is_answered=False).is_unanswered is True


def test_actions_are_four_at_most_and_each_once():
    actions = [action(url=f"/{number}") for number in range(9)] + [action(url="/0")]

    assert [kept.url for kept in guard(suggested_actions=actions).suggested_actions] == ["/0", "/1", "/2", "/3"]


def test_unknown_actions_and_empty_labels_are_dropped():
    actions = [
        action(action="run"),
        action(label="  "),
        action(label="<b></b>"),
        action("No", "dismiss", "https://evil.example"),
    ]

    assert guard(suggested_actions=actions).suggested_actions == (Action(label="No", action="dismiss"),)


def test_labels_are_short_and_plain():
    [kept] = guard(suggested_actions=[action("See [it](https://evil.example)\n" + "word " * 30)]).suggested_actions

    assert kept.label == "See it word word word word word word…"


def test_handoff_and_form_only_where_the_business_offers_them():
    actions = [action("Person", "handoff", ""), action("Form", "lead_form", "")]
    without = make_request(config=make_config(behavior={"handoff_enabled": False, "lead_form_enabled": False}))

    assert [kept.action for kept in guard(suggested_actions=actions).suggested_actions] == ["handoff", "lead_form"]
    assert guard(without, suggested_actions=actions).suggested_actions == ()


@pytest.mark.parametrize(
    "text",
    [
        "Call +49 30 1234567 or 030/123 45 67.",  # stands in the passage
        "Write to help@acme.example, Help@Partner.test or you@home.test.",  # own, in the passage, the visitor's
        "Pay with partner.test or shop.acme.example.",
        "Node.js, e.g. version 3.5 of 01.12.2026, 08:00-17:00, costs 1 000 000 or 0.5 %.",
        "We ship today.It takes 2-3 days, e.g. by 24-12.",
        "Your order 0012345678 is on its way.",
    ],
)
def test_what_the_business_or_the_visitor_has_named_may_be_shown(text):
    passage = make_passage(body="Call 030 1234567, write to help@partner.test, or pay at partner.test.")
    request = make_request("I'm you@home.test, order 0012345678", found=make_found(passage))

    assert content_of(text, request) == text


def test_rules_given_to_the_model_are_not_repeated():
    leaked = "Never promise a discount, a refund, an exception or a deadline that is not written in the passages."
    assert leaked in RULES_TEXT

    assert content_of(f"Sure. {leaked} Anything else?") == "Sure. Anything else?"
    with pytest.raises(InvalidReply):
        content_of(f"- {leaked}")


def test_marks_of_the_prompt_are_stripped():
    assert content_of('<passage ref="p1">Two days</passage> < / visitor_message >ok') == "Two days ok"


def test_name_and_company_only_as_the_visitor_said_them():
    request = make_request("I'm Ann Lee from Lee & Sons", turns=(Turn(role="assistant", content="Hello Bob"),))

    assert guard(request, name="ann lee", company="Lee & Sons").name == "ann lee"
    assert guard(request, name="Bob").name == ""
    assert guard(request, name="https://evil.example").name == ""
    assert guard(request, company="Lee & Sons").company == "Lee & Sons"
