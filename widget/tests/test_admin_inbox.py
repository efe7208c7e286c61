"""The inbox, as colleagues use it: lists, a conversation, news, and what they do there."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.models import CannedReply
from widget import services
from widget.models import Answer, Attachment, Handoff, Note, Reading, Session
from widget.services import presence
from widget.tests.attached import png
from widget.tests.colleagues import Colleague
from widget.tests.conftest import CALLER, VisitorAt

LIST = "/admin/inbox/"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def visitor(acme, now):
    return VisitorAt(acme, now=now)


class Desk:
    """A colleague at their browser."""

    def __init__(self, tenant, name="Ann", role="editor", now=None):
        self.colleague = Colleague(tenant, name, role, now or timezone.now())
        self.client = Client()
        self.client.force_login(self.colleague.membership.user)

    def page(self, visitor=None, **query) -> str:
        address = LIST if visitor is None else f"{LIST}{visitor.session.reference}/"
        response = self.client.get(address, query)
        assert response.status_code == 200
        return response.content.decode()

    def news(self, visitor=None, **query) -> dict:
        opened = {"open": visitor.session.reference} if visitor else {}
        response = self.client.get(f"{LIST}news", {**opened, **query})
        assert response.status_code == 200
        return response.json()

    def do(self, visitor, action, **sent):
        return self.client.post(f"{LIST}{visitor.session.reference}/{action}", sent)


@pytest.fixture
def ann(acme):
    return Desk(acme)


@pytest.fixture
def ben(acme):
    return Desk(acme, "Ben")


def call_person(visitor, **more):
    services.request_handoff(
        tenant=visitor.tenant,
        config=visitor.config,
        session_id=visitor.session_id,
        caller=CALLER,
        now=visitor.now,
        **more,
    )


def lines(visitor) -> list[tuple[str, str]]:
    return list(visitor.session.messages.order_by("sequence").values_list("role", "content"))


def counts(news) -> str:
    """The numbers of the three tabs."""
    numbers = news["tabs"]["html"].split('<span class="count">')[1:]
    return " ".join(one.partition("<")[0] for one in numbers)


def test_empty_inbox_says_what_to_do(ann):
    assert "Nobody waits for a person." in ann.page()
    assert "You answer nobody at the moment." in ann.page(tab="mine")
    assert "Nobody is chatting now." in ann.page(tab="all")


def test_who_asks_for_a_person_is_in_the_list_with_words_and_count(ann, visitor):
    visitor.say("Do you deliver to Malta?")
    call_person(visitor)

    page = ann.page()

    assert "Do you deliver to Malta?" in page
    assert "Waits for a colleague" in page
    assert "1 new" in page
    assert counts(ann.news()) == "1 0 1"


def test_conversation_moves_from_waiting_to_mine_and_back_to_all(ann, visitor):
    visitor.say("Hello, is somebody there?")
    call_person(visitor)

    ann.do(visitor, "take")
    assert counts(ann.news()) == "0 1 1"
    assert "You answer" in ann.page(tab="mine")

    ann.do(visitor, "hand_back")
    assert counts(ann.news()) == "0 0 1"

    ann.do(visitor, "end")
    assert counts(ann.news()) == "0 0 0"


def test_visitor_who_only_looks_is_in_no_list(ann, visitor):
    assert counts(ann.news()) == "0 0 0"


def test_who_waits_longest_comes_first(acme, ann, now):
    first, second = VisitorAt(acme, now=now - timedelta(minutes=3)), VisitorAt(acme, now=now)
    for one in (second, first):
        call_person(one)

    rows = ann.news()["rows"]["html"]

    assert rows.index(first.session.reference) < rows.index(second.session.reference)


def test_conversation_whose_colleague_has_gone_waits_for_others(ann, ben, visitor, now):
    ben.colleague.take(visitor, now=now - timedelta(minutes=16))

    assert counts(ann.news()) == "1 0 1"
    assert counts(ben.news()) == "1 0 1"


def test_more_conversations_than_a_page_has_are_paged(acme, ann, now, monkeypatch):
    monkeypatch.setattr("widget.services.inbox.PAGE", 2)
    monkeypatch.setattr("widget.admin.inbox_parts.PAGE", 2)
    for _ in range(3):
        call_person(VisitorAt(acme, now=now))

    first, second = ann.news()["rows"]["html"], ann.news(page=2)["rows"]["html"]

    assert (first.count("data-ref"), second.count("data-ref")) == (2, 1)
    assert "Further" in first
    assert "Newer" in second
    assert counts(ann.news()) == "3 0 3"


def test_lead_is_named_and_a_hot_one_is_marked(ann, visitor):
    visitor.say("Call me: mia@example.org")
    session = visitor.session
    session.lead.name, session.lead.band = "Mia Moor", "hot"
    session.lead.save()

    rows = ann.news(tab="all")["rows"]["html"]

    assert "Mia Moor" in rows
    assert "Hot" in rows


def test_what_visitors_write_is_text_and_never_markup(ann, visitor):
    visitor.say("<script>alert(1)</script>")
    page, told = ann.page(visitor, tab="all"), ann.news(visitor, tab="all")

    assert "<script>alert(1)" not in page + told["rows"]["html"] + told["lines"]
    assert "&lt;script&gt;alert(1)" in told["lines"]


def test_transcript_tells_roles_apart_in_words(ann, visitor):
    visitor.say("Hello?")
    ann.do(visitor, "take")
    ann.do(visitor, "reply", text="Ann here.")
    ann.do(visitor, "note", text="Sounds nice.")

    told = ann.news(visitor)["lines"]

    for words in ("Visitor", "Answered from your articles", "Colleague · Ann", "Internal note · Ann"):
        assert words in told
    assert told.index("Ann here.") < told.index("Sounds nice.")


def test_news_bring_the_half_that_is_asked_for(ann, visitor):
    visitor.say("Hello?")

    everything = set(ann.news(visitor))
    listed, opened = set(ann.news(visitor, what="inbox")), set(ann.news(visitor, what="conversation"))

    assert listed == {"tabs", "rows", "attention"}
    assert {"head", "lines", "typing"} <= opened
    assert listed | opened == everything
    assert not listed & opened


def test_news_bring_only_what_is_new(ann, visitor):
    visitor.say("One?")
    before = ann.news(visitor)
    visitor.say("Two?")

    told = ann.news(
        visitor,
        after=before["last"],
        note=before["last_note"],
        **{name: before[name]["mark"] for name in ("tabs", "head")},
        rows="old",
    )

    assert "Two?" in told["lines"]
    assert "One?" not in told["lines"]
    assert (told["last"], told["tabs"], told["head"]) == (
        4,
        {"mark": before["tabs"]["mark"]},
        {"mark": before["head"]["mark"]},
    )
    assert set(told["rows"]) == {"html", "mark"}


def test_news_of_nonsense_are_news(ann, visitor):
    for query in ({"after": "x", "note": "-1", "page": "²"}, {"page": "9" * 30, "tab": "'"}, {"open": "conv_x"}):
        assert counts(ann.news(**query)) == "0 0 0"


def test_news_take_as_many_queries_for_many_conversations_as_for_one(
    acme, ann, ben, visitor, now, django_assert_max_num_queries
):
    visitor.say("Hello?")
    ben.colleague.look(visitor)
    for _ in range(5):
        other = VisitorAt(acme, now=now)
        call_person(other)
        ann.colleague.take(other)
        other.say("Hello?")

    opened = visitor.session.reference
    for tab in ("waiting", "mine", "all"):
        with django_assert_max_num_queries(13):
            ann.news(open=opened, tab=tab)


def test_page_takes_as_many_queries_for_many_lines_as_for_few(ann, visitor, django_assert_max_num_queries):
    for number in range(4):
        visitor.say(f"Question {number}?")

    with django_assert_max_num_queries(30):
        ann.page(visitor)


def test_take_over_of_what_a_colleague_has_is_refused_with_their_name_and_may_be_insisted_on(ann, ben, visitor):
    ben.do(visitor, "take")

    refused = ann.do(visitor, "take")

    assert (refused.status_code, refused.json()["code"], refused.json()["owner"]) == (409, "TAKEN", "Ben")
    assert visitor.session.owner == ben.colleague.membership
    assert "Take over from Ben" in ann.page(visitor)

    assert ann.do(visitor, "insist").json() == {"ok": True}
    assert visitor.session.owner == ann.colleague.membership


def test_reply_is_said_to_the_visitor_and_a_repeat_is_stored_once(ann, visitor):
    ann.do(visitor, "take")

    first = ann.do(visitor, "reply", text="Hello.\r\nI am Ann.", client_id="a-1")
    again = ann.do(visitor, "reply", text="Hello.\r\nI am Ann.", client_id="a-1")

    assert (first.status_code, first.json()) == (200, again.json())
    assert lines(visitor) == [("staff", "Hello.\nI am Ann.")]


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001, "a\x00b"])
def test_reply_that_can_not_be_sent_is_refused_in_words(ann, visitor, text):
    ann.do(visitor, "take")

    refused = ann.do(visitor, "reply", text=text)

    assert (refused.status_code, refused.json()["code"]) == (400, "VALIDATION_ERROR")
    assert refused.json()["error"]
    assert lines(visitor) == []


def test_nobody_replies_who_has_not_taken_over(ann, visitor):
    refused = ann.do(visitor, "reply", text="Hello.")

    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_YOURS")
    assert lines(visitor) == []


def test_conversation_is_given_to_a_colleague(ann, ben, visitor):
    ann.do(visitor, "take")

    assert ann.do(visitor, "assign", to=ben.colleague.membership.pk).status_code == 200
    assert visitor.session.owner == ben.colleague.membership


def test_conversation_is_given_to_nobody_who_does_not_answer(acme, rival, ann, visitor):
    viewer, stranger = Colleague(acme, "Vic", role="viewer"), Colleague(rival, "Mallory")
    ann.do(visitor, "take")

    assert ann.do(visitor, "assign", to=viewer.membership.pk).status_code == 403
    for nobody in (stranger.membership.pk, 10**9, "x", ""):
        assert ann.do(visitor, "assign", to=nobody).status_code == 404
    assert visitor.session.owner == ann.colleague.membership


def test_who_has_it_before_them_is_told_to_others_and_has_read_it(ann, ben, visitor):
    visitor.say("Hello?")
    ann.do(visitor, "present", read=2)

    assert ben.news(visitor)["looking"] == "Also here: Ann"
    assert ann.news(visitor)["looking"] == ""
    assert Reading.objects.get().sequence == 2
    assert "1 new" not in ann.page(tab="all")
    assert "1 new" in ben.page(tab="all")

    ann.do(visitor, "left")
    assert ben.news(visitor)["looking"] == ""


def test_typing_is_told_both_ways(ann, ben, visitor):
    ann.do(visitor, "take")
    ann.do(visitor, "typing")
    assert presence.is_colleague_typing(visitor.session.pk)
    assert ben.news(visitor)["typing"] == "A colleague is writing…"
    assert ann.news(visitor)["typing"] == ""

    presence.note_typing(visitor.session.pk, presence.VISITOR)
    assert ann.news(visitor)["typing"] == "The visitor is writing…"


def test_why_a_person_is_wanted_is_told(ann, visitor):
    call_person(visitor, reason="complaint")

    assert "the visitor complained" in ann.news(visitor)["head"]["html"]


def test_answer_that_came_too_late_is_suggested(ann, visitor):
    ann.do(visitor, "take")
    visitor.say("What do bees cost?")
    Answer.objects.update(state="skipped", draft="Twelve pounds.")

    page = ann.client.get(f"{LIST}{visitor.session.reference}/suggestion").content.decode()

    assert "Twelve pounds." in page
    assert "Put it into my answer" in page
    ann.do(visitor, "reply", text="Twelve.")
    page = ann.client.get(f"{LIST}{visitor.session.reference}/suggestion").content.decode()
    assert "Twelve pounds." not in page


def test_ready_answers_of_the_business_are_at_hand(acme, rival, ann, visitor):
    CannedReply.objects.create(tenant=acme, name="hours", text="We open at nine.")
    CannedReply.objects.create(tenant=rival, name="secret", text="Rival opens at eight.")

    page = ann.page(visitor)

    assert "We open at nine." in page
    assert "Rival opens" not in page


def test_picture_goes_along_with_a_reply_and_is_shown_to_colleagues(ann, ben, visitor):
    ann.do(visitor, "take")
    file = SimpleUploadedFile("bees.png", png(), "image/png")

    kept = ann.do(visitor, "upload", file=file).json()
    ann.do(visitor, "reply", text="Look:", attachment=kept["attachment_id"])

    told = ben.news(visitor)["lines"]
    assert kept["name"] == "bees.png"
    assert 'alt="bees.png"' in told
    assert "/api/widget/attachments/" in told


def test_file_that_is_none_of_those_taken_is_refused_in_words(ann, visitor):
    ann.do(visitor, "take")

    for sent in ({"file": SimpleUploadedFile("bees.png", b"<script>")}, {"file": "text"}, {}):
        refused = ann.do(visitor, "upload", **sent)
        assert (refused.status_code, refused.json()["code"]) == (400, "VALIDATION_ERROR")
    assert not Attachment.objects.exists()


def test_viewer_reads_without_buttons_and_is_told_why(acme, visitor):
    viewer = Desk(acme, "Vic", role="viewer")
    visitor.say("Hello?")

    page = viewer.page(visitor)

    assert "You may read along." in page
    assert "data-act=" not in page
    for action in ("take", "insist", "hand_back", "end", "assign", "reply", "note"):
        refused = viewer.do(visitor, action, text="Hello.", to=viewer.colleague.membership.pk)
        assert (refused.status_code, refused.json()["code"]) == (403, "NOT_ALLOWED")
    assert visitor.session.mode == "assistant"
    assert not Note.objects.exists()
    assert viewer.do(visitor, "present", read=1).status_code == 200


def test_operator_without_membership_reads_and_is_told_how_to_answer(visitor):
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    visitor.say("Hello?")
    address = f"{LIST}{visitor.session.reference}/"

    page = client.get(address).content.decode()

    assert "add yourself to it under" in page
    assert "data-act=" not in page
    refused = client.post(f"{address}take")
    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_ALLOWED")
    assert visitor.session.mode == "assistant"


def test_operator_with_a_membership_answers(acme, visitor):
    desk = Desk(acme, "Op", role="owner")
    User.objects.update(is_superuser=True)

    desk.do(visitor, "take")

    assert visitor.session.owner == desk.colleague.membership
    assert counts(desk.news()) == "0 1 1"


def test_one_who_works_for_two_businesses_acts_for_each_as_what_they_are_there(acme, rival, visitor, now):
    desk = Desk(acme, "Ann", role="editor")
    desk.client.force_login(desk.colleague.membership.user)
    rival.memberships.create(user=desk.colleague.membership.user, role="viewer")
    theirs = VisitorAt(rival, now=now, url="https://rival.example/")
    for one in (visitor, theirs):
        one.say("Hello?")

    rows = desk.news(tab="all")["rows"]["html"]

    assert "Acme" in rows
    assert "Rival" in rows
    assert desk.do(visitor, "take").status_code == 200
    assert desk.do(theirs, "take").status_code == 403
    assert theirs.session.mode == "assistant"


def test_action_that_is_none_is_not_found(ann, visitor):
    assert ann.do(visitor, "dance").status_code == 404
    assert ann.client.get(f"{LIST}{visitor.session.reference}/take").status_code == 405
    assert ann.client.get(f"{LIST}conv_x/").status_code == 404
    assert ann.client.post(f"{LIST}conv_%00/take").status_code == 404
    assert visitor.session.mode == "assistant"


def test_form_of_another_site_does_nothing(ann, visitor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann.colleague.membership.user)

    assert client.post(f"{LIST}{visitor.session.reference}/take").status_code == 403
    assert visitor.session.mode == "assistant"


def test_sidebar_tells_how_many_wait(ann, ben, visitor, acme, now):
    call_person(visitor)
    ben.colleague.take(other := VisitorAt(acme, now=now))
    other.say("Hello?")

    assert ann.news()["attention"] == 1
    assert ben.news()["attention"] == 2
    home = ann.client.get(reverse("admin:index")).content.decode()
    assert 'href="/admin/inbox/"' in home


def test_transcript_leads_to_the_inbox_while_it_goes_on(ann, visitor):
    address = reverse("admin:conversation", args=[visitor.session.reference])
    link = f'href="/admin/inbox/{visitor.session.reference}/"'

    assert link in ann.client.get(address).content.decode()
    ann.do(visitor, "end")
    assert link not in ann.client.get(address).content.decode()
    assert Session.objects.get().ended_at
    assert not Handoff.objects.filter(closed_at=None).exists()
