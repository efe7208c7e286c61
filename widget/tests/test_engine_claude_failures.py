"""The real client when Anthropic's API is slow, breaks off, refuses or isn't there."""

import json
import time

import pytest

from benchmarks.claude_stand_in import Settings, StandInThread
from widget.engine import pricing
from widget.tests.claude_calls import ANSWER, ask, ignore, refusal_of
from widget.tests.engine_cast import PROMPT


@pytest.mark.parametrize("status", ["500", "529", "429"])
def test_passing_trouble_is_tried_once_more(status):
    pauses = []
    with StandInThread(Settings(fail=status, times=1, answer=ANSWER)) as stand_in:
        reply = ask(stand_in, sleep=pauses.append)

    assert reply.text == ANSWER
    assert len(stand_in.seen.requests) == 2
    assert 0.25 <= pauses[0] <= 0.5


@pytest.mark.parametrize("status", ["500", "529", "429"])
def test_lasting_trouble_is_tried_twice_and_no_more(status):
    with StandInThread(Settings(fail=status)) as stand_in:
        error = refusal_of(stand_in)

    assert error.reason == "overloaded"
    assert len(stand_in.seen.requests) == 2


@pytest.mark.parametrize("status", ["400", "401"])
def test_rejected_request_is_not_repeated(status):
    with StandInThread(Settings(fail=status)) as stand_in:
        error = refusal_of(stand_in)

    assert error.reason == "rejected"
    assert len(stand_in.seen.requests) == 1


def test_retry_after_is_waited_for_where_it_fits():
    pauses = []
    with StandInThread(Settings(fail="429", times=1, retry_after="2", answer=ANSWER)) as stand_in:
        ask(stand_in, deadline_seconds=20.0, sleep=pauses.append)

    assert pauses == [2.0]


@pytest.mark.parametrize("retry_after", ["18", "Fri"])
def test_retry_after_beyond_the_deadline_ends_the_call(retry_after):
    pauses = []
    with StandInThread(Settings(fail="429", retry_after=retry_after)) as stand_in:
        error = refusal_of(stand_in, deadline_seconds=20.0, sleep=pauses.append)

    assert error.reason == "overloaded"
    assert pauses == []
    assert len(stand_in.seen.requests) == 1


def test_no_retry_without_time_for_it():
    with StandInThread(Settings(fail="529")) as stand_in:
        refusal_of(stand_in, deadline_seconds=2.0)

    assert len(stand_in.seen.requests) == 1


def test_broken_connection_is_tried_once_more():
    with StandInThread(Settings(fail="reset", times=1, answer=ANSWER)) as stand_in:
        assert ask(stand_in).text == ANSWER


def test_nobody_listening_is_unreachable():
    with StandInThread() as stand_in:
        pass

    error = refusal_of(stand_in)

    assert error.reason == "unreachable"
    assert error.usage is None


@pytest.mark.parametrize(
    ("fail", "reason"),
    [("truncated", "unreachable"), ("reset_midway", "unreachable"), ("overloaded_midway", "overloaded")],
)
def test_answer_broken_off_is_not_repeated_once_a_visitor_saw_its_beginning(fail, reason):
    pieces = []
    with StandInThread(Settings(fail=fail)) as stand_in:
        error = refusal_of(stand_in, on_delta=pieces.append)

    assert error.reason == reason
    assert pieces
    assert len(stand_in.seen.requests) == 1
    assert error.usage.output_tokens > 20


def test_answer_broken_off_unseen_is_repeated_and_both_are_counted():
    with StandInThread(Settings(fail="overloaded_early", times=1, answer=ANSWER)) as stand_in:
        reply = ask(stand_in, on_delta=ignore)

    assert reply.usage.input_tokens == 20
    assert reply.usage.output_tokens == 1 + len(ANSWER) // 4


def test_refusal_carries_what_was_billed():
    with StandInThread(Settings(fail="refusal")) as stand_in:
        error = refusal_of(stand_in)

    assert error.reason == "refused"
    assert error.usage.input_tokens == 10


@pytest.mark.parametrize("on_delta", [None, ignore])
@pytest.mark.parametrize("fail", ["hang", "drip_headers", "drip_comments", "drip_pings", "drip_text"])
def test_deadline_holds_whatever_the_server_does(fail, on_delta):
    started_at = time.monotonic()
    with StandInThread(Settings(fail=fail)) as stand_in:
        error = refusal_of(stand_in, deadline_seconds=0.3, on_delta=on_delta)
    took = time.monotonic() - started_at

    assert error.reason == "timeout"
    assert 0.25 <= took < 2.0


def test_slow_answer_is_cut_at_the_deadline_and_what_it_wrote_is_counted():
    with StandInThread(Settings(seconds=30.0, answer=json.dumps({"content": "a" * 3000}), tokens=600)) as stand_in:
        error = refusal_of(stand_in, deadline_seconds=0.5, on_delta=ignore)

    assert error.reason == "timeout"
    assert 2 <= error.usage.output_tokens < 1000


@pytest.mark.parametrize(("fail", "reason"), [("hang", "timeout"), ("truncated", "unreachable")])
def test_call_of_which_nothing_was_heard_counts_as_the_dearest(fail, reason):
    with StandInThread(Settings(fail=fail)) as stand_in:
        error = refusal_of(stand_in, deadline_seconds=0.3)

    assert error.reason == reason
    assert error.usage == pricing.most_usage(PROMPT)


@pytest.mark.parametrize("on_delta", [None, ignore])
def test_endless_answer_is_cut_by_its_size(on_delta):
    limits = {"deadline_seconds": 20.0, "retry_needs_seconds": 60.0, "most_bytes": 300_000}
    with StandInThread(Settings(fail="flood")) as stand_in:
        error = refusal_of(stand_in, on_delta=on_delta, **limits)

    assert error.reason == "unreachable"
