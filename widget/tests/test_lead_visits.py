"""The widget's part of a lead's page: pages seen and conversations."""

import re
from datetime import timedelta

import pytest

from leads.models import Lead, LeadConversation
from widget.admin.visits import time_in_words
from widget.models import PageView
from widget.tests.conftest import NOW


def see(session, number: int, **columns) -> PageView:
    return PageView.objects.create(
        tenant=session.tenant,
        session=session,
        key=f"v{number}",
        **{
            "url": f"https://acme.example/page-{number}?gclid=abc",
            "page_key": "k",
            "title": f"Page {number}",
            "started_at": NOW + timedelta(seconds=number),
            "time_on_page_ms": 134_000,
            **columns,
        },
    )


@pytest.fixture
def session(cast, acme):
    return cast.make_conversation(acme, "acme")


@pytest.fixture
def block(cast, acme, session):
    """What the page is told, and its text."""

    def read() -> tuple[dict, str]:
        response = cast.client_of("viewer", acme).get(f"/admin/leads/lead/{session.lead_id}/change/")
        return response.context["blocks"][0]["facts"], response.content.decode()

    return read


def test_pages_are_shown_in_the_order_they_were_seen_with_the_time_spent(session, block):
    for number in (2, 1):
        see(session, number)
    facts, page = block()
    assert [one["view"].title for one in facts["pages"]] == ["Page 1", "Page 2"]
    assert "2 minutes 14 seconds" in page
    assert "https://acme.example/page-1<" in page
    assert "gclid" not in page


def test_a_very_long_visit_is_cut_and_says_so(session, block):
    for number in range(51):
        see(session, number)
    facts, page = block()
    assert (len(facts["pages"]), facts["has_later_pages"]) == (50, True)
    assert "Later pages of this very long visit are not shown." in page


def test_every_conversation_that_named_the_lead_is_linked(cast, acme, session, block):
    other = cast.make_conversation(acme, "other")
    LeadConversation.objects.create(lead=session.lead, conversation_reference=other.reference)
    see(other, 9)
    facts, page = block()
    found = re.findall(r'/admin/conversations/(conv_\w+)/">[^<]+</a></td><td class="number">1</td><td>([^<]+)', page)
    assert found == [(other.reference, "Named the same address"), (session.reference, "The lead came from it")]
    assert facts["pages"] == []  # a stranger's pages tell nothing of this lead


def test_a_visit_of_another_business_is_not_shown_whatever_names_it(cast, rival, session, block):
    theirs = cast.make_conversation(rival, "rival")
    LeadConversation.objects.create(lead=session.lead, conversation_reference=theirs.reference)
    Lead.objects.filter(pk=session.lead_id).update(conversation_reference=theirs.reference)
    see(theirs, 1, url="https://rival.example/")
    facts, page = block()
    assert (facts["pages"], [one["session"] for one in facts["conversations"]]) == ([], [session])
    assert "rival.example" not in page


def test_a_visit_that_is_no_longer_kept_is_told_in_words(session, block):
    LeadConversation.objects.all().delete()
    Lead.objects.filter(pk=session.lead_id).update(conversation_reference="conv_gone")
    assert "The conversation is no longer kept." in block()[1]


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(0, "0 seconds"), (1_999, "1 second"), (60_000, "1 minute"), (121_000, "2 minutes 1 second")],
)
def test_time_is_told_in_words(milliseconds, words):
    assert time_in_words(milliseconds) == words
