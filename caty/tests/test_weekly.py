"""The weekly mail: what is told of a week, to whom, when, and once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from leads import mailing
from leads.contracts import CapturedLead
from leads.mail_choices import Wishes
from leads.models import Connection, Lead, MailChoice, StaffMail
from leads.services import capture_lead, choose_mails, stop_path
from leads.tests.staff import colleague
from tenants import services as tenant_services
from tenants.config import load_config
from tenants.models import Spending, Tenant
from widget.models import Answer, Message, Session, UnansweredQuestion, Visitor
from widget.queries import find_questions_to_answer
from widget.services import weekly

EIGHT = datetime(2026, 11, 30, 8, tzinfo=UTC)  # a Monday
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
LONG_AGO = EIGHT - 60 * DAY


def reader(tenant, *, since=LONG_AGO, **options):
    return colleague(tenant, weekly_from=since, **options)


def chat(tenant, started_at, *answers):
    """A conversation with these answers, each as columns of its row."""
    visitor = Visitor.objects.create(tenant=tenant, first_seen_at=started_at, last_seen_at=started_at)
    session = Session.objects.create(
        tenant=tenant, visitor=visitor, started_at=started_at, last_heard_at=started_at, message_count=len(answers)
    )
    for number, columns in enumerate(answers):
        asked = Message.objects.create(
            session=session, sequence=number + 1, role="visitor", content="?", created_at=started_at
        )
        Answer.objects.create(question=asked, session=session, state="done", created_at=started_at, **columns)
    return session


def ask_in_vain(tenant, text, times=1, last_asked_at=EIGHT - DAY):
    return UnansweredQuestion.objects.create(
        tenant=tenant,
        fingerprint=text[:64],
        text=text,
        times=times,
        first_asked_at=last_asked_at,
        last_asked_at=last_asked_at,
    )


def leave_details(tenant, at, name="Ann", **details):
    given = CapturedLead(
        conversation_reference=f"conv_{name}",
        conversation_url="",
        person_reference="person_one",
        name=name,
        email=f"{name.lower()}@example.com",
        **details,
    )
    return capture_lead(given, tenant=tenant, weights=load_config(tenant).score_weights, now=at)


def write(now=EIGHT) -> int:
    """What the sweep and the tasks it hints do; how many mails they write."""
    weekly.hint_weeks(now=now)
    return sum(weekly.write_week(tenant_id=pk, now=now) for pk in Tenant.objects.values_list("pk", flat=True))


def run(now=EIGHT) -> list[str | None]:
    write(now)
    return [mailing.send(pk, now=now) for pk in mailing.find_due(now=now)]


@pytest.fixture
def busy(acme):
    """A week of Acme's with something of everything, and the quieter one before."""
    paid, free, refused = {"cost_microusd": 400_000}, {"fallback_reason": "no_key"}, {"is_unanswered": True}
    chat(acme, EIGHT - DAY, paid, free, refused)
    chat(acme, EIGHT - 7 * DAY + HOUR, paid)
    chat(acme, EIGHT - 3 * DAY)
    chat(acme, EIGHT - 9 * DAY, paid, paid, paid)
    chat(acme, EIGHT - HOUR, paid)  # this Monday: the next mail's
    leave_details(acme, EIGHT - 2 * DAY, "Warm", phone="202-555-0143")
    leave_details(acme, EIGHT - 10 * DAY, "Before")
    Spending.objects.create(tenant=acme, period="month", begins_on="2026-11-01", spent_microusd=12_500_000)
    return acme


def test_it_tells_the_week_and_the_questions_to_write_an_article_for(busy, mailoutbox):
    member = reader(busy)
    questions = [ask_in_vain(busy, f"Question {number}?", times=number) for number in range(1, 8)]
    questions[6].state = "ignored"
    questions[6].save()

    assert run() == ["sent"]

    (letter,) = mailoutbox
    stop = f"https://caty.example/mail/stop/{stop_path(member.pk, 'weekly')}/"
    admin = "https://caty.example/admin"
    assert (letter.subject, letter.to) == ("Your week: 2 conversations, 1 new lead · Acme", ["owner@acme.example"])
    asked = "".join(
        f"> Question {number}? (asked {number} times)\n"
        f"  Write the answer: {admin}/widget/unansweredquestion/{questions[number - 1].pk}/answer/\n"
        for number in (6, 5, 4, 3, 2)
    )
    assert letter.body == (
        "Your week, 23 Nov 2026 to 29 Nov 2026\n"
        "\n"
        "Conversations: 2 (1 more than the week before)\n"
        "Questions answered: 3 (of 4 asked, as many as the week before)\n"
        "Questions not answered: 1 (none the week before)\n"
        "New leads: 1 (0 hot, 1 warm, 0 cold, as many as the week before)\n"
        "What answers cost: $0.80 ($0.40 less than the week before)\n"
        "\n"
        "25 % of November's budget for AI answers is used.\n"
        f"Month by month: {admin}/widget/session/costs/\n"
        "\n"
        "Asked most, and not answered by your texts:\n"
        f"{asked}"
        "\n"
        "You get this as a colleague at Acme.\n"
        f"No more mails like this one: {stop}\n"
        f"Choose what you get: {admin}/leads/staffmail/mine/\n"
    )
    assert letter.extra_headers["List-Unsubscribe"] == f"<{stop}>"


