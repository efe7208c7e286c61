"""A model that has too little before it may search once: in what the business wrote, and nowhere else."""

from dataclasses import replace

import pytest

from benchmarks.claude_stand_in import Settings, StandInThread
from tenants import knowledge
from tenants.contracts import Found
from tenants.knowledge.articles import ArticleText, save_article
from tenants.models import Reservation, Tenant
from widget.engine import pricing
from widget.engine.contracts import Usage
from widget.engine.model import ModelUnavailable, Search
from widget.engine.prompt import MOST_LOOKED_UP_BYTES, build_prompt, given_passages, with_looked_up
from widget.engine.reply import estimate_ceiling, generate
from widget.models import Answer
from widget.services.trying import try_question
from widget.tests.claude_calls import ANSWER, ask, ignore
from widget.tests.engine_cast import PROMPT, make_found, make_passage, make_request
from widget.tests.scripted_model import ScriptedModel, answer

RETURNS = make_passage("p7", question="Can I return shoes?", title="Returns", body="Yes, for thirty days.", url="")
LARGE = make_request("Kann ich Schuhe zurückgeben?", can_search=True)
OFFERED = replace(PROMPT, search=Search.OFFERED)


def find_returns(query: str) -> Found:
    return make_found(RETURNS, probability=0.9)


def test_what_the_model_asks_for_is_given_to_it_and_may_be_named():
    model = ScriptedModel({"search": "return shoes"}, answer(content="Ja, 30 Tage.", sources=["p7"]))

    reply = generate(LARGE, model=model, look_up=find_returns)

    assert (reply.content, reply.passages_used, reply.answered_by) == ("Ja, 30 Tage.", ("p7",), "ai")
    first, second = model.prompts
    assert (first.search, second.search) == (Search.OFFERED, Search.OVER)
    assert "Yes, for thirty days." not in first.message
    assert "Yes, for thirty days." in second.message
    assert "<looked_up>return shoes</looked_up>" in second.message
    assert first.rules == second.rules


def test_both_questions_are_paid_for():
    model = ScriptedModel({"search": "return shoes"}, answer(), input_tokens=1_000, output_tokens=100)

    reply = generate(LARGE, model=model, look_up=find_returns)

    assert reply.usage == Usage(model="claude-haiku-5-5", input_tokens=2_000, output_tokens=200)
    assert reply.cost_microusd == 300


def test_second_question_has_the_time_that_is_left():
    ticks = iter([0.0, 6.0, 7.0])
    model = ScriptedModel({"search": "return shoes"}, answer())

    generate(LARGE, model=model, look_up=find_returns, deadline_seconds=20.0, clock=lambda: next(ticks))

    assert model.deadlines == [20.0, 14.0]


def test_nobody_searches_twice():
    model = ScriptedModel({"search": "return shoes"}, {"search": "return boots"})

    reply = generate(LARGE, model=model, look_up=find_returns)

    assert (reply.answered_by, reply.fallback_reason, model.calls) == ("knowledge", "invalid_reply", 2)


@pytest.mark.parametrize("request_", [make_request(), make_request(can_search=True, whole_knowledge=(RETURNS,))])
def test_where_all_is_given_no_search_is_offered_and_none_is_made(request_):
    model = ScriptedModel({"search": "return shoes"})

    reply = generate(request_, model=model, look_up=find_returns)

    assert (model.calls, model.prompts[0].search, reply.fallback_reason) == (1, Search.NONE, "invalid_reply")
    assert "search_knowledge" not in model.prompts[0].rules


def test_model_that_fails_after_its_search_is_replaced_by_what_was_found():
    usage = Usage(model="claude-haiku-5-5", input_tokens=1_000)
    model = ScriptedModel({"search": "return shoes"}, ModelUnavailable("timeout", usage=usage), input_tokens=1_000)

    reply = generate(LARGE, model=model, look_up=find_returns)

    assert (reply.answered_by, reply.fallback_reason) == ("knowledge", "timeout")
    assert reply.content == "Yes, for thirty days."
    assert reply.usage.input_tokens == 2_000


def test_search_that_breaks_ends_in_an_answer():
    def break_down(query):
        raise OSError

    reply = generate(LARGE, model=ScriptedModel({"search": "x"}), look_up=break_down)

    assert (reply.answered_by, reply.fallback_reason) == ("knowledge", "unreachable")


