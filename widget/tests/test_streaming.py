"""Answers as a stream of events, on real transactions: what is written in one thread is read in another."""

import pytest

from benchmarks.claude_stand_in import Settings, StandInThread
from caty.lib import logs
from widget.models import Answer, Message, Session
from widget.tests.door import Door, limit
from widget.tests.scripted_model import answer
from widget.tests.streams import STREAM, ask, read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def door(acme):
    return Door(acme)


def test_answer_comes_as_comment_deltas_and_the_plain_answers_json(door, scripted):
    scripted(answer(content="We ship within two days."))
    session_id = door.start()

    response = ask(door, session_id, client_message_id="one")
    told = read(response)

    assert (response.status_code, response["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    assert told[0] == ("", {})
    assert {name for name, _ in told[1:-1]} == {"delta"}
    assert "".join(data["content"] for _, data in told[1:-1]).strip() == "We ship within two days."
    plain = door.ask(session_id, client_message_id="one").json()
    assert told[-1] == ("done", plain)


def test_stream_is_neither_kept_back_nor_stored_on_its_way(door):
    response = ask(door, door.start())
    read(response)

    assert response["Cache-Control"] == "no-cache"
    assert response["X-Accel-Buffering"] == "no"
    assert not {"Content-Length", "Content-Encoding", "ETag"} & set(response.headers)


def test_stream_is_readable_from_the_page_and_counted_like_every_request(door):
    response = ask(door, door.start())
    read(response)

    assert response["Access-Control-Allow-Origin"] == "*"
    assert (response["RateLimit-Limit"], response["X-Request-Id"][:4]) == ("100", "req_")


@pytest.mark.parametrize(
    "accept", ["text/event-stream", "application/json;q=0.5, Text/Event-Stream;q=0.9", "text/event-stream, */*"]
)
def test_stream_is_asked_for_by_the_accept_header(door, accept):
    response = door.post("message", {"session_id": door.start(), "message": "Hi"}, headers={"Accept": accept})

    assert [name for name, _ in read(response)][-1] == "done"


def test_answer_without_a_model_is_a_stream_too(door):
    told = read(ask(door, door.start()))

    assert [name for name, _ in told] == ["", "done"]
    assert told[-1][1]["response"]["answered_by"] == "knowledge"


def test_repeat_gets_the_first_ones_answer(door, scripted):
    model = scripted()
    session_id = door.start()
    first = read(ask(door, session_id, client_message_id="one"))

    again = read(ask(door, session_id, client_message_id="one"))

    assert again == [("", {}), first[-1]]
    assert (model.calls, Message.objects.count()) == (1, 2)


REFUSED = [
    ({"message": ""}, {}, 400, "VALIDATION_ERROR"),
    ({"session_id": "sess_unknown"}, {}, 404, "NOT_FOUND"),
    ({}, {"Origin": "https://rival.example"}, 403, "ORIGIN_NOT_ALLOWED"),
    ({}, {"X-API-Key": "caty_" + "x" * 32}, 401, "INVALID_API_KEY"),
]


@pytest.mark.parametrize(("body", "headers", "status", "code"), REFUSED)
def test_what_is_refused_before_the_stream_is_an_ordinary_error(door, body, headers, status, code):
    sent = {"session_id": door.start(), "message": "Hi", **body}

    response = door.post("message", sent, headers={**STREAM, **headers})

    assert (response.status_code, response["Content-Type"]) == (status, "application/json")
    assert response.json()["code"] == code
    assert Message.objects.count() == 0


def test_used_up_limit_is_an_ordinary_error(acme):
    limit(acme, messages_per_minute=1)
    door = Door(acme)
    session_id = door.start()
    read(ask(door, session_id))

    response = ask(door, session_id)

    assert (response.status_code, response.json()["code"]) == (429, "RATE_LIMITED")
    assert 0 < int(response["Retry-After"]) <= 60
    assert Message.objects.filter(role="visitor").count() == 1


def test_other_words_under_a_used_id_are_an_ordinary_error(door):
    session_id = door.start()
    read(ask(door, session_id, "One?", client_message_id="one"))

    response = ask(door, session_id, "Two?", client_message_id="one")

    assert (response.status_code, response.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")


@pytest.mark.parametrize("failure", ["reset_midway", "overloaded_midway", "truncated"])
def test_claude_that_dies_midway_is_replaced_by_knowledge(door, settings, failure):
    settings.ANTHROPIC_API_KEY = "only-for-tests"
    with StandInThread(Settings(fail=failure)) as claude:
        settings.ANTHROPIC_BASE_URL = claude.url

        told = read(ask(door, door.start()))

    assert [name for name, _ in told if name != "delta"] == ["", "done"]
    assert "Yes, that is" in "".join(data["content"] for name, data in told if name == "delta")
    assert told[-1][1]["response"]["answered_by"] == "knowledge"
    assert Answer.objects.get().fallback_reason in ("unreachable", "overloaded")


def test_failure_of_ours_midway_is_the_streams_last_event(door, scripted, caplog):
    def lose_count(_):
        Session.objects.update(last_sequence=0)
        return answer()

    scripted(lose_count)

    response = ask(door, door.start())
    told = read(response)

    name, error = told[-1]
    assert (name, error["code"], error["success"]) == ("error", "SERVER_ERROR", False)
    assert error["request_id"] == response["X-Request-Id"]
    assert "stream.failed" in caplog.text


def test_what_is_logged_meanwhile_has_the_requests_id(door, scripted):
    seen = []

    def look(_):
        seen.append(logs.request_id.get())
        return answer()

    scripted(look)
    response = ask(door, door.start())
    read(response)

    assert seen == [response["X-Request-Id"]]
