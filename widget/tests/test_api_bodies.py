"""Bad input of every kind is told, with the path of the field, and nothing happens."""

import io

import pytest

from caty.lib.bodies import MalformedBody, parse_object
from leads.models import Lead
from widget.models import Message, Session
from widget.tests.door import Door

LONG = "x" * 4001


@pytest.fixture
def door(acme):
    return Door(acme)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'"text"',
        b"[]",
        b"null",
        b"5",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": -1e999}',
        b'{"a": 9007199254740992}',
        b'{"a": -9007199254740992}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 0.' + b"9" * 5000 + b"}",
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"a": ["\\u0000"]}',
        b'{"a": "\x00"}',
        b'{"a": "\\ud800"}',
        b'{"a": {"\\udfff": 1}}',
        b'{"a": "\xff"}',
        '{"a": "ü"}'.encode("latin-1"),
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-32"),
        b"[" * 100_000,
        b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b'{"a": 1} {"b": 2}',
        b'{"a": 1,}',
        b"{'a': 1}",
    ],
)
def test_what_is_no_strict_json_object_is_refused(door, body):
    response = door.post("session", body)

    assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_ERROR")
    assert Session.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"", {}),
        (b" \n", {}),
        (b'{"a": 9007199254740991}', {"a": 2**53 - 1}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        ('{"a": "😀"}'.encode(), {"a": "😀"}),
        (b'{"a": 1.5e3}', {"a": 1500.0}),
    ],
)
def test_strict_json_object_is_read(body, value):
    assert parse_object(body) == value


