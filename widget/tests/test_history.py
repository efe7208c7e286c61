"""The conversation as the visitor's page reads it: what it is told, how it waits, and what it says of answers."""

import threading

import pytest
from django.db import connection

from caty.lib import bell, redis
from caty.tests.waiting import until
from widget import services
from widget.models import Message, Session
from widget.services.transcript import append
from widget.tests.conftest import NOW, VisitorAt
from widget.tests.door import Door
from widget.tests.scripted_model import answer


@pytest.fixture
def door(acme):
    return Door(acme)


def read(visitor, *, after=0, wait_seconds=0.0):
    return services.list_messages(
        tenant=visitor.tenant,
        session_id=visitor.session_id,
        after=after,
        limit=50,
        wait_seconds=wait_seconds,
        now=visitor.now,
    )


def test_page_learns_how_the_conversation_stands(door):
    session_id = door.start()
    door.ask(session_id, "One?", client_message_id="c-1")

    body = door.post("messages", {"session_id": session_id, "after": 1}).json()

    assert (body["last_sequence"], body["mode"], body["is_answering"]) == (2, "assistant", False)
    assert [one["sequence"] for one in body["messages"]] == [2]


def test_page_knows_its_own_lines_again(door):
    session_id = door.start()
    door.ask(session_id, "One?", client_message_id="c-1")
    door.ask(session_id, "Two?")

    told = door.post("messages", {"session_id": session_id}).json()["messages"]

    assert [one["client_message_id"] for one in told] == ["c-1", "", "", ""]


def test_colleagues_line_has_an_author_and_others_have_none(visitor):
    session = visitor.session
    session.mode = Session.Mode.PERSON
    append(session, role=Message.Role.STAFF, content="This is Ann.", now=NOW)
    session.save()

    transcript = read(visitor)

    assert (transcript.messages[0].author.name, transcript.mode) == ("Acme", "person")
    visitor.say("Hi Ann")
    assert read(visitor, after=1).messages[0].author is None


def test_answer_in_the_making_is_told(acme, scripted):
    visitor, seen = VisitorAt(acme), []

    def look(_):
        seen.append(read(visitor).is_answering)
        return answer()

    scripted(look)
    visitor.say("Hello?")

    assert (seen, read(visitor).is_answering) == ([True], False)


@pytest.mark.parametrize("rating", ["up", "down", ""])
def test_answer_is_rated_and_the_page_gets_its_thumb_back(door, rating):
    session_id = door.start()
    message_id = door.ask(session_id).json()["response"]["message_id"]
    door.post("feedback", {"session_id": session_id, "message_id": message_id, "rating": "down"})

    response = door.post("feedback", {"session_id": session_id, "message_id": message_id, "rating": rating})

    assert response.json() == {"success": True}
    told = door.post("messages", {"session_id": session_id}).json()["messages"]
    assert [one["rating"] for one in told] == ["", rating]


def test_only_answers_of_this_conversation_are_rated(door):
    session_id, other = door.start(), door.start()
    theirs = door.ask(other).json()["response"]["message_id"]
    door.ask(session_id)
    own_words = Message.objects.get(session__public_id=session_id, role="visitor").public_id

    for message_id in (theirs, own_words, "msg_unknown"):
        response = door.post("feedback", {"session_id": session_id, "message_id": message_id, "rating": "up"})
        assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")
    assert not Message.objects.exclude(rating="").exists()


def test_another_word_than_up_and_down_is_refused(door):
    session_id = door.start()
    message_id = door.ask(session_id).json()["response"]["message_id"]

    response = door.post("feedback", {"session_id": session_id, "message_id": message_id, "rating": "meh"})

    assert (response.status_code, response.json()["details"][0]["field"]) == (400, "rating")
    assert not Message.objects.exclude(rating="").exists()


def test_where_something_is_there_nobody_waits(visitor):
    visitor.say("Hello?")

    assert len(read(visitor, wait_seconds=3600).messages) == 2


def test_wait_that_hears_nothing_ends_with_an_empty_list(visitor):
    transcript = read(visitor, wait_seconds=0.01)

    assert (transcript.messages, transcript.last_sequence) == ((), 0)


def test_wait_for_a_foreign_conversation_is_none(acme, rival):
    with pytest.raises(services.SessionNotFound):
        services.list_messages(
            tenant=rival, session_id=VisitorAt(acme).session_id, after=0, limit=50, wait_seconds=3600, now=NOW
        )


def test_too_many_who_wait_are_answered_at_once(visitor, monkeypatch):
    monkeypatch.setattr(bell, "MOST_LISTENERS", 0)

    assert read(visitor, wait_seconds=3600).messages == ()


@pytest.mark.parametrize("wait", [-1, "20", True])
def test_wait_is_a_number_of_seconds(door, wait):
    response = door.post("messages", {"session_id": door.start(), "wait": wait})

    assert (response.status_code, response.json()["details"][0]["field"]) == (400, "wait")


class Waiting:
    """Somebody who waits for a line after `after`, in a thread of their own; `transcript` is what they got."""

    def __init__(self, visitor, *, after=0):
        self.transcript = None
        self._thread = threading.Thread(target=self._wait, args=(visitor, after))
        self._thread.start()

    def _wait(self, visitor, after):
        self.transcript = read(visitor, after=after, wait_seconds=20)
        connection.close()

    def until_looked(self):
        """Return when they have looked in vain, and with that given their database connection back."""
        until(lambda: bell._exchange._listeners and connections() == 1)
        return self

    def end(self):
        self._thread.join(timeout=10)
        assert not self._thread.is_alive()
        return self.transcript


def connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_message_sent_in_one_tab_wakes_the_other_which_held_no_database_connection(acme):
    visitor = VisitorAt(acme)
    other_tab = Waiting(visitor).until_looked()

    visitor.say("Hello?", client_message_id="c-1")

    assert other_tab.end().messages[0].client_message_id == "c-1"


@pytest.mark.django_db(transaction=True)
def test_colleagues_line_wakes_the_page(acme):
    visitor = VisitorAt(acme)
    page = Waiting(visitor).until_looked()

    services.request_handoff(
        tenant=acme, config=visitor.config, session_id=visitor.session_id, caller=None, now=visitor.now
    )

    assert [one.role for one in page.end().messages] == ["assistant"]


@pytest.mark.django_db(transaction=True)
def test_without_redis_the_page_looks_now_and_then(acme, settings, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(bell, "_exchange", bell.Exchange())
    monkeypatch.setattr(bell, "LOOK_SECONDS", 0.05)
    visitor = VisitorAt(acme)
    page = Waiting(visitor).until_looked()

    visitor.say("Hello?")

    assert page.end().messages[0].content == "Hello?"
    assert not redis.is_worth_asking()
