"""A person takes over while the visitor watches an answer grow: not a word more of it appears."""

import pytest

from caty import testing
from caty.lib import bell
from caty.tests.waiting import until
from widget.models import Answer, Message, Session
from widget.queries import conversation_topic
from widget.services import growing
from widget.tests.colleagues import Colleague
from widget.tests.door import Door
from widget.tests.scripted_model import answer
from widget.tests.streams import WatchedModel, ask, events, read

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "We ship very quickly indeed."


class Talk:
    """One conversation at the door, as a colleague names it."""

    def __init__(self, door) -> None:
        self.session_id = door.start()

    @property
    def session(self) -> Session:
        return Session.objects.get(public_id=self.session_id)


@pytest.fixture
def door(acme):
    return Door(acme)


@pytest.fixture
def ann(acme):
    return Colleague(acme, "Ann")


@pytest.fixture
def watched(scripted):
    scripted()
    testing.SCRIPTED["model"] = WatchedModel(answer(content=WORDS))
    return testing.SCRIPTED["model"]


def await_rings(session) -> None:
    """All that has rung so far has been heard in this process: what rings now comes after it."""
    with bell.listening(conversation_topic(session.pk)) as listener:
        until(lambda: listener.hears)
        listener.take_ring()
        bell.ring(conversation_topic(session.pk))
        until(listener.take_ring)


def finish(watched) -> None:
    for _ in range(20):
        watched.may_go_on.release()


def test_not_a_word_more_is_shown_once_a_person_has_taken_over(door, ann, watched):
    talk = Talk(door)
    stream = iter(ask(door, talk.session_id).streaming_content)
    assert next(stream) == b": \n\n"
    watched.may_go_on.release()
    watched.may_go_on.release()
    shown = events(next(stream))

    ann.take(talk)
    await_rings(talk.session)
    finish(watched)
    rest = events(b"".join(stream))

    assert [name for name, _ in shown] == ["delta"]
    assert [name for name, _ in rest] == ["done"]
    assert (rest[0][1]["response"]["content"], Answer.objects.get().draft) == ("", WORDS)
    assert list(Message.objects.values_list("role", flat=True)) == ["visitor"]


def test_where_nobody_takes_over_all_of_it_is_shown(door, watched):
    talk = Talk(door)
    response = ask(door, talk.session_id)
    finish(watched)

    told = read(response)

    assert "".join(data["content"] for name, data in told if name == "delta").strip() == WORDS


def test_without_redis_it_is_looked_for_every_two_seconds(acme, door, ann, settings, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(bell, "_exchange", bell.Exchange())
    monkeypatch.setattr(bell, "LOOK_SECONDS", 0.0)
    talk, shown = Talk(door), []

    with growing.until_taken_over(talk.session.pk, shown.append) as show:
        show("We ")
        ann.take(talk)
        show("ship ")

    assert shown == ["We "]


def test_database_is_asked_once_a_ring(door, django_assert_num_queries):
    talk, shown = Talk(door), []
    session = talk.session

    with growing.until_taken_over(session.pk, shown.append) as show:
        await_rings(session)
        show("We ")
        with django_assert_num_queries(0):
            show("ship ")
            show("honey.")
        await_rings(session)
        with django_assert_num_queries(1):
            show("And ")
            show("bees.")

    assert shown == ["We ", "ship ", "honey.", "And ", "bees."]


def test_who_does_not_watch_costs_no_listener(door):
    with growing.until_taken_over(Talk(door).session.pk, None) as show:
        assert show is None
