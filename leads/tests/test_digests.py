"""The daily digest: at eight in the business's own time, once a day, of what came since the last one."""

from datetime import UTC, datetime, timedelta

import pytest

from leads import mailing, services
from leads.mail_choices import Wishes
from leads.mailing import claims
from leads.models import Delivery, Lead, StaffMail
from leads.tests.conftest import capture, make_connection, said
from leads.tests.staff import colleague
from leads.tests.test_email import FailingBackend

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
EIGHT = datetime(2026, 1, 28, 8, 0, tzinfo=UTC)
LONG_AGO = EIGHT - 30 * DAY


def run(now) -> list[str | None]:
    """One sweep, and what workers do of it."""
    return [mailing.send(pk, now=now) for pk in mailing.find_due(now=now)]


def reader(tenant, *, since=LONG_AGO, **options):
    return colleague(tenant, digest_from=since, **options)


def lead_at(tenant, moment, name="Ann", **details):
    details.setdefault("email", f"{name.lower()}@example.com")
    return capture(tenant, said(f"conv_{name}", name=name, **details), now=moment)


def days() -> list[tuple[str, str]]:
    return list(StaffMail.objects.order_by("covers_until", "pk").values_list("about", "state"))


def test_it_is_sent_at_eight_and_once(acme, mailoutbox):
    reader(acme)
    lead_at(acme, EIGHT - 5 * MINUTE)

    assert run(EIGHT - MINUTE) == []
    assert run(EIGHT) == ["sent"]
    for minutes in (1, 60, 12 * 60):
        assert run(EIGHT + minutes * MINUTE) == []

    assert days() == [("2026-01-28", "sent")]
    assert len(mailoutbox) == 1


def test_it_tells_new_leads_what_did_not_arrive_and_what_is_held(acme, mailoutbox):
    member = reader(acme)
    connection = make_connection(acme)
    warm = lead_at(acme, EIGHT - 60 * MINUTE, "Warm", phone="202-555-0143", company="Lee Ltd")
    cold = lead_at(acme, EIGHT - 30 * MINUTE, "Cold")
    junk = lead_at(acme, EIGHT - 20 * MINUTE, "Junk", email="x@mailinator.com")
    dead = Delivery.objects.get(lead=cold.lead_pk)
    Delivery.objects.filter(pk=dead.pk).update(state="dead", last_error="It refused this one (answer 422).")

    assert run(EIGHT) == ["sent"]

    (letter,) = mailoutbox
    stop = f"https://caty.example/mail/stop/{services.stop_path(member.pk, 'digest')}/"
    assert (letter.subject, letter.to, letter.reply_to) == ("2 new leads · Acme", ["owner@acme.example"], [])
    assert letter.extra_headers["List-Unsubscribe"] == f"<{stop}>"
    admin = "https://caty.example/admin/leads"
    assert letter.body == (
        "New leads: 2\n"
        f"- Warm, Lee Ltd · Warm 45 · 28 Jan 2026, 07:00\n  {admin}/lead/{warm.lead_pk}/change/\n"
        f"- Cold · Cold 20 · 28 Jan 2026, 07:30\n  {admin}/lead/{cold.lead_pk}/change/\n"
        "\n"
        "Did not arrive: 1\n"
        f"- Cold → webhook: It refused this one (answer 422).\n  {admin}/delivery/{dead.pk}/change/\n"
        "\n"
        "Held until you say whether they are real: 1\n"
        f"- Junk: A throw-away e-mail address\n  {admin}/lead/{junk.lead_pk}/change/\n"
        "\n"
        "You get this as a colleague at Acme.\n"
        f"No more mails like this one: {stop}\n"
        f"Choose what you get: {admin}/staffmail/mine/\n"
    )
    assert connection.name == "webhook"


def test_a_day_without_news_has_no_mail(acme, mailoutbox):
    reader(acme)
    assert run(EIGHT) == ["skipped"]
    assert mailoutbox == []
    assert run(EIGHT + MINUTE) == []


