"""What is due, who may send it, and what becomes of it."""

from datetime import timedelta

import pytest

from leads import backoff, claims, services
from leads.claims import Trial
from leads.connectors.base import Delivered, Gone, Misconfigured, Rejected, TryLater
from leads.contracts import Notice
from leads.models import Connection, Delivery
from leads.tests.conftest import NOON, WEIGHTS, make_connection, said

SECOND = timedelta(seconds=1)


def announce(tenant, *event_ids, now=NOON):
    for event_id in event_ids:
        services.announce(Notice(event="message.received", event_id=event_id, data={}), tenant=tenant, now=now)
    return list(Delivery.objects.filter(event_id__in=event_ids).order_by("pk").values_list("pk", flat=True))


def listening(tenant, **columns):
    return make_connection(tenant, events=["message.received", "lead.captured", "lead.updated"], **columns)


def end(taken, outcome, now=NOON):
    return claims.finish(taken, Trial(outcome=outcome, duration_ms=12, ended_at=now))


def fail(pk, now, outcome=None):
    """One try that fails; the row afterwards."""
    Connection.objects.update(resting_until=None)
    assert end(claims.claim(pk, now=now), outcome or TryLater(reason="down", status=500), now)
    return Delivery.objects.get(pk=pk)


def test_a_delivery_is_claimed_once(acme):
    listening(acme)
    (pk,) = announce(acme, "msg_1")

    taken = claims.claim(pk, now=NOON)

    assert (taken.delivery_id, taken.token) == (pk, 1)
    assert claims.claim(pk, now=NOON) is None
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.lease_until) == ("sending", 1, NOON + claims.LEASE)


def test_what_is_delivered_is_written_down_with_its_try(acme):
    listening(acme)
    (pk,) = announce(acme, "msg_1")

    outcome = Delivered(remote_id="7", url="https://crm.example/7", status=201)
    assert end(claims.claim(pk, now=NOON), outcome, NOON + SECOND) == "delivered"

    delivery = Delivery.objects.get()
    assert (delivery.delivered_at, delivery.lease_until) == (NOON + SECOND, None)
    assert (delivery.remote_id, delivery.remote_url) == ("7", "https://crm.example/7")
    attempt = delivery.tries.get()
    assert (attempt.number, attempt.outcome, attempt.status_code, attempt.duration_ms) == (1, "delivered", 201, 12)
    assert claims.find_due(now=NOON + SECOND) == []


def test_failures_wait_longer_and_longer_and_the_eighth_is_the_last(acme):
    listening(acme)
    (pk,) = announce(acme, "msg_1")
    now = NOON
    for seconds in backoff.WEBHOOK.waits:
        delivery = fail(pk, now)
        assert delivery.state == "pending"
        assert seconds * 0.8 <= (delivery.due_at - now).total_seconds() <= seconds * 1.2
        assert claims.claim(pk, now=delivery.due_at - SECOND) is None
        now = delivery.due_at

    delivery = fail(pk, now)

    assert (delivery.state, delivery.attempts, delivery.last_error) == ("dead", 8, "down")
    assert delivery.tries.count() == 8


@pytest.mark.parametrize(
    ("failures", "chance", "retry_after", "seconds"),
    [
        (1, 0.5, None, 5),
        (1, 0, None, 4),
        (1, 1, None, 6),
        (2, 0.5, None, 300),
        (1, 0.5, 3600, 3600),
        (7, 1, 60, 43_200),
    ],
)
def test_the_wait_has_jitter_and_is_never_shorter_than_asked_for(failures, chance, retry_after, seconds):
    due_at = backoff.next_try_at(
        backoff.WEBHOOK,
        failures=failures,
        first_at=NOON,
        now=NOON,
        chance=chance,
        retry_after_seconds=retry_after,
    )
    assert due_at == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("failures", "chance", "seconds"),
    [(1, 1, 5), (1, 0, 2.5), (3, 1, 80), (7, 1, 20_480), (8, 1, 21_600), (30, 1, 21_600), (30, 0, 10_800)],
)
def test_a_crm_is_tried_four_times_as_late_each_time_and_at_most_six_hours_later(failures, chance, seconds):
    due_at = backoff.next_try_at(backoff.CRM, failures=failures, first_at=NOON, now=NOON, chance=chance)
    assert due_at == NOON + timedelta(seconds=seconds)


def test_a_crm_is_tried_for_three_days():
    still = NOON + timedelta(days=3) - SECOND
    assert backoff.next_try_at(backoff.CRM, failures=9, first_at=NOON, now=still, chance=1) is not None
    assert backoff.next_try_at(backoff.CRM, failures=9, first_at=NOON, now=still + SECOND, chance=1) is None


