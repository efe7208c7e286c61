"""One visitor's data, handed out and erased: all of theirs, and nothing of others."""

import json
from base64 import b64decode
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from leads.models import Delivery, Lead, LeadClaim, ScoreEntry, StaffMail
from tenants.models import Membership, Tenant
from widget import services
from widget.contracts import LeadForm, PageMetrics, TrackedEvent
from widget.models import (
    Answer,
    Attachment,
    Handoff,
    Message,
    Note,
    PageEvent,
    PageView,
    ProactiveShowing,
    Reading,
    Session,
    UnansweredQuestion,
    Visitor,
)
from widget.queries import SessionNotFound
from widget.services import privacy
from widget.tests.colleagues import Colleague
from widget.tests.conftest import CALLER, NOW, VisitorAt
from widget.tests.scripted_model import answer
from widget.tests.test_handoff import webhook  # noqa: F401

pytestmark = pytest.mark.django_db


def leave_details(visitor, email):
    return services.submit_lead(
        tenant=visitor.tenant,
        config=visitor.config,
        session_id=visitor.session_id,
        form=LeadForm(name="Ann Lee", email=email),
        caller=CALLER,
        now=NOW,
    )


def lead_a_life(tenant, email, **start) -> VisitorAt:
    """A visit with a page, an event, a question that nothing answers, and contact details."""
    visitor = VisitorAt(tenant, **start)
    visitor.track(TrackedEvent(type="click", event_id="e-1"), metrics=PageMetrics(page_view_id="v", scroll_depth=40))
    visitor.say("Who won the cup in 1974?")
    leave_details(visitor, email)
    return visitor


def talk_to_a_person(visitor) -> None:
    """Called, taken over, answered with a picture, noted, ended; the visitor found it good and sent a PDF."""
    ann, session = Colleague(visitor.tenant), visitor.session
    services.request_handoff(
        tenant=visitor.tenant, config=visitor.config, session_id=visitor.session_id, caller=CALLER, now=NOW
    )
    ann.take(visitor)
    said = ann.write(visitor, "I am here.")
    ann.note(visitor, "Seems in a hurry.")
    ann.look(visitor, read_sequence=1)
    ann.end(visitor)
    Session.objects.filter(pk=session.pk).update(satisfaction="good")
    kinds = (("a.png", "image/png", True, said), ("b.pdf", "application/pdf", False, None))
    for name, content_type, is_from_staff, message in kinds:
        content = name.encode()
        Attachment.objects.create(
            tenant=visitor.tenant, session=session, message=message, is_from_staff=is_from_staff, name=name,
            content_type=content_type, size=len(content), content=content, created_at=NOW,
        )  # fmt: skip


def reference_of(visitor) -> str:
    return visitor.session.visitor.reference


def everything_of(tenant) -> dict:
    sessions = Session.objects.for_tenant(tenant)
    return {
        "visitors": Visitor.objects.for_tenant(tenant).count(),
        "sessions": sessions.count(),
        "messages": Message.objects.filter(session__in=sessions).count(),
        "answers": Answer.objects.filter(session__in=sessions).count(),
        "events": PageEvent.objects.for_tenant(tenant).count(),
        "views": PageView.objects.for_tenant(tenant).count(),
        "leads": Lead.objects.for_tenant(tenant).count(),
        "scores": ScoreEntry.objects.for_tenant(tenant).count(),
        "deliveries": Delivery.objects.for_tenant(tenant).count(),
        "questions": UnansweredQuestion.objects.for_tenant(tenant).count(),
        "calls": Handoff.objects.for_tenant(tenant).count(),
        "attachments": Attachment.objects.for_tenant(tenant).count(),
        "notes": Note.objects.filter(session__in=sessions).count(),
        "readings": Reading.objects.filter(session__in=sessions).count(),
    }


def test_all_of_a_visitor_is_erased_and_nothing_of_others(acme, rival, webhook):  # noqa: F811
    nothing = everything_of(acme)
    mine = lead_a_life(acme, "ann@people.example")
    theirs = lead_a_life(rival, "ann@people.example", url="https://rival.example/")
    talk_to_a_person(mine)
    talk_to_a_person(theirs)
    before = everything_of(rival)
    assert (before["calls"], before["attachments"], before["notes"], before["readings"]) == (1, 2, 1, 1)

    erased = privacy.erase_visitor(tenant=acme, reference=reference_of(mine))

    assert (erased.conversations, erased.messages, erased.leads) == (1, 4, 1)
    assert everything_of(acme) == nothing
    assert everything_of(rival) == before
    assert theirs.session.message_count == 1


def test_another_visitor_of_the_same_business_keeps_theirs(acme, webhook):  # noqa: F811
    lead_a_life(acme, "bob@people.example")
    before = everything_of(acme)
    mine = lead_a_life(acme, "ann@people.example")

    privacy.erase_visitor(tenant=acme, reference=reference_of(mine))

    assert everything_of(acme) == before | {"questions": 1}
    assert UnansweredQuestion.objects.get().conversation_reference == ""  # both asked it; the last is gone


def test_a_lead_of_somebody_else_loses_only_what_was_said_of_it(acme):
    bob = lead_a_life(acme, "bob@people.example")
    stranger = VisitorAt(acme)
    services.submit_lead(
        tenant=acme,
        config=stranger.config,
        session_id=stranger.session_id,
        form=LeadForm(name="Robert", email="bob@people.example"),
        caller=CALLER,
        now=NOW,
    )
    assert LeadClaim.objects.count() == 1

    erased = privacy.erase_visitor(tenant=acme, reference=reference_of(stranger))

    assert erased.leads == 0
    assert Lead.objects.get().name == "Ann Lee"
    assert not LeadClaim.objects.exists()
    assert bob.session.lead_id == Lead.objects.get().pk


