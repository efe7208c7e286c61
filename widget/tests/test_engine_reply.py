from dataclasses import replace

import pytest

from benchmarks.claude_stand_in import Settings, StandInThread
from widget.engine.claude import ClaudeModel
from widget.engine.contracts import AnswerSource, Usage
from widget.engine.model import ModelUnavailable
from widget.engine.reply import estimate_ceiling, generate
from widget.tests.engine_cast import make_config, make_found, make_passage, make_request
from widget.tests.scripted_model import ScriptedModel, answer

REQUEST = make_request()


def test_models_answer_is_guarded_and_counted():
    ticks = iter([10.0, 11.234])
    model = ScriptedModel(answer(sources=["p1"], name="Eve"), input_tokens=1000, output_tokens=100)

    reply = generate(REQUEST, model=model, clock=lambda: next(ticks))

    assert reply.content == "We ship within two days."
    assert reply.answered_by == "ai"
    assert reply.fallback_reason == ""
    assert reply.sources == (AnswerSource(title="Shipping", url="https://acme.example/shipping"),)
    assert reply.usage == Usage(model="claude-haiku-5-5", input_tokens=1000, output_tokens=100)
    assert reply.cost_microusd == 150
    assert reply.duration_ms == 1234
    assert reply.name == ""
    assert model.deadlines == [20.0]


def test_no_key_no_call():
    reply = generate(REQUEST, model=None)

    assert (reply.answered_by, reply.fallback_reason) == ("knowledge", "no_key")
    assert reply.content == "We ship within two days."
    assert (reply.usage, reply.cost_microusd) == (None, 0)


@pytest.mark.parametrize("reason", ["no_budget", "rate_limited", "no_key"])
def test_model_is_not_asked_where_it_may_not_be(reason):
    model = ScriptedModel()

    reply = generate(replace(REQUEST, no_model_reason=reason), model=model)

    assert reply.fallback_reason == reason
    assert model.calls == 0
    assert estimate_ceiling(replace(REQUEST, no_model_reason=reason)) == 0


@pytest.mark.parametrize("reason", ["timeout", "overloaded", "unreachable", "rejected", "refused"])
def test_missing_model_is_replaced_by_the_knowledge_and_what_was_billed_is_counted(reason):
    usage = Usage(model="claude-haiku-5-5", input_tokens=1000)

    reply = generate(REQUEST, model=ScriptedModel(ModelUnavailable(reason, usage=usage)))

    assert (reply.answered_by, reply.fallback_reason, reply.cost_microusd) == ("knowledge", reason, 100)
    assert reply.content == "We ship within two days."


@pytest.mark.parametrize(
    "nonsense",
    ["", "Sure!", "[]", '{"content": "x"}', answer(content=""), answer(content="<b></b>"), answer(sources=3)],
)
def test_nonsense_is_replaced_by_the_knowledge_and_paid_for(nonsense):
    reply = generate(REQUEST, model=ScriptedModel(nonsense, input_tokens=1000, output_tokens=0))

    assert (reply.answered_by, reply.fallback_reason, reply.cost_microusd) == ("knowledge", "invalid_reply", 100)


@pytest.mark.parametrize("error", [RuntimeError("my salary"), KeyError("x"), RecursionError()])
def test_model_that_breaks_its_promise_costs_no_visitor_the_answer(error, caplog):
    reply = generate(REQUEST, model=ScriptedModel(error))

    assert (reply.answered_by, reply.fallback_reason) == ("knowledge", "unreachable")
    assert "salary" not in caplog.text


def test_visitor_sees_the_words_but_not_the_links_before_the_end():
    pieces = []
    model = ScriptedModel(answer(content="See [this](https://acme.example/a) and https://evil.example/b today"))

    reply = generate(REQUEST, model=model, on_delta=pieces.append)

    assert "".join(pieces).split() == ["See", "this", "and", "today"]
    assert reply.content == "See [this](https://acme.example/a) and today"


def test_visitor_who_leaves_does_not_stop_the_answer():
    pieces = []

    def leave(piece):
        pieces.append(piece)
        raise BrokenPipeError

    reply = generate(REQUEST, model=ScriptedModel(answer(content="one two three")), on_delta=leave)

    assert pieces == ["one "]
    assert (reply.answered_by, reply.content) == ("ai", "one two three")


def test_unanswered_question_is_marked():
    refusal = answer(content="I don't know that.", is_answered=False, confidence=0.9)

    reply = generate(REQUEST, model=ScriptedModel(refusal))

    assert reply.is_unanswered is True
    assert reply.confidence == 0.2


def test_ceiling_is_above_what_any_answer_costs():
    passages = tuple(make_passage(f"p{number}", body="word " * 200) for number in range(60))
    request = make_request(whole_knowledge=passages, config=make_config(model="claude-sonnet-5-5"))
    with StandInThread() as stand_in:
        reply = generate(request, model=ClaudeModel(api_key="k", base_url=stand_in.url))

    assert reply.answered_by == "ai"
    assert 0 < reply.cost_microusd < estimate_ceiling(request) < 500_000


def test_whole_way_through_the_real_client():
    pieces = []
    with StandInThread(Settings(tokens=40)) as stand_in:
        reply = generate(REQUEST, model=ClaudeModel(api_key="k", base_url=stand_in.url), on_delta=pieces.append)

    assert reply.answered_by == "ai"
    assert reply.passages_used == ("p1",)
    assert "".join(pieces).strip() == reply.content
    assert len(pieces) > 10


@pytest.mark.parametrize(
    ("fail", "reason"),
    [
        ("nonsense", "invalid_reply"),
        ("wrong_shape", "invalid_reply"),
        ("max_tokens", "invalid_reply"),
        ("refusal", "refused"),
        ("401", "rejected"),
        ("529", "overloaded"),
        ("truncated", "unreachable"),
        ("hang", "timeout"),
        ("drip_text", "timeout"),
    ],
)
def test_whatever_happens_the_visitor_gets_an_answer(fail, reason):
    with StandInThread(Settings(fail=fail)) as stand_in:
        reply = generate(REQUEST, model=ClaudeModel(api_key="k", base_url=stand_in.url), deadline_seconds=0.4)

    assert (reply.answered_by, reply.fallback_reason) == ("knowledge", reason)
    assert reply.content == "We ship within two days."


def test_nothing_known_and_nobody_there_is_still_an_answer():
    reply = generate(make_request(found=make_found(zone="refuse")), model=None)

    assert reply.content
    assert reply.is_unanswered is True
