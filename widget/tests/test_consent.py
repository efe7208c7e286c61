"""What is noted of a visitor who does not want to be tracked: nothing, and nothing of before."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from caty.tests.waiting import until, waiting_for_locks
from tenants.models import ProactiveRule
from tenants.services import bump_config
from widget import services
from widget.contracts import PageMetrics, TrackedEvent, TrackResult
from widget.models import Message, PageEvent, PageView, Session, Visitor
from widget.tests.conftest import NOW, VisitorAt
from widget.tests.door import Door

CLICK = TrackedEvent(type="click", event_id="c-1")
METRICS = PageMetrics(time_on_page_ms=45_000, scroll_depth=75, click_count=3)


def consent(visitor, is_granted, *, now=NOW):
    services.set_tracking_consent(tenant=visitor.tenant, session_id=visitor.session_id, is_granted=is_granted, now=now)


def test_refusal_erases_what_was_noted_in_all_visits(acme):
    earlier = VisitorAt(acme)
    earlier.track(CLICK, metrics=METRICS)
    visitor = VisitorAt(acme, NOW + timedelta(days=1), visitor_id=earlier.started.visitor_id)
    visitor.track(CLICK, metrics=METRICS)

    consent(visitor, False, now=visitor.now)

    assert (PageEvent.objects.count(), PageView.objects.count()) == (0, 0)
    noted = Session.objects.values_list("engagement_score", "page_count", "first_page_url", "page_url", "referrer")
    assert list(noted) == [(0, 0, "", "", "")] * 2


def test_refusal_leaves_conversations_as_they_were(visitor):
    visitor.track(CLICK, metrics=METRICS)
    visitor.say("Do you ship to Malta?", page_url="https://acme.example/shipping")

    consent(visitor, False)

    session = visitor.session
    assert session.messages.count() == 2
    assert (session.first_page_url, session.page_url) == ("https://acme.example/", "https://acme.example/shipping")
    assert (PageEvent.objects.count(), session.engagement_score) == (0, 0)


def test_others_keep_what_was_noted_of_them(acme, rival):
    others = [VisitorAt(acme), VisitorAt(rival)]
    for other in others:
        other.track(CLICK, metrics=METRICS)

    consent(VisitorAt(acme), False)

    assert (PageEvent.objects.count(), PageView.objects.count()) == (2, 2)
    assert {other.session.engagement_score for other in others} == {65}


def test_after_a_refusal_nothing_is_noted_and_nothing_triggers(visitor):
    visitor.tenant.behavior.proactive_delay_ms = 0
    visitor.tenant.behavior.save()
    ProactiveRule.objects.create(tenant=visitor.tenant, trigger_type="hello", name="Hello", text="Hi")
    consent(visitor, False)
    before = Session.objects.values().get()

    result = visitor.track(CLICK, metrics=METRICS)

    assert result == TrackResult(engagement_score=0, proactive=None)
    assert (PageEvent.objects.count(), PageView.objects.count(), Message.objects.count()) == (0, 0, 0)
    assert Session.objects.values().get() == before


def test_next_visit_of_a_visitor_who_refused_notes_no_page(visitor):
    consent(visitor, False)
    later = VisitorAt(visitor.tenant, NOW + timedelta(days=1), visitor_id=visitor.started.visitor_id)

    assert (later.session.first_page_url, later.session.referrer, later.session.page_count) == ("", "", 0)
    later.track(CLICK, metrics=METRICS)
    assert PageEvent.objects.count() == 0


def test_who_agrees_again_is_noted_again(visitor):
    consent(visitor, False)
    consent(visitor, True)

    assert visitor.track(CLICK, metrics=METRICS).engagement_score == 65
    assert (PageEvent.objects.count(), Visitor.objects.get().tracking_refused_at) == (1, None)


def test_session_that_may_not_track_notes_no_page(acme):
    door = Door(acme)
    page = {"url": "https://acme.example/", "title": "Home", "referrer": "https://search.example/"}

    door.post("session", {"page": page, "track": False})

    noted = Session.objects.values("first_page_url", "first_page_title", "referrer", "page_url", "page_count").get()
    assert set(noted.values()) == {"", 0}


def test_session_notes_the_browsers_language(acme):
    Door(acme).post("session", {"language": "pt-BR"})

    assert Session.objects.get().language == "pt-BR"


@pytest.mark.parametrize("granted", [None, "false", 0])
def test_consent_is_true_or_false(acme, granted):
    door = Door(acme)

    response = door.post("consent", {"session_id": door.start(), "granted": granted})

    assert (response.status_code, response.json()["details"][0]["field"]) == (400, "granted")
    assert Visitor.objects.get().tracking_refused_at is None


@pytest.mark.django_db(transaction=True)
def test_event_on_its_way_while_the_visitor_refuses_is_not_kept(acme):
    """The event's transaction has read the visitor, and waits for the session's row, which the refusal holds."""
    visitor, results = VisitorAt(acme), []

    def track():
        results.append(visitor.track(CLICK, metrics=METRICS))
        connection.close()

    thread = threading.Thread(target=track)
    with transaction.atomic():
        consent(visitor, False)
        thread.start()
        until(waiting_for_locks)
    thread.join(timeout=10)

    assert results == [TrackResult(engagement_score=0, proactive=None)]
    assert (PageEvent.objects.count(), PageView.objects.count()) == (0, 0)


def set_tracking(tenant, tracking):
    tenant.behavior.tracking = tracking
    tenant.behavior.save()
    bump_config(tenant)


def send(door, session_id):
    events = [{"type": "click"}]
    answered = door.post("track", {"session_id": session_id, "events": events, "metrics": {"clickCount": 3}})
    return answered.json()["engagement_score"], PageEvent.objects.count(), PageView.objects.count()


def test_where_the_business_notes_nothing_the_server_notes_nothing(acme):
    set_tracking(acme, "off")
    door = Door(acme)
    session_id = door.start(page={"url": "https://acme.example/"}, track=True)
    door.post("consent", {"session_id": session_id, "granted": True})

    assert send(door, session_id) == (0, 0, 0)
    assert Session.objects.values_list("first_page_url", "page_url", "event_count").get() == ("", "", 0)


@pytest.mark.parametrize("told", [{}, {"track": False}])
def test_where_visitors_must_agree_nothing_is_noted_before(acme, told):
    set_tracking(acme, "consent")
    door = Door(acme)
    session_id = door.start(page={"url": "https://acme.example/"}, **told)

    assert send(door, session_id) == (0, 0, 0)
    assert Session.objects.get().first_page_url == ""

    door.post("consent", {"session_id": session_id, "granted": True})
    assert send(door, session_id)[1:] == (1, 1)


def test_session_may_say_that_the_visitor_has_agreed(acme):
    set_tracking(acme, "consent")
    door = Door(acme)
    visitor_id = door.post("session", {}).json()["visitor_id"]

    session_id = door.start(visitor_id=visitor_id, page={"url": "https://acme.example/prices"}, track=True)

    assert Session.objects.get().page_url == "https://acme.example/prices"
    assert send(door, session_id)[1:] == (1, 1)


def test_refusal_stays_where_visitors_are_tracked_unless_they_object(acme):
    door = Door(acme)
    started = door.post("session", {}).json()
    door.post("consent", {"session_id": started["session_id"], "granted": False})

    session_id = door.start(visitor_id=started["visitor_id"], track=True)

    assert send(door, session_id) == (0, 0, 0)
