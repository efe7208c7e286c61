"""Hints to the worker over a real broker, and the errands they ask for."""

import json

import pytest
import redis
from django.conf import settings as site

from leads import services, tasks
from leads.connectors.webhook import new_signing_secret
from leads.models import Delivery
from leads.tests.conftest import NOON, WEIGHTS, make_connection, said


def hinted() -> list[str]:
    """The task of every message in the queue of leads, newest first."""
    client = redis.Redis.from_url(site.REDIS_URL)
    messages = [json.loads(raw) for raw in client.lrange(f"{site.REDIS_KEY_PREFIX}:broker:leads", 0, -1)]
    client.close()
    return [message["headers"]["task"] for message in messages]


def capture(tenant, **details):
    services.capture_lead(said(**details), tenant=tenant, weights=WEIGHTS, now=NOON)


def test_a_worker_is_hinted_at_after_commit(acme, django_capture_on_commit_callbacks):
    make_connection(acme)
    with django_capture_on_commit_callbacks(execute=True):
        capture(acme, email="ann@example.com")
        assert hinted() == []
    assert hinted() == ["leads.deliver"]


def test_no_hint_is_given_for_what_is_held(acme, django_capture_on_commit_callbacks):
    make_connection(acme)
    with django_capture_on_commit_callbacks(execute=True):
        capture(acme, email="ann@mailinator.com")
    assert hinted() == []


def test_the_sweep_has_sent_what_was_never_hinted_at(acme, receiver):
    make_connection(acme, settings={"url": receiver.url}, secrets={"signing_secret": new_signing_secret()})
    capture(acme, email="ann@example.com")

    tasks.deliver_due()

    assert hinted() == ["leads.deliver"]
    pk = Delivery.objects.get().pk
    tasks.deliver(delivery_id=str(pk), from_a_later_version=True)
    tasks.deliver(delivery_id=str(pk))
    assert Delivery.objects.get().state == "delivered"
    assert len(receiver.received) == 1


@pytest.mark.parametrize("name", ["leads.deliver", "leads.deliver_due"])
def test_tasks_have_the_names_that_others_call_them_by(name):
    assert getattr(tasks, name.removeprefix("leads.")).name == name