def test_what_has_been_told_is_no_news_however_long_it_waits(acme, mailoutbox):
    reader(acme)
    make_connection(acme)
    lead_at(acme, EIGHT - 30 * MINUTE)
    lead_at(acme, EIGHT - 20 * MINUTE, "Junk", email="x@mailinator.com")
    Delivery.objects.filter(lead__name="Ann").update(state="dead")
    assert run(EIGHT) == ["sent"]

    assert run(EIGHT + DAY) == ["skipped"]

    lead_at(acme, EIGHT + DAY + MINUTE, "Bob")
    assert run(EIGHT + 2 * DAY) == ["sent"]
    assert mailoutbox[1].subject == "1 new lead · Acme"
    assert "- Ann · " not in mailoutbox[1].body
    assert "Did not arrive: 1\n- Ann → " in mailoutbox[1].body
    assert "- Junk: " in mailoutbox[1].body


def test_what_is_held_is_news_by_itself(acme, mailoutbox):
    reader(acme)
    lead_at(acme, EIGHT - MINUTE, "Junk", email="x@mailinator.com")
    assert run(EIGHT) == ["sent"]
    assert mailoutbox[0].subject == "Leads that wait for you · Acme"
    assert "New leads" not in mailoutbox[0].body


def test_every_lead_is_told_once(acme, mailoutbox):
    reader(acme)
    moments = [EIGHT - DAY + MINUTE, EIGHT - MINUTE, EIGHT, EIGHT + MINUTE, EIGHT + DAY, EIGHT + DAY + MINUTE]
    for number, moment in enumerate(moments):
        lead_at(acme, moment, f"Lead{number}")
    for day in range(4):
        run(EIGHT + day * DAY + 3 * MINUTE)
    told = [[number for number in range(6) if f"- Lead{number} " in letter.body] for letter in mailoutbox]
    assert told == [[0, 1, 2], [3, 4], [5]]


@pytest.mark.parametrize(
    ("zone", "now", "day"),
    [
        ("Asia/Tokyo", datetime(2026, 1, 27, 23, 0, tzinfo=UTC), "2026-01-28"),
        ("America/New_York", datetime(2026, 1, 28, 13, 0, tzinfo=UTC), "2026-01-28"),
        ("Pacific/Auckland", datetime(2026, 1, 27, 19, 0, tzinfo=UTC), "2026-01-28"),
        ("Europe/Berlin", datetime(2026, 3, 29, 6, 0, tzinfo=UTC), "2026-03-29"),  # the night in which clocks went on
        ("Nowhere/Special", EIGHT, "2026-01-28"),
    ],
)
def test_eight_is_the_businesss_own(acme, zone, now, day):
    acme.timezone = zone
    acme.save()
    reader(acme)
    lead_at(acme, now - MINUTE)
    assert run(now - MINUTE) == []
    assert run(now) == ["sent"]
    assert days() == [(day, "sent")]


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "28 Jan 2026, 08:55"), ("de", "28. Januar 2026 08:55"), ("fr", "28 Jan 2026, 08:55")],
)
def test_the_mail_has_the_businesss_time_and_its_language_where_the_admin_speaks_it(acme, mailoutbox, language, shown):
    acme.timezone, acme.language = "Europe/Berlin", language
    acme.save()
    reader(acme)
    lead_at(acme, EIGHT - 5 * MINUTE)
    run(EIGHT + DAY - 60 * MINUTE)
    assert f" · {shown}\n" in mailoutbox[0].body


def test_a_sweep_that_comes_late_sends_it_all_the_same(acme):
    reader(acme)
    lead_at(acme, EIGHT - MINUTE)
    assert run(EIGHT + 15 * 60 * MINUTE) == ["sent"]
    assert StaffMail.objects.get().covers_until == EIGHT


def test_who_chooses_it_after_eight_gets_the_first_the_next_day(acme):
    reader(acme, since=EIGHT + MINUTE)
    lead_at(acme, EIGHT - MINUTE)
    lead_at(acme, EIGHT + 2 * MINUTE, "Bob")
    assert run(EIGHT + 3 * MINUTE) == []
    assert run(EIGHT + DAY) == ["sent"]