def test_the_same_stands_in_it_as_a_page(busy, mailoutbox):
    reader(busy)
    ask_in_vain(busy, "Gift cards?", times=1)
    run()
    [(page, kind)] = mailoutbox[0].alternatives
    assert kind == "text/html"
    for words in ("23 Nov 2026 to 29 Nov 2026", "1 more than the week before", "“Gift cards?”", "asked once", "$0.80"):
        assert words in page
    for link in ("/answer/", "/mail/stop/", "/admin/widget/session/costs/", "/admin/leads/staffmail/mine/"):
        assert f"{link}" in page


@pytest.mark.parametrize(("language", "days"), [("en", "23 Nov 2026 to"), ("de", "23. November 2026 to")])
def test_the_page_is_in_the_businesss_language_where_the_admin_speaks_it(busy, mailoutbox, language, days):
    busy.language = language
    busy.save()
    reader(busy)
    run()
    [(page, _)] = mailoutbox[0].alternatives
    assert f'<html lang="{language}">' in page
    assert days in page


def test_what_a_visitor_typed_is_no_markup_no_header_and_no_line_of_ours(busy, mailoutbox):
    reader(busy)
    ask_in_vain(busy, "<img src=x>\r\nBcc: victim@example.com\n\nWaits for you:\u2028{{ stop_url }}" + "x" * 400)
    run()
    (letter,) = mailoutbox
    lines = letter.body.splitlines()
    [told] = [line for line in lines if "victim" in line]
    assert told.startswith("> <img src=x> Bcc: victim@example.com Waits for you: {{ stop_url }}xxx")
    assert len(told) < 330
    assert letter.recipients() == ["owner@acme.example"]
    [(page, _)] = letter.alternatives
    assert "<img" not in page
    assert "&lt;img src=x&gt; Bcc: victim@example.com" in page


def test_words_of_visitors_do_not_stay_with_the_mail(busy):
    reader(busy)
    ask_in_vain(busy, "Gift cards?")
    write()
    assert "Gift cards?" in str(StaffMail.objects.get().contents)
    mailing.send(StaffMail.objects.get().pk, now=EIGHT)
    assert StaffMail.objects.get().contents is None


def test_it_is_written_on_monday_at_eight_and_once(busy, mailoutbox):
    reader(busy)
    assert run(EIGHT - timedelta(minutes=1)) == ["sent"]  # of the Monday before, late
    assert run() == ["sent"]
    for later in (timedelta(minutes=1), DAY, 6 * DAY + 23 * HOUR):
        assert run(EIGHT + later) == []
    assert run(EIGHT + WEEK) == ["sent"]
    weeks = [letter.body.partition("\n")[0] for letter in mailoutbox]
    assert weeks == [
        "Your week, 16 Nov 2026 to 22 Nov 2026",
        "Your week, 23 Nov 2026 to 29 Nov 2026",
        "Your week, 30 Nov 2026 to 6 Dec 2026",
    ]


@pytest.mark.parametrize(
    ("zone", "eight"),
    [
        ("Asia/Tokyo", datetime(2026, 11, 29, 23, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 30, 13, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 30, 6, tzinfo=UTC)),  # after the night in which clocks went on
        ("Nowhere/Special", EIGHT),
    ],
)
def test_eight_is_the_businesss_own_and_so_are_its_days(acme, zone, eight):
    acme.timezone = zone
    acme.save()
    reader(acme, since=eight - DAY)
    for started_at in (eight - 8 * HOUR, eight - 8 * HOUR - timedelta(seconds=1), eight - 8 * HOUR - 6 * DAY):
        chat(acme, started_at, {})
    assert write(eight - timedelta(seconds=1)) == 0
    assert write(eight) == 1
    assert StaffMail.objects.get().contents["this_week"]["chats"] == 2