def test_what_may_have_arrived_is_left_alone_for_a_minute():
    due_at = backoff.next_try_at(backoff.CRM, failures=1, first_at=NOON, now=NOON, chance=1, is_ambiguous=True)
    assert due_at == NOON + timedelta(seconds=60)


def test_a_rejected_delivery_is_given_up_and_its_connection_goes_on(acme):
    listening(acme)
    first, second = announce(acme, "msg_1", "msg_2")
    assert fail(first, NOON, Rejected(reason="no such field", status=422)).state == "dead"
    assert claims.find_due(now=NOON) == [second]


@pytest.mark.parametrize("outcome", [Misconfigured(reason="wrong key", status=401), Gone(reason="gone", status=410)])
def test_a_connection_that_refuses_us_is_paused_with_all_its_deliveries(acme, outcome):
    connection = listening(acme)
    first, second = announce(acme, "msg_1", "msg_2")

    assert fail(first, NOON, outcome).state == "paused"

    connection.refresh_from_db()
    assert (connection.state, connection.paused_reason) == ("paused", outcome.reason)
    assert Delivery.objects.get(pk=second).state == "paused"
    assert claims.find_due(now=NOON) == []


def test_a_resumed_connection_sends_what_had_waited(acme):
    connection = listening(acme)
    first, _second = announce(acme, "msg_1", "msg_2")
    fail(first, NOON, Misconfigured(reason="wrong key"))

    assert services.resume_connection(connection.pk, tenant=acme, now=NOON + SECOND) == 2

    connection.refresh_from_db()
    assert (connection.state, connection.paused_reason) == ("active", "")
    assert claims.find_due(now=NOON + SECOND) == [first]


def test_leads_of_a_paused_connection_wait_also_when_released(acme):
    make_connection(acme, state=Connection.State.PAUSED)
    receipt = services.capture_lead(said(email="x@mailinator.com"), tenant=acme, weights=WEIGHTS, now=NOON)
    assert Delivery.objects.get().state == "held"
    services.release_lead(receipt.lead_pk, tenant=acme, now=NOON)
    assert Delivery.objects.get().state == "paused"


def test_a_disabled_connection_keeps_its_deliveries_and_sends_none(acme):
    connection = listening(acme)
    (pk,) = announce(acme, "msg_1")
    Connection.objects.update(is_enabled=False)
    assert claims.find_due(now=NOON) == []
    assert claims.claim(pk, now=NOON) is None
    Connection.objects.filter(pk=connection.pk).update(is_enabled=True)
    assert claims.find_due(now=NOON) == [pk]


def test_a_connection_sends_one_at_a_time(acme):
    listening(acme)
    first, second = announce(acme, "msg_1", "msg_2")
    taken = claims.claim(first, now=NOON)
    assert claims.claim(second, now=NOON) is None
    assert claims.find_due(now=NOON) == []
    end(taken, Delivered())
    assert claims.find_due(now=NOON) == [second]


def test_events_of_one_lead_go_out_in_their_order(acme):
    make_connection(acme)
    for name in ("A", "B", "C"):
        services.capture_lead(said(email="ann@example.com", name=name), tenant=acme, weights=WEIGHTS, now=NOON)
    captured, second, third = Delivery.objects.order_by("pk")
    assert [captured.event, second.event, third.event] == ["lead.captured", "lead.updated", "lead.updated"]

    assert claims.find_due(now=NOON) == [captured.pk]
    assert claims.claim(second.pk, now=NOON) is None
    due_at = fail(captured.pk, NOON).due_at
    assert claims.find_due(now=due_at - SECOND) == []
    assert claims.find_due(now=due_at) == [captured.pk]
    end(claims.claim(captured.pk, now=due_at), Delivered(), due_at)

    assert claims.find_due(now=due_at) == [second.pk]
    assert claims.claim(third.pk, now=due_at) is None


