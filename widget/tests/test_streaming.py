"""Answers as a stream of events, on real transactions: what is written in one thread is read in another."""

import json
import logging
import socket
import threading

import pytest

from benchmarks.claude_stand_in import Settings, StandInThread
from caty.lib import logs
from widget.engine.model import ModelReply
from widget.models import Answer, Message
from widget.tests.door import Door, limit
from widget.tests.scripted_model import ScriptedModel, answer

pytestmark = pytest.mark.django_db(transaction=True)
STREAM = {"Accept": "text/event-stream"}
SECONDS = 10


class WatchedModel(ScriptedModel):
    """Writes a word whenever the test lets it, and says so when it has been asked."""

    def __init__(self, *replies):
        super().__init__(*replies)
        self.asked = threading.Semaphore(0)
        self.may_go_on = threading.Semaphore(0)

    def complete(self, prompt, *, deadline_seconds, on_delta=None) -> ModelReply:
        def show(text):
            assert self.may_go_on.acquire(timeout=SECONDS)
            on_delta(text)

        self.asked.release()
        reply = super().complete(prompt, deadline_seconds=deadline_seconds, on_delta=show if on_delta else None)
        assert self.may_go_on.acquire(timeout=SECONDS)
        return reply


@pytest.fixture
def watched(scripted):
    from caty import testing

    scripted()
    testing.SCRIPTED["model"] = WatchedModel(answer(content="We ship quickly."))
    return testing.SCRIPTED["model"]


@pytest.fixture
def door(acme):
    return Door(acme)


def ask(door, session_id, text="What are your opening hours?", **more):
    return door.post("message", {"session_id": session_id, "message": text, **more}, headers=STREAM)


def events(body: bytes) -> list[tuple[str, dict]]:
    """Name and data of each event; a comment is ("", {})."""
    found = []
    for block in body.decode().removesuffix("\n\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((lines.get("event", ""), json.loads(lines.get("data", "{}"))))
    return found


def read(response) -> list[tuple[str, dict]]:
    return events(b"".join(response.streaming_content))


def until(condition):
    """Wait for another thread's work to be seen; fails after ten seconds."""
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("This never came to be.")


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
    def lose_the_work(_):
        Answer.objects.all().delete()
        return answer()

    scripted(lose_the_work)

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


def test_silence_is_broken_by_comments(door, watched, monkeypatch):
    monkeypatch.setattr("widget.api.streaming.COMMENT_SECONDS", 0.01)
    response = ask(door, door.start())
    stream = iter(response.streaming_content)

    assert [next(stream) for _ in range(4)] == [b": \n\n"] * 4
    for _ in range(4):
        watched.may_go_on.release()
    assert events(b"".join(stream))[-1][0] == "done"


def test_slow_reader_holds_nothing_up_and_gets_longer_pieces(door, watched):
    session_id = door.start()
    response = ask(door, session_id)
    for _ in range(4):
        watched.may_go_on.release()
    until(lambda: Answer.objects.filter(state="done").exists())

    assert [name for name, _ in read(response)] == ["", "delta", "done"]


def test_two_streams_of_one_session_are_answered_in_turn(door, watched):
    session_id = door.start()
    first = ask(door, session_id, "One?")
    assert watched.asked.acquire(timeout=SECONDS)
    second = ask(door, session_id, "Two?")

    third = ask(door, session_id, "Three?")

    assert (third.status_code, third.json()["code"]) == (429, "RATE_LIMITED")
    for _ in range(8):
        watched.may_go_on.release()
    assert [read(one)[-1][0] for one in (first, second)] == ["done", "done"]
    stored = Message.objects.order_by("sequence").values_list("role", flat=True)
    assert list(stored) == ["visitor", "visitor", "assistant", "assistant"]


def test_repeat_while_the_first_streams_gets_its_answer(door, watched):
    session_id = door.start()
    first = ask(door, session_id, client_message_id="one")
    assert watched.asked.acquire(timeout=SECONDS)
    again = ask(door, session_id, client_message_id="one")

    for _ in range(4):
        watched.may_go_on.release()

    assert read(again)[-1] == read(first)[-1]
    assert (watched.calls, Message.objects.count()) == (1, 2)


def test_end_of_a_stream_that_nobody_reads_waits_for_the_answer(door, watched):
    response = ask(door, door.start())
    for _ in range(4):
        watched.may_go_on.release()

    response.close()

    assert Answer.objects.get().state == "done"


def open_stream(live_server, door, session_id) -> socket.socket:
    """A connection of its own, on which the question has been asked and the stream has begun."""
    body = json.dumps({"session_id": session_id, "message": "Hello?"}).encode()
    head = (
        f"POST /api/widget/message HTTP/1.1\r\nHost: {live_server.thread.host}\r\nX-API-Key: {door.key}\r\n"
        f"Origin: {door.origin}\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    connection = socket.create_connection((live_server.thread.host, live_server.thread.port), timeout=SECONDS)
    connection.sendall(head.encode() + body)
    received = b""
    while b": \n\n" not in received:
        received += connection.recv(4096)
    assert received.startswith(b"HTTP/1.1 200 ")
    return connection


def test_visitor_who_leaves_midway_loses_nothing(door, watched, live_server):
    session_id = door.start()
    connection = open_stream(live_server, door, session_id)
    assert watched.asked.acquire(timeout=SECONDS)
    watched.may_go_on.release()
    while b"delta" not in connection.recv(4096):
        pass

    connection.close()
    for _ in range(3):
        watched.may_go_on.release()

    until(lambda: Answer.objects.filter(state="done").exists())
    assert door.post("messages", {"session_id": session_id}).json()["messages"][1]["content"] == "We ship quickly."


def test_visitor_who_leaves_costs_no_line_in_the_log(door, watched, live_server, caplog):
    caplog.set_level(logging.WARNING)
    connection = open_stream(live_server, door, door.start())
    connection.close()
    for _ in range(4):
        watched.may_go_on.release()

    until(lambda: Answer.objects.filter(state="done").exists())
    assert [record.getMessage() for record in caplog.records] == []
