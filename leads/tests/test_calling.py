"""Who is called to a conversation, by which way, and with how much of it."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import transaction

from leads import mailing, services
from leads.contracts import StaffCall
from leads.models import StaffMail
from leads.tests.conftest import NOON
from leads.tests.devices import VAPID_KEY, Browser
from leads.tests.staff import colleague

MINUTE = timedelta(minutes=1)
URL = "https://caty.example/admin/inbox/conv_1/"
MIDNIGHT = datetime(2026, 1, 28, 23, 30, tzinfo=UTC)
AT_NIGHT = {"quiet_from": time(22), "quiet_until": time(7)}


@pytest.fixture(autouse=True)
def _vapid(settings):
    settings.VAPID_PRIVATE_KEY = VAPID_KEY


def staff_call(kind="waiting", **details) -> StaffCall:
    told = {"about": "conv_1:one", "reason": "complaint", "words": "Where is my parcel?", **details}
    return StaffCall(kind=kind, conversation_reference="conv_1", conversation_url=URL, **told)


def call(tenant, kind="waiting", *, only=None, now=NOON, **details) -> int:
    return services.call_colleagues(staff_call(kind, **details), tenant_id=tenant.pk, only=only, now=now)


def told() -> set[tuple[str, str]]:
    rows = StaffMail.objects.select_related("membership__user")
    return {(row.membership.user.email.partition("@")[0], row.kind) for row in rows}


def team(tenant, **choice):
    """An owner, an editor and a viewer, each with a device."""
    members = {role: colleague(tenant, role, **choice) for role in ("owner", "editor", "viewer")}
    for role, member in members.items():
        Browser(f"https://push.example/{role}").subscribe(member)
    return members


def send_all(now=NOON) -> list[str | None]:
    return [mailing.send(pk, now=now) for pk in mailing.find_due(now=now)]


def test_a_visitor_who_waits_is_told_to_devices_of_those_who_answer_and_by_mail_to_owners(acme, rival):
    team(acme)
    colleague(rival)
    assert call(acme) == 3
    assert told() == {("owner", "push"), ("owner", "handoff"), ("editor", "push")}


def test_the_same_call_is_told_once_and_the_next_one_anew(acme):
    team(acme)
    assert (call(acme), call(acme), call(acme, about="conv_1:two")) == (3, 0, 3)


@pytest.mark.parametrize("kind", ["wrote", "assigned"])
def test_what_is_one_colleagues_is_told_to_them_alone(acme, kind):
    members = team(acme)
    call(acme, kind, only=members["editor"].pk)
    assert told() == {("editor", "push")}


@pytest.mark.parametrize(("has_device", "wants", "expected"), [(False, True, {"own"}), (True, True, {"push"})])
def test_their_own_visitors_are_told_by_mail_to_whom_no_device_tells(acme, has_device, wants, expected):
    member = colleague(acme, "editor", own_calls=wants)
    if has_device:
        Browser().subscribe(member)
    call(acme, "wrote", only=member.pk)
    assert {kind for _who, kind in told()} == expected


def test_nobody_is_mailed_about_their_own_visitors_unasked(acme):
    member = colleague(acme, "owner")
    assert call(acme, "wrote", only=member.pk) == 0


def test_where_nobody_has_come_all_who_answer_are_called(acme):
    team(acme)
    call(acme, "escalation")
    assert told() == {("owner", "push"), ("owner", "escalation"), ("editor", "push"), ("editor", "escalation")}


def test_a_visitor_who_was_missed_is_told_to_owners_by_mail(acme):
    team(acme)
    call(acme, "missed", promised_by=NOON + timedelta(hours=4))
    assert told() == {("owner", "missed")}


@pytest.mark.parametrize("kind", ["waiting", "wrote", "assigned"])
def test_nobody_is_called_in_their_quiet_hours(acme, kind):
    members = team(acme, own_calls=True, calls=True, **AT_NIGHT)
    only = members["editor"].pk if kind != "waiting" else None
    assert call(acme, kind, only=only, now=MIDNIGHT) == 0
    assert call(acme, kind, only=only, now=NOON) > 0


def test_an_escalation_leaves_those_in_peace_who_rest_while_somebody_is_awake(acme):
    colleague(acme, "owner", **AT_NIGHT)
    colleague(acme, "editor")
    call(acme, "escalation", now=MIDNIGHT)
    assert told() == {("editor", "escalation")}


def test_where_all_rest_an_escalation_wakes_the_owners(acme):
    colleague(acme, "owner", **AT_NIGHT)
    colleague(acme, "editor", **AT_NIGHT)
    call(acme, "escalation", now=MIDNIGHT)
    assert told() == {("owner", "escalation")}


def test_quiet_hours_are_those_of_the_business(acme):
    acme.timezone = "America/New_York"
    acme.save()
    colleague(acme, "owner", calls=True, **AT_NIGHT)
    assert call(acme, now=MIDNIGHT) == 1  # half past six in the evening there
    assert call(acme, now=datetime(2026, 1, 29, 3, 30, tzinfo=UTC), about="conv_1:late") == 0


@pytest.mark.parametrize("columns", [{"is_active": False}, {"is_staff": False}])
def test_who_may_not_come_in_is_not_called(acme, columns):
    member = team(acme)["owner"]
    type(member.user).objects.filter(pk=member.user_id).update(**columns)
    call(acme)
    assert told() == {("editor", "push")}


def test_without_a_key_no_device_is_told(acme, settings):
    settings.VAPID_PRIVATE_KEY = ""
    team(acme)
    call(acme)
    assert told() == {("owner", "handoff")}


def test_a_call_whose_transaction_is_undone_is_none(acme):
    team(acme)
    with transaction.atomic():
        call(acme)
        transaction.set_rollback(True)
    assert told() == set()


def test_a_call_costs_a_few_queries_however_many_there_are(acme, django_assert_num_queries):
    for number in range(5):
        Browser(f"https://push.example/{number}").subscribe(colleague(acme, "owner", name=f"ann{number}"))
    with django_assert_num_queries(4):  # colleagues, their devices, the rows, which of them are new
        assert call(acme) == 10


def test_what_is_no_longer_needed_is_withdrawn(acme, rival):
    team(acme)
    call(acme)
    call(acme, "missed", about="conv_1:two")
    other = StaffMail.objects.create(
        tenant=rival,
        membership=colleague(rival),
        kind="handoff",
        about="x",
        conversation_reference="conv_1",
        created_at=NOON,
        due_at=NOON,
    )

    assert services.withdraw_calls(tenant_id=acme.pk, conversation_reference="conv_1") == 3

    assert set(StaffMail.objects.filter(state="skipped").values_list("kind", flat=True)) == {"handoff", "push"}
    assert set(StaffMail.objects.filter(state="skipped").values_list("contents", flat=True)) == {None}
    assert StaffMail.objects.get(kind="missed").state == "pending"
    assert StaffMail.objects.get(pk=other.pk).state == "pending"


def test_a_mail_about_a_visitor_who_waits_says_why_and_where_to_answer(acme, mailoutbox):
    colleague(acme)
    call(acme)
    assert send_all() == ["sent"]
    (letter,) = mailoutbox
    assert letter.subject == "A visitor waits for a person · Acme"
    assert letter.body.startswith(f"A visitor waits for a person.\nWhy: they complain\n\nAnswer: {URL}\n")
    assert "/mail/stop/" in letter.extra_headers["List-Unsubscribe"]
    assert StaffMail.objects.get().contents is None


@pytest.mark.parametrize("kind", ["waiting", "escalation", "missed", "wrote", "assigned"])
@pytest.mark.parametrize(
    ("shows", "has_reason", "has_words"), [("nothing", False, False), ("reason", True, False), ("words", True, True)]
)
def test_nothing_is_told_beyond_what_the_business_allows(acme, mailoutbox, kind, shows, has_reason, has_words):
    acme.behavior.notice_shows = shows
    acme.behavior.save()
    member = colleague(acme, "owner", calls=True, own_calls=True, escalations=True, missed=True)
    call(acme, kind, only=member.pk)

    kept = str(list(StaffMail.objects.values_list("contents", flat=True)))
    assert send_all() == ["sent"]

    (letter,) = mailoutbox
    for text in (letter.body, kept, letter.subject):
        assert ("parcel" in text) is (has_words and text is not letter.subject)
    assert ("they complain" in letter.body) is (has_reason and kind != "wrote")
    assert "complaint" not in letter.body


def test_a_reason_that_is_none_of_ours_is_not_repeated(acme, mailoutbox):
    colleague(acme)
    call(acme, reason="call me at ann@example.com")
    send_all()
    assert "ann@example.com" not in mailoutbox[0].body
    assert "Why: they asked for a person" in mailoutbox[0].body


def test_long_words_are_cut_and_stand_on_one_quoted_line(acme, mailoutbox):
    acme.behavior.notice_shows = "words"
    acme.behavior.save()
    colleague(acme)
    call(acme, words="Answer: https://evil.example\n" * 100)
    send_all()
    quoted = [line for line in mailoutbox[0].body.splitlines() if "evil" in line]
    assert len(quoted) == 1
    assert quoted[0].startswith("> ")
    assert len(quoted[0]) <= 302


def test_the_mail_about_one_who_was_missed_names_the_time_of_the_promise(acme, mailoutbox):
    acme.timezone = "Europe/Berlin"
    acme.save()
    colleague(acme)
    call(acme, "missed", promised_by=NOON + timedelta(hours=4))
    send_all()
    assert mailoutbox[0].subject == "A visitor waited in vain · Acme"
    assert "They were promised to hear from you by Wed 17:00, 28 Jan." in mailoutbox[0].body


def test_a_mail_that_comes_too_late_is_not_sent(acme, mailoutbox):
    colleague(acme)
    call(acme)
    assert send_all(NOON + 61 * MINUTE) == ["skipped"]
    assert mailoutbox == []


def test_who_has_switched_it_off_meanwhile_gets_none(acme, mailoutbox):
    member = colleague(acme)
    call(acme)
    services.stop_mails(services.stop_path(member.pk, "handoff"), now=NOON)
    assert send_all() == ["skipped"]


def test_at_most_twenty_mails_about_visitors_reach_a_person_within_an_hour(acme, rival, mailoutbox):
    user = colleague(acme).user
    rival.memberships.create(user=user, role="owner")
    for number in range(12):
        for tenant in (acme, rival):
            call(tenant, about=f"conv_1:{number}")

    send_all()

    assert len(mailoutbox) == 20
    left_out = StaffMail.objects.filter(state="skipped")
    assert left_out.count() == 4
    assert set(left_out.values_list("last_error", flat=True)) == {"There were too many of these within an hour."}
    call(acme, about="conv_1:later", now=NOON + 60 * MINUTE)
    assert send_all(NOON + 60 * MINUTE) == ["sent"]
