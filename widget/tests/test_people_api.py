"""A talk with a person over HTTP: who is there, what is written and attached, how it was, and the ways back."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from leads.models import Delivery, Lead, VisitorMail
from leads.services import connect
from leads.tasks import mail_visitor
from tenants.config import load_config
from tenants.models import Face
from tenants.services import bump_config
from widget.models import Attachment, Message, Session
from widget.services import presence
from widget.services.attachments import upload_by_colleague
from widget.services.resuming import resume_link
from widget.tests import attached
from widget.tests.colleagues import Colleague
from widget.tests.door import Door
from widget.tests.scripted_model import answer


class Talk:
    """A visitor of Acme's who has asked for a person, and Ann."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.door = Door(tenant)
        ids = self.door.post("session", {"page": {"url": "https://acme.example/prices"}}).json()
        self.session_id, self.visitor_id = ids["session_id"], ids["visitor_id"]
        self.ann = Colleague(tenant, "Ann", now=timezone.now())

    @property
    def session(self):
        return Session.objects.get(public_id=self.session_id)

    def call(self):
        self.post("handoff")
        return self

    def meet(self):
        """Ann comes and says hello."""
        self.call().ann.take(self)
        self.ann.write(self, "Hello, I am Ann.")
        return self

    def post(self, name, **body):
        return self.door.post(name, {"session_id": self.session_id, **body})

    def read(self, **body):
        response = self.post("messages", **body)
        assert response.status_code == 200, response.content
        return response.json()

    def upload(self, content=None, name="receipt.png"):
        return self.door.upload(self.session_id, attached.png() if content is None else content, name)

    def token(self):
        return resume_link(self.session, load_config(self.tenant)).partition("#caty-resume=")[2]

    def age(self, **ago):
        """As if the end had been so long ago."""
        session = self.session
        at = session.ended_at - timedelta(**ago)
        Session.objects.filter(pk=session.pk).update(ended_at=at)
        session.handoffs.update(closed_at=at)


@pytest.fixture
def talk(acme):
    return Talk(acme)


def refusal(response):
    return response.status_code, response.json()["code"]


# Who is there.


def test_mode_tells_who_answers(talk):
    assert talk.read()["mode"] == "assistant"
    talk.call()
    assert (talk.read()["mode"], talk.read()["person"]) == ("waiting", None)
    talk.ann.take(talk)
    assert (talk.read()["mode"], talk.read()["person"]) == ("person", {"name": "Ann", "avatar_url": ""})
    talk.ann.hand_back(talk)
    assert (talk.read()["mode"], talk.read()["person"]) == ("assistant", None)


def test_words_of_a_colleague_carry_name_and_face(talk, client):
    Face.objects.create(membership=talk.ann.membership, content=b"ann", content_type="image/webp", digest="0f3c9a")
    talk.meet()

    body = talk.read()

    ann = {"name": "Ann", "avatar_url": "https://caty.example/widget/avatar/0f3c9a"}
    assert (body["messages"][-1]["author"], body["person"]) == (ann, ann)
    picture = client.get("/widget/avatar/0f3c9a")
    assert (picture.content, picture["Content-Type"]) == (b"ann", "image/webp")


def test_name_that_was_read_stays_when_its_bearer_has_gone(talk):
    talk.meet()
    talk.ann.membership.delete()

    assert talk.read()["messages"][-1]["author"] == {"name": "Ann", "avatar_url": ""}


def test_talk_that_a_colleague_has_ended_can_still_be_read(talk):
    talk.meet().ann.end(talk)

    body = talk.read()

    assert (body["mode"], body["person"], body["messages"][-1]["content"]) == ("ended", None, "Hello, I am Ann.")
    assert refusal(talk.post("message", message="Wait!")) == (404, "NOT_FOUND")
    assert refusal(talk.post("typing")) == (404, "NOT_FOUND")


def test_talk_that_ended_half_an_hour_ago_is_over(talk):
    talk.meet().ann.end(talk)
    talk.age(minutes=31)

    assert refusal(talk.post("messages")) == (404, "NOT_FOUND")


def test_conversation_that_the_visitor_ended_is_over(talk):
    talk.post("end")

    assert refusal(talk.post("messages")) == (404, "NOT_FOUND")


