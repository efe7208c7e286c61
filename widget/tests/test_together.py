"""Several requests at once, on real transactions."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from caty import testing
from caty.lib.throttling import RateLimited
from caty.tests.refusals import noting_refusals
from caty.tests.waiting import until
from leads.models import Lead
from tenants.models import Reservation, Spending
from widget import services
from widget.contracts import Browser, LeadForm, PageSeen, VisitorMessage
from widget.engine.model import ModelReply
from widget.models import Answer, Message, Session, UnansweredQuestion
from widget.services.partitions import prepare_partitions
from widget.tests.conftest import CALLER, NOW, VisitorAt
from widget.tests.scripted_model import ScriptedModel, answer

pytestmark = pytest.mark.django_db(transaction=True)


def together(*calls):
    """Run all at once, each in a thread with a connection of its own; gives results or exceptions, in order."""
    results = [None] * len(calls)

    def run(place, call):
        try:
            results[place] = call()
        except Exception as error:  # noqa: BLE001 - handed to the test
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


class SlowModel(ScriptedModel):
    """Answers when the test lets it."""

    def __init__(self, *replies):
        super().__init__(*replies)
        self.asked = threading.Semaphore(0)
        self.may_answer = threading.Semaphore(0)

    def complete(self, prompt, *, deadline_seconds, on_delta=None) -> ModelReply:
        self.asked.release()
        assert self.may_answer.acquire(timeout=10)
        return super().complete(prompt, deadline_seconds=deadline_seconds, on_delta=on_delta)


@pytest.fixture
def slow(scripted):
    scripted()
    testing.SCRIPTED["model"] = SlowModel(answer(content="First"), answer(content="Second"))
    return testing.SCRIPTED["model"]


def saying(visitor, text, client_message_id=""):
    config = visitor.config
    return lambda: services.post_message(
        tenant=visitor.tenant,
        config=config,
        session_id=visitor.session_id,
        message=VisitorMessage(text=text, client_message_id=client_message_id),
        caller=CALLER,
        now=NOW,
    )


def test_one_waits_and_the_third_is_told(acme, slow):
    visitor = VisitorAt(acme)
    results = {}

    def first():
        results["first"] = saying(visitor, "One")()
        connection.close()

    def second():
        results["second"] = saying(visitor, "Two")()
        connection.close()

    one, two = threading.Thread(target=first), threading.Thread(target=second)
    one.start()
    assert slow.asked.acquire(timeout=10)
    two.start()
    until(lambda: Answer.objects.filter(state="waiting").exists())
    with pytest.raises(services.StillAnswering):
        saying(visitor, "Three")()
    slow.may_answer.release()
    slow.may_answer.release()
    one.join(timeout=20)
    two.join(timeout=20)

    assert (results["first"].content, results["second"].content) == ("First", "Second")
    stored = Message.objects.order_by("sequence").values_list("sequence", "content")
    assert list(stored) == [(1, "One"), (2, "Two"), (3, "First"), (4, "Second")]


def test_repeat_while_the_first_runs_gets_its_answer(acme, slow):
    visitor = VisitorAt(acme)
    results = []

    def say():
        results.append(saying(visitor, "One", "m-1")())
        connection.close()

    threads = [threading.Thread(target=say) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert slow.asked.acquire(timeout=10)
    slow.may_answer.release()
    for thread in threads:
        thread.join(timeout=20)

    assert [posted.content for posted in results] == ["First"] * 4
    assert len({posted.message_id for posted in results}) == 1
    assert (slow.calls, Message.objects.count()) == (1, 2)


def test_no_statement_with_a_visitors_words_fails_when_they_arrive_twice(acme, scripted):
    """PostgreSQL would log it, with the words."""
    scripted(*[answer(is_answered=False) for _ in range(8)])
    visitors = [VisitorAt(acme) for _ in range(4)]
    failed = []

    def watched(call):
        def run():
            with connection.execute_wrapper(noting_refusals(failed)):
                return call()

        return run

    calls = [watched(saying(visitor, "Do you sell bees?", "m-1")) for visitor in visitors for _ in range(2)]
    results = together(*calls)

    assert failed == []
    assert len({result.message_id for result in results}) == 4
    assert list(UnansweredQuestion.objects.values_list("text", "times")) == [("Do you sell bees?", 4)]


def test_no_connection_is_held_while_the_model_thinks(acme, slow):
    visitor = VisitorAt(acme)
    name = "caty-thinking"

    def say():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('application_name', %s, false)", [name])
        saying(visitor, "One")()
        connection.close()

    thread = threading.Thread(target=say)
    thread.start()
    assert slow.asked.acquire(timeout=10)
    try:
        # PostgreSQL takes a moment to notice that a connection was closed.
        until(lambda: _connections_named(name) == 0)
    finally:
        slow.may_answer.release()
        thread.join(timeout=20)


def _connections_named(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [name])
        return cursor.fetchone()[0]


def test_identical_leads_at_once_are_one_lead(acme):
    visitor = VisitorAt(acme)
    config = visitor.config

    def submit():
        return services.submit_lead(
            tenant=acme,
            config=config,
            session_id=visitor.session_id,
            form=LeadForm(email="jane@example.com"),
            idempotency_key="k-1",
            caller=CALLER,
            now=NOW,
        )

    answers = together(*[submit] * 4)

    assert len({answer.lead_id for answer in answers}) == 1
    assert Lead.objects.count() == 1


def test_two_tabs_opened_at_once_share_a_session(acme):
    visitor = VisitorAt(acme)
    services.end_session(tenant=acme, session_id=visitor.session_id, now=NOW)
    config = visitor.config

    def start():
        return services.start_session(
            tenant=acme,
            config=config,
            visitor_id=visitor.started.visitor_id,
            page=PageSeen(url="https://acme.example/"),
            browser=Browser(),
            caller=CALLER,
            now=NOW,
        )

    started = together(*[start] * 4)

    assert len({one.session_id for one in started}) == 1
    assert Session.objects.count() == 2


def test_limits_let_exactly_as_many_through(acme):
    acme.messages_per_minute = 5
    acme.config_version += 1
    acme.save()
    visitor = VisitorAt(acme)

    outcomes = together(*[saying(visitor, f"Message {number}") for number in range(12)])

    refused = sum(isinstance(outcome, RateLimited) for outcome in outcomes)
    told_to_wait = sum(isinstance(outcome, services.StillAnswering) for outcome in outcomes)
    assert refused == 7
    assert Message.objects.filter(role="visitor").count() == 5 - told_to_wait


def test_budget_pays_for_exactly_as_many_answers(acme, slow):
    visitors = [VisitorAt(acme) for _ in range(6)]
    calls = [saying(visitor, "How fast do you ship?") for visitor in visitors]
    threads = [threading.Thread(target=together, args=(call,)) for call in calls]
    threads[0].start()
    assert slow.asked.acquire(timeout=10)
    acme.daily_budget_microusd = 3 * Reservation.objects.get().amount_microusd
    acme.save()
    for thread in threads[1:]:
        thread.start()

    # While three are being paid for, the other three get their answers from knowledge.
    until(lambda: Answer.objects.filter(fallback_reason="no_budget").count() == 3)
    for _ in visitors:
        slow.may_answer.release()
    for thread in threads:
        thread.join(timeout=20)

    assert slow.calls == 3
    assert Answer.objects.filter(state="done").count() == 6
    assert set(Spending.objects.values_list("reserved_microusd", flat=True)) == {0}


def test_old_days_are_not_waited_for_while_a_backup_reads_them(acme):
    prepare_partitions(today=NOW.date())
    is_reading, may_end = threading.Event(), threading.Event()

    def back_up():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE widget_pageevent IN ACCESS SHARE MODE")
            is_reading.set()
            may_end.wait(timeout=20)
        connection.close()

    backup = threading.Thread(target=back_up)
    backup.start()
    assert is_reading.wait(timeout=10)
    try:
        with pytest.raises(OperationalError):
            prepare_partitions(today=NOW.date() + timedelta(days=91))
    finally:
        may_end.set()
        backup.join(timeout=20)
    prepare_partitions(today=NOW.date() + timedelta(days=91))
