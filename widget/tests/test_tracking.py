from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from widget import services
from widget.contracts import PageMetrics, TrackedEvent
from widget.models import PageEvent, PageView, Session
from widget.services import pages_seen
from widget.services.partitions import prepare_partitions
from widget.tests.conftest import CALLER, NOW

CONTRACT = PageMetrics(time_on_page_ms=45_000, scroll_depth=75, click_count=3)


def test_the_contracts_request_gives_exactly_65(visitor):
    result = visitor.track(TrackedEvent(type="scroll_depth", data=75), metrics=CONTRACT)

    assert result.engagement_score == 65
    assert visitor.session.engagement_score == 65


def test_event_with_an_id_is_stored_once_however_often_it_is_sent(visitor):
    event = TrackedEvent(type="click", data={"element": "button"}, event_id="e-1", timestamp="whenever")

    visitor.track(event, event)
    visitor.track(event, now=NOW + timedelta(hours=14, minutes=1) - timedelta(hours=14))

    stored = PageEvent.objects.get()
    assert (stored.type, stored.data, stored.client_timestamp) == ("click", {"element": "button"}, "whenever")
    assert stored.received_at == NOW
    assert visitor.session.event_count == 1


def test_events_of_any_type_are_stored(visitor):
    visitor.track(TrackedEvent(type="danced_on_the_page", data=[1, {"steps": None}]))

    stored = PageEvent.objects.get()
    assert (stored.type, stored.data, stored.tenant) == ("danced_on_the_page", [1, {"steps": None}], visitor.tenant)


def test_resend_after_midnight_meets_its_twin(acme):
    from widget.tests.conftest import VisitorAt

    late = VisitorAt(acme, now=NOW.replace(hour=23, minute=55))
    event = TrackedEvent(type="click", event_id="e-1")
    late.track(event)

    late.track(event, now=late.now + timedelta(minutes=10))

    assert PageEvent.objects.count() == 1


def test_events_beyond_the_sessions_limit_are_refused(acme, visitor):
    acme.events_per_session = 3
    acme.config_version += 1
    acme.save()

    visitor.track(*(TrackedEvent(type="click") for _ in range(5)))
    with pytest.raises(services.TooManyEvents):
        visitor.track(TrackedEvent(type="click"))

    assert PageEvent.objects.count() == 3
    assert visitor.track(metrics=CONTRACT).engagement_score == 65


def test_totals_of_a_page_view_only_grow(visitor):
    visitor.track(metrics=CONTRACT)

    result = visitor.track(metrics=PageMetrics(time_on_page_ms=1, scroll_depth=1, click_count=1))

    view = PageView.objects.get()
    assert (view.time_on_page_ms, view.scroll_depth, view.click_count) == (45_000, 75, 3)
    assert result.engagement_score == 65


def test_the_page_the_session_began_on_is_counted_once(visitor):
    visitor.track(metrics=PageMetrics(page_url="https://acme.example/?utm_source=x"))
    assert visitor.session.page_count == 1

    visitor.track(metrics=PageMetrics(page_view_id="two", page_url="https://acme.example/pricing"))
    visitor.track(metrics=PageMetrics(page_view_id="two", page_url="https://acme.example/pricing"))

    assert visitor.session.page_count == 2
    assert visitor.session.page_url == "https://acme.example/pricing"


def test_page_views_of_one_session_are_bounded(visitor):
    visitor.track(metrics=PageMetrics(page_view_id="last", scroll_depth=10))
    Session.objects.update(page_count=500)

    visitor.track(metrics=PageMetrics(page_view_id="one too many", scroll_depth=90))

    view = PageView.objects.get()
    assert (view.key, view.scroll_depth, visitor.session.page_count) == ("last", 10, 500)


def test_several_pages_and_long_engagement_score_once(visitor):
    for page in ("a", "b", "c"):
        visitor.track(metrics=PageMetrics(page_view_id=page, page_url=f"https://acme.example/{page}"))
    visitor.track(metrics=PageMetrics(page_view_id="c", time_on_page_ms=120_000))
    visitor.track(metrics=PageMetrics(page_view_id="c", time_on_page_ms=130_000))

    assert visitor.session.lead_score == 20
    rules = visitor.tenant.score_entries.order_by("rule").values_list("rule", "points")
    assert list(rules) == [("long_engagement", 10), ("several_pages", 10)]


def test_track_without_anything_is_fine(visitor):
    assert visitor.track().engagement_score == 0


def test_a_batch_takes_three_statements_however_large_it_is(visitor):
    """One locks the session, one reads what is known of the batch and was said unasked, one writes it all."""
    visitor.track(TrackedEvent(type="click", event_id="e"), metrics=CONTRACT)

    config, events = visitor.config, tuple(TrackedEvent(type="click", event_id=f"g{n}") for n in range(50))
    with CaptureQueriesContext(connection) as made:
        services.track(
            tenant=visitor.tenant,
            config=config,
            session_id=visitor.session_id,
            events=events,
            metrics=CONTRACT,
            is_chat_open=False,
            caller=CALLER,
            now=NOW,
        )

    statements = [query["sql"] for query in made if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 3, "\n".join(statements)
    assert sum("INSERT INTO widget_pageevent" in sql for sql in statements) == 1
    assert sum("UPDATE widget_session" in sql for sql in statements) == 1
    assert visitor.session.event_count == 51


def test_neither_statement_looks_at_other_days_or_sessions(visitor):
    prepare_partitions(today=NOW.date())
    visitor.track(TrackedEvent(type="click", event_id="e"), metrics=CONTRACT)

    batch = pages_seen.batch_of(visitor.session, [TrackedEvent(type="click", event_id="e")], CONTRACT)
    with CaptureQueriesContext(connection) as made:
        met = pages_seen.read_met(visitor.session, batch, NOW)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {made.captured_queries[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert met.event_ids == {"e"}
    assert plan.count("widget_pageevent_") <= 2  # one partition, and its index


@pytest.mark.django_db
def test_days_are_prepared_ahead_and_dropped_when_old(visitor):
    event = TrackedEvent(type="click", event_id="e-1")
    visitor.track(event)

    prepare_partitions(today=NOW.date())
    prepare_partitions(today=NOW.date())
    visitor.track(event, TrackedEvent(type="click", event_id="e-2"))
    assert PageEvent.objects.count() == 2

    prepare_partitions(today=NOW.date() + timedelta(days=91))
    assert PageEvent.objects.count() == 0
