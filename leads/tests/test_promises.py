"""What visitors were promised: made, kept and watched."""

from datetime import UTC, datetime, time, timedelta

import pytest

from leads import mailing, services
from leads.models import CallbackPromise, Lead, StaffMail
from leads.tests.conftest import NOON, capture, said
from leads.tests.devices import VAPID_KEY, Browser
from leads.tests.staff import colleague

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def lead_pk(acme):
    return capture(acme, said(email="ann@example.com", name="Ann")).lead_pk


def promise(tenant, lead_pk, *, hours=4.0, conversation="conv_one", now=NOON):
    due_at = now + hours * HOUR
    services.promise_callback(lead_pk, tenant_id=tenant.pk, due_at=due_at, conversation_reference=conversation, now=now)


def keep(tenant, conversation="conv_one", now=NOON + MINUTE):
    services.keep_promise(tenant_id=tenant.pk, conversation_reference=conversation, now=now)


def told() -> list[tuple[str, str, str]]:
    rows = StaffMail.objects.order_by("pk").select_related("membership__user")
    return [(row.membership.user.email.partition("@")[0], row.kind, row.about.split(":")[2]) for row in rows]


def send_all(now) -> list[str | None]:
    return [mailing.send(pk, now=now) for pk in mailing.find_due(now=now)]


@pytest.mark.parametrize(("hours", "warned_after"), [(4, 3 * HOUR), (2, HOUR), (1, 30 * MINUTE), (0.5, 15 * MINUTE)])
def test_colleagues_are_reminded_an_hour_before_or_after_half_of_the_time(acme, lead_pk, hours, warned_after):
    colleague(acme)
    promise(acme, lead_pk, hours=hours)
    assert services.watch_promises(now=NOON + warned_after - timedelta(seconds=1)) == 0
    assert services.watch_promises(now=NOON + warned_after) == 1
    assert services.watch_promises(now=NOON + warned_after) == 0
    assert told() == [("owner", "promise", "soon")]


def test_what_is_overdue_is_told_once_more(acme, lead_pk):
    colleague(acme)
    promise(acme, lead_pk)
    services.watch_promises(now=NOON + 3 * HOUR)
    assert services.watch_promises(now=NOON + 4 * HOUR) == 1
    assert services.watch_promises(now=NOON + 5 * HOUR) == 0
    assert told() == [("owner", "promise", "soon"), ("owner", "promise", "overdue")]


def test_a_sweep_that_comes_late_tells_only_that_it_is_overdue(acme, lead_pk):
    colleague(acme)
    promise(acme, lead_pk)
    services.watch_promises(now=NOON + 9 * HOUR)
    assert told() == [("owner", "promise", "overdue")]


def test_a_promise_that_is_open_stays_and_a_kept_one_makes_room(acme, lead_pk):
    promise(acme, lead_pk)
    promise(acme, lead_pk, hours=9)
    assert CallbackPromise.objects.get().due_at == NOON + 4 * HOUR
    keep(acme)
    promise(acme, lead_pk, hours=9)
    assert CallbackPromise.objects.filter(kept_at=None).get().due_at == NOON + 9 * HOUR


@pytest.mark.parametrize("conversation", ["conv_one", "conv_two"])
def test_a_person_who_writes_in_any_conversation_of_the_lead_keeps_it(acme, lead_pk, conversation):
    capture(acme, said("conv_two", email="ann@example.com"))
    promise(acme, lead_pk)
    keep(acme, conversation)
    assert CallbackPromise.objects.get().kept_at == NOON + MINUTE
    assert services.watch_promises(now=NOON + 9 * HOUR) == 0


def test_other_conversations_and_other_businesses_keep_nothing(acme, rival, lead_pk):
    promise(acme, lead_pk)
    keep(acme, "conv_other")
    keep(rival, "conv_one")
    assert CallbackPromise.objects.get().kept_at is None


def test_nothing_is_promised_to_a_lead_of_another_business(acme, rival, lead_pk):
    with pytest.raises(Lead.DoesNotExist):
        promise(rival, lead_pk)
    assert not CallbackPromise.objects.exists()


