"""What is attached in a conversation with a person: taken by its content, within bounds, and never as it came."""

from datetime import timedelta

import pytest

from caty.lib.errors import CatyError
from tenants.services import bump_config
from widget.models import Attachment
from widget.queries import SessionNotFound
from widget.services import attachments
from widget.services.attachments import AttachmentNotFound, AttachmentRefused, attachments_of, forget_unsent
from widget.services.live import ConversationNotFound, MayNotAnswer
from widget.tests import attached
from widget.tests.attached import call_person, upload
from widget.tests.colleagues import Colleague
from widget.tests.conftest import NOW, VisitorAt

DAY = timedelta(days=1)


@pytest.fixture
def ann(acme):
    return Colleague(acme, "Ann")


@pytest.fixture
def waiting(visitor):
    """A visitor who has asked for a person."""
    call_person(visitor)
    return visitor


def token_of(shown) -> str:
    return shown.url.rpartition("/")[2]


def test_visitor_who_waits_for_a_person_can_attach_a_picture(waiting):
    shown = upload(waiting, attached.png(), "receipt.png")

    row = Attachment.objects.get()
    assert (shown.attachment_id, shown.name, shown.content_type) == (row.public_id, "receipt.png", "image/png")
    assert shown.size == row.size == len(bytes(row.content))
    assert (row.tenant, row.session, row.message) == (waiting.tenant, waiting.session, None)
    assert (row.is_from_staff, row.uploader, row.created_at) == (False, None, NOW)
    assert shown.url.startswith("https://caty.example/api/widget/attachments/")


def test_what_a_picture_hides_stays_behind_and_it_stands_upright(waiting):
    upload(waiting, attached.jpeg(60), "photo.jpeg")

    content = bytes(Attachment.objects.get().content)
    assert attached.SECRET in attached.jpeg(60)
    assert attached.SECRET not in content
    picture = attached.opened(content)
    assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (30, 60), {})


def test_what_stands_behind_a_picture_is_cut_off(waiting):
    upload(waiting, attached.png())

    content = bytes(Attachment.objects.get().content)
    assert b"script" not in content
    assert attached.SECRET not in content
    assert attached.opened(content).convert("RGBA").getpixel((0, 0)) == (255, 0, 0, 90)


@pytest.mark.parametrize(
    ("content", "name", "kept", "content_type"),
    [
        (attached.webp(), "a.webp", "a.webp", "image/webp"),
        (attached.gif(), "dance.gif", "dance.png", "image/png"),
        (attached.pdf(), "prices.pdf", "prices.pdf", "application/pdf"),
        (attached.png(), "evil.html", "evil.png", "image/png"),
        (attached.pdf(), "../../etc/passwd", "passwd.pdf", "application/pdf"),
        (attached.png(), "C:\\temp\\a\x00\u202egnp.exe", "a gnp.png", "image/png"),
        (attached.png(), "", "file.png", "image/png"),
        (attached.png(), f"{'ü' * 300}.png", f"{'ü' * 116}.png", "image/png"),
    ],
    ids=["webp", "gif", "pdf", "named as a page", "with a path", "with tricks", "without a name", "long"],
)
def test_the_content_decides_what_it_is(waiting, content, name, kept, content_type):
    shown = upload(waiting, content, name)

    assert (shown.name, shown.content_type) == (kept, content_type)


def test_pdf_is_kept_as_it_is(waiting):
    upload(waiting, attached.pdf(), "prices.pdf")

    assert bytes(Attachment.objects.get().content) == attached.pdf()


def test_large_picture_is_made_smaller(waiting):
    upload(waiting, attached.jpeg(6000), "photo.jpg")

    assert attached.opened(bytes(Attachment.objects.get().content)).size == (1024, 2048)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file can't be sent."),
        (b"<html><script>alert(1)</script></html>", "This file can't be sent."),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "This file can't be sent."),
        (attached.png()[:60], "This file can't be sent."),
        (b"%PDF-1.7\nnothing more", "This file can't be sent."),
        (attached.protected_pdf(), "This PDF is protected."),
        (attached.running_pdf(), "This PDF would run a program."),
        (attached.launching_pdf(), "This PDF would run a program."),
        (attached.png((3001, 3000)), "This picture has too many pixels."),
        (b"\xff" * (5 * 1024 * 1024 + 1), "This file is larger than 5 MB."),
    ],
    ids=["empty", "html", "svg", "cut off", "no pdf", "protected", "script", "program", "pixels", "bytes"],
)
def test_anything_else_is_refused_with_a_sentence(waiting, content, sentence):
    with pytest.raises(AttachmentRefused) as refusal:
        upload(waiting, content)

    assert str(refusal.value.message).startswith(sentence)
    assert not Attachment.objects.exists()


def test_nothing_is_taken_while_the_assistant_answers_alone(visitor):
    with pytest.raises(AttachmentRefused):
        upload(visitor)

    assert not Attachment.objects.exists()


def test_nothing_is_taken_where_the_business_wants_none(waiting):
    waiting.tenant.behavior.attachments_enabled = False
    waiting.tenant.behavior.save()
    bump_config(waiting.tenant)

    with pytest.raises(AttachmentRefused):
        upload(waiting)

    assert not Attachment.objects.exists()


