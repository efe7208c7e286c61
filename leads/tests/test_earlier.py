"""“Send earlier leads”: what a new connection has not had, once, a few at a time, without overtaking anybody."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from caty.tests.waiting import until, waiting_for_locks
from leads import services, tasks
from leads.contracts import TranscriptLine
from leads.models import Connection, Delivery, Lead, RemoteLead
from leads.services import earlier, forgetting
from leads.tests import fake_crm
from leads.tests.conftest import NOON, capture, make_connection, said
from leads.tests.test_concurrency import at_once

MONTH_AGO = NOON - timedelta(days=30)
DAY = timedelta(days=1)


def make_leads(tenant, count: int, *, now=NOON, start=0) -> None:
    for number in range(start, start + count):
        capture(tenant, said(f"conv_{number}", email=f"ann{number}@example.com"), now=now)


def send_all(connection, *, since=MONTH_AGO, now=NOON) -> None:
    assert services.start_earlier(connection.pk, tenant=connection.tenant, since=since)
    while services.send_earlier_batch(connection.pk, now=now):
        Delivery.objects.filter(connection=connection).update(state="delivered")


def counted(connection, *, since=MONTH_AGO, now=NOON) -> tuple[int, int, int]:
    found = services.count_earlier(Connection.objects.get(pk=connection.pk), since=since, now=now)
    return found.total, found.held, found.unknown


def written(connection) -> list[tuple[str, str]]:
    return list(connection.deliveries.order_by("pk").values_list("event", "state"))


@pytest.fixture
def few_at_once(monkeypatch):
    monkeypatch.setattr(earlier, "BATCH", 3)


def test_leads_since_then_are_sent_once(acme, rival):
    make_leads(acme, 1, now=MONTH_AGO - DAY)
    make_leads(acme, 2, start=1)
    make_leads(rival, 1)
    connection = make_connection(acme)

    assert counted(connection) == (2, 0, 0)
    send_all(connection)
    send_all(connection)

    assert written(connection) == [("lead.captured", "pending")] * 2
    assert counted(connection) == (0, 0, 0)
    assert set(connection.deliveries.values_list("lead__tenant", flat=True)) == {acme.pk}


def test_the_event_is_of_when_the_lead_was_captured(acme):
    make_leads(acme, 1, now=NOON - DAY)
    connection = make_connection(acme)
    send_all(connection)
    delivery = connection.deliveries.get()
    assert json.loads(delivery.payload)["timestamp"] == "2026-01-27T12:00:00Z"
    assert (delivery.created_at, delivery.event_id) == (NOON, f"{Lead.objects.get().public_id}:captured")


def test_the_conversation_goes_along_where_it_is_wanted(acme):
    line = TranscriptLine(role="visitor", content="Hello", at=NOON)
    capture(acme, said(email="ann@example.com", transcript=(line,)))
    plain, noting = make_connection(acme), make_connection(acme, events=["lead.captured", "lead.note"])
    for connection in (plain, noting):
        send_all(connection)
    assert [event for event, _state in written(plain)] == ["lead.captured"]
    assert [event for event, _state in written(noting)] == ["lead.captured", "lead.note"]


def test_a_held_lead_stays_held_and_goes_when_it_is_released(acme):
    capture(acme, said(email="ann@mailinator.com"))
    connection = make_connection(acme)
    assert counted(connection) == (1, 1, 0)
    send_all(connection)
    assert written(connection) == [("lead.captured", "held")]
    services.release_lead(Lead.objects.get().pk, tenant=acme, now=NOON)
    assert written(connection) == [("lead.captured", "pending")]


def test_a_lead_that_stands_there_is_not_sent(acme):
    make_leads(acme, 1)
    connection = make_connection(acme)
    RemoteLead.objects.create(
        tenant=acme, connection=connection, lead=Lead.objects.get(), remote_id="7", updated_at=NOON
    )
    assert counted(connection) == (0, 0, 0)
    send_all(connection)
    assert written(connection) == []


def test_the_next_ones_are_written_when_few_are_waiting(acme, few_at_once):
    make_leads(acme, 5)
    connection = make_connection(acme)
    services.start_earlier(connection.pk, tenant=acme, since=MONTH_AGO)

    assert services.send_earlier_batch(connection.pk, now=NOON) is True
    assert services.send_earlier_batch(connection.pk, now=NOON) is True
    assert len(written(connection)) == 3

    connection.deliveries.update(state="delivered")
    assert services.send_earlier_batch(connection.pk, now=NOON) is False
    assert len(written(connection)) == 5
    assert services.find_earlier() == []


def test_what_is_under_way_is_not_begun_twice_and_can_be_stopped(acme, rival, few_at_once):
    make_leads(acme, 5)
    connection = make_connection(acme)
    assert not services.start_earlier(connection.pk, tenant=rival, since=MONTH_AGO)
    assert services.start_earlier(connection.pk, tenant=acme, since=MONTH_AGO)
    assert not services.start_earlier(connection.pk, tenant=acme, since=NOON)
    services.stop_earlier(connection.pk, tenant=rival)
    assert services.find_earlier() == [connection.pk]

    services.stop_earlier(connection.pk, tenant=acme)

    assert services.find_earlier() == []
    assert services.send_earlier_batch(connection.pk, now=NOON) is False
    assert written(connection) == []


def test_what_is_no_longer_kept_is_not_sent_twice(acme, settings):
    """The log of a webhook is its only memory: when that is gone, the connection remembers from when on it had all."""
    settings.DELIVERIES_KEPT_DAYS = 90
    make_leads(acme, 1, now=MONTH_AGO)
    connection = make_connection(acme)
    Connection.objects.update(created_at=NOON)
    make_leads(acme, 1, start=1, now=NOON)
    send_all(connection)
    assert len(written(connection)) == 2

    connection.deliveries.all().delete()
    much_later = NOON + timedelta(days=200)

    assert counted(connection, now=much_later) == (0, 0, 2)
    send_all(connection, now=much_later)
    assert written(connection) == []


def test_a_crm_is_sent_whatever_has_no_record_there(acme, monkeypatch):
    fake_crm.install(monkeypatch)
    connection = make_connection(acme, kind="fake", settings={}, events=["lead.updated"])
    Connection.objects.update(created_at=MONTH_AGO)
    make_leads(acme, 1)
    assert counted(connection, now=NOON + timedelta(days=200)) == (1, 0, 0)


def test_the_sweep_goes_on_where_it_stopped(acme, few_at_once):
    make_leads(acme, 4)
    connection = make_connection(acme)
    services.start_earlier(connection.pk, tenant=acme, since=MONTH_AGO)
    tasks.send_earlier(connection_id=connection.pk, from_a_later_version=True)
    connection.deliveries.update(state="delivered")
    tasks.send_earlier(connection_id=connection.pk)
    assert len(written(connection)) == 4
    assert Connection.objects.get().had_from == MONTH_AGO


@pytest.mark.django_db(transaction=True)
def test_a_lead_that_is_being_released_is_waited_for(acme):
    capture(acme, said(email="ann@mailinator.com"))
    connection = make_connection(acme)
    services.start_earlier(connection.pk, tenant=acme, since=MONTH_AGO)
    lead_pk = Lead.objects.get().pk

    def release():
        with transaction.atomic():
            services.release_lead(lead_pk, tenant=acme, now=NOON)
            until(waiting_for_locks)

    def send_once_locked():
        def is_locked():
            with transaction.atomic():
                return not Lead.objects.select_for_update(skip_locked=True).exists()

        until(is_locked)
        return services.send_earlier_batch(connection.pk, now=NOON)

    assert at_once(release, send_once_locked) == [None, False]
    assert written(connection) == [("lead.captured", "pending")]


def test_old_deliveries_are_forgotten_and_records_are_not(acme, settings):
    settings.DELIVERIES_KEPT_DAYS = 90
    connection = make_connection(acme)
    now = timezone.now()
    states = ("delivered", "dead", "cancelled", "superseded", "pending", "held", "paused", "sending")
    make_leads(acme, len(states), now=now)
    for delivery, state in zip(Delivery.objects.order_by("pk"), states, strict=True):
        Delivery.objects.filter(pk=delivery.pk).update(state=state)
        delivery.tries.create(number=1, started_at=now, duration_ms=1, outcome="rejected")
    RemoteLead.objects.create(
        tenant=acme, connection=connection, lead=Lead.objects.first(), remote_id="7", updated_at=now
    )

    assert services.forget_old_deliveries(now=now + 89 * DAY, most_batches=5) == 0
    assert services.forget_old_deliveries(now=now + 91 * DAY, most_batches=5) == 4

    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending", "held", "paused", "sending"}
    assert RemoteLead.objects.count() == 1


def test_what_was_sent_again_lately_is_kept(acme, settings):
    settings.DELIVERIES_KEPT_DAYS = 90
    make_connection(acme)
    now = timezone.now()
    make_leads(acme, 1, now=now)
    Delivery.objects.update(state="delivered", queued_at=now + 50 * DAY)
    assert services.forget_old_deliveries(now=now + 91 * DAY, most_batches=5) == 0
    assert services.forget_old_deliveries(now=now + 141 * DAY, most_batches=5) == 1


def test_forgetting_stops_after_a_few_batches(acme, settings, monkeypatch):
    monkeypatch.setattr(forgetting, "BATCH", 2)
    make_connection(acme)
    now = timezone.now()
    make_leads(acme, 5, now=now)
    Delivery.objects.update(state="dead")
    assert services.forget_old_deliveries(now=now + 91 * DAY, most_batches=2) == 4
    assert services.forget_old_deliveries(now=now + 91 * DAY, most_batches=2) == 1
