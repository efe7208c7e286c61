from datetime import timedelta

import pytest

from caty.lib.throttling import RateLimited
from leads.models import Lead
from tenants import knowledge
from tenants import services as tenant_services
from tenants.knowledge.articles import ArticleText, save_article
from tenants.models import Behavior, Spending
from widget import services
from widget.contracts import Caller
from widget.engine.model import ModelUnavailable
from widget.models import Answer, Message, UnansweredQuestion
from widget.services import answering, messages
from widget.tests.colleagues import Colleague
from widget.tests.conftest import NOW, VisitorAt
from widget.tests.scripted_model import answer


def test_model_answers_and_everything_is_stored(visitor, scripted):
    model = scripted(answer(content="We ship in two days.", intent="pricing_inquiry", is_answered=True))

    posted = visitor.say("How fast do you ship?", page_url="https://acme.example/shipping")

    assert (posted.content, posted.answered_by, posted.intent) == ("We ship in two days.", "ai", "pricing_inquiry")
    assert posted.lead_score == 30
    question, reply = visitor.session.messages.order_by("sequence")
    assert (question.role, question.sequence, question.page_url) == ("visitor", 1, "https://acme.example/shipping")
    assert (reply.role, reply.sequence, reply.public_id) == ("assistant", 2, posted.message_id)
    work = question.answer_work
    assert (work.state, work.input_tokens, work.output_tokens) == ("done", 100, 50)
    assert work.cost_microusd > 0
    assert model.calls == 1


def test_spending_is_settled_to_what_the_answer_cost(visitor, scripted):
    scripted(answer())

    visitor.say("Hello there")

    cost = Answer.objects.get().cost_microusd
    accounts = Spending.objects.values_list("reserved_microusd", "spent_microusd")
    assert list(accounts) == [(0, cost)] * 4


def test_without_a_key_knowledge_answers_or_refuses(visitor):
    posted = visitor.say("Do you deliver to the moon?")

    assert posted.answered_by == "knowledge"
    assert Answer.objects.get().fallback_reason == "no_key"
    kept = UnansweredQuestion.objects.get()
    assert (kept.text, kept.times, kept.conversation_reference) == (
        "Do you deliver to the moon?",
        1,
        visitor.session.reference,
    )


def test_the_same_unanswered_question_is_counted(visitor):
    visitor.say("Do you deliver to the moon?")
    visitor.say("  do you DELIVER to the moon? ".strip())

    assert UnansweredQuestion.objects.get().times == 2


@pytest.mark.parametrize("reason", ["timeout", "overloaded", "unreachable", "rejected", "refused"])
def test_failing_model_is_replaced_by_knowledge(visitor, scripted, reason):
    scripted(ModelUnavailable(reason))

    posted = visitor.say("How fast do you ship?")

    assert posted.answered_by == "knowledge"
    assert posted.content
    assert Answer.objects.get().fallback_reason == reason


def test_budget_used_up_means_knowledge_answers_and_no_call(acme, visitor, scripted):
    model = scripted(answer())
    acme.daily_budget_microusd = 0
    acme.save()

    posted = visitor.say("How fast do you ship?")

    assert (posted.answered_by, model.calls) == ("knowledge", 0)
    assert Answer.objects.get().fallback_reason == "no_budget"


def test_beyond_the_budget_knowledge_answers_and_nothing_leaves_the_house(acme, visitor, scripted):
    model = scripted(answer())
    save_article(acme, ArticleText(title="How fast do you ship?", body="Parcels leave within two days."))
    knowledge.rebuild(acme.pk)
    visitor.say("Hello there, is this a shop?")
    assert model.calls == 1
    acme.monthly_budget_microusd = 100_000
    acme.save()
    Spending.objects.filter(tenant=acme, period="month").update(spent_microusd=100_001)
    before = list(Spending.objects.order_by("pk").values())

    posted = visitor.say("How fast do you ship?")

    assert "Parcels leave within two days." in posted.content
    assert (posted.answered_by, model.calls) == ("knowledge", 1)
    assert list(Spending.objects.order_by("pk").values()) == before


def test_model_has_twenty_seconds(visitor, scripted):
    model = scripted(answer())

    visitor.say("How fast do you ship?")

    assert model.deadlines == [20.0]


def test_answers_an_hour_are_limited_without_an_error(acme, visitor, scripted):
    model = scripted(answer())
    acme.answers_per_hour = 1
    acme.config_version += 1
    acme.save()

    visitor.say("One")
    second = visitor.say("Two")

    assert (second.answered_by, model.calls) == ("knowledge", 1)


