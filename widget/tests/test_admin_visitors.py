"""A visitor's page: one line of time, and their data for them."""

import json

import pytest

from leads.models import Lead
from widget.admin import timeline
from widget.contracts import PageMetrics, TrackedEvent
from widget.models import Session, Visitor
from widget.tests.conftest import NOW, VisitorAt
from widget.tests.test_privacy import lead_a_life

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(acme):
    """Somebody who looked around, was spoken to, asked, and left an address."""
    visitor = lead_a_life(acme, "ann@people.example")
    later = NOW.replace(minute=20)
    visitor.track(
        TrackedEvent(type="exit_intent"),
        TrackedEvent(type="calculator_used"),
        metrics=PageMetrics(
            page_view_id="two",
            page_url="https://acme.example/pricing?utm_source=x",
            page_title="Our prices",
            time_on_page_ms=64_000,
            scroll_depth=80,
            click_count=3,
        ),
        now=later,
    )
    return visitor


def page_of(visitor) -> str:
    return f"/admin/widget/visitor/{visitor.session.visitor_id}/"


def test_all_that_happened_stands_on_one_line_of_time(cast, acme, visitor):
    page = cast.client_of("viewer", acme).get(page_of(visitor) + "change/").content.decode()

    moments = [
        "Who won the cup in 1974?",
        "Left contact details",
        "Our prices",
        "1 minute 4 seconds · 80 % scrolled · 3 clicks",
    ]
    places = [page.index(words) for words in moments]
    assert places == sorted(places)
    for words in ("Spoken to unasked: Before you go", "Rule “About to leave”", "Was about to leave"):
        assert words in page
    assert "Event “calculator_used”" in page
    assert visitor.session.public_id not in page
    assert visitor.session.visitor.public_id not in page


def test_words_of_visitors_and_pages_are_only_words(cast, acme):
    visitor = VisitorAt(acme)
    visitor.say("<script>alert(1)</script>")
    visitor.track(
        TrackedEvent(type="<b>x</b>"), metrics=PageMetrics(page_view_id="v", page_title="<img src=x onerror=alert(1)>")
    )

    page = cast.client_of("viewer", acme).get(page_of(visitor) + "change/").content.decode()

    for words in ("<script>alert(1)", "<b>x</b>", "<img src=x"):
        assert words not in page


def test_a_long_visit_is_cut_and_says_so(cast, acme, monkeypatch):
    monkeypatch.setattr(timeline, "MOST_ENTRIES", 3)
    visitor = VisitorAt(acme)
    visitor.track(*(TrackedEvent(type=f"step_{n}") for n in range(3)), metrics=PageMetrics(page_view_id="v"))

    page = cast.client_of("viewer", acme).get(page_of(visitor) + "change/").content.decode()

    assert "One later moment is not shown." in page


def test_editors_download_what_is_held(cast, acme, visitor):
    response = cast.client_of("editor", acme).post(page_of(visitor) + "do/export/")

    told = json.loads(b"".join(response.streaming_content))
    assert told["leads"][0]["email"] == "ann@people.example"
    assert response["Content-Disposition"] == f'attachment; filename="{visitor.session.visitor.reference}.json"'


def test_viewers_download_nothing(cast, acme, visitor):
    assert cast.client_of("viewer", acme).post(page_of(visitor) + "do/export/").status_code == 403


def test_owners_are_asked_before_everything_is_erased(cast, acme, visitor):
    client = cast.client_of("owner", acme)

    asked = client.get(page_of(visitor) + "erase/").content.decode()
    assert "It does not delete what has arrived elsewhere" in asked
    assert Visitor.objects.count() == 1
    done = client.post(page_of(visitor) + "erase/", follow=True)

    assert "Erased: the visitor" in done.content.decode()
    assert (Visitor.objects.count(), Session.objects.count(), Lead.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_nobody_but_owners_erases(cast, acme, visitor, role):
    client = cast.client_of(role, acme)

    assert client.get(page_of(visitor) + "erase/").status_code == 403
    assert client.post(page_of(visitor) + "erase/").status_code == 403
    assert Visitor.objects.count() == 1
