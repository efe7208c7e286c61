"""Fifty calls at once hear no more than a visitor may."""

import fcntl
import threading

import pytest
from django.db import connection

from tenants.models import Behavior
from tenants.services import bump_config
from tenants.services.starting_rules import make_rule
from widget import services
from widget.contracts import Caller, PageMetrics
from widget.models import Message, ProactiveShowing
from widget.tests.conftest import VisitorAt
from widget.tests.test_rules_properties import LATER, visitor_of

AT_ONCE = 50


def track_together(visitors, *batch):
    """Fifty calls at once, shared among these visits; what each was answered, or the exception."""
    config, answers = visitors[0].config, [None] * AT_ONCE
    gate = threading.Barrier(AT_ONCE)

    def call(number):
        visitor = visitors[number % len(visitors)]
        gate.wait(timeout=30)
        try:
            answers[number] = services.track(
                tenant=visitor.tenant,
                config=config,
                session_id=visitor.session_id,
                events=batch,
                metrics=PageMetrics(page_view_id=f"v{number}", page_url=f"https://acme.example/{number}"),
                is_chat_open=False,
                caller=Caller(address="203.0.113.7"),
                now=LATER,
            ).proactive
        except Exception as error:  # noqa: BLE001 - handed to the test
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


@pytest.fixture
def many_connections(tmp_path_factory):
    """Fifty are half of what the database has: with several workers, these tests wait for one another."""
    with (tmp_path_factory.getbasetemp().parent / "many_connections").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


@pytest.fixture
def talkative(many_connections, transactional_db, acme):
    """Ten rules that may speak at every moment."""
    acme.proactive_rules.all().delete()
    for number in range(10):
        make_rule(acme, [("visits", "at_least", 1)], trigger_type=f"r{number}", name=f"R{number}", text=f"R{number}?")
    Behavior.objects.filter(tenant=acme).update(
        proactive_delay_ms=0, proactive_cooldown_ms=0, proactive_max_per_session=3, proactive_max_per_week=100
    )
    bump_config(acme)
    return acme


def visits_of_one(tenant, number):
    """Visits of one visitor that go on side by side."""
    first = VisitorAt(tenant)
    others = [visitor_of(tenant) for _ in range(number - 1)]
    for other in others:
        tenant.sessions.filter(public_id=other.session_id).update(visitor=first.session.visitor)
    return [first, *others]


def said_in(answers) -> list[str]:
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    return [answer.content for answer in answers if answer]


def test_fifty_calls_at_once_say_no_more_than_a_visit_may_hear(talkative):
    visitor = VisitorAt(talkative)

    said = said_in(track_together([visitor]))

    assert len(said) == len(set(said)) == 3
    assert visitor.session.proactive_count == 3
    assert ProactiveShowing.objects.count() == Message.objects.filter(role="proactive").count() == 3


def test_fifty_calls_in_several_visits_at_once_say_no_more_than_a_week_may_hear(talkative):
    Behavior.objects.filter(tenant=talkative).update(proactive_max_per_session=100, proactive_max_per_week=4)
    bump_config(talkative)

    said = said_in(track_together(visits_of_one(talkative, 5)))

    # Three that nobody heeded are enough, of the four there might be.
    assert 3 <= len(said) <= 4
    assert ProactiveShowing.objects.count() == len(said)


@pytest.mark.parametrize("once_per", ["visitor", "days"])
def test_fifty_calls_in_several_visits_at_once_hear_a_rule_once(talkative, once_per):
    talkative.proactive_rules.exclude(trigger_type="r0").delete()
    talkative.proactive_rules.update(once_per=once_per)
    bump_config(talkative)

    assert said_in(track_together(visits_of_one(talkative, 5))) == ["R0?"]


def test_fifty_calls_at_once_on_fifty_pages_hear_a_rule_once_on_each(talkative):
    talkative.proactive_rules.exclude(trigger_type="r0").delete()
    talkative.proactive_rules.update(once_per="page")
    Behavior.objects.filter(tenant=talkative).update(proactive_max_per_session=100)
    bump_config(talkative)

    said = said_in(track_together([VisitorAt(talkative)]))

    assert len(said) == 3  # on three of them: whom nobody heeds says no more
    assert len(set(ProactiveShowing.objects.values_list("page_key", flat=True))) == 3
