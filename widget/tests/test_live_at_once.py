"""What people and the assistant do at the very same moment, each on a connection of its own."""

import fcntl
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from caty import testing
from caty.tests.waiting import until
from widget.models import Answer, Handoff, Message
from widget.services.privacy import erase_visitor
from widget.services.watching import watch_conversations
from widget.tests.colleagues import Colleague
from widget.tests.conftest import NOW, VisitorAt
from widget.tests.flights import Flight, HeldModel
from widget.tests.test_live import WAIT, call_person
from widget.tests.test_live_left import work_off

COLLEAGUES = 20
ROUNDS = 12


@pytest.fixture
def many_connections(tmp_path_factory):
    """With several workers, tests of many connections wait for one another."""
    with (tmp_path_factory.getbasetemp().parent / "many_connections").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


@pytest.fixture
def shop(many_connections, transactional_db, acme, settings):
    """Acme, whose model answers when the test lets it."""
    settings.CHAT_MODEL = "caty.testing.find_scripted_model"
    testing.SCRIPTED["model"] = HeldModel()
    acme.sessions_per_hour = 1000
    acme.save()
    yield acme
    testing.SCRIPTED.clear()


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each gave or raised."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def call(number: int) -> None:
        gate.wait(timeout=30)
        try:
            results[number] = calls[number]()
        except Exception as error:  # noqa: BLE001 - handed to the test
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def kinds(results) -> list[str]:
    return sorted(type(one).__name__ for one in results)


def lines(visitor) -> list[tuple[str, str]]:
    return list(visitor.session.messages.order_by("sequence").values_list("role", "content"))


def ask_in_flight(visitor, number: int) -> Flight:
    """A question that the model has before it."""
    words = f"Question {number}?"
    flight = Flight(lambda: visitor.say(words), client_id="", words=f"Answer {number}.", now=NOW)
    flight.start()
    assert flight.is_asked.wait(20)
    return flight


def test_of_twenty_who_take_over_at_once_one_has_it(shop):
    visitor = VisitorAt(shop)
    call_person(visitor)
    colleagues = [Colleague(shop, f"Ann{number}") for number in range(COLLEAGUES)]

    results = at_once(*(lambda one=one: one.take(visitor) for one in colleagues))

    owner = visitor.session.owner
    assert kinds(results) == ["NoneType"] + ["Taken"] * (COLLEAGUES - 1)
    assert [one.membership for one, result in zip(colleagues, results, strict=True) if result is None] == [owner]
    assert list(Handoff.objects.values_list("taker", "closed_at")) == [(owner.pk, None)]


@pytest.mark.parametrize("number", range(ROUNDS))
def test_answer_that_is_ready_when_a_person_takes_over_stands_before_that_or_nowhere(shop, number):
    visitor, ann = VisitorAt(shop), Colleague(shop, "Ann")
    flight = ask_in_flight(visitor, number)

    def take_over_and_write():
        ann.take(visitor)
        ann.write(visitor, "Ann here.")

    results = at_once(flight.land, take_over_and_write)

    assert results == [None, None]
    question, reply = ("visitor", f"Question {number}?"), ("staff", "Ann here.")
    answer = ("assistant", f"Answer {number}.")
    said = lines(visitor)
    assert said in ([question, answer, reply], [question, reply])
    work = Answer.objects.get()
    assert (work.state, work.draft) == (("done", "") if answer in said else ("skipped", f"Answer {number}."))


@pytest.mark.parametrize("number", range(ROUNDS))
def test_words_written_while_the_visitor_is_handed_back_are_answered_by_one_side(shop, number):
    visitor, ann = VisitorAt(shop), Colleague(shop, "Ann")
    ann.take(visitor)
    flight = Flight(lambda: visitor.say("Hello?"), client_id="", words="Hello.", now=NOW)

    results = at_once(lambda: ann.hand_back(visitor), flight.start)
    until(lambda: flight.is_asked.is_set() or not flight.is_alive())
    flight.land()
    work_off()

    assert results == [None, None]
    assert [role for role, _ in lines(visitor)] == ["visitor", "assistant"]


