"""What one side leaves to the other: words that nobody has answered are answered, by one of them."""

from datetime import timedelta

import pytest

from widget import services
from widget.engine.live import LEASE
from widget.models import Answer, Handoff
from widget.services import answering
from widget.services.watching import watch_conversations
from widget.tests.colleagues import Colleague
from widget.tests.conftest import CALLER, NOW, VisitorAt
from widget.tests.scripted_model import answer

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ann(acme):
    return Colleague(acme, "Ann")


def lines(visitor) -> list[tuple[str, str]]:
    return list(visitor.session.messages.order_by("sequence").values_list("role", "content"))


def work_off(now=NOW):
    """What a worker does with its hints, those that were lost included."""
    answering.hint_unanswered(now=now)
    for key in Answer.objects.filter(state__in=Answer.OPEN, lease_until__lte=now).values_list("pk", flat=True):
        answering.answer_again(answer_id=key, now=now)


def test_last_words_of_a_visitor_who_is_given_back_are_answered(visitor, ann, scripted):
    scripted(answer(content="We sell honey."))
    ann.take(visitor)
    visitor.say("Hello?")
    visitor.say("What do you sell?")

    ann.hand_back(visitor, now=NOW + 3 * timedelta(hours=1))
    work_off(NOW + 3 * timedelta(hours=1))

    assert lines(visitor) == [
        ("visitor", "Hello?"),
        ("visitor", "What do you sell?"),
        ("assistant", "We sell honey."),
    ]


def test_what_a_person_has_answered_is_not_answered_again(visitor, ann, scripted):
    model = scripted(answer())
    ann.take(visitor)
    visitor.say("What do you sell?")
    ann.write(visitor, "Honey.")

    ann.hand_back(visitor)
    work_off()

    assert (model.calls, lines(visitor)[-1]) == (0, ("staff", "Honey."))


def test_last_words_to_somebody_who_has_gone_are_answered(visitor, ann, scripted):
    scripted(answer(content="We sell honey."))
    ann.take(visitor)
    visitor.say("What do you sell?", now=NOW + MINUTE)
    late = NOW + LEASE

    watch_conversations(now=late)
    work_off(late)

    assert lines(visitor)[-1] == ("assistant", "We sell honey.")
    assert visitor.session.mode == "waiting"


def test_visitor_who_writes_again_is_answered_once(visitor, ann, scripted):
    model = scripted(answer(content="We sell honey."))
    ann.take(visitor)
    visitor.say("Hello?")
    ann.hand_back(visitor)

    visitor.say("What do you sell?")
    work_off()

    assert (model.calls, Answer.objects.filter(state__in=Answer.OPEN).count()) == (1, 0)
    assert [role for role, _ in lines(visitor)] == ["visitor", "visitor", "assistant"]


def test_who_asks_again_for_a_person_that_has_gone_is_answered_too(visitor, ann, scripted):
    scripted(answer(content="We sell honey."))
    ann.take(visitor)
    visitor.say("What do you sell?")
    visitor_asks(visitor, NOW + LEASE)

    work_off(NOW + LEASE)

    assert lines(visitor)[-1] == ("assistant", "We sell honey.")


def visitor_asks(visitor, now):
    services.request_handoff(
        tenant=visitor.tenant, config=visitor.config, session_id=visitor.session_id, caller=CALLER, now=now
    )


def test_second_question_that_waited_for_its_turn_is_the_persons_and_no_model_is_asked(visitor, ann, scripted):
    model = scripted(answer())
    question = visitor.session.messages.create(sequence=1, role="visitor", content="Hello?", created_at=NOW)
    work = Answer.objects.create(question=question, session=visitor.session, state="waiting", created_at=NOW)
    ann.take(visitor)

    is_ours = answering.take_turn(work, NOW + MINUTE)

    assert (is_ours, work.state, model.calls) == (False, "skipped", 0)
    assert visitor.session.awaiting_since == NOW
    assert Handoff.objects.get().escalates_at == NOW + 6 * MINUTE


def test_question_whose_process_died_is_the_persons(visitor, ann, scripted):
    model = scripted(answer())
    question = visitor.session.messages.create(sequence=1, role="visitor", content="Hello?", created_at=NOW)
    Answer.objects.create(
        question=question, session=visitor.session, state="running", attempts=1, lease_until=NOW, created_at=NOW
    )
    ann.take(visitor)

    work_off(NOW + MINUTE)

    assert (Answer.objects.get().state, model.calls) == ("skipped", 0)


def test_who_took_over_while_an_answer_was_made_is_waited_for(acme, ann, scripted):
    visitor = VisitorAt(acme)

    def take_meanwhile(_):
        ann.take(visitor)
        return answer()

    scripted(take_meanwhile)
    visitor.say("What do you sell?")

    assert visitor.session.awaiting_since == NOW
    assert NOW + 5 * MINUTE <= Handoff.objects.get().escalates_at < NOW + 6 * MINUTE


def test_answer_that_comes_after_a_persons_is_dropped_though_they_have_given_back(acme, ann, scripted):
    visitor = VisitorAt(acme)

    def answer_meanwhile(_):
        ann.take(visitor)
        ann.write(visitor, "Honey.")
        ann.hand_back(visitor)
        return answer(content="We sell bees.")

    scripted(answer_meanwhile)
    visitor.say("What do you sell?")
    work_off()

    assert lines(visitor) == [("visitor", "What do you sell?"), ("staff", "Honey.")]
    assert Answer.objects.get().draft == "We sell bees."


def test_answer_that_comes_when_a_person_has_ended_it_is_dropped(acme, ann, scripted):
    visitor = VisitorAt(acme)

    def end_meanwhile(_):
        ann.take(visitor)
        ann.end(visitor)
        return answer(content="We sell bees.")

    scripted(end_meanwhile)
    visitor.say("What do you sell?")

    assert lines(visitor) == [("visitor", "What do you sell?")]


def test_answer_made_again_costs_what_both_cost(acme, ann, scripted):
    visitor = VisitorAt(acme)

    def take_meanwhile(_):
        ann.take(visitor)
        return answer()

    scripted(take_meanwhile, answer(content="We sell honey."))
    visitor.say("What do you sell?")
    once = Answer.objects.get().cost_microusd

    ann.hand_back(visitor)
    work_off()

    work = Answer.objects.get()
    assert (work.state, work.draft, lines(visitor)[-1]) == ("done", "", ("assistant", "We sell honey."))
    assert once > 0
    assert work.cost_microusd == 2 * once


def test_what_still_waited_for_its_turn_is_answered_with_the_last_words(visitor, ann, scripted):
    model = scripted(answer(content="We sell honey."))
    ann.take(visitor)
    visitor.say("Hello?")
    visitor.say("What do you sell?")
    Answer.objects.filter(question__sequence=1).update(state="waiting", lease_until=NOW + MINUTE)

    ann.hand_back(visitor)
    work_off()

    assert sorted(Answer.objects.values_list("question__sequence", "state")) == [(1, "skipped"), (2, "done")]
    assert model.calls == 1


def test_business_that_is_switched_off_calls_nobody(acme, visitor, ann):
    ann.take(visitor)
    visitor.say("Hello?")
    acme.is_active = False
    acme.save()

    watch_conversations(now=NOW + LEASE)
    assert visitor.session.mode == "person"
    services.end_idle_sessions(now=NOW + timedelta(hours=25))

    assert visitor.session.ended_at == NOW + timedelta(hours=25)
    assert list(Handoff.objects.values_list("outcome", flat=True)) == ["ended"]