def test_another_lead_does_not_wait_for_one_that_fails(acme):
    make_connection(acme)
    services.capture_lead(said(email="ann@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)
    services.capture_lead(said("conv_two", email="bob@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)
    ann, bob = Delivery.objects.order_by("pk").values_list("pk", flat=True)
    fail(ann, NOON)
    assert claims.find_due(now=NOON) == [bob]


def test_every_connection_has_its_turn_however_much_waits_for_one(acme, rival):
    busy, quiet = listening(acme), listening(rival)
    announce(acme, *[f"msg_{number}" for number in range(20)])
    announce(rival, "msg_late", now=NOON + SECOND)
    due = Delivery.objects.filter(pk__in=claims.find_due(now=NOON + SECOND))
    assert sorted(due.values_list("connection", flat=True)) == sorted([busy.pk, quiet.pk])


def test_a_destination_that_keeps_failing_rests_and_wakes(acme):
    connection = listening(acme)
    pks = announce(acme, *[f"msg_{number}" for number in range(7)])
    for pk in pks[:5]:
        assert claims.find_due(now=NOON)
        end(claims.claim(pk, now=NOON), TryLater(reason="down"))

    assert claims.find_due(now=NOON + timedelta(seconds=119)) == []
    assert claims.claim(pks[5], now=NOON + timedelta(seconds=119)) is None
    later = NOON + timedelta(seconds=120)
    due = claims.find_due(now=later)
    assert len(due) == 1
    end(claims.claim(due[0], now=later), Delivered(), later)

    connection.refresh_from_db()
    assert (connection.failures, connection.resting_until) == (0, None)


def test_a_destination_that_asks_for_time_is_left_alone(acme):
    listening(acme)
    first, second = announce(acme, "msg_1", "msg_2")
    end(claims.claim(first, now=NOON), TryLater(reason="slow down", status=429, retry_after_seconds=600))
    assert claims.claim(second, now=NOON + timedelta(seconds=599)) is None
    assert claims.claim(second, now=NOON + timedelta(seconds=600)) is not None


def test_the_sweep_costs_the_same_however_much_is_due(acme, django_assert_num_queries):
    listening(acme)
    announce(acme, *[f"msg_{number}" for number in range(30)])
    with django_assert_num_queries(1):
        assert len(claims.find_due(now=NOON)) == 1


def test_a_lease_that_ran_out_puts_the_delivery_back(acme):
    listening(acme)
    (pk,) = announce(acme, "msg_1")
    claims.claim(pk, now=NOON)
    assert claims.return_expired(now=NOON + claims.LEASE - SECOND) == 0

    assert claims.return_expired(now=NOON + claims.LEASE) == 1

    assert claims.claim(pk, now=NOON + claims.LEASE).token == 2


def test_a_worker_thought_dead_can_not_overwrite_its_successor(acme):
    listening(acme)
    (pk,) = announce(acme, "msg_1")
    later = NOON + claims.LEASE
    slow = claims.claim(pk, now=NOON)
    claims.return_expired(now=later)
    quick = claims.claim(pk, now=later)

    assert end(slow, TryLater(reason="too late"), later) is None
    assert end(quick, Delivered(), later) == "delivered"
    assert end(slow, TryLater(reason="too late"), later) is None

    assert Delivery.objects.get().state == "delivered"
    assert Delivery.objects.get().tries.count() == 1


def test_a_worker_thought_dead_still_counts_where_it_has_no_successor(acme):
    listening(acme)
    (pk,) = announce(acme, "msg_1")
    slow = claims.claim(pk, now=NOON)
    claims.return_expired(now=NOON + claims.LEASE)
    assert end(slow, Delivered(), NOON + claims.LEASE) == "delivered"


def test_what_kills_its_worker_every_time_is_given_up(acme):
    listening(acme)
    (pk,) = announce(acme, "msg_1")
    now = NOON
    for _try in range(8):
        assert claims.claim(pk, now=now)
        now += claims.LEASE
        claims.return_expired(now=now)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.last_error) == ("dead", "The sending was interrupted.")


def test_send_again_gives_a_dead_delivery_all_its_tries(acme, rival):
    listening(acme)
    (pk,) = announce(acme, "msg_1")
    fail(pk, NOON, Rejected(reason="no"))

    assert services.send_again([pk], tenant=rival, now=NOON) == 0
    assert services.send_again([pk], tenant=acme, now=NOON + SECOND) == 1

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.failures, delivery.due_at) == ("pending", 0, NOON + SECOND)
    assert claims.claim(pk, now=NOON + SECOND).token == 2


def test_send_again_leaves_alone_what_is_being_sent_or_held(acme):
    make_connection(acme)
    services.capture_lead(said(email="x@mailinator.com"), tenant=acme, weights=WEIGHTS, now=NOON)
    services.capture_lead(said("conv_two", email="ann@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)
    held, pending = Delivery.objects.order_by("pk").values_list("pk", flat=True)
    claims.claim(pending, now=NOON)
    assert services.send_again([held, pending], tenant=acme, now=NOON) == 0
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["held", "sending"]


def test_a_cancelled_delivery_is_not_sent(acme, rival):
    listening(acme)
    (pk,) = announce(acme, "msg_1")
    assert services.cancel([pk], tenant=rival) == 0
    assert services.cancel([pk], tenant=acme) == 1
    assert claims.find_due(now=NOON) == []
