"""Streams of which somebody is slow, silent, gone, or asks for two at once."""

import json
import logging
import socket

import pytest

from caty import testing
from caty.tests.waiting import until
from widget.models import Answer, Message
from widget.tests.door import Door
from widget.tests.scripted_model import answer
from widget.tests.streams import SECONDS, WatchedModel, ask, events, read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def watched(scripted):
    scripted()
    testing.SCRIPTED["model"] = WatchedModel(answer(content="We ship quickly."))
    return testing.SCRIPTED["model"]


@pytest.fixture
def door(acme):
    return Door(acme)


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
