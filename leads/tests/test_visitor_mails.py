"""Mails to visitors: in their language, once, few, and with nothing of theirs in a header."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from leads import services
from leads.contact import ContactInvalid
from leads.contracts import LetterLine, VisitorLetter
from leads.mailing import visitors
from leads.mailing.visitor_words import WORDS, words_in
from leads.models import StaffMail, VisitorMail
from leads.tests.conftest import NOON
from leads.tests.test_mailing import DOWN, broken, mended  # noqa: F401 - fixtures
from tenants.texts import LANGUAGES

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LINK = "https://acme.example/shop#caty-resume=abc"


def letter(**details) -> VisitorLetter:
    lines = (LetterLine(who="Ann", text="Hello,\nyour parcel is here.", at=NOON),)
    told = {"kind": "replies", "to": "zoe@example.com", "language": "en", "about": "conv_1:4", "business": "Acme"}
    return VisitorLetter(**{**told, "lines": lines, "link": LINK, "conversation_reference": "conv_1", **details})


def mail(tenant, now=NOON, **details) -> bool:
    return services.mail_visitor(letter(**details), tenant_id=tenant.pk, now=now)


def send_all(now=NOON) -> list[str | None]:
    return [visitors.send(pk, now=now) for pk in visitors.find_due(now=now)]


def test_a_visitor_reads_what_was_written_and_how_to_go_on(acme, mailoutbox):
    acme.timezone = "Europe/Berlin"
    acme.save()
    assert mail(acme)
    assert send_all() == ["sent"]
    (sent,) = mailoutbox
    row = VisitorMail.objects.get()
    assert (sent.subject, sent.to, sent.reply_to) == ("Acme has replied", ["zoe@example.com"], [])
    assert sent.from_email == "Acme <caty@caty.example>"
    assert sent.extra_headers == {
        "Message-ID": f"<{row.pk}@caty.example>",
        "Auto-Submitted": "auto-generated",
    }
    assert sent.body == (
        "While you were away, Acme wrote to you:\n\n"
        "Ann (28 Jan 2026, 13:00):\n> Hello,\n> your parcel is here.\n\n"
        f"Go on with the conversation (the link is yours alone, for a week):\n{LINK}\n\n"
        "You get this mail because you left your address in a chat with Acme.\n"
    )


def test_the_words_are_gone_once_it_was_sent(acme, mailoutbox):
    mail(acme)
    assert "parcel" in str(VisitorMail.objects.get().contents)
    send_all()
    assert VisitorMail.objects.get().contents is None


def test_every_language_has_all_words_with_their_blanks():
    assert set(WORDS) == set(LANGUAGES)
    for language in LANGUAGES:
        for kind in VisitorMail.Kind.values:
            words = words_in(language, kind)
            assert all(words.values())
            assert all("{business}" in words[key] for key in ("subject", "intro", "why"))
            assert "{" not in words["back"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_is_in_the_visitors_language(acme, mailoutbox, language):
    mail(acme, language=language, kind="transcript")
    send_all()
    page = mailoutbox[0].alternatives[0].content
    assert mailoutbox[0].subject == words_in(language, "transcript")["subject"].replace("{business}", "Acme")
    assert f'lang="{language}" dir="{"rtl" if language in ("ar", "he") else "ltr"}"' in page


def test_another_language_is_told_in_that_of_the_business(acme, mailoutbox):
    acme.language = "de"
    acme.save()
    mail(acme, language="tlh")
    send_all()
    assert mailoutbox[0].subject == "Acme hat geantwortet"


@pytest.mark.parametrize(
    "name", ["Acme\r\nBcc: eve@example.com", 'A" <eve@example.com>, "B', "Müller & Söhne", "x" * 500, "الاسم"]
)
def test_no_name_of_a_business_makes_a_header_of_its_own(acme, mailoutbox, name):
    mail(acme, business=name)
    assert send_all() == ["sent"]
    read = message_from_bytes(mailoutbox[0].message().as_bytes(), policy=policy.default)
    (sender,) = read["From"].addresses
    assert sender.addr_spec == "caty@caty.example"
    assert read["Bcc"] is None
    assert [one.addr_spec for one in read["To"].addresses] == ["zoe@example.com"]


def test_what_was_said_is_text_in_the_page_and_quoted_in_the_plain_part(acme, mailoutbox):
    said = LetterLine(who="<b>Ann</b>", text="<script>alert(1)</script>\nGo on: https://evil.example", at=NOON)
    mail(acme, lines=(said,))
    send_all()
    page = mailoutbox[0].alternatives[0].content
    assert "<script>" not in page
    assert "<b>Ann" not in page
    assert "\n> Go on: https://evil.example\n" in mailoutbox[0].body


@pytest.mark.parametrize("link", ["", "javascript:alert(1)", "https://acme.example/" + "x" * 3000])
def test_a_link_that_leads_nowhere_is_left_out(acme, mailoutbox, link):
    mail(acme, link=link)
    send_all()
    assert "Go on" not in mailoutbox[0].body
    assert "href" not in mailoutbox[0].alternatives[0].content


@pytest.mark.parametrize("to", ["", "zoe", "zoe@example.com, eve@example.com", "zoe@example.com\nBcc: eve@example.com"])
def test_nothing_is_sent_to_what_is_no_address(acme, to):
    with pytest.raises(ContactInvalid):
        mail(acme, to=to)
    assert not VisitorMail.objects.exists()


def test_the_same_is_told_once_a_business(acme, rival):
    assert (mail(acme), mail(acme), mail(rival)) == (True, False, True)
    assert mail(acme, about="conv_1:9")
    assert VisitorMail.objects.count() == 3


def test_at_most_twenty_an_hour_go_to_one_address_and_the_rest_wait(acme, rival, mailoutbox):
    for number in range(22):
        mail(acme, about=str(number), to="Zoe@Example.com" if number % 2 else "zoe@example.com")
    mail(acme, about="other", to="ann@example.com")
    mail(rival)

    send_all()

    assert len(mailoutbox) == 22
    assert VisitorMail.objects.filter(state="pending", due_at=NOON + HOUR).count() == 2
    assert send_all(NOON + HOUR) == ["sent", "sent"]


def test_a_mail_server_that_is_away_is_asked_again(acme, broken, mended, mailoutbox):  # noqa: F811
    mail(acme)
    mail(acme, about="conv_1:9")
    broken(DOWN)
    first, second = visitors.find_due(now=NOON)
    assert visitors.send(first, now=NOON) == "pending"
    assert visitors.send(second, now=NOON) is None  # it rests with the first one
    mended()
    assert send_all(NOON + 2 * MINUTE) == ["sent", "sent"]
    assert VisitorMail.objects.filter(failures=1).count() == 1


def test_a_dead_workers_mail_is_sent_by_another(acme, mailoutbox):
    mail(acme)
    visitors.claim(VisitorMail.objects.get().pk, now=NOON)
    assert send_all(NOON + MINUTE) == []
    assert send_all(NOON + 2 * MINUTE) == ["sent"]
    assert not StaffMail.objects.exists()


def test_a_business_that_is_switched_off_writes_to_nobody(acme, mailoutbox):
    mail(acme)
    acme.is_active = False
    acme.save()
    assert send_all() == []
    assert mailoutbox == []


def test_of_a_long_conversation_the_last_lines_are_sent(acme, mailoutbox):
    lines = tuple(LetterLine(who="Ann", text=f"line {number}", at=NOON) for number in range(250))
    mail(acme, lines=lines)
    send_all()
    assert "> line 49\n" not in mailoutbox[0].body
    assert "> line 50\n" in mailoutbox[0].body
    assert "> line 249\n" in mailoutbox[0].body
