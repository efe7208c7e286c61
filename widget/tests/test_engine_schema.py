import json

import pytest

from widget.engine.schema import REPLY_SCHEMA, InvalidReply, RawAction, parse_reply
from widget.tests.scripted_model import answer


def test_valid_reply_is_read():
    text = json.dumps(answer(sources=["p1"], suggested_actions=[{"label": "Go", "action": "link", "url": "/a"}]))

    reply = parse_reply(text)

    assert reply.content == "We ship within two days."
    assert reply.sources == ("p1",)
    assert reply.suggested_actions == (RawAction(label="Go", action="link", url="/a"),)
    assert reply.confidence == 0.9
    assert reply.is_answered is True


def test_content_is_asked_for_first_and_everything_is_required():
    assert next(iter(REPLY_SCHEMA["properties"])) == "content"
    assert REPLY_SCHEMA["required"] == list(REPLY_SCHEMA["properties"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sure!",
        "[]",
        "null",
        '"content"',
        '{"content": "a"',
        "[" * 100_000,
        '{"a":' * 100_000,
        json.dumps(answer(content="a" * 200_000)),
        '{"content": NaN}',
    ],
)
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(InvalidReply):
        parse_reply(text)


@pytest.mark.parametrize(
    "fields",
    [
        {"content": ["a"]},
        {"content": None},
        {"content": 5},
        {"sources": "p1"},
        {"sources": [1]},
        {"sources": ["p"] * 1000},
        {"suggested_actions": {}},
        {"suggested_actions": ["link"]},
        {"suggested_actions": [{"label": "a", "action": "link"}]},
        {"suggested_actions": [{"label": 1, "action": "link", "url": ""}]},
        {"intent": 3},
        {"confidence": "0.9"},
        {"confidence": True},
        {"confidence": None},
        {"confidence": float("nan")},
        {"confidence": float("inf")},
        {"confidence": 10**400},
        {"is_answered": "yes"},
        {"is_answered": 1},
        {"name": None},
        {"company": {}},
    ],
)
def test_wrong_types_are_refused(fields):
    with pytest.raises(InvalidReply):
        parse_reply(json.dumps(answer(**fields)))


@pytest.mark.parametrize("name", list(REPLY_SCHEMA["properties"]))
def test_missing_fields_are_refused(name):
    fields = answer()
    del fields[name]

    with pytest.raises(InvalidReply, match=name):
        parse_reply(json.dumps(fields))


def test_error_does_not_quote_the_text():
    with pytest.raises(InvalidReply) as caught:
        parse_reply('{"content": "my salary is 5')

    assert "salary" not in repr(caught.value)
    assert caught.value.__context__ is None