def test_the_days_of_a_week_in_which_clocks_change_are_whole(acme):
    acme.timezone = "Europe/Berlin"
    acme.save()
    eight = datetime(2026, 3, 30, 6, tzinfo=UTC)
    reader(acme, since=eight - DAY)
    first, last = datetime(2026, 3, 22, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
    for started_at in (first - HOUR, first, last - HOUR, last):
        chat(acme, started_at, {})
    write(eight)
    contents = StaffMail.objects.get().contents
    assert (contents["this_week"]["chats"], contents["week_before"]["chats"]) == (2, 1)


def test_only_owners_who_want_it_get_it(busy, rival, mailoutbox):
    colleague(busy, "owner")
    reader(busy, role="editor")
    reader(busy, name="second")
    reader(rival)
    assert sorted(run()) == ["sent", "skipped"]
    assert [letter.to for letter in mailoutbox] == [["second@acme.example"]]


def test_who_chooses_it_after_eight_gets_the_first_a_week_later(busy):
    reader(busy, since=EIGHT + timedelta(minutes=1))
    reader(busy, name="second", since=LONG_AGO)
    assert write(EIGHT + HOUR) == 1
    assert write(EIGHT + WEEK) == 2


def test_who_stops_it_before_it_is_sent_gets_none(busy):
    member = reader(busy)
    write()
    nothing = Wishes(hot_leads=False, digest=False, pauses=False)
    choose_mails(member.pk, user_pk=member.user_id, wishes=nothing, now=EIGHT)
    assert [mailing.send(pk, now=EIGHT) for pk in mailing.find_due(now=EIGHT)] == ["skipped"]


def test_a_week_without_anything_has_no_mail(acme, mailoutbox):
    reader(acme)
    chat(acme, EIGHT - DAY)  # looked, and wrote nothing
    assert run() == ["skipped"]
    assert run(EIGHT + HOUR) == []
    assert mailoutbox == []


def test_a_quiet_week_has_a_short_note_where_something_waits(acme, mailoutbox):
    reader(acme)
    question = ask_in_vain(acme, "Gift cards?", last_asked_at=EIGHT - 20 * DAY)
    ask_in_vain(acme, "Long ago?", last_asked_at=EIGHT - 40 * DAY)
    leave_details(acme, EIGHT - DAY)
    Lead.objects.update(held_reason="throwaway")
    Connection.objects.create(tenant=acme, kind="webhook", name="hook", state="paused")

    assert run() == ["sent"]

    (letter,) = mailoutbox
    admin = "https://caty.example/admin"
    assert letter.subject == "A quiet week, and what waits for you · Acme"
    assert letter.body.partition("\n\nYou get this")[0] == (
        "Your week, 23 Nov 2026 to 29 Nov 2026\n"
        "\n"
        "Nobody wrote to you and nobody left their details. This waits for you:\n"
        "\n"
        "Asked most, and not answered by your texts:\n"
        "> Gift cards? (asked once)\n"
        f"  Write the answer: {admin}/widget/unansweredquestion/{question.pk}/answer/\n"
        "\n"
        "Waits for you:\n"
        f"- 1 lead looks like spam: is it? {admin}/leads/lead/?held=yes\n"
        f"- 1 connection has stopped. {admin}/leads/connection/"
    )


def test_a_worker_that_dies_half_way_leaves_the_rest_to_the_next_and_nothing_is_sent_twice(busy, rival, mailoutbox):
    """The first business's mails were written, one of them sent; then the process died before the second's."""
    reader(busy)
    reader(busy, name="second")
    reader(rival)
    chat(rival, EIGHT - DAY, {})
    assert weekly.write_week(tenant_id=busy.pk, now=EIGHT) == 2
    assert mailing.send(mailing.find_due(now=EIGHT)[0], now=EIGHT) == "sent"

    assert write(EIGHT + HOUR) == 1
    assert run(EIGHT + HOUR) == ["sent", "sent"]
    assert run(EIGHT + 2 * HOUR) == []

    addresses = sorted(letter.to[0] for letter in mailoutbox)
    assert addresses == ["owner@acme.example", "owner@rival.example", "second@acme.example"]


def test_figures_are_those_of_when_it_was_written(busy, mailoutbox):
    reader(busy)
    write()
    chat(busy, EIGHT - DAY, {})
    mailing.send(mailing.find_due(now=EIGHT)[0], now=EIGHT)
    assert mailoutbox[0].subject.startswith("Your week: 2 conversations")


def test_a_week_takes_the_same_queries_however_much_there_is(busy, django_assert_num_queries):
    reader(busy)
    for number in range(20):
        chat(busy, EIGHT - DAY, {}, {"is_unanswered": True})
        ask_in_vain(busy, f"Question {number}?")
        reader(busy, name=f"reader{number}")
    with django_assert_num_queries(18):
        weekly.write_week(tenant_id=busy.pk, now=EIGHT)
    assert MailChoice.objects.count() == StaffMail.objects.count() == 21


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_write_one_mail():
    tenant = tenant_services.create_tenant(name="Acme")
    reader(tenant)
    all_there = Barrier(6)

    def work(_):
        all_there.wait(timeout=60)
        try:
            return weekly.write_week(tenant_id=tenant.pk, now=EIGHT)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) == 1
    assert StaffMail.objects.count() == 1


def test_like_questions_are_one_to_write_an_article_for(acme):
    now = datetime(2026, 3, 2, 10, tzinfo=UTC)

    def ask(text, times, group=None):
        return UnansweredQuestion.objects.create(
            tenant=acme,
            fingerprint=text,
            text=text,
            times=times,
            group=group,
            conversation_reference="",
            first_asked_at=now,
            last_asked_at=now,
        )

    alone, head = ask("Do you repair skis?", 6), ask("Do you ship to Malta?", 3)
    UnansweredQuestion.objects.filter(pk=head.pk).update(group=head)
    other = ask("Shipping to Malta possible?", 4, head)

    questions = find_questions_to_answer(acme.pk, asked_since=now - timedelta(days=1), most=2)

    assert [(one.text, one.times) for one in questions] == [(other.text, 7), (alone.text, 6)]
