"""Sending colleagues their mails: once each, again while the mail server is away, and never a flood."""

import smtplib
from datetime import timedelta
from email import message_from_bytes

import pytest
from celery import current_app
from django.core import mail as django_mail
from kombu import Connection as Broker

from leads import mailing, notifying, services, tasks
from leads.contracts import TranscriptLine
from leads.mailing import claims
from leads.models import Connection, Lead, StaffMail
from leads.tests.conftest import NOON, make_connection, said
from leads.tests.staff import colleague
from leads.tests.test_email import FailingBackend
from leads.tests.test_notifying import HOT_AT_ONCE
from tenants.models import Membership

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
LINE = TranscriptLine(role="visitor", content="I'd like to buy ten.\nNow.", at=NOON)
DOWN = smtplib.SMTPServerDisconnected("gone")
BUSY = smtplib.SMTPDataError(451, b"busy")


def capture_hot(tenant, number=1, now=NOON, **details):
    details = {"email": f"ann{number}@example.com", "name": f"Ann {number}", "transcript": (LINE,), **details}
    lead = said(f"conv_{number}", **details)
    return services.capture_lead(lead, tenant=tenant, weights=HOT_AT_ONCE, now=now)


def send_due(now=NOON) -> list[str | None]:
    return [mailing.send(pk, now=now) for pk in mailing.find_due(now=now)]


