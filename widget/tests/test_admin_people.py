"""What lists, transcripts, the line of time and the home page tell of people who answer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from caty.tests.admin_cast import OPERATOR, client_of
from widget.admin.calls import CallAdmin
from widget.admin.spans import span_in_words
from widget.models import Attachment, Handoff, Message, Note, Session
from widget.tests.calls_cast import call, colleague, conversation

LIST = "/admin/widget/session/"


@pytest.fixture
def talk(acme):
    """Ann took it over, sent a picture, noted something, and it is over."""
    ann, at = colleague(acme, "Ann"), timezone.now() - timedelta(hours=2)
    session = conversation(acme, at, satisfaction="good")
    said = Message.objects.create(
        session=session, sequence=2, role="staff", content="I am here.", created_at=at, author=ann, author_name="Annie"
    )
    Attachment.objects.create(
        tenant=acme, session=session, message=said, is_from_staff=True, name="plan.png", content_type="image/png",
        size=2048, content=b"x", created_at=at,
    )  # fmt: skip
    Note.objects.create(session=session, author_name="Ann Lee", after_sequence=1, text="In a hurry.", created_at=at)
    call(session, taken=60, replied=90, by=ann, outcome="ended", promised_by=at + timedelta(hours=4))
    return session


def page_of(client, url) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def state_of(client) -> str:
    [session] = client.get(LIST).context["cl"].result_list
    shown = client.get(LIST).context["cl"].model_admin.state(session)
    return shown[1] if shown else ""


def test_a_transcript_tells_who_wrote_what_was_sent_and_what_became_of_the_call(acme, talk):
    page = page_of(client_of("viewer", acme), f"{LIST}{talk.pk}/change/")

    for words in ("Annie · Colleague", "I am here.", "plan.png</a> (2.0", "Ann Lee · internal note", "In a hurry."):
        assert words in page
    for words in ("the visitor asked for one", "taken by Ann", "first answered", "Ended", "promised to answer by"):
        assert words in page
    assert "<dt>How it was</dt><dd>Good</dd>" in page
    assert page.index("In a hurry.") < page.index("I am here.")


@pytest.mark.parametrize(("mode", "told"), [("waiting", "Waits for a colleague"), ("person", "A colleague answers")])
def test_who_answers_now_is_told_with_the_way_to_the_inbox(acme, mode, told):
    session = conversation(acme, timezone.now(), is_over=False, mode=mode)
    client = client_of("viewer", acme)

    page = page_of(client, f"{LIST}{session.pk}/change/")

    assert told in page
    assert f'href="/admin/inbox/{session.reference}/"' in page
    assert state_of(client) == told


def test_the_list_tells_who_answered_and_how_it_was(acme, talk):
    assert state_of(client_of("viewer", acme)) == "Answered by Annie · Good"


def test_who_asked_and_was_not_answered_is_told_apart(acme):
    conversation(acme, timezone.now(), handoff_requested_at=timezone.now())
    assert state_of(client_of("viewer", acme)) == "Asked for a person"


@pytest.mark.parametrize(
    ("asked", "count"),
    [("resolved=person", 1), ("resolved=assistant", 1), ("how=good", 1), ("how=bad", 0), ("began=7", 2), ("", 2)],
)
def test_conversations_are_found_by_who_resolved_them_and_how_it_was(acme, talk, asked, count):
    conversation(acme, timezone.now() - timedelta(hours=1))
    page = client_of("viewer", acme).get(f"{LIST}?{asked}")
    assert page.context["cl"].result_count == count


def test_the_line_of_time_tells_of_calls_files_and_opinions(acme, talk):
    page = page_of(client_of("viewer", acme), f"/admin/widget/visitor/{talk.visitor_id}/change/")

    for words in (
        "A person was called",
        "Ann took over",
        "A colleague sent “plan.png”",
        "How it was: Good",
        "Annie: I am",
    ):
        assert words in page


def test_a_call_made_before_calls_were_noted_is_still_told(acme):
    at = timezone.now()
    session = conversation(acme, at, handoff_requested_at=at, handoff_reason="complaint")

    page = page_of(client_of("viewer", acme), f"/admin/widget/visitor/{session.visitor_id}/change/")

    assert "Asked for a person" in page
    assert "the visitor complained" in page


def test_a_call_leads_to_its_conversation_and_tells_how_long_it_took(acme, talk):
    client, made = client_of("viewer", acme), Handoff.objects.get()
    page = page_of(client, "/admin/widget/handoff/")

    for words in ("the visitor asked for one", "1 min", "1 min 30 s", "Ann", "Ended"):
        assert words in page
    assert set(CallAdmin.became.label) == {*Handoff.Outcome.values, "open"}  # one without a colour is shown as stored
    assert client.get(f"/admin/widget/handoff/{made.pk}/change/").url == f"{LIST}{talk.pk}/change/"


def test_the_home_page_tells_who_waits(acme, rival):
    for tenant in (acme, rival):
        conversation(tenant, timezone.now(), is_over=False, mode="waiting")
        conversation(tenant, timezone.now(), is_over=False, mode="person")
    conversation(acme, timezone.now(), mode="waiting")

    assert "1 visitor waits for a person." in page_of(client_of("viewer", acme), "/admin/")
    assert "2 visitors wait for a person." in page_of(client_of(OPERATOR), "/admin/")
    Session.objects.update(mode="assistant")
    assert "for a person." not in page_of(client_of("viewer", acme), "/admin/")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (93600, "1 d 2 h"),
    ],
)
def test_a_span_is_told_as_people_say_it(seconds, words):
    assert span_in_words(timedelta(seconds=seconds)) == words
