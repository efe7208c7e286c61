"""Who is quicker speaks; the other one begins anew, and holds up nobody meanwhile."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from caty.tests.waiting import until, waiting_for_locks
from tenants.services import bump_config
from tenants.services.starting_rules import make_rule
from widget import services
from widget.contracts import PageMetrics, TrackedEvent
from widget.models import Message, PageEvent, ProactiveShowing, Session, Visitor
from widget.services import pages_seen, proactive
from widget.services.speaking import SpokenMeanwhile
from widget.tests.conftest import CALLER, NOW, VisitorAt
from widget.tests.test_rules_at_once import visits_of_one

LATER = NOW + timedelta(seconds=40)


@pytest.fixture
def shop(acme):
    """Acme, with one rule that speaks to everybody once."""
    acme.proactive_rules.all().delete()
    make_rule(acme, [("visits", "at_least", 1)], trigger_type="hello", name="Hello", text="Hello?", once_per="visitor")
    bump_config(acme)
    return acme


class Beside:
    """A use case in a thread with a connection of its own; `ended` gives what it returned."""

    def __init__(self, use_case, **asked):
        self._use_case, self._asked = use_case, asked
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            self._returned = self._use_case(**self._asked)
        except Exception as error:  # noqa: BLE001 - handed to the test
            self._returned = error
        finally:
            connection.close()

    def ended(self):
        self._thread.join(timeout=20)
        return self._returned


def asked_by(visitor, *events):
    return {
        "tenant": visitor.tenant,
        "config": visitor.config,
        "session_id": visitor.session_id,
        "events": events,
        "metrics": PageMetrics(page_url="https://acme.example/prices"),
        "is_chat_open": False,
        "caller": CALLER,
        "now": LATER,
    }


def asked_at_once(visitor):
    return {
        "tenant": visitor.tenant,
        "config": visitor.config,
        "session_id": visitor.session_id,
        "trigger_type": "hello",
        "page_url": "",
        "now": LATER,
    }


@pytest.mark.django_db(transaction=True)
def test_who_finds_another_visit_speaking_waits_and_decides_anew(shop):
    one, other = visits_of_one(shop, 2)
    asked = asked_by(other, TrackedEvent(type="click", event_id="e"))

    with transaction.atomic():
        said = one.track(now=LATER).proactive
        late = Beside(services.track, **asked)
        until(waiting_for_locks)

    assert (said.content, late.ended().proactive) == ("Hello?", None)
    assert (Message.objects.count(), ProactiveShowing.objects.count()) == (1, 1)
    assert list(PageEvent.objects.values_list("event_id", flat=True)) == ["e"]
    assert other.session.event_count == 1
    assert one.session.visitor.spoken_count == 1


@pytest.mark.django_db(transaction=True)
def test_who_finds_another_visit_undone_speaks_after_all(shop):
    one, other = visits_of_one(shop, 2)
    asked = asked_by(other)

    with transaction.atomic():
        one.track(now=LATER)
        late = Beside(services.track, **asked)
        until(waiting_for_locks)
        transaction.set_rollback(True)

    assert late.ended().proactive.content == "Hello?"
    assert ProactiveShowing.objects.get().session == other.session


@pytest.mark.django_db(transaction=True)
def test_proactive_finds_another_visit_speaking_and_says_why_not(shop):
    one, other = visits_of_one(shop, 2)
    asked = asked_at_once(other)

    with transaction.atomic():
        one.track(now=LATER)
        late = Beside(services.get_proactive, **asked)
        until(waiting_for_locks)

    assert (late.ended().message, late.ended().reason) == (None, "already_shown")


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_a_visitor_holds_no_conversation(shop):
    """Whoever erases a visitor or notes a refusal has the visitor and then wants the conversations."""
    visitor = VisitorAt(shop)
    asked = asked_by(visitor)

    with transaction.atomic():
        Visitor.objects.select_for_update().get()
        late = Beside(services.track, **asked)
        until(waiting_for_locks)
        Session.objects.select_for_update(nowait=True).get()
        Visitor.objects.get().delete()

    assert isinstance(late.ended(), services.SessionNotFound)
    assert Message.objects.count() == 0


def test_nothing_is_said_upon_what_has_changed_since_it_was_read(shop):
    one, other = visits_of_one(shop, 2)
    session, config = other.session, other.config
    batch = pages_seen.batch_of(session, (), None)
    met = pages_seen.read_met(session, batch, LATER)
    saying = proactive.find_announcement(session, config, None, proactive.Signals(), met.told, LATER)
    assert one.track(now=LATER).proactive

    with pytest.raises(SpokenMeanwhile), transaction.atomic():
        pages_seen.write(session, batch, new={}, view=None, saying=saying, now=LATER)

    assert Message.objects.get().session == one.session
    assert other.session.last_sequence == 0


def test_a_rule_deleted_since_it_was_read_still_speaks_and_is_not_referred_to(shop):
    visitor, other = VisitorAt(shop), VisitorAt(shop)
    asked, asked_there = asked_by(visitor), asked_at_once(other)
    shop.proactive_rules.all().delete()

    said = services.track(**asked).proactive
    given = services.get_proactive(**asked_there).message

    assert (said.content, given.content) == ("Hello?", "Hello?")
    assert list(ProactiveShowing.objects.values_list("rule", "trigger_type")) == [(None, "hello")] * 2


def test_whom_nobody_speaks_to_is_counted_as_well(shop):
    shop.proactive_rules.update(holdout_percent=50)
    bump_config(shop)
    visitors = [VisitorAt(shop) for _ in range(12)]

    heard = [visitor.track(now=LATER).proactive is not None for visitor in visitors]

    assert set(heard) == {True, False}
    assert [visitor.session.visitor.spoken_count for visitor in visitors] == [1] * 12


def statements(use_case, **asked):
    with CaptureQueriesContext(connection) as made:
        returned = use_case(**asked)
    return returned, [query["sql"] for query in made if "SAVEPOINT" not in query["sql"]]


def test_a_message_takes_no_statement_of_its_own(shop):
    """One locks the conversation, one reads all there is to know, one writes all down."""
    speaking, silent = VisitorAt(shop), VisitorAt(shop)
    silent.track(now=LATER)

    said, with_it = statements(services.track, **asked_by(speaking))
    nothing, without = statements(services.track, **asked_by(silent))

    assert (said.proactive.content, nothing.proactive) == ("Hello?", None)
    assert len(with_it) == len(without) == 3, "\n".join([*with_it, *without])


def test_proactive_says_it_in_one_statement(shop):
    """Besides: the conversation, its page, what this trigger has said before, and what the visitor was told."""
    answer, made = statements(services.get_proactive, **asked_at_once(VisitorAt(shop)))

    assert answer.message.content == "Hello?"
    assert len(made) == 5, "\n".join(made)


def test_a_message_opened_in_the_same_batch_is_heeded_when_it_is_decided(shop):
    """Three that were not heeded are enough; the third has just been."""
    for number in range(3):
        make_rule(shop, [("visits", "at_least", 1)], trigger_type=f"r{number}", name=f"R{number}", text=f"R{number}?")
    shop.behavior.proactive_max_per_session = 10
    shop.behavior.save()
    bump_config(shop)
    visitor = VisitorAt(shop)
    said = [visitor.track(now=LATER + number * timedelta(minutes=1)).proactive for number in range(4)]
    assert [one is None for one in said] == [False, False, False, True]

    opened = TrackedEvent(type="proactive_opened", data=said[2].message_id)
    after = visitor.track(opened, now=LATER + timedelta(minutes=5)).proactive

    assert after.trigger_type == "r2"