def states() -> list[str]:
    return list(StaffMail.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def broken(settings):
    """A mail server that fails in that way."""

    def fail(error):
        settings.EMAIL_BACKEND = "leads.tests.test_email.FailingBackend"
        FailingBackend.error = error

    return fail


@pytest.fixture
def mended(settings):
    def mend():
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    return mend


def test_a_hot_lead_is_told_with_its_score_reasons_messages_and_links(acme, mailoutbox):
    member = colleague(acme)
    capture_hot(acme, phone="+12025550143", company="Lee Ltd")

    assert send_due() == ["sent"]

    (letter,) = mailoutbox
    lead, row = Lead.objects.get(), StaffMail.objects.get()
    assert letter.subject == "Hot lead (100/100) · Acme"
    assert (letter.to, letter.reply_to) == (["owner@acme.example"], ["ann1@example.com"])
    stop = f"https://caty.example/mail/stop/{services.stop_path(member.pk, 'hot')}/"
    assert letter.extra_headers == {
        "Message-ID": f"<{row.pk}@caty.example>",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    assert letter.body == (
        "Name: Ann 1\nE-mail: ann1@example.com\nPhone: +12025550143\nCompany: Lee Ltd\n\n"
        "Score: 100 of 100\n  +80  Left an e-mail address\n  +25  Left a phone number\n\n"
        "Last messages:\n> Visitor: I'd like to buy ten.\n> Now.\n\n"
        f"Lead: https://caty.example/admin/leads/lead/{lead.pk}/change/\n"
        "Conversation: https://caty.example/admin/conversations/conv_1/\n\n"
        "You get this as a colleague at Acme.\n"
        f"No more mails like this one: {stop}\n"
        "Choose what you get: https://caty.example/admin/leads/staffmail/mine/\n"
    )
    assert message_from_bytes(letter.message().as_bytes())["List-Unsubscribe"].strip() == f"<{stop}>"
    assert (row.attempts, row.sent_at is not None, row.lease_until) == (1, True, None)


def test_what_a_visitor_typed_is_no_header_and_no_line_of_ours(acme, mailoutbox):
    colleague(acme)
    evil = "x\r\nBcc: victim@example.com\r\n\r\nLead: https://evil.example"
    line = TranscriptLine(role="visitor", content=evil, at=NOON)
    acme.name = "Acme\r\nBcc: victim@example.com"
    acme.save()
    capture_hot(acme, name=evil.replace("https://", ""), company=evil, custom_fields={evil: evil}, transcript=(line,))
    Lead.objects.update(held_reason="")
    notifying.announce_hot(Lead.objects.get(), now=NOON)

    assert send_due() == ["sent"]

    (letter,) = mailoutbox
    assert letter.recipients() == ["owner@acme.example"]
    parsed = letter.message()
    assert parsed["Bcc"] is None
    assert parsed.get_content_type() == "text/plain"
    lines = letter.body.splitlines()
    own = f"Lead: https://caty.example/admin/leads/lead/{Lead.objects.get().pk}/change/"
    assert [line for line in lines if line.startswith(("Lead:", "Bcc"))] == [own]


def test_each_colleague_gets_a_mail_of_their_own(acme, mailoutbox):
    colleague(acme)
    colleague(acme, "owner", name="other")
    capture_hot(acme)
    assert send_due() == ["sent", "sent"]
    assert send_due(NOON + HOUR) == []
    assert [letter.to for letter in mailoutbox] == [["owner@acme.example"], ["other@acme.example"]]


def test_who_has_stopped_meanwhile_gets_no_mail(acme, mailoutbox):
    member = colleague(acme)
    capture_hot(acme)
    services.stop_mails(services.stop_path(member.pk, "hot"), now=NOON)
    assert send_due() == ["skipped"]
    assert mailoutbox == []


def test_who_has_left_meanwhile_gets_no_mail(acme, mailoutbox):
    colleague(acme)
    capture_hot(acme)
    pk = StaffMail.objects.get().pk
    Membership.objects.all().delete()
    assert mailing.send(pk, now=NOON) is None
    assert mailoutbox == []


def test_a_lead_that_is_held_meanwhile_waits_for_its_release(acme, mailoutbox):
    colleague(acme)
    receipt = capture_hot(acme)
    Lead.objects.update(held_reason="burst")
    assert send_due() == []
    services.release_lead(receipt.lead_pk, tenant=acme, now=NOON)
    assert send_due() == ["sent"]


def test_a_mail_is_claimed_once(acme):
    colleague(acme)
    capture_hot(acme)
    (pk,) = mailing.find_due(now=NOON)
    taken = claims.claim(pk, now=NOON)
    assert (taken.token, claims.claim(pk, now=NOON), mailing.find_due(now=NOON)) == (1, None, [])


def test_a_mail_server_that_is_away_is_asked_again_and_again_and_then_the_mail_is_given_up(acme, broken):
    colleague(acme)
    capture_hot(acme)
    broken(DOWN)
    now = NOON
    for seconds in claims.WAITS:
        assert send_due(now) == ["pending"]
        row = StaffMail.objects.get()
        assert seconds * 0.8 <= (row.due_at - now).total_seconds() <= seconds * 1.2 + 20
        assert send_due(row.due_at - SECOND) == []
        now = row.due_at

    assert send_due(now) == ["dead"]

    row = StaffMail.objects.get()
    assert (row.attempts, row.last_error) == (8, "The mail server can't be reached: SMTPServerDisconnected")
    assert send_due(now + 24 * HOUR) == []


def test_what_failed_once_arrives_when_the_server_is_back(acme, broken, mended, mailoutbox):
    colleague(acme)
    capture_hot(acme)
    broken(DOWN)
    assert send_due() == ["pending"]
    mended()
    assert send_due(NOON + 2 * HOUR) == ["sent"]
    assert len(mailoutbox) == 1


def test_a_server_that_is_away_is_not_asked_by_every_mail_in_turn(acme, broken):
    colleague(acme)
    for number in range(5):
        capture_hot(acme, number)
    broken(DOWN)

    assert send_due() == ["pending", None, None, None, None]

    assert send_due(NOON + 47 * SECOND) == []
    assert len(mailing.find_due(now=NOON + 100 * SECOND)) == 5


def test_a_refusal_of_one_mail_keeps_no_other(acme, broken):
    colleague(acme)
    for number in range(3):
        capture_hot(acme, number)
    broken(BUSY)
    assert send_due() == ["pending"] * 3


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.co": (550, b"no")}), "The mail server refuses these recipients."),
        (smtplib.SMTPDataError(554, b"spam"), "The mail server refused this mail."),
    ],
)
def test_what_the_server_never_takes_is_given_up_at_once_with_the_reason(acme, broken, error, reason):
    colleague(acme)
    capture_hot(acme)
    broken(error)
    assert send_due() == ["dead"]
    assert StaffMail.objects.get().last_error == reason


def test_a_fault_of_ours_counts_as_a_try_that_failed(acme, broken):
    colleague(acme)
    capture_hot(acme)
    broken(ZeroDivisionError())
    assert send_due() == ["pending"]
    row = StaffMail.objects.get()
    assert (row.failures, row.last_error) == (1, "Sending failed by a fault of ours.")


