from datetime import timedelta

import pytest

from caty.lib.throttling import RateLimited
from leads.models import Delivery
from tenants.services import bump_config
from widget import services
from widget.contracts import Caller
from widget.models import Session, Visitor
from widget.tests.conftest import NOW, PHONE, VisitorAt


def test_first_visit_makes_visitor_and_session_with_greeting(visitor):
    started = visitor.started

    assert started.is_new
    assert started.greeting.content == "Hi! How can I help you today?"
    assert started.greeting.timestamp == NOW
    session = visitor.session
    assert (session.visit_number, session.page_count, session.referrer) == (1, 1, "https://search.example/")


def test_known_visitor_gets_the_running_session_back(visitor):
    visitor.now += timedelta(minutes=29)

    again = visitor.start(visitor_id=visitor.started.visitor_id)

    assert (again.session_id, again.is_new) == (visitor.session_id, False)
    assert visitor.session.last_heard_at == visitor.now


def test_visitor_whose_conversation_ended_begins_another(visitor):
    services.end_session(tenant=visitor.tenant, session_id=visitor.session_id, now=NOW)

    again = visitor.start(visitor_id=visitor.started.visitor_id)

    assert again.is_new
    assert again.visitor_id == visitor.started.visitor_id
    assert visitor.tenant.sessions.get(public_id=again.session_id).visit_number == 2


def test_after_thirty_quiet_minutes_a_new_session_begins(visitor):
    visitor.now += timedelta(minutes=30)

    again = visitor.start(visitor_id=visitor.started.visitor_id)

    assert again.session_id != visitor.session_id
    assert again.visitor_id == visitor.started.visitor_id
    assert Session.objects.get(public_id=again.session_id).visit_number == 2


@pytest.mark.parametrize("visitor_id", ["", "vis_unknown", "vis_" + "2" * 22, "x" * 5000, "vis_\x00"])
def test_unknown_visitor_id_makes_a_new_visitor(visitor, visitor_id):
    again = visitor.start(visitor_id=visitor_id)

    assert again.visitor_id not in (visitor.started.visitor_id, visitor_id)
    assert Visitor.objects.count() == 2


def test_rivals_visitor_id_makes_a_new_visitor_here(visitor, rival):
    at_rival = VisitorAt(rival)

    again = visitor.start(visitor_id=at_rival.started.visitor_id)

    assert again.visitor_id != at_rival.started.visitor_id
    assert rival.sessions.count() == 1


def test_greeting_is_none_where_it_is_switched_off(acme):
    acme.behavior.greeting_enabled = False
    acme.behavior.save()

    assert VisitorAt(acme).started.greeting is None


def test_new_sessions_are_limited_by_address_and_running_ones_are_free(acme, visitor):
    acme.sessions_per_hour = 2
    acme.save()
    bump_config(acme)
    visitor.start()
    visitor.start(visitor_id=visitor.started.visitor_id)

    with pytest.raises(RateLimited) as refused:
        visitor.start()

    assert refused.value.retry_after > 0
    assert Session.objects.count() == 2
    assert visitor.start(caller=Caller(address="203.0.113.8")).is_new


def test_phone_is_recognised(acme):
    assert VisitorAt(acme, user_agent=PHONE).session.is_mobile


def test_ended_session_is_not_found(visitor):
    services.end_session(tenant=visitor.tenant, session_id=visitor.session_id, now=NOW)

    with pytest.raises(services.SessionNotFound):
        services.end_session(tenant=visitor.tenant, session_id=visitor.session_id, now=NOW)
    with pytest.raises(services.SessionNotFound):
        visitor.say("Hello")


def test_idle_sessions_are_ended_and_others_left(visitor, acme):
    later = NOW + timedelta(minutes=30)
    fresh = VisitorAt(acme, now=later)

    assert services.end_idle_sessions(now=later) == 1

    assert visitor.session.ended_at == later
    assert fresh.session.ended_at is None
    assert Delivery.objects.count() == 0


def test_conversations_are_ended_in_portions_and_silent_visits_at_once(acme):
    for _ in range(2):
        VisitorAt(acme)
        VisitorAt(acme).say("Hello")
    later = NOW + timedelta(minutes=31)

    ended = [services.end_idle_sessions(now=later, limit=1) for _ in range(3)]

    assert ended == [3, 1, 0]