def test_ended_or_foreign_conversation_takes_nothing(waiting, rival, ann):
    stranger = VisitorAt(rival)
    stranger.started = waiting.started
    with pytest.raises(SessionNotFound):
        upload(stranger)

    ann.end(waiting)
    with pytest.raises(SessionNotFound):
        upload(waiting)

    assert not Attachment.objects.exists()


def make(waiting, count, size=1, *, at=NOW):
    rows = [
        Attachment(tenant=waiting.tenant, session=waiting.session, name="a.png", size=size, content=b"x", created_at=at)
        for _ in range(count)
    ]
    Attachment.objects.bulk_create(rows)


def test_conversation_takes_twenty_files_of_the_visitor(waiting):
    make(waiting, 19)
    upload(waiting)

    with pytest.raises(AttachmentRefused):
        upload(waiting)

    assert Attachment.objects.count() == 20


def test_business_takes_so_many_bytes_in_thirty_days(waiting):
    make(waiting, 1, size=attachments.MOST_OF_A_TENANT, at=NOW - timedelta(days=30))
    upload(waiting)
    make(waiting, 1, size=attachments.MOST_OF_A_TENANT - 10, at=NOW - timedelta(days=29))

    with pytest.raises(AttachmentRefused):
        upload(waiting)

    assert Attachment.objects.count() == 3


def test_one_address_uploads_forty_files_an_hour(waiting, monkeypatch):
    monkeypatch.setattr(attachments, "UPLOADS_PER_HOUR", 2)
    upload(waiting)
    upload(waiting)

    with pytest.raises(CatyError) as refusal:
        upload(waiting)

    assert (refusal.value.code, Attachment.objects.count()) == ("RATE_LIMITED", 2)


def test_colleague_uploads_and_sends_it_with_a_reply(waiting, ann):
    ann.take(waiting)
    shown = attachments.upload_by_colleague(
        reference=waiting.session.reference, membership=ann.membership, name="plan.pdf", content=attached.pdf(), now=NOW
    )

    message = ann.write(waiting, "", attachment_ids=[shown.attachment_id])

    row = Attachment.objects.get()
    assert (row.is_from_staff, row.uploader, row.message) == (True, ann.membership, message)
    assert attachments_of([message.pk]) == {message.pk: (shown,)}


def test_colleague_of_another_business_or_who_only_looks_uploads_nothing(waiting, rival, acme):
    given = {"reference": waiting.session.reference, "name": "a.png", "content": attached.png(), "now": NOW}

    with pytest.raises(ConversationNotFound):
        attachments.upload_by_colleague(membership=Colleague(rival, "Rob").membership, **given)
    with pytest.raises(MayNotAnswer):
        attachments.upload_by_colleague(membership=Colleague(acme, "Vic", role="viewer").membership, **given)

    assert not Attachment.objects.exists()


def test_messages_without_attachments_are_left_out(waiting, ann):
    ann.take(waiting)
    message = ann.write(waiting, "Hello")

    assert attachments_of([message.pk]) == {}


def test_attachments_of_many_messages_take_one_query(waiting, ann, django_assert_num_queries):
    ann.take(waiting)
    for _ in range(2):
        shown = attachments.upload_by_colleague(
            reference=waiting.session.reference,
            membership=ann.membership,
            name="a.png",
            content=attached.png(),
            now=NOW,
        )
        ann.write(waiting, "Look", attachment_ids=[shown.attachment_id])
    keys = list(waiting.session.messages.values_list("pk", flat=True))

    with django_assert_num_queries(1) as asked:
        assert len(attachments_of(keys)) == 2
    assert '"content"' not in asked[0]["sql"]


def test_address_is_good_for_an_hour_at_least(waiting):
    shown = upload(waiting)

    opened = attachments.open_attachment(token_of(shown), now=attachments.timezone.now() + timedelta(hours=1))

    assert (opened.name, opened.content_type) == ("receipt.png", "image/png")
    assert opened.content == bytes(Attachment.objects.get().content)


def test_old_or_forged_address_opens_nothing(waiting):
    token = token_of(upload(waiting))
    now = attachments.timezone.now()

    for given, at in [(token, now + timedelta(hours=4)), (token[:-1] + "x", now), ("nothing", now), ("", now)]:
        with pytest.raises(AttachmentNotFound):
            attachments.open_attachment(given, now=at)


def test_what_was_not_sent_is_forgotten_after_a_day(waiting, ann):
    ann.take(waiting)
    sent = attachments.upload_by_colleague(
        reference=waiting.session.reference, membership=ann.membership, name="a.png", content=attached.png(), now=NOW
    )
    ann.write(waiting, "Look", attachment_ids=[sent.attachment_id])
    upload(waiting)
    fresh = upload(waiting, now=NOW + timedelta(seconds=1))

    assert forget_unsent(now=NOW + DAY) == 1

    kept = set(Attachment.objects.values_list("public_id", flat=True))
    assert kept == {sent.attachment_id, fresh.attachment_id}
