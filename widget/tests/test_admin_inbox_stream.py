"""Hints to the inbox as an event stream: who hears what, for how long, and what it holds meanwhile."""

import json
import threading

import pytest
from django.contrib.sessions.models import Session as Login
from django.db import connection
from django.test import Client
from django.utils import timezone

from caty.lib import bell, stopping
from caty.tests.waiting import until
from tenants.models import Membership
from widget.admin import inbox_stream
from widget.queries import desk_topic, inbox_topic, talk_topic
from widget.tests.colleagues import Colleague
from widget.tests.conftest import VisitorAt

STREAM = "/admin/inbox/stream"


@pytest.fixture(autouse=True)
def _quick(monkeypatch, settings, request):
    """Everything that is waited for comes soon, and the subscription is this test's own."""
    settings.REDIS_KEY_PREFIX += f"-{request.node.name}"
    monkeypatch.setattr(bell, "_exchange", bell.Exchange())
    monkeypatch.setattr(bell, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(stopping, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(inbox_stream, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(inbox_stream, "PLACES", inbox_stream.Places())


@pytest.fixture
def ann(acme):
    return Colleague(acme, now=timezone.now())


def client_of(colleague) -> Client:
    client = Client()
    client.force_login(colleague.membership.user)
    return client


class Page(threading.Thread):
    """A page that hears hints, in a thread of its own; `pieces` is all that came."""

    def __init__(self, client, **query):
        super().__init__(daemon=True)
        self.client, self.query, self.pieces, self.response = client, query, [], None
        self.start()

    def run(self):
        self.response = self.client.get(STREAM, self.query)
        if self.response.streaming:
            for piece in self.response.streaming_content:
                self.pieces.append(piece)
        self.response.close()
        connection.close()

    @property
    def told(self) -> list[str]:
        """What each hint so far was about."""
        hints = [piece.decode() for piece in list(self.pieces) if piece.startswith(b"event: changed\n")]
        return [json.loads(hint.partition("data: ")[2])["what"] for hint in hints]

    def until_heard(self):
        """Return when it listens, has got its beginning, and was told to look since the line stands."""
        until(lambda: self.pieces and bell._exchange.is_connected and "inbox" in self.told)
        return self

    def until_over(self):
        self.join(10)
        assert not self.is_alive()
        return self


@pytest.fixture
def listen():
    """Opens streams of hints, which end with the test."""
    pages = []

    def come(client, **query) -> Page:
        pages.append(Page(client, **query))
        return pages[-1]

    yield come
    stopping.watch(lambda: True)
    for page in pages:
        page.join(10)
    stopping.watch(lambda: False)


def connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_page_is_told_of_each_change_and_holds_no_database_connection(acme, ann, listen):
    visitor = VisitorAt(acme, now=timezone.now())
    ann.take(visitor)
    page = listen(client_of(ann), open=visitor.session.reference).until_heard()
    until(lambda: connections() == 1)
    before = len(page.told)

    visitor.say("Hello?")

    until(lambda: {"conversation", "inbox"} <= set(page.told[before:]))
    assert page.pieces[0] == b"retry: 1000\n: \n\n"
    assert page.response["Content-Type"] == "text/event-stream; charset=utf-8"
    assert page.response["X-Accel-Buffering"] == "no"


@pytest.mark.django_db(transaction=True)
def test_page_hears_nothing_of_another_business(acme, rival, ann, listen):
    page = listen(client_of(ann)).until_heard()
    until(lambda: bell._exchange._listeners)
    before = len(page.told)

    bell.ring(inbox_topic(rival.pk))
    VisitorAt(rival, now=timezone.now(), url="https://rival.example/").say("Hello?")
    bell.ring("end")

    assert set(bell._exchange._listeners) == {inbox_topic(acme.pk), desk_topic(ann.membership.pk)}
    bell.ring(inbox_topic(acme.pk))
    until(lambda: len(page.told) > before)
    assert page.told[before:] == ["inbox"]


@pytest.mark.django_db(transaction=True)
def test_list_of_a_colleague_hears_of_their_own_conversations_and_of_whoever_waits(acme, ann):
    ben = Colleague(acme, "Ben", now=timezone.now())
    visitor, other = (VisitorAt(acme, now=timezone.now()) for _ in range(2))
    ann.take(visitor)
    names = {
        inbox_topic(acme.pk): "all colleagues",
        desk_topic(ann.membership.pk): "ann",
        desk_topic(ben.membership.pk): "ben",
        talk_topic(acme.pk): "who looks at all",
    }
    ends = [f"end {number}" for number in range(8)]
    with bell.listening(*names, *ends) as listener:
        until(lambda: bell._exchange.is_connected)
        listener.wait(0.05)  # who has just come is told of everything

        def heard_of(act) -> set[str]:
            act()
            end, heard = ends.pop(), set()
            bell.ring(end)
            until(lambda: heard.update(listener.wait(0.05)) or end in heard)
            return {names[topic] for topic in heard if topic in names}

        heard_of(lambda: None)
        assert heard_of(lambda: visitor.say("Hello Ann?")) == {"ann", "who looks at all"}
        assert heard_of(lambda: ann.write(visitor)) == {"ann", "who looks at all"}
        assert heard_of(lambda: other.say("Hello?")) == {"who looks at all"}
        assert "all colleagues" in heard_of(lambda: ben.take(other))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("loss", ["login", "membership", "account"])
def test_stream_ends_when_the_person_may_no_longer_see_it(ann, listen, monkeypatch, loss):
    page = listen(client_of(ann)).until_heard()

    if loss == "login":
        Login.objects.all().delete()
    elif loss == "membership":
        Membership.objects.all().delete()
    else:
        type(ann.membership.user).objects.update(is_active=False)
    monkeypatch.setattr(inbox_stream, "CHECK_SECONDS", 0)

    page.until_over()
    assert not bell._exchange._listeners


@pytest.mark.django_db(transaction=True)
def test_stream_of_one_who_may_still_see_it_goes_on(ann, listen, monkeypatch):
    monkeypatch.setattr(inbox_stream, "CHECK_SECONDS", 0)
    page = listen(client_of(ann)).until_heard()
    before = len(page.told)

    bell.ring(inbox_topic(ann.membership.tenant_id))

    until(lambda: len(page.told) > before)
    until(lambda: connections() == 1)
    assert page.is_alive()


@pytest.mark.django_db(transaction=True)
def test_silent_stream_says_now_and_then_that_it_is_there(ann, listen, monkeypatch):
    monkeypatch.setattr(inbox_stream, "COMMENT_SECONDS", 0)
    page = listen(client_of(ann)).until_heard()

    until(lambda: b": \n\n" in page.pieces)


@pytest.mark.django_db(transaction=True)
def test_stream_ends_by_itself(ann, listen, monkeypatch):
    page = listen(client_of(ann)).until_heard()

    monkeypatch.setattr(inbox_stream, "LONGEST_SECONDS", 0)

    page.until_over()
    assert not bell._exchange._listeners


@pytest.mark.django_db(transaction=True)
def test_stream_ends_when_the_process_is_told_to_stop_and_none_begins(ann, listen):
    page = listen(client_of(ann)).until_heard()

    stopping.watch(lambda: True)

    page.until_over()
    assert client_of(ann).get(STREAM).status_code == 503


@pytest.mark.django_db(transaction=True)
def test_person_has_so_many_streams_and_each_that_ends_makes_room(ann, listen, monkeypatch):
    monkeypatch.setattr(inbox_stream, "MOST_OF_A_PERSON", 1)
    client = client_of(ann)
    first = listen(client).until_heard()

    refused = client.get(STREAM)

    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMITED")
    stopping.watch(lambda: True)
    first.until_over()
    stopping.watch(lambda: False)
    second = listen(client)
    until(lambda: second.pieces)
    assert second.response.status_code == 200


@pytest.mark.django_db
def test_process_without_a_place_refuses_and_keeps_none_of_the_persons(ann, monkeypatch):
    monkeypatch.setattr(bell, "MOST_LISTENERS", 0)
    client = client_of(ann)

    for _ in range(inbox_stream.MOST_OF_A_PERSON + 1):
        refused = client.get(STREAM)
        assert (refused.status_code, refused.json()["code"]) == (503, "UNAVAILABLE")


@pytest.mark.django_db(transaction=True)
def test_without_redis_the_page_is_told_to_look_again_and_again(ann, listen, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    page = listen(client_of(ann))

    until(lambda: len(page.told) > 2)


@pytest.mark.django_db
def test_stream_about_another_businesss_conversation_is_none(ann, rival):
    visitor = VisitorAt(rival, now=timezone.now(), url="https://rival.example/")

    assert client_of(ann).get(STREAM, {"open": visitor.session.reference}).status_code == 404
    assert client_of(ann).get(STREAM, {"open": "\x00"}).status_code == 404
    assert not bell._exchange._listeners


@pytest.mark.django_db
def test_stranger_gets_no_stream():
    response = Client().get(STREAM)

    assert (response.status_code, response.url.partition("?")[0]) == (302, "/admin/login/")