def test_nothing_in_the_logs_names_anybody(acme, broken, mended, caplog):
    colleague(acme)
    capture_hot(acme, name="Ann Lee", company="Lee Ltd")
    for error in (DOWN, smtplib.SMTPRecipientsRefused({"owner@acme.example": (451, b"ann1@example.com")})):
        broken(error)
        send_due(NOON)
        StaffMail.objects.update(due_at=NOON)
    mended()
    send_due(NOON)
    assert "mail.pending mail=" in caplog.text
    assert "mail.sent mail=" in caplog.text
    for secret in ("acme.example", "example.com", "Ann", "Lee", "buy"):
        assert secret not in caplog.text


def test_a_lease_that_ran_out_puts_the_mail_back(acme):
    colleague(acme)
    capture_hot(acme)
    (pk,) = mailing.find_due(now=NOON)
    claims.claim(pk, now=NOON)
    assert mailing.find_due(now=NOON + claims.LEASE - SECOND) == []
    assert mailing.find_due(now=NOON + claims.LEASE) == [pk]
    assert claims.claim(pk, now=NOON + claims.LEASE).token == 2


def test_a_worker_thought_dead_can_not_overwrite_its_successor(acme):
    colleague(acme)
    capture_hot(acme)
    (pk,) = mailing.find_due(now=NOON)
    slow = claims.claim(pk, now=NOON)
    later = NOON + claims.LEASE
    claims.return_expired(now=later)
    quick = claims.claim(pk, now=later)
    assert claims.finish(slow, None, now=later) is None
    assert claims.finish(quick, None, now=later) == "skipped"


def test_what_kills_its_worker_every_time_is_given_up(acme):
    colleague(acme)
    capture_hot(acme)
    pk, now = StaffMail.objects.get().pk, NOON
    for _try in range(8):
        assert claims.claim(pk, now=now)
        now += claims.LEASE
        claims.return_expired(now=now)
    row = StaffMail.objects.get()
    assert (row.state, row.last_error) == ("dead", "The sending was interrupted.")


def test_beyond_twenty_an_hour_hot_leads_come_in_one_mail_at_its_end(acme, mailoutbox):
    member = colleague(acme)
    for number in range(23):
        capture_hot(acme, number)

    assert send_due(NOON) == ["sent"] * 20 + [None] * 3
    assert states().count("gathered") == 3
    assert send_due(NOON + HOUR - SECOND) == []
    assert send_due(NOON + HOUR) == ["sent"]

    assert len(mailoutbox) == 21
    letter = mailoutbox[-1]
    assert letter.subject == "3 more hot leads · Acme"
    assert letter.reply_to == []
    leads = Lead.objects.order_by("pk")[20:]
    told = [f"- {lead.name} · Hot 80 · 28 Jan 2026, 12:00\n  {address_of(lead)}\n" for lead in leads]
    assert letter.body.startswith(
        "There were so many within an hour that these come in one mail.\n\n" + "".join(told) + "\nYou get this"
    )
    assert f"/mail/stop/{services.stop_path(member.pk, 'hot')}/" in letter.extra_headers["List-Unsubscribe"]


def address_of(lead) -> str:
    return f"https://caty.example/admin/leads/lead/{lead.pk}/change/"


def test_the_next_hour_counts_anew(acme, monkeypatch):
    monkeypatch.setattr(claims, "HOT_MAILS_AN_HOUR", 2)
    colleague(acme)
    for number in range(3):
        capture_hot(acme, number)
    send_due(NOON)
    capture_hot(acme, 50, now=NOON + HOUR)
    assert sorted(send_due(NOON + HOUR)) == ["sent", "sent"]
    assert states().count("sent") == 4


def test_the_hour_is_the_persons_over_all_businesses_and_what_is_gathered_is_each_businesss_own(
    acme, rival, mailoutbox, monkeypatch
):
    monkeypatch.setattr(claims, "HOT_MAILS_AN_HOUR", 1)
    both = colleague(acme, "owner", name="both")
    Membership.objects.create(tenant=rival, user=both.user, role="owner")
    other = colleague(acme, "owner", name="other")
    for tenant in (acme, rival):
        capture_hot(tenant, 1)
        capture_hot(tenant, 2)

    send_due(NOON)
    send_due(NOON + HOUR)

    to_both = [letter.subject for letter in mailoutbox if letter.to == [both.user.email]]
    assert to_both == ["Hot lead (80/100) · Acme", "1 more hot lead · Acme", "2 more hot leads · Rival"]
    to_other = [letter.subject for letter in mailoutbox if letter.to == [other.user.email]]
    assert to_other == ["Hot lead (80/100) · Acme", "1 more hot lead · Acme"]