def test_what_was_found_is_bounded_and_nothing_stands_twice():
    long_ones = [make_passage(f"p{number}", body="ä" * 3_000) for number in range(1, 9)]

    request = with_looked_up(LARGE, "x", make_found(*long_ones, probability=0.1))

    assert [passage.reference for passage in given_passages(request)] == ["p1", "p2"]
    grown = len(build_prompt(request).message.encode()) - len(build_prompt(LARGE).message.encode())
    assert grown < MOST_LOOKED_UP_BYTES


def test_money_for_both_questions_is_set_aside():
    once = replace(LARGE, can_search=False)
    longest = with_looked_up(LARGE, "x" * 300, make_found(make_passage("p8", body="ä" * 7_000), probability=0.1))

    assert estimate_ceiling(LARGE) > estimate_ceiling(once) + pricing.ceiling_microusd(build_prompt(longest))


@pytest.mark.parametrize("on_delta", [None, ignore])
def test_claudes_wish_to_search_is_understood(on_delta):
    with StandInThread(Settings(search="return  shoes")) as stand_in:
        reply = ask(stand_in, prompt=OFFERED, on_delta=on_delta)

    assert (reply.search, reply.text, reply.stop_reason) == ("return shoes", "", "tool_use")
    assert reply.usage.input_tokens == 10
    [sent] = stand_in.seen.requests
    assert [tool["name"] for tool in sent["tools"]] == ["search_knowledge"]
    assert sent["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}


def test_after_the_search_the_request_begins_as_before_but_for_the_leave_to_search():
    with StandInThread(Settings(search="shoes", answer=ANSWER)) as stand_in:
        ask(stand_in, prompt=OFFERED)
        reply = ask(stand_in, prompt=replace(PROMPT, search=Search.OVER, message="more"))

    assert (reply.search, reply.text) == ("", ANSWER)
    first, second = stand_in.seen.requests
    assert second["tool_choice"] == {"type": "none"}
    assert (first["tools"], first["system"]) == (second["tools"], second["system"])


def test_endless_search_is_cut():
    with StandInThread(Settings(search="shoes " * 1_000)) as stand_in:
        assert len(ask(stand_in, prompt=OFFERED).search) == 300


def test_without_an_offer_no_tool_is_named_and_none_is_heeded():
    with StandInThread(Settings(answer=ANSWER)) as stand_in:
        ask(stand_in)

    assert "tools" not in stand_in.seen.requests[0]
    assert "tool_choice" not in stand_in.seen.requests[0]


@pytest.fixture
def large(acme, rival, settings):
    """Acme and Rival each have more written down than fits a prompt."""
    settings.KNOWLEDGE_WHOLE_PROMPT_TOKENS = 0
    for tenant, days in ((acme, "thirty"), (rival, "two")):
        save_article(tenant, ArticleText(title="Can I return shoes?", body=f"Yes, for {days} days, unworn."))
        save_article(tenant, ArticleText(title="Do you ship to Malta?", body="Yes, for 12 euros."))
        knowledge.rebuild(tenant.pk)
    return acme


@pytest.mark.django_db
def test_visitor_who_asks_in_another_language_is_answered_from_what_the_model_found(large, visitor, scripted):
    def name_what_was_found(prompt):
        assert "Yes, for thirty days, unworn." in prompt.message
        assert "two days" not in prompt.message
        reference = prompt.message.split('<passage ref="')[1].split('"')[0]
        return answer(content="Ja, dreißig Tage lang.", sources=[reference])

    model = scripted({"search": "return shoes"}, name_what_was_found)

    posted = visitor.say("Kann man Stiefel umtauschen?")

    assert posted.content == "Ja, dreißig Tage lang."
    assert [source.title for source in posted.sources] == ["Can I return shoes?"]
    assert model.calls == 2
    work = Answer.objects.get()
    assert (work.input_tokens, work.cost_microusd > 0) == (200, True)
    assert not Reservation.objects.filter(settled_at=None).exists()


@pytest.mark.django_db
def test_small_knowledge_is_given_whole_and_not_searched(acme, visitor, scripted):
    save_article(acme, ArticleText(title="Can I return shoes?", body="Yes."))
    knowledge.rebuild(acme.pk)
    model = scripted(answer())

    visitor.say("Can I return shoes?")

    assert model.prompts[0].search == Search.NONE


@pytest.mark.django_db
def test_search_of_a_fooled_model_stays_with_the_business(large, scripted):
    seen = []
    scripted({"search": "what Rival says of shoes"}, lambda prompt: seen.append(prompt.message) or answer())

    try_question(Tenant.objects.get(pk=large.pk), "What does Rival say of shoes?", now=large.created_at)

    assert "Yes, for thirty days, unworn." in seen[0]
    assert "two days" not in seen[0]