def test_what_colleagues_wrote_noted_and_sent_is_handed_out(acme):
    visitor = lead_a_life(acme, "ann@people.example")
    talk_to_a_person(visitor)

    told = json.loads("".join(privacy.export_visitor(tenant=acme, reference=reference_of(visitor))))

    [conversation] = told["conversations"]
    assert conversation["satisfaction"] == "good"
    assert [(line["author_name"], line["content"]) for line in conversation["messages"] if line["role"] == "staff"] == [
        ("Ann", "I am here.")
    ]
    assert [(note["author_name"], note["text"]) for note in conversation["notes"]] == [("Ann", "Seems in a hurry.")]
    [call] = conversation["calls_for_a_person"]
    assert (call["reason"], call["outcome"]) == ("user_request", "ended")
    assert (call["requested_at"], call["taken_at"], call["first_reply_at"], call["closed_at"]) == (
        "2026-03-02T10:00:00Z",
    ) * 4
    assert [
        (one["conversation"], one["is_from_staff"], one["name"], b64decode(one["content_base64"]))
        for one in told["attachments"]
    ] == [(conversation["reference"], True, "a.png", b"a.png"), (conversation["reference"], False, "b.pdf", b"b.pdf")]
    assert told["attachments"][0]["message"].startswith("msg_")
    assert told["attachments"][1]["message"] is None


def test_what_is_handed_out_is_whole_and_holds_no_credentials(acme):
    visitor = lead_a_life(acme, "ann@people.example")
    session = visitor.session

    text = "".join(privacy.export_visitor(tenant=acme, reference=reference_of(visitor)))

    told = json.loads(text)
    [conversation] = told["conversations"]
    assert told["visitor"]["reference"] == session.visitor.reference
    assert conversation["messages"][0]["content"] == "Who won the cup in 1974?"
    assert [page["scroll_depth"] for page in conversation["pages"]] == [40]
    assert [event["type"] for event in conversation["events"]] == ["click"]
    assert told["leads"][0]["email"] == "ann@people.example"
    assert session.public_id not in text
    assert session.visitor.public_id not in text


def test_a_foreign_or_unknown_visitor_is_not_found(acme, rival):
    theirs = lead_a_life(rival, "ann@people.example", url="https://rival.example/")
    before = everything_of(rival)

    for reference in (reference_of(theirs), "person_unknown", ""):
        with pytest.raises(privacy.VisitorNotFound):
            privacy.erase_visitor(tenant=acme, reference=reference)
        with pytest.raises(privacy.VisitorNotFound):
            privacy.export_visitor(tenant=acme, reference=reference)

    assert everything_of(rival) == before


def test_whoever_is_erased_while_an_answer_is_made_begins_anew(visitor, scripted):
    def erase_meanwhile(prompt):
        privacy.erase_visitor(tenant=visitor.tenant, reference=reference_of(visitor))
        return answer(content="Too late.")

    scripted(erase_meanwhile)

    with pytest.raises(SessionNotFound):
        visitor.say("Hello?")

    assert not Message.objects.exists()
    assert VisitorAt(visitor.tenant).session.message_count == 0


def test_messages_unasked_go_along(acme):
    visitor = VisitorAt(acme)
    visitor.track(
        TrackedEvent(type="exit_intent"), metrics=PageMetrics(time_on_page_ms=60_000), now=NOW.replace(minute=1)
    )
    assert ProactiveShowing.objects.count() == 1

    privacy.erase_visitor(tenant=acme, reference=reference_of(visitor))

    assert not ProactiveShowing.objects.exists()


def test_the_commands_do_the_same(acme):
    visitor = lead_a_life(acme, "ann@people.example")
    reference = reference_of(visitor)
    exported, erased = StringIO(), StringIO()

    call_command("export_visitor", "acme", reference, stdout=exported)
    call_command("erase_visitor", "acme", reference, stdout=erased)

    assert json.loads(exported.getvalue())["leads"][0]["email"] == "ann@people.example"
    assert erased.getvalue() == "Erased 1 conversations with 2 messages, and 1 leads.\n"
    assert not Visitor.objects.for_tenant(acme).exists()
    for command in ("export_visitor", "erase_visitor"):
        with pytest.raises(CommandError, match="no such visitor"):
            call_command(command, "acme", reference)
        with pytest.raises(CommandError, match="no business"):
            call_command(command, "nobody", reference)
    assert Tenant.objects.filter(slug="acme").exists()


def test_a_weekly_mail_that_waits_no_longer_quotes_them(cast, acme):
    visitor = lead_a_life(acme, "ann@people.example")
    owner = Membership.objects.get(user=cast.make_staff(acme, "owner"))
    waiting = StaffMail.objects.create(
        tenant=acme,
        membership=owner,
        kind=StaffMail.Kind.WEEKLY,
        about="2026-03-02",
        contents={"questions": [{"text": "Who won the cup in 1974?"}], "budget": 1},
        created_at=NOW,
        due_at=NOW,
    )

    privacy.erase_visitor(tenant=acme, reference=reference_of(visitor))

    waiting.refresh_from_db()
    assert waiting.contents == {"questions": [], "budget": 1}


def test_a_group_of_questions_goes_on_without_the_one_that_led_it(acme):
    visitor, other = lead_a_life(acme, "ann@people.example"), VisitorAt(acme)
    other.say("Which team won the cup in 1974?")
    head = UnansweredQuestion.objects.get(text="Who won the cup in 1974?")
    UnansweredQuestion.objects.update(group=head)

    privacy.erase_visitor(tenant=acme, reference=reference_of(visitor))

    [left] = UnansweredQuestion.objects.all()
    assert (left.text, left.group_id) == ("Which team won the cup in 1974?", left.pk)
