"""Hints while the broker is down, silent or busy."""

import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from celery import Celery, current_app

from caty.lib import redis, tasks, throttling


@pytest.fixture
def broker(monkeypatch, settings):
    """A broker that takes connections and never answers, and an app of Celery that publishes to it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = Celery("silent", broker=f"redis://127.0.0.1:{silent.getsockname()[1]}/0", set_as_current=False)
        quick = {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}
        app.conf.broker_transport_options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **quick}
        monkeypatch.setattr(tasks, "current_app", app)
        silent.settimeout(0)
        yield silent
        app.close()


def connections(server: socket.socket) -> int:
    """How many have come since it was last asked."""
    count = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


@pytest.mark.django_db
def test_a_request_waits_for_a_silent_broker_once_however_many_hints_it_gives(
    broker, caplog, django_capture_on_commit_callbacks
):
    began = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(50):
            tasks.hint("leads.deliver", delivery_id=str(number))
    assert time.monotonic() - began < 2
    assert connections(broker) == 1
    reasons = [record.getMessage().rpartition("=")[2] for record in caplog.records if record.name == "caty.lib.tasks"]
    assert len(reasons) == 50
    assert reasons[1:] == ["BrokerAway"] * 49


@pytest.mark.django_db
def test_after_a_pause_one_hint_asks_again(broker, monkeypatch, django_capture_on_commit_callbacks):
    redis.note_silence()
    monkeypatch.setattr(redis, "_asked_again_at", 0.0)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.hint("leads.deliver", delivery_id="1")
        tasks.hint("leads.deliver", delivery_id="2")
    assert connections(broker) == 1


@pytest.mark.django_db
def test_what_a_hint_has_learnt_spares_the_limits_their_wait(
    broker, settings, caplog, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        tasks.hint("leads.deliver", delivery_id="1")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # asking would log what it met

    assert throttling.require(throttling.Window("messages", "sess", 1, 60)).is_allowed
    assert "throttle.unavailable" not in caplog.text


@pytest.mark.django_db
def test_a_broker_that_is_back_gets_every_hint(monkeypatch, django_capture_on_commit_callbacks):
    redis.note_silence()
    monkeypatch.setattr(redis, "_asked_again_at", 0.0)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.hint("leads.deliver", delivery_id="1")
        tasks.hint("leads.deliver", delivery_id="2")
    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue("leads")
        assert [queue.get_nowait().headers["task"] for _ in range(2)] == ["leads.deliver"] * 2


@pytest.mark.django_db
def test_a_hint_that_nobody_takes_is_dropped_when_the_sweeps_have_come_round(django_capture_on_commit_callbacks):
    before = datetime.now(UTC)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.hint("leads.deliver", delivery_id="1")
    with current_app.connection_for_read() as connection:
        message = connection.SimpleQueue("leads").get_nowait()

    expires_at = datetime.fromisoformat(message.headers["expires"])
    assert timedelta(seconds=30) <= expires_at - before < timedelta(seconds=40)


@pytest.mark.django_db
def test_no_hint_waits_long_for_a_connection_that_all_others_hold(
    monkeypatch, caplog, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(tasks, "PLACE_SECONDS", 0.01)
    monkeypatch.setattr(tasks, "_places", threading.BoundedSemaphore(1))
    with tasks._places, django_capture_on_commit_callbacks(execute=True):
        tasks.hint("leads.deliver", delivery_id="1")
    assert "task.hint_lost task=leads.deliver reason=BrokerBusy" in caplog.text


def test_there_are_more_connections_than_places():
    assert current_app.pool.limit > tasks.PLACES