def test_second_question_in_line_is_left_to_the_person_at_once(shop):
    visitor, ann = VisitorAt(shop), Colleague(shop, "Ann")
    first = ask_in_flight(visitor, 1)
    second = Flight(lambda: visitor.say("Question 2?"), client_id="", words="Answer 2.", now=NOW)
    second.start()
    until(lambda: Answer.objects.filter(state="waiting").exists())

    ann.take(visitor)
    until(lambda: not second.is_alive())
    first.land()

    assert (second.is_asked.is_set(), second.result.answered_by, first.result.answered_by) == (False, "none", "none")
    assert [role for role, _ in lines(visitor)] == ["visitor", "visitor"]
    assert sorted(Answer.objects.values_list("state", "draft")) == [("skipped", ""), ("skipped", "Answer 1.")]


def test_reply_sent_twice_at_once_is_said_once(shop):
    visitor, ann = VisitorAt(shop), Colleague(shop, "Ann")
    ann.take(visitor)

    first, second = at_once(*[lambda: ann.write(visitor, "Hello.", client_id="r-1")] * 2)

    assert first == second == Message.objects.get()


@pytest.mark.parametrize("number", range(4))
def test_given_back_and_ended_at_once_it_has_ended(shop, number):
    visitor, ann = VisitorAt(shop), Colleague(shop, "Ann")
    ann.take(visitor)

    results = at_once(lambda: ann.hand_back(visitor), lambda: ann.end(visitor))

    assert kinds(results) in (["NoneType", "NoneType"], ["NoneType", "Over"])
    session = visitor.session
    assert (session.ended_at, session.mode, session.owner) == (NOW, "assistant", None)
    assert not Handoff.objects.filter(closed_at=None).exists()


def test_two_workers_who_watch_at_once_tell_a_visitor_once(shop):
    visitors = [VisitorAt(shop) for _ in range(4)]
    for visitor in visitors:
        call_person(visitor)

    results = at_once(*[lambda: watch_conversations(now=NOW + WAIT)] * 2)
    watch_conversations(now=NOW + WAIT)

    assert results == [None, None]
    assert [len(lines(visitor)) for visitor in visitors] == [2] * 4
    assert list(Handoff.objects.values_list("outcome", flat=True)) == ["missed"] * 4


def test_two_who_give_it_away_at_once_leave_it_with_one(shop):
    visitor = VisitorAt(shop)
    ann, ben = Colleague(shop, "Ann"), Colleague(shop, "Ben")

    results = at_once(lambda: ann.give(visitor, ben), lambda: ben.give(visitor, ann))

    assert kinds(results) in (["NoneType", "NoneType"], ["NoneType", "Taken"])
    assert visitor.session.owner in (ann.membership, ben.membership)
    assert Handoff.objects.count() == 1


def test_colleague_who_is_removed_while_taking_over_leaves_nobody_stuck(shop):
    visitor, ann, ben = VisitorAt(shop), Colleague(shop, "Ann"), Colleague(shop, "Ben")

    at_once(lambda: ann.take(visitor), ann.membership.delete)
    watch_conversations(now=NOW)
    ben.take(visitor, is_insisting=True)

    assert visitor.session.owner == ben.membership


def test_visitor_erased_while_a_colleague_writes_is_gone(shop):
    visitor, ann = VisitorAt(shop), Colleague(shop, "Ann")
    visitor_reference = visitor.session.visitor.reference
    flight = ask_in_flight(visitor, 1)
    ann.take(visitor)

    results = at_once(
        lambda: ann.write(visitor, "Hello."),
        lambda: erase_visitor(tenant=shop, reference=visitor_reference),
    )
    flight.land()

    assert not isinstance(results[1], Exception)
    assert kinds(results[:1]) in (["Message"], ["DoesNotExist"], ["ConversationNotFound"])
    assert (type(flight.result).__name__, Message.objects.count()) == ("SessionNotFound", 0)
