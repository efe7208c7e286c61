"""What visitors did goes when its time is over; what they said stays."""

from datetime import timedelta

import pytest

from tenants.models import Behavior
from widget import services
from widget.contracts import PageMetrics, TrackedEvent
from widget.models import Message, PageEvent, PageView, Session, Visitor
from widget.services import retention
from widget.services.retention import forget_old_visits, longest_days
from widget.tests.conftest import NOW, VisitorAt

pytestmark = pytest.mark.django_db


def visit(tenant, *, days_ago=0, says="", ends=True):
    visitor = VisitorAt(tenant, now=NOW - timedelta(days=days_ago), url=f"https://{tenant.slug}.example/")
    visitor.track(TrackedEvent(type="click"), metrics=PageMetrics(page_view_id="v", scroll_depth=10))
    if says:
        visitor.say(says)
    if ends:
        services.end_session(tenant=tenant, session_id=visitor.session_id, now=visitor.now)
    return visitor


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (PageEvent, PageView, Session, Visitor))


def test_a_visit_without_a_word_goes_whole_and_a_conversation_keeps_its_words(acme):
    visit(acme, days_ago=91)
    visit(acme, days_ago=91, says="Do you ship?")
    visit(acme, days_ago=89)
    assert counts() == (3, 3, 3, 3)

    forget_old_visits(now=NOW)

    assert counts() == (1, 1, 2, 2)
    assert Message.objects.filter(content="Do you ship?").exists()


def test_each_business_has_its_own_time(acme, rival):
    Behavior.objects.filter(tenant=acme).update(kept_days=7)
    Behavior.objects.filter(tenant=rival).update(kept_days=200)
    visit(acme, days_ago=8)
    visit(rival, days_ago=150)

    forget_old_visits(now=NOW)

    assert set(PageEvent.objects.values_list("tenant__slug", flat=True)) == {"rival"}
    assert set(Visitor.objects.values_list("tenant__slug", flat=True)) == {"rival"}
    assert longest_days() == 200


def test_a_visit_that_goes_on_is_left_alone(acme):
    visit(acme, days_ago=91, ends=False)

    forget_old_visits(now=NOW)

    assert Session.objects.count() == 1


def test_much_goes_in_batches_and_all_of_it(acme, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 10)
    for _ in range(15):
        visit(acme, days_ago=100)

    count = forget_old_visits(now=NOW)

    assert (counts(), count) == ((0, 0, 0, 0), 60)


def test_what_one_run_leaves_the_next_one_takes(acme, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 10)
    monkeypatch.setattr(retention, "MOST_BATCHES", 1)
    for _ in range(3):
        visit(acme, days_ago=100)

    while forget_old_visits(now=NOW):
        pass

    assert counts() == (0, 0, 0, 0)