def test_only_who_wants_it_gets_it(acme, rival, mailoutbox):
    colleague(acme, "owner")
    colleague(acme, "editor", hot_leads=True)
    reader(acme, role="viewer")
    reader(rival)
    lead_at(acme, EIGHT - MINUTE)
    assert sorted(run(EIGHT)) == ["sent", "skipped"]
    assert [letter.to for letter in mailoutbox] == [["viewer@acme.example"]]


def test_who_stops_it_between_two_tries_gets_no_more(acme, settings):
    member = reader(acme)
    lead_at(acme, EIGHT - MINUTE)
    settings.EMAIL_BACKEND = "leads.tests.test_email.FailingBackend"
    FailingBackend.error = ConnectionRefusedError()
    assert run(EIGHT) == ["pending"]
    nothing = Wishes(hot_leads=False, digest=False, pauses=False)
    services.choose_mails(member.pk, user_pk=member.user_id, wishes=nothing, now=EIGHT)
    assert run(EIGHT + 60 * MINUTE) == ["skipped"]


def test_a_digest_that_could_not_be_sent_is_told_in_the_next(acme, settings, mailoutbox):
    reader(acme)
    lead_at(acme, EIGHT - MINUTE, "Ann")
    settings.EMAIL_BACKEND = "leads.tests.test_email.FailingBackend"
    FailingBackend.error = ConnectionRefusedError()
    run(EIGHT)
    lead_at(acme, EIGHT + DAY - MINUTE, "Bob")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert run(EIGHT + DAY) == ["sent"]
    assert run(EIGHT + DAY + 120 * MINUTE) == []

    assert days() == [("2026-01-28", "gathered"), ("2026-01-29", "sent")]
    (letter,) = mailoutbox
    assert letter.subject == "2 new leads · Acme"


def test_a_digest_that_was_given_up_is_told_in_the_next(acme, mailoutbox):
    reader(acme)
    lead_at(acme, EIGHT - MINUTE, "Ann")
    mailing.find_due(now=EIGHT)
    StaffMail.objects.update(state="dead")
    lead_at(acme, EIGHT + DAY - MINUTE, "Bob")
    assert run(EIGHT + DAY) == ["sent"]
    assert mailoutbox[0].subject == "2 new leads · Acme"


def test_the_next_waits_for_one_that_is_being_sent(acme, mailoutbox):
    reader(acme)
    lead_at(acme, EIGHT - MINUTE, "Ann")
    (pk,) = mailing.find_due(now=EIGHT)
    slow = claims.claim(pk, now=EIGHT + DAY - MINUTE)
    lead_at(acme, EIGHT + DAY - MINUTE, "Bob")

    assert run(EIGHT + DAY) == []
    claims.finish(slow, None, now=EIGHT + DAY)

    assert run(EIGHT + DAY) == ["sent"]
    assert mailoutbox[0].subject == "1 new lead · Acme"


def test_what_is_older_than_a_week_is_no_news(acme, mailoutbox):
    reader(acme)
    run(EIGHT - 10 * DAY)
    StaffMail.objects.update(state="sent")
    lead_at(acme, EIGHT - 8 * DAY, "Old")
    lead_at(acme, EIGHT - 6 * DAY, "New")
    assert run(EIGHT) == ["sent"]
    assert mailoutbox[0].subject == "1 new lead · Acme"


def test_no_more_than_fifty_leads_are_listed(acme, mailoutbox):
    reader(acme)
    for number in range(53):
        lead_at(acme, EIGHT - MINUTE, f"Lead{number}")
    Lead.objects.filter(name="Lead7").update(score=90, band="hot")
    run(EIGHT)
    (letter,) = mailoutbox
    assert letter.subject == "53 new leads · Acme"
    assert letter.body.startswith("New leads: 53\n- Lead7 · Hot 90 · ")
    assert letter.body.count("\n- Lead") == 50
    assert "\nand 3 more: https://caty.example/admin/leads/lead/\n" in letter.body


def test_a_sweep_costs_the_same_however_many_read_it(acme, django_assert_num_queries):
    for number in range(10):
        reader(acme, name=f"reader{number}")
    mailing.find_due(now=EIGHT)
    with django_assert_num_queries(7):
        mailing.find_due(now=EIGHT + MINUTE)