# How far the visitor has read.


def test_words_of_a_colleague_count_as_read_when_they_are_fetched(talk):
    talk.meet()
    assert talk.session.visitor_read_sequence == 0

    talk.read(after=1)

    assert talk.session.visitor_read_sequence == talk.session.last_sequence == 2


def test_what_was_fetched_after_the_end_counts_as_read(talk):
    talk.meet().ann.end(talk)

    talk.read()

    assert talk.session.visitor_read_sequence == 2


def test_nothing_is_noted_while_the_assistant_answers_alone(talk):
    talk.post("message", message="Hello?")

    talk.read()

    assert talk.session.visitor_read_sequence == 0


def test_less_than_was_read_before_changes_nothing(talk):
    talk.meet().read()

    talk.read(limit=1)

    assert talk.session.visitor_read_sequence == 2


# Typing.


def test_colleague_who_types_is_told_of_until_they_have_written(talk):
    talk.meet()
    talk.ann.type(talk)
    assert talk.read()["is_typing"] is True

    talk.ann.write(talk, "Here it is.")

    assert talk.read()["is_typing"] is False


def test_visitor_who_types_is_seen_until_they_have_written(talk):
    talk.meet()
    assert talk.post("typing").json() == {"success": True}
    assert presence.is_visitor_typing(talk.session.pk)

    talk.post("message", message="Thanks!")

    assert not presence.is_visitor_typing(talk.session.pk)


def test_nobody_sees_a_visitor_type_to_the_assistant(talk):
    assert talk.post("typing").status_code == 200

    assert not presence.is_visitor_typing(talk.session.pk)


@pytest.mark.parametrize("shown", [{"typing": False}, {"mode": "waiting"}, {"person": "Ben"}, {"person": ""}])
def test_who_waits_for_news_is_told_at_once_of_what_they_do_not_show(talk, shown):
    talk.meet()
    talk.ann.type(talk)

    body = talk.read(after=2, wait=20, **shown)

    assert (body["messages"], body["mode"], body["is_typing"]) == ([], "person", True)


# Files.


def test_file_is_uploaded_sent_with_a_message_and_read_again(talk):
    talk.meet()
    uploaded = talk.upload(name="receipt.png").json()["attachment"]

    answered = talk.post("message", message="", attachment_ids=[uploaded["attachment_id"]])

    told = talk.read()["messages"][-1]
    assert (answered.status_code, answered.json()["response"]["answered_by"]) == (200, "none")
    assert (told["role"], told["content"], told["attachments"]) == ("visitor", "", [uploaded])
    assert (uploaded["name"], uploaded["content_type"]) == ("receipt.png", "image/png")


def test_files_of_a_colleague_are_read_under_their_words(talk):
    talk.meet()
    shown = upload_by_colleague(
        reference=talk.session.reference,
        membership=talk.ann.membership,
        name="Preise für Ännchen.pdf",
        content=attached.pdf(),
        now=timezone.now(),
    )
    talk.ann.write(talk, "Our prices.", attachment_ids=[shown.attachment_id])

    told = talk.read()["messages"][-1]["attachments"]

    assert [(one["name"], one["content_type"], one["url"]) for one in told] == [
        ("Preise für Ännchen.pdf", "application/pdf", shown.url)
    ]


def test_picture_is_shown_and_can_do_nothing_on_our_origin(talk, client):
    talk.meet()
    url = talk.upload().json()["attachment"]["url"]

    response = client.get(url.removeprefix("https://caty.example"))

    assert (response.status_code, response.content) == (200, bytes(Attachment.objects.get().content))
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"] == 'inline; filename="receipt.png"'
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Cache-Control"] == "private, max-age=3600"
    assert "Set-Cookie" not in response


def test_pdf_is_saved_under_its_own_name(talk, client):
    talk.meet()
    url = talk.upload(attached.pdf(), "Preise für Ännchen.pdf").json()["attachment"]["url"]

    response = client.get(url.removeprefix("https://caty.example"))

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''Preise%20f%C3%BCr%20%C3%84nnchen.pdf"


def test_forged_address_of_a_file_is_not_found(client, db):
    response = client.get("/api/widget/attachments/WyJhdHRfIiwxXQ:forged")

    assert refusal(response) == (404, "NOT_FOUND")
    assert client.post("/api/widget/attachments/x").status_code == 405


