"""Rings: who hears them, and what becomes of them without Redis."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from django.db import transaction

from caty.lib import bell, redis
from caty.tests.waiting import until


@pytest.fixture
def exchange(monkeypatch, settings, request):
    """A subscription of this test's own, as a process begins with."""
    settings.REDIS_KEY_PREFIX += f"-{request.node.name}"
    monkeypatch.setattr(bell, "PING_SECONDS", 0.05)
    monkeypatch.setattr(bell, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(bell, "_exchange", bell.Exchange())
    return bell._exchange


class Ear(threading.Thread):
    """Listens for one ring of `topic`; `is_rung` says whether it came."""

    def __init__(self, topic):
        super().__init__(daemon=True)
        self.topic, self.ready, self.is_rung = topic, threading.Event(), threading.Event()
        self.start()
        assert self.ready.wait(10)

    def run(self):
        with bell.listening(self.topic) as listener:
            until(lambda: bell._exchange.is_connected)
            listener.wait(0)
            self.ready.set()
            listener.wait(10)
            self.is_rung.set()


@pytest.mark.django_db(transaction=True)
def test_ring_is_heard_by_all_who_listen_to_its_topic_and_by_nobody_else(exchange):
    ours, too, other = Ear("one"), Ear("one"), Ear("two")

    bell.ring("one")

    assert ours.is_rung.wait(5)
    assert too.is_rung.wait(5)
    assert not other.is_rung.is_set()
    bell.ring("two")
    assert other.is_rung.wait(5)


class Attentive(threading.Thread):
    """Listens to several topics until it has heard all of them; `heard` are the topics of each time it woke."""

    def __init__(self, *topics):
        super().__init__(daemon=True)
        self.topics, self.ready, self.heard = topics, threading.Event(), []
        self.start()
        assert self.ready.wait(10)

    def run(self):
        with bell.listening(*self.topics) as listener:
            until(lambda: bell._exchange.is_connected)
            listener.wait(0)
            self.ready.set()
            while set().union(*self.heard) != set(self.topics):
                self.heard.append(listener.wait(10))


@pytest.mark.django_db(transaction=True)
def test_one_who_listens_to_several_topics_is_told_which_rang(exchange):
    both, other = Attentive("one", "two"), Ear("two")

    bell.ring("one")
    until(lambda: both.heard)
    bell.ring("three")
    bell.ring("two")
    both.join(10)

    assert both.heard == [{"one"}, {"two"}]
    assert other.is_rung.wait(5)
    assert not bell._exchange._listeners


def test_who_may_have_missed_a_ring_is_told_to_look_at_everything(exchange, monkeypatch):
    monkeypatch.setattr(bell, "_exchange", bell.Exchange())
    listener = bell.Listener(bell._exchange, frozenset({"one", "two"}))

    assert listener.wait(0) == {"one", "two"}
    bell._exchange.is_connected = True
    assert listener.wait(0) == frozenset()


@pytest.mark.django_db(transaction=True)
def test_ring_is_heard_after_commit_and_never_after_a_rollback(exchange):
    ear = Ear("one")

    with transaction.atomic():
        bell.ring("one")
        transaction.set_rollback(True)
    with transaction.atomic():
        bell.ring("two")
        bell.ring("one")
        assert not ear.is_rung.is_set()

    assert ear.is_rung.wait(5)


@pytest.mark.django_db(transaction=True)
def test_process_holds_one_subscription_however_many_listen(exchange):
    ears = [Ear(f"topic-{number}") for number in range(5)]

    told = redis.client().pubsub_numsub(bell.channel())

    assert told == [(bell.channel().encode(), 1)]
    for ear in ears:
        bell.ring(ear.topic)
        assert ear.is_rung.wait(5)


class Line(threading.Thread):
    """A server that hands everything on to Redis and back, until it is `cut` (then it is silent) or hangs up."""

    def __init__(self, redis_url):
        super().__init__(daemon=True)
        self.cut = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._target = (urlsplit(redis_url).hostname, urlsplit(redis_url).port)
        # With the credentials that Redis wants, where it does.
        credentials, at, _ = urlsplit(redis_url).netloc.rpartition("@")
        self.netloc = f"{credentials}{at}127.0.0.1:{self._server.getsockname()[1]}"
        self._near = []
        self.start()

    def run(self):
        while True:
            near, _ = self._server.accept()
            self._near.append(near)
            far = socket.create_connection(self._target)
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def hang_up(self):
        for near in self._near:
            near.shutdown(socket.SHUT_RDWR)

    def _pass_on(self, source, target):
        with suppress(OSError):
            while data := source.recv(4096):
                if not self.cut.is_set():
                    target.sendall(data)


@pytest.fixture
def line(settings):
    """What stands between the subscription and Redis."""
    line = Line(settings.REDIS_URL)
    settings.REDIS_URL = urlsplit(settings.REDIS_URL)._replace(netloc=line.netloc).geturl()
    return line


@pytest.mark.django_db(transaction=True)
def test_lost_connection_wakes_those_who_listen_and_is_made_anew(exchange, line):
    ear = Ear("one")

    line.hang_up()

    assert ear.is_rung.wait(5)
    again = Ear("one")
    bell.ring("one")
    assert again.is_rung.wait(5)


@pytest.mark.django_db(transaction=True)
def test_redis_that_falls_silent_is_noticed(exchange, line, caplog):
    ear = Ear("one")

    line.cut.set()

    assert ear.is_rung.wait(5)
    assert "bell.unavailable reason=ConnectionError" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_subscription_ends_when_nobody_listens_and_begins_again_with_the_next(exchange):
    ear = Ear("one")
    bell.ring("one")
    assert ear.is_rung.wait(5)

    until(lambda: redis.client().pubsub_numsub(bell.channel())[0][1] == 0)

    again = Ear("one")
    bell.ring("one")
    assert again.is_rung.wait(5)


@pytest.mark.django_db
def test_ring_without_redis_is_logged_and_not_raised(settings, caplog, django_capture_on_commit_callbacks):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    with django_capture_on_commit_callbacks(execute=True):
        bell.ring("one")

    until(lambda: "bell.unheard reason=ConnectionError" in caplog.text)


@pytest.mark.django_db(transaction=True)
def test_rings_that_come_together_are_told_together_and_each_is_heard(exchange):
    ears = [Ear(f"topic-{number}") for number in range(20)]

    with transaction.atomic():
        for ear in ears:
            bell.ring(ear.topic)

    assert all(ear.is_rung.wait(5) for ear in ears)


def test_more_than_may_listen_are_told_so(exchange, monkeypatch):
    monkeypatch.setattr(bell, "MOST_LISTENERS", 1)

    with bell.listening("one") as first, bell.listening("one") as second:
        assert (first is None, second is None) == (False, True)
    with bell.listening("two") as third:
        assert third is not None