def test_thirty_two_levels_are_read_and_thirty_three_are_not():
    def nested(levels):
        return b'{"a":' * levels + b'"deep"' + b"}" * levels

    assert parse_object(nested(32))["a"]
    with pytest.raises(MalformedBody, match="nested too deeply"):
        parse_object(nested(33))


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("session", {"visitor_id": 5}, "visitor_id"),
        ("session", {"visitor_id": "v" * 101}, "visitor_id"),
        ("session", {"page": "https://acme.example/"}, "page"),
        ("session", {"page": []}, "page"),
        ("session", {"page": {"title": {}}}, "page.title"),
        ("session", {"page": {"referrer": True}}, "page.referrer"),
        ("message", {"message": "Hi"}, "session_id"),
        ("message", {"session_id": None, "message": "Hi"}, "session_id"),
        ("message", {"session_id": "s"}, "message"),
        ("message", {"session_id": "s", "message": 5}, "message"),
        ("message", {"session_id": "s", "message": ["Hi"]}, "message"),
        ("message", {"session_id": "s", "message": ""}, "message"),
        ("message", {"session_id": "s", "message": " \n "}, "message"),
        ("message", {"session_id": "s", "message": LONG}, "message"),
        ("message", {"session_id": "s", "message": "Hi", "context": "x"}, "context"),
        ("message", {"session_id": "s", "message": "Hi", "context": {"page_url": 1}}, "context.page_url"),
        ("message", {"session_id": "s", "message": "Hi", "client_message_id": 7}, "client_message_id"),
        ("track", {"session_id": "s", "events": {}}, "events"),
        ("track", {"session_id": "s", "events": [{"type": "a"}] * 51}, "events"),
        ("track", {"session_id": "s", "events": [{"type": "a"}, 5]}, "events.1"),
        ("track", {"session_id": "s", "events": [{"type": "a"}, {"type": 5}]}, "events.1.type"),
        ("track", {"session_id": "s", "events": [{}]}, "events.0.type"),
        ("track", {"session_id": "s", "events": [{"type": "a", "timestamp": 1700000000}]}, "events.0.timestamp"),
        ("track", {"session_id": "s", "events": [{"type": "a", "event_id": "e" * 65}]}, "events.0.event_id"),
        ("track", {"session_id": "s", "metrics": []}, "metrics"),
        ("track", {"session_id": "s", "metrics": {"timeOnPage": "45000"}}, "metrics.timeOnPage"),
        ("track", {"session_id": "s", "metrics": {"timeOnPage": -1}}, "metrics.timeOnPage"),
        ("track", {"session_id": "s", "metrics": {"scrollDepth": True}}, "metrics.scrollDepth"),
        ("track", {"session_id": "s", "metrics": {"clickCount": "3"}}, "metrics.clickCount"),
        ("track", {"session_id": "s", "chat_open": "yes"}, "chat_open"),
        ("proactive", {"session_id": "s"}, "trigger_type"),
        ("proactive", {"session_id": "s", "trigger_type": 1}, "trigger_type"),
        (
            "proactive",
            {"session_id": "s", "trigger_type": "a", "context": {"engagement_score": "70"}},
            "context.engagement_score",
        ),
        ("proactive/dismissed", {"session_id": "s"}, "message_id"),
        ("lead", {"session_id": "s", "email": 5}, "email"),
        ("lead", {"session_id": "s", "phone": 4915112345678}, "phone"),
        ("lead", {"session_id": "s", "name": ["Jo"]}, "name"),
        ("lead", {"session_id": "s", "consent": "yes"}, "consent"),
        ("lead", {"session_id": "s", "custom_fields": []}, "custom_fields"),
        ("lead", {"session_id": "s", "custom_fields": {"a": [1]}}, "custom_fields.a"),
        ("lead", {"session_id": "s", "custom_fields": {"a": "x" * 1001}}, "custom_fields.a"),
        ("lead", {"session_id": "s", "custom_fields": {str(n): n for n in range(21)}}, "custom_fields"),
        ("handoff", {"session_id": "s", "email": False}, "email"),
        ("end", {}, "session_id"),
        ("messages", {"session_id": "s", "after": "1"}, "after"),
        ("messages", {"session_id": "s", "after": -1}, "after"),
        ("messages", {"session_id": "s", "limit": 0}, "limit"),
        ("messages", {"session_id": "s", "limit": 2.5}, "limit"),
    ],
)
def test_wrong_type_or_size_is_told_with_the_path_of_the_field(door, name, body, field):
    response = door.post(name, body)

    told = response.json()
    assert (response.status_code, told["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in told["details"]] == [field]
    assert told["details"][0]["error"].endswith(".")


def test_no_more_than_twenty_details_are_told(door):
    response = door.post("track", {"session_id": "s", "events": [{}] * 50})

    assert len(response.json()["details"]) == 20


def test_missing_idempotency_key_may_not_be_endless(door):
    body = {"session_id": door.start(), "email": "jo@customer.example"}

    response = door.post("lead", body, headers={"Idempotency-Key": "k" * 201})

    assert response.json()["details"] == [{"field": "Idempotency-Key", "error": "Must have at most 200 characters."}]
    assert Lead.objects.count() == 0


def test_unknown_fields_are_ignored_and_null_is_absent(door):
    response = door.post("session", {"visitor_id": None, "page": {"url": None, "more": [1]}, "surprise": {"a": 1}})

    assert response.status_code == 200
    assert Session.objects.get().page_url == ""


def test_very_long_address_of_a_page_is_cut_rather_than_refused(door):
    response = door.post("session", {"page": {"url": "https://acme.example/?" + "q" * 5000}})

    assert response.status_code == 200
    assert len(Session.objects.get().page_url) == 2000


def test_totals_with_fractions_and_beyond_reason_are_kept_within_reason(door):
    metrics = {"timeOnPage": 45000.7, "scrollDepth": 100.4, "clickCount": 10**12, "page_view_id": "one"}

    response = door.post("track", {"session_id": door.start(), "metrics": metrics})

    view = door.tenant.page_views.get()
    assert response.status_code == 200
    assert (view.time_on_page_ms, view.scroll_depth, view.click_count) == (45000, 100, 2**31 - 1)


def test_message_is_trimmed(door):
    door.ask(door.start(), "  Hello \n")

    assert Message.objects.get(role="visitor").content == "Hello"


def test_four_thousand_characters_are_taken(door):
    assert door.ask(door.start(), "ü" * 4000).status_code == 200


def send_raw(door, stream, **environ):
    """A request as a WSGI server hands it over, without Content-Length where it came in chunks."""
    return door.client.request(
        **{
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/api/widget/session",
            "CONTENT_TYPE": "application/json",
            "HTTP_X_API_KEY": door.key,
            "HTTP_ORIGIN": door.origin,
            "wsgi.input": stream,
            **environ,
        }
    )


def test_body_in_chunks_is_read(door):
    body = io.BytesIO(b'{"page": {"url": "https://acme.example/chunks"}}')

    response = send_raw(door, body, **{"wsgi.input_terminated": True})

    session_id = response.json()["session_id"]
    assert Session.objects.get(public_id=session_id).page_url == "https://acme.example/chunks"


def test_endless_body_in_chunks_is_read_no_further_than_one_byte_too_many(door):
    body = io.BytesIO(b" " * 1_000_000)

    response = send_raw(door, body, **{"wsgi.input_terminated": True})

    assert (response.status_code, response.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert body.tell() == 256 * 1024 + 1


class BrokenInput(io.BytesIO):
    def read(self, *size):
        raise ConnectionResetError


def test_body_that_breaks_off_is_a_bad_request(door):
    response = send_raw(door, BrokenInput(), CONTENT_LENGTH="50")

    assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_ERROR")
    assert Session.objects.count() == 0