@pytest.mark.parametrize(("status", "is_kept"), [("contacted", True), ("qualified", True), ("converted", True)])
def test_a_lead_whose_status_is_moved_on_has_heard_from_somebody(acme, lead_pk, status, is_kept):
    promise(acme, lead_pk)
    services.edit_lead(lead_pk, tenant=acme, changes={"notes": "Call her."}, now=NOON + MINUTE)
    assert CallbackPromise.objects.get().kept_at is None
    services.edit_lead(lead_pk, tenant=acme, changes={"status": status}, now=NOON + MINUTE)
    assert (CallbackPromise.objects.get().kept_at == NOON + MINUTE) is is_kept


def test_whoever_looks_after_the_lead_is_reminded_instead_of_owners(acme, lead_pk, mailoutbox):
    colleague(acme, "owner")
    editor = colleague(acme, "editor")
    Lead.objects.update(owner=editor)
    promise(acme, lead_pk)
    services.watch_promises(now=NOON + 3 * HOUR)
    assert told() == [("editor", "promise", "soon")]
    assert send_all(NOON + 3 * HOUR) == ["sent"]


def test_where_they_want_to_hear_of_none_the_others_are(acme, lead_pk):
    colleague(acme, "owner")
    Lead.objects.update(owner=colleague(acme, "editor", promises=False))
    promise(acme, lead_pk)
    services.watch_promises(now=NOON + 3 * HOUR)
    assert told() == [("owner", "promise", "soon")]


def test_devices_are_told_too_but_in_quiet_hours(acme, lead_pk, settings):
    settings.VAPID_PRIVATE_KEY = VAPID_KEY
    Browser("https://push.example/1").subscribe(colleague(acme, "owner"))
    quiet = {"quiet_from": time(14), "quiet_until": time(18), "promises": True}
    Browser("https://push.example/2").subscribe(colleague(acme, "owner", name="resting", **quiet))
    promise(acme, lead_pk)
    services.watch_promises(now=NOON + 3 * HOUR)
    assert sorted(told()) == [
        ("owner", "promise", "soon"),
        ("owner", "push", "soon"),
        ("resting", "promise", "soon"),
    ]


def test_the_mail_names_the_lead_and_the_time_in_that_of_the_business(acme, lead_pk, mailoutbox):
    acme.timezone = "Europe/Berlin"
    acme.save()
    colleague(acme)
    promise(acme, lead_pk)
    for hours in (3, 4):
        services.watch_promises(now=NOON + hours * HOUR)
        send_all(NOON + hours * HOUR)
    soon, overdue = mailoutbox
    assert (soon.subject, overdue.subject) == ("A promise is due soon · Acme", "A promise is overdue · Acme")
    assert soon.body.startswith("Ann was promised to hear from you by Wed 17:00, 28 Jan.\n")
    assert overdue.body.startswith("Ann was to hear from you by Wed 17:00, 28 Jan and has not.\n")
    assert f"https://caty.example/admin/leads/lead/{lead_pk}/change/" in soon.body


def test_what_has_been_kept_meanwhile_is_not_told(acme, lead_pk, mailoutbox):
    colleague(acme)
    promise(acme, lead_pk)
    services.watch_promises(now=NOON + 3 * HOUR)
    keep(acme)
    assert send_all(NOON + 3 * HOUR) == ["skipped"]
    assert mailoutbox == []


def test_promises_of_a_business_that_is_switched_off_are_not_watched(acme, lead_pk):
    colleague(acme)
    promise(acme, lead_pk)
    acme.is_active = False
    acme.save()
    assert services.watch_promises(now=NOON + 9 * HOUR) == 0


def test_a_promise_over_the_weekend_is_told_on_time(acme, lead_pk):
    colleague(acme)
    friday = datetime(2026, 1, 30, 16, tzinfo=UTC)
    promise(acme, lead_pk, hours=65, now=friday)
    assert CallbackPromise.objects.get().warn_at == datetime(2026, 2, 2, 8, tzinfo=UTC)
