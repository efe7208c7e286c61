"""Opening hours: written as people write them, refused in words, and counted from then on."""

from datetime import UTC, date, datetime, time, timedelta
from html import unescape

import pytest
from django.forms import ValidationError
from django.utils import timezone

from tenants.admin.hours_form import MIDNIGHT, read_stretches, stretches_in_words
from tenants.config import load_config
from tenants.hours import is_open
from tenants.models import ClosedDay, OpeningTime, Tenant

TOMORROW = timezone.now().date() + timedelta(days=1)


@pytest.fixture
def url(acme):
    return f"/admin/tenants/tenant/{acme.pk}/hours/"


def sent(*days, **others) -> dict:
    """(day, why) of closed days, and day0 … for the week."""
    data = {"days-TOTAL_FORMS": len(days), "days-INITIAL_FORMS": 0, **others}
    for number, (day, why) in enumerate(days):
        data |= {f"days-{number}-day": str(day), f"days-{number}-name": why}
    return data


@pytest.mark.parametrize(
    ("text", "stretches"),
    [
        ("", []),
        ("9-17", [(time(9), time(17))]),
        ("09:00–12:30, 14:00–18:00", [(time(9), time(12, 30)), (time(14), time(18))]),
        ("14.00 - 18.00; 9h30 to 12", [(time(9, 30), time(12)), (time(14), time(18))]),
        ("9am-5:30pm", [(time(9), time(17, 30))]),
        ("12am-12pm", [(time(0), time(12))]),
        ("0:00-24:00", [(time(0), MIDNIGHT)]),
        ("9–12, 12–15", [(time(9), time(12)), (time(12), time(15))]),
    ],
)
def test_times_are_read_as_people_write_them(text, stretches):
    assert read_stretches(text) == stretches
    assert read_stretches(stretches_in_words(stretches)) == stretches


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("all day", "“all day” can't be read as a time. Write it like 9:00–17:30, with commas between several."),
        ("9-12, 11-15", "Two of these times overlap at 11:00."),
        (
            "22:00-2:00",
            "“22:00-2:00” closes before it opens. Past midnight: write until 24:00, and the rest on the next day.",
        ),
        ("9-25", "There is no such time as 25:00."),
        ("9:75-12", "There is no such time as 9:75."),
    ],
)
def test_times_that_can_not_be_are_refused_in_words(text, problem):
    with pytest.raises(ValidationError) as refused:
        read_stretches(text)
    assert refused.value.messages == [problem]


def test_saved_hours_count_from_then_on(cast, acme, url):
    Tenant.objects.filter(pk=acme.pk).update(timezone="Europe/Berlin")
    data = sent((TOMORROW, "Stocktaking"), ("", ""), day0="9:00-12:00, 13:00-17:00", day5="10-24")
    assert cast.client_of("owner", acme).post(url, data).url == url
    fresh = Tenant.objects.get(pk=acme.pk)
    assert fresh.config_version == acme.config_version + 1
    hours = load_config(fresh).hours
    assert hours.weekly == ((0, time(9), time(12)), (0, time(13), time(17)), (5, time(10), MIDNIGHT))
    assert hours.closed_days == {TOMORROW}
    assert ClosedDay.objects.get(tenant=acme).name == "Stocktaking"
    moments = {datetime(2026, 3, 2, 8, 30, tzinfo=UTC): True, datetime(2026, 3, 2, 11, 30, tzinfo=UTC): False}
    assert {moment: is_open(hours, moment) for moment in moments} == moments


def test_hours_are_shown_again_as_they_were_saved(cast, acme, url):
    owner = cast.client_of("owner", acme)
    owner.post(url, sent((TOMORROW, "Stocktaking"), day0="9-12, 13-17"))
    page = owner.get(url).content.decode()
    assert "09:00–12:00, 13:00–17:00" in page
    assert f'value="{TOMORROW}"' in page
    assert acme.timezone in page
    business = owner.get(f"/admin/tenants/tenant/{acme.pk}/change/").content.decode()
    assert "09:00–12:00, 13:00–17:00" in business
    assert "Stocktaking" in business
    assert url in business


def test_what_was_saved_before_is_replaced_but_days_that_are_over_stay(cast, acme, url):
    OpeningTime.objects.create(tenant=acme, weekday=1, opens_at=time(9), closes_at=time(17))
    for day in (date(2020, 1, 1), TOMORROW):
        ClosedDay.objects.create(tenant=acme, day=day)
    cast.client_of("owner", acme).post(url, sent(day0="9-17"))
    assert [row.weekday for row in OpeningTime.objects.filter(tenant=acme)] == [0]
    assert [row.day for row in ClosedDay.objects.filter(tenant=acme)] == [date(2020, 1, 1)]


def test_monday_is_copied_to_friday_and_not_yet_saved(cast, acme, url):
    response = cast.client_of("owner", acme).post(url, sent(day0="9-17", day1="8-9", day6="10-12", copy="1"))
    shown = [response.context["week"][f"day{day}"].value() for day in range(7)]
    assert shown == ["9-17", "9-17", "9-17", "9-17", "9-17", None, "10-12"]
    assert not OpeningTime.objects.exists()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (sent(day3="17-9"), "closes before it opens"),
        (sent((date(2020, 1, 1), "New year")), "This day is over."),
        (sent((TOMORROW, "a"), (TOMORROW, "b")), "This day stands here twice."),
        (sent(("", "Christmas")), "Which day?"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_saved(cast, acme, url, data, problem):
    page = unescape(cast.client_of("owner", acme).post(url, data).content.decode())
    assert problem in page
    assert not OpeningTime.objects.exists()
    assert not ClosedDay.objects.exists()
    assert Tenant.objects.get(pk=acme.pk).config_version == acme.config_version


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_others_than_owners_only_read_the_hours(cast, acme, url, role):
    client = cast.client_of(role, acme)
    assert "An owner of the business can change these." in client.get(url).content.decode()
    assert client.post(url, sent(day0="9-17")).status_code == 403
    assert not OpeningTime.objects.exists()