def test_message_without_words_and_files_is_refused(talk):
    talk.meet()
    before = talk.session.last_sequence

    empty = talk.post("message", message=" ")
    foreign = talk.post("message", message="", attachment_ids=["att_unknown"])

    assert empty.json()["details"] == [{"field": "message", "error": "Must have at least 1 character(s)."}]
    assert refusal(foreign) == (400, "VALIDATION_ERROR")
    assert talk.session.last_sequence == before


def test_file_is_sent_once_and_by_its_own_visitor(talk, acme):
    talk.meet()
    other = Talk2(acme).meet()
    mine = talk.upload().json()["attachment"]["attachment_id"]

    assert refusal(other.post("message", message="", attachment_ids=[mine])) == (400, "VALIDATION_ERROR")
    talk.post("message", message="Mine", attachment_ids=[mine])
    talk.post("message", message="Again", attachment_ids=[mine])

    assert Attachment.objects.get().message.content == "Mine"


class Talk2(Talk):
    """Another visitor, of Ben's."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.door = Door(tenant)
        ids = self.door.post("session", {}).json()
        self.session_id, self.visitor_id = ids["session_id"], ids["visitor_id"]
        self.ann = Colleague(tenant, "Ben", now=timezone.now())


def test_file_that_is_too_large_is_refused_before_it_is_read(talk):
    talk.meet()

    assert refusal(talk.upload(b"x" * (5 * 1024 * 1024 + 20_000))) == (413, "PAYLOAD_TOO_LARGE")
    assert refusal(talk.upload(b"x" * (5 * 1024 * 1024 + 1))) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"no form", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nwords\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="session_id"\r\n\r\n\x00\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
    ids=["no form", "no boundary", "words for a file", "a nul"],
)
def test_what_is_no_form_with_a_file_is_refused(talk, body, content_type):
    assert refusal(talk.door.post("attachment", body, content_type=content_type)) == (400, "VALIDATION_ERROR")


def test_file_as_json_is_no_file(talk):
    assert refusal(talk.post("attachment", file="x")) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_model_and_receivers_learn_the_name_of_a_file_alone(acme, scripted):
    model = scripted(answer(content="One moment."), answer(content="Yes."))
    connect(tenant=acme, kind="webhook", settings={"url": "https://hooks.example/"}, events=["message.received"])
    talk = Talk(acme).call()
    uploaded = talk.upload(name="receipt.png").json()["attachment"]

    talk.post("message", message="Is this right?", attachment_ids=[uploaded["attachment_id"]])
    talk.post("message", message="And now?")

    first, second = model.prompts
    assert "Is this right? [receipt.png]" in str(first)
    assert "Is this right? [receipt.png]" in str(second)
    told = json.loads(Delivery.objects.order_by("pk").first().payload)["data"]["message"]
    assert told == "Is this right? [receipt.png]"
    assert Message.objects.get(content__startswith="Is this").content == "Is this right?"


# How it was.


def test_visitor_is_asked_once_the_person_who_answered_is_done(talk):
    talk.meet()
    assert talk.read()["asks_satisfaction"] is False
    talk.ann.hand_back(talk)
    assert talk.read()["asks_satisfaction"] is True

    assert talk.post("satisfaction", rating="okay").json() == {"success": True}

    assert (talk.read()["asks_satisfaction"], talk.read()["satisfaction"]) == (False, "okay")
    talk.post("satisfaction", rating="good")
    assert talk.session.satisfaction == "good"


def test_nobody_is_asked_about_a_person_who_said_nothing(talk):
    talk.call().ann.take(talk)
    talk.ann.hand_back(talk)

    assert talk.read()["asks_satisfaction"] is False
    assert refusal(talk.post("satisfaction", rating="bad")) == (400, "VALIDATION_ERROR")
    assert talk.session.satisfaction == ""


def test_nobody_is_asked_where_the_business_does_not_want_to_know(talk, acme):
    acme.behavior.satisfaction_enabled = False
    acme.behavior.save()
    bump_config(acme)
    talk.meet().ann.hand_back(talk)

    assert talk.read()["asks_satisfaction"] is False
    assert refusal(talk.post("satisfaction", rating="bad")) == (400, "VALIDATION_ERROR")


def test_it_can_be_told_until_a_week_after_the_end(talk):
    talk.meet().ann.end(talk)
    assert talk.read()["asks_satisfaction"] is True
    talk.age(days=6)
    assert talk.post("satisfaction", rating="bad").status_code == 200

    talk.age(days=2)

    assert refusal(talk.post("satisfaction", rating="good")) == (404, "NOT_FOUND")
    assert talk.session.satisfaction == "bad"


def test_only_three_words_are_taken(talk):
    talk.meet()

    assert talk.post("satisfaction", rating="meh").json()["details"][0]["field"] == "rating"


# The way back.


def test_link_from_a_mail_opens_the_ended_conversation_again(talk):
    talk.meet().ann.end(talk)

    body = talk.door.post("resume", {"token": talk.token()}).json()

    assert (body["session_id"], body["visitor_id"]) == (talk.session_id, talk.visitor_id)
    assert talk.session.ended_at is None
    assert talk.read()["messages"][-1]["content"] == "Hello, I am Ann."
    assert talk.post("message", message="I am back.").status_code == 200


def test_link_opens_a_conversation_that_is_only_idle(talk):
    Session.objects.update(last_heard_at=timezone.now() - timedelta(days=2))
    assert refusal(talk.post("messages")) == (404, "NOT_FOUND")

    talk.door.post("resume", {"token": talk.token()})

    assert talk.post("messages").status_code == 200


def test_link_that_is_forged_or_of_a_week_ago_opens_nothing(talk, monkeypatch):
    token = talk.token()
    talk.post("end")
    ended_at = talk.session.ended_at
    forged = talk.door.post("resume", {"token": token[:-1] + "x"})
    monkeypatch.setattr("django.core.signing.time.time", lambda: timezone.now().timestamp() + 8 * 86_400)
    old = talk.door.post("resume", {"token": token})

    assert refusal(forged) == refusal(old) == (404, "NOT_FOUND")
    assert talk.session.ended_at == ended_at


def test_who_guesses_links_is_stopped(talk):
    for _ in range(20):
        assert refusal(talk.door.post("resume", {"token": "guess"})) == (404, "NOT_FOUND")

    assert refusal(talk.door.post("resume", {"token": talk.token()})) == (429, "RATE_LIMITED")


# By mail.


def test_without_an_address_nothing_can_be_mailed(talk):
    response = talk.post("transcript")

    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert [one["field"] for one in response.json()["details"]] == ["email"]


def test_conversation_goes_to_the_address_of_its_lead_and_makes_no_lead_of_another(talk):
    talk.post("lead", email="jane@customer.example")
    talk.meet()

    assert talk.post("transcript").json() == {"success": True}
    assert talk.post("transcript", email="office@customer.example").json() == {"success": True}

    assert list(Lead.objects.values_list("email", flat=True)) == ["jane@customer.example"]


def test_mail_tells_the_conversation_and_leads_back_into_it(talk, mailoutbox):
    talk.post("lead", email="jane@customer.example")
    talk.meet()
    talk.post("message", message="Can I come on Monday?")
    talk.post("transcript")
    stored = VisitorMail.objects.get()
    assert (stored.kind, stored.conversation_reference) == ("transcript", talk.session.reference)

    mail_visitor(mail_id=str(stored.pk))

    (mail,) = mailoutbox
    assert (mail.to, "Re:" in mail.subject) == (["jane@customer.example"], False)
    for words in ("Ann", "Hello, I am Ann.", "Can I come on Monday?", "https://acme.example/prices#caty-resume="):
        assert words in mail.body
    assert talk.session_id not in mail.body
    stored.refresh_from_db()
    assert (stored.state, stored.contents) == ("sent", None)


def test_three_mails_are_enough_for_a_conversation(talk):
    for _ in range(3):
        assert talk.post("transcript", email="jane@customer.example").status_code == 200

    assert refusal(talk.post("transcript", email="jane@customer.example")) == (429, "RATE_LIMITED")


def test_what_is_no_address_is_refused(talk):
    response = talk.post("transcript", email="jane")

    assert refusal(response) == (400, "VALIDATION_ERROR")