def test_a_lead_that_comes_too_late_for_the_hours_mail_is_in_the_next(acme, monkeypatch):
    monkeypatch.setattr(claims, "HOT_MAILS_AN_HOUR", 1)
    colleague(acme)
    for number in range(3):
        capture_hot(acme, number)
    first, second, late = mailing.find_due(now=NOON)
    mailing.send(first, now=NOON)
    mailing.send(second, now=NOON)
    gathering = StaffMail.objects.get(kind="more")
    claims.claim(gathering.pk, now=NOON + HOUR)

    mailing.send(late, now=NOON + HOUR - SECOND)

    assert StaffMail.objects.get(pk=late).gathered_into.due_at == NOON + 2 * HOUR
    assert StaffMail.objects.get(pk=second).gathered_into == gathering


def test_more_than_fifty_gathered_leads_are_counted(acme, mailoutbox, monkeypatch):
    monkeypatch.setattr(claims, "HOT_MAILS_AN_HOUR", 0)
    colleague(acme)
    for number in range(52):
        capture_hot(acme, number)
    send_due(NOON)
    send_due(NOON + HOUR)
    (letter,) = mailoutbox
    assert letter.subject == "52 more hot leads · Acme"
    assert letter.body.count("\n- Ann") == 50
    assert "\nand 2 more: https://caty.example/admin/leads/lead/?heat=hot\n" in letter.body


def paused(tenant, now=NOON, **columns):
    connection = make_connection(tenant)
    columns = {"state": "paused", "paused_reason": "It does not accept our credentials (answer 401).", **columns}
    Connection.objects.filter(pk=connection.pk).update(**columns)
    notifying.announce_paused(connection.pk, now=now)
    return connection


def test_a_paused_connection_is_told_with_what_to_do(acme, mailoutbox):
    colleague(acme)
    connection = paused(acme)

    assert send_due() == ["sent"]

    (letter,) = mailoutbox
    assert (letter.subject, letter.reply_to) == ("A connection has stopped · Acme", [])
    assert letter.body.startswith(
        "Caty has stopped sending to “webhook”.\n\n"
        "What happened: It does not accept our credentials (answer 401).\n\n"
        "What to do: open the connection, put right what is said there and send a test. Then let it go on sending. "
        "No lead is lost: what was to be sent waits until then.\n\n"
        f"https://caty.example/admin/leads/connection/{connection.pk}/change/\n\n"
    )


def test_a_connection_that_was_switched_off_is_told_too(acme, mailoutbox):
    colleague(acme)
    paused(acme, state="active", is_enabled=False, paused_reason="")
    assert send_due() == ["sent"]
    assert "What happened" not in mailoutbox[0].body


def test_a_connection_that_works_again_is_not_told_any_more(acme, mailoutbox):
    colleague(acme)
    connection = paused(acme)
    services.resume_connection(connection.pk, tenant=acme, now=NOON)
    assert send_due() == ["skipped"]
    assert mailoutbox == []


def test_a_worker_is_hinted_at_after_commit_and_not_one_of_those_for_leads(
    acme, settings, django_capture_on_commit_callbacks
):
    colleague(acme)
    with django_capture_on_commit_callbacks(execute=True):
        capture_hot(acme)
    with Broker(settings.REDIS_URL, transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS) as broker:
        message = broker.SimpleQueue("default").get_nowait()
    assert message.headers["task"] == "leads.mail_staff"


def test_the_sweep_is_no_work_for_the_workers_of_leads_either():
    route = current_app.amqp.router.route({}, "leads.mail_staff_due")
    assert route["queue"].name == "default"
    assert current_app.amqp.router.route({}, "leads.deliver")["queue"].name == "leads"


def test_the_sweep_has_sent_what_was_never_hinted_at(acme, mailoutbox):
    colleague(acme)
    capture_hot(acme)

    tasks.mail_staff_due()
    pk = StaffMail.objects.get().pk
    tasks.mail_staff(mail_id=str(pk), from_a_later_version=True)
    tasks.mail_staff(mail_id=str(pk))

    assert states() == ["sent"]
    assert len(mailoutbox) == 1


def test_a_mail_server_that_is_away_holds_up_no_lead(acme, broken):
    colleague(acme)
    broken(DOWN)
    receipt = capture_hot(acme)
    assert receipt.is_new
    assert django_mail.outbox == []
