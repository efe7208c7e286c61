"""Colleagues' words to visitors who have gone: by mail, once each, with a link back."""

from datetime import timedelta

import pytest

from leads.models import VisitorMail
from widget.models import Attachment, Session
from widget.services.reply_mails import mail_unread_replies
from widget.services.resuming import find_by_token
from widget.tests.colleagues import Colleague
from widget.tests.conftest import NOW, VisitorAt
from widget.tests.scripted_model import answer

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ann(acme):
    return Colleague(acme, "Ann")


@pytest.fixture
def zoe(visitor, scripted):
    """A visitor who has left an address and gone."""
    scripted(answer(content="Hello"))
    visitor.say("I am zoe@example.com")
    return visitor


def told() -> list[list[str]]:
    rows = VisitorMail.objects.order_by("pk")
    return [[line["text"] for line in row.contents["lines"]] for row in rows]


def test_what_a_visitor_has_not_read_within_two_minutes_goes_by_mail(zoe, ann):
    ann.take(zoe)
    ann.write(zoe, "Your parcel is here.")

    assert mail_unread_replies(now=NOW + 2 * MINUTE - timedelta(seconds=1)) == 0
    assert mail_unread_replies(now=NOW + 2 * MINUTE) == 1

    row = VisitorMail.objects.get()
    assert (row.kind, row.to_address, row.conversation_reference) == (
        "replies",
        "zoe@example.com",
        zoe.session.reference,
    )
    assert [line["who"] for line in row.contents["lines"]] == ["Ann"]
    assert told() == [["Your parcel is here."]]


def test_the_link_leads_that_visitor_back(zoe, ann, rival):
    ann.take(zoe)
    ann.write(zoe, "Here.")
    mail_unread_replies(now=NOW + 2 * MINUTE)
    page, _mark, token = VisitorMail.objects.get().contents["link"].partition("#caty-resume=")
    assert page.startswith("https://acme.example")
    assert find_by_token(zoe.tenant, token) == zoe.session
    assert find_by_token(rival, token) is None


def test_each_reply_is_mailed_once_and_later_ones_in_a_mail_of_their_own(zoe, ann):
    ann.take(zoe)
    ann.write(zoe, "One.")
    ann.write(zoe, "Two.", now=NOW + MINUTE)
    assert mail_unread_replies(now=NOW + 2 * MINUTE) == 0  # she may go on
    assert mail_unread_replies(now=NOW + 3 * MINUTE) == 1
    assert mail_unread_replies(now=NOW + 3 * MINUTE) == 0
    ann.write(zoe, "Three.", now=NOW + 4 * MINUTE)
    assert mail_unread_replies(now=NOW + 6 * MINUTE) == 1
    assert told() == [["One.", "Two."], ["Three."]]


def test_a_colleague_who_writes_on_and_on_is_mailed_after_ten_minutes(zoe, ann):
    ann.take(zoe)
    for number in range(11):
        ann.write(zoe, f"{number}", now=NOW + number * MINUTE)
    assert mail_unread_replies(now=NOW + 10 * MINUTE) == 1
    assert len(told()[0]) == 11


def test_a_visitor_whose_browser_has_fetched_it_gets_no_mail(zoe, ann):
    ann.take(zoe)
    message = ann.write(zoe, "Here.")
    Session.objects.update(visitor_read_sequence=message.sequence)
    assert mail_unread_replies(now=NOW + 2 * MINUTE) == 0


def test_a_visitor_who_has_written_since_gets_no_mail(zoe, ann):
    ann.take(zoe)
    ann.write(zoe, "Are you there?")
    zoe.say("Yes")
    assert mail_unread_replies(now=NOW + 2 * MINUTE) == 0


def test_nobody_is_written_to_who_left_no_address(visitor, ann, scripted):
    scripted(answer(content="Hello"))
    visitor.say("Hello")
    ann.take(visitor)
    ann.write(visitor, "Here.")
    assert mail_unread_replies(now=NOW + 2 * MINUTE) == 0


def test_what_is_given_back_or_ended_is_mailed_all_the_same(zoe, ann):
    ann.take(zoe)
    ann.write(zoe, "I have found it.")
    ann.end(zoe)
    assert mail_unread_replies(now=NOW + 2 * MINUTE) == 1


def test_what_could_not_be_mailed_for_days_is_left(zoe, ann):
    ann.take(zoe)
    ann.write(zoe, "Here.")
    assert mail_unread_replies(now=NOW + timedelta(days=3)) == 0


def test_what_was_sent_along_is_named(zoe, ann):
    ann.take(zoe)
    file = Attachment.objects.create(
        tenant=zoe.tenant,
        session=zoe.session,
        uploader=ann.membership,
        is_from_staff=True,
        name="invoice.pdf",
        content_type="application/pdf",
        size=1,
        content=b"x",
        created_at=NOW,
    )
    ann.write(zoe, "", attachment_ids=[file.public_id])
    mail_unread_replies(now=NOW + 2 * MINUTE)
    assert told() == [["[invoice.pdf]"]]


def test_conversations_of_a_business_that_is_switched_off_are_left(zoe, ann):
    ann.take(zoe)
    ann.write(zoe, "Here.")
    zoe.tenant.is_active = False
    zoe.tenant.save()
    assert mail_unread_replies(now=NOW + 2 * MINUTE) == 0


def test_each_business_writes_to_its_own_visitors_alone(zoe, ann, rival, scripted):
    scripted(answer(content="Hello"), answer(content="Hello"))
    theirs = VisitorAt(rival)
    theirs.say("I am zoe@example.com")
    ben = Colleague(rival, "Ben")
    for colleague, visitor in ((ann, zoe), (ben, theirs)):
        colleague.take(visitor)
        colleague.write(visitor, f"From {visitor.tenant.name}.")
    assert mail_unread_replies(now=NOW + 2 * MINUTE) == 2
    for row in VisitorMail.objects.select_related("tenant"):
        assert [line["text"] for line in row.contents["lines"]] == [f"From {row.tenant.name}."]
        assert row.contents["business"] == row.tenant.name