def test_repeat_gets_the_first_answer_and_costs_nothing(acme, visitor, scripted):
    model = scripted(answer(content="First"), answer(content="Second"))
    acme.messages_per_minute = 1
    acme.config_version += 1
    acme.save()
    first = visitor.say("How fast do you ship?", client_message_id="m-1")

    again = visitor.say("How fast do you ship?", client_message_id="m-1")

    assert again == first
    assert model.calls == 1
    assert Message.objects.count() == 2


def test_other_words_under_a_used_id_are_a_conflict(visitor):
    visitor.say("How fast do you ship?", client_message_id="m-1")

    with pytest.raises(services.IdempotencyConflict):
        visitor.say("Something else", client_message_id="m-1")

    assert visitor.session.message_count == 1


def test_the_same_id_in_another_session_is_another_message(visitor, acme):
    visitor.say("Hello", client_message_id="m-1")
    other = VisitorAt(acme)

    other.say("Hello", client_message_id="m-1")

    assert other.session.message_count == 1


def test_messages_a_minute_are_limited_and_nothing_is_stored(acme, visitor):
    acme.messages_per_minute = 2
    acme.config_version += 1
    acme.save()
    visitor.say("One")
    visitor.say("Two")

    with pytest.raises(RateLimited):
        visitor.say("Three")

    assert visitor.session.message_count == 2


def test_a_server_has_a_tenth_of_the_limit(visitor):
    server = Caller(address="203.0.113.7", is_server=True)
    visitor.say("One", caller=server)
    visitor.say("Two", caller=server)

    with pytest.raises(RateLimited):
        visitor.say("Three", caller=server)


def test_third_message_at_once_is_told_to_wait(visitor):
    _hold(visitor, state=Answer.State.RUNNING)
    _hold(visitor, state=Answer.State.WAITING)

    with pytest.raises(services.StillAnswering):
        visitor.say("Three")

    assert visitor.session.message_count == 2


def test_turn_that_does_not_come_in_time_is_told_and_the_words_are_kept(visitor, monkeypatch):
    monkeypatch.setattr(messages, "DEADLINE_SECONDS", 0.2)
    _hold(visitor, state=Answer.State.RUNNING)

    with pytest.raises(services.StillAnswering) as told:
        visitor.say("And on Sundays?")

    assert told.value.retry_after == 5
    states = Answer.objects.order_by("pk").values_list("question__content", "state")
    assert list(states) == [("Hello", "running"), ("And on Sundays?", "waiting")]


def test_contact_details_in_words_become_a_lead_before_the_model_is_asked(visitor, scripted):
    seen = []
    scripted(lambda prompt: seen.append(Lead.objects.count()) or answer())

    visitor.say("Write to me at jane@example.com please")

    assert seen == [1]
    lead = Lead.objects.get()
    assert (lead.email, lead.conversation_reference) == ("jane@example.com", visitor.session.reference)
    assert visitor.session.lead == lead


def test_what_the_model_understood_completes_the_lead(visitor, scripted):
    scripted(answer(name="Jane Roe", company="Example Ltd"))

    visitor.say("I'm Jane Roe of Example Ltd, jane@example.com")

    lead = Lead.objects.get()
    assert (lead.name, lead.company) == ("Jane Roe", "Example Ltd")


def test_answer_keeps_quiet_when_a_person_has_taken_over(visitor, scripted):
    model = scripted(answer())
    Colleague(visitor.tenant).take(visitor)

    posted = visitor.say("Hello?")

    assert (posted.answered_by, posted.content, model.calls) == ("none", "", 0)
    assert visitor.session.message_count == 1


def test_dead_answer_is_made_anew_on_repeat(visitor, scripted):
    scripted(answer(content="Here I am"))
    _hold(visitor, state=Answer.State.RUNNING, client_message_id="m-1", text="Hello")

    posted = visitor.say("Hello", client_message_id="m-1", now=NOW + timedelta(seconds=31))

    assert posted.content == "Here I am"
    assert visitor.session.message_count == 1


def test_who_repeats_a_message_at_once_waits_long_enough_for_its_dead_answer():
    """A second after the first, a repeat has 25 seconds until the answer may be made anew."""
    patience_ends = timedelta(seconds=1 + messages.DEADLINE_SECONDS)

    assert timedelta(seconds=messages.DEADLINE_SECONDS) < answering.LEASE <= patience_ends


def test_sweep_answers_what_a_dead_process_left(visitor, scripted):
    scripted(answer(content="Sorry for the wait"))
    work = _hold(visitor, state=Answer.State.RUNNING)
    later = NOW + timedelta(seconds=31)

    assert services.hint_unanswered(now=NOW + timedelta(seconds=29)) == 0
    assert services.hint_unanswered(now=later) == 1
    services.answer_again(answer_id=work.pk, now=later)
    services.answer_again(answer_id=work.pk, now=later)

    contents = visitor.session.messages.order_by("sequence").values_list("content", flat=True)
    assert list(contents) == ["Hello", "Sorry for the wait"]


def end_the_conversation(visitor):
    services.end_session(tenant=visitor.tenant, session_id=visitor.session_id, now=NOW)


def switch_the_business_off(visitor):
    visitor.tenant.is_active = False
    visitor.tenant.save()


@pytest.mark.parametrize("leave", [end_the_conversation, switch_the_business_off])
def test_sweep_spends_nothing_where_nobody_waits(visitor, scripted, leave):
    model = scripted(answer())
    work = _hold(visitor, state=Answer.State.RUNNING)
    later = NOW + timedelta(seconds=31)
    leave(visitor)

    services.answer_again(answer_id=work.pk, now=later)
    hinted = services.hint_unanswered(now=later)

    work.refresh_from_db()
    assert (hinted, model.calls, work.state) == (0, 0, "abandoned")


def test_sweep_gives_up_after_an_hour(visitor):
    work = _hold(visitor, state=Answer.State.WAITING)

    assert services.hint_unanswered(now=NOW + timedelta(hours=1)) == 0

    work.refresh_from_db()
    assert work.state == "abandoned"


def test_answer_that_kills_its_process_every_time_is_given_up(visitor, scripted):
    model = scripted(answer())
    work = _hold(visitor, state=Answer.State.RUNNING)
    Answer.objects.update(attempts=3)

    services.answer_again(answer_id=work.pk, now=NOW + timedelta(seconds=31))

    work.refresh_from_db()
    assert (model.calls, work.state) == (0, "abandoned")


def test_new_message_after_a_dead_one_is_answered(visitor, scripted):
    scripted(answer(content="Back again"))
    _hold(visitor, state=Answer.State.RUNNING)

    posted = visitor.say("Are you there?", now=NOW + timedelta(seconds=31))

    assert posted.content == "Back again"
    states = Answer.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["abandoned", "done"]


def test_rivals_session_is_not_found(visitor, rival):
    at_rival = VisitorAt(rival)
    at_rival.tenant = visitor.tenant

    with pytest.raises(services.SessionNotFound):
        at_rival.say("Hello")

    assert Message.objects.count() == 0


def test_query_count_does_not_grow_with_the_conversation(visitor, django_assert_max_num_queries, scripted):
    scripted(answer())
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    visitor.say("Warm up")
    with CaptureQueriesContext(
        connection,
    ) as few:
        visitor.say("Second")
    for number in range(8):
        visitor.say(f"Message {number}")
    with CaptureQueriesContext(connection) as many:
        visitor.say("Last")

    assert len(many) == len(few)


def _hold(visitor, *, state, client_message_id=None, text="Hello"):
    """A message whose answer another process is, or was, making."""
    session = visitor.session
    session.last_sequence += 1
    session.message_count += 1
    session.save()
    question = Message.objects.create(
        session=session,
        sequence=session.last_sequence,
        role=Message.Role.VISITOR,
        content=text,
        client_message_id=client_message_id,
        created_at=NOW,
    )
    return Answer.objects.create(
        question=question,
        session=session,
        state=state,
        attempts=1,
        lease_until=NOW + timedelta(seconds=30),
        created_at=NOW,
    )


def test_the_form_is_offered_when_the_business_wants_it_once_and_to_nobody_who_is_known(visitor, scripted):
    Behavior.objects.filter(tenant=visitor.tenant).update(lead_ask_after_intent=False, lead_ask_after_messages=2)
    tenant_services.bump_config(visitor.tenant)
    scripted(*[answer(content="Yes.", intent="browsing") for _ in range(4)])

    offered = [
        [action.action for action in visitor.say(words, now=NOW + timedelta(minutes=turn)).suggested_actions]
        for turn, words in enumerate(("One?", "Two?", "Three?"))
    ]

    assert offered == [[], ["lead_form"], []]
