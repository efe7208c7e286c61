"""Rules for speaking first, hours and the tester, as an owner meets them in a browser."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tenants.models import OpeningTime, ProactiveRule
from tenants.services.starting_rules import make_rule
from widget.contracts import PageMetrics, TrackedEvent
from widget.tests.browser.admin_pages import all_of, faults_of
from widget.tests.conftest import VisitorAt

ADD = "/admin/tenants/proactiverule/add/"


def row_of(page, number: int):
    return page.locator("#conditions-group tbody:not(.empty-form) tr.form-row").nth(number)


def texts_of(select) -> list[str]:
    return select.locator("option").all_inner_texts()


def test_a_row_adapts_to_what_is_asked(owner, acme):
    page = owner(ADD)
    row = row_of(page, 0)
    kind, operator, value = (row.locator(f"[name$=-{name}]") for name in ("kind", "operator", "value"))

    kind.select_option("page_url")
    assert texts_of(operator) == ["contains", "does not contain", "is", "is not", "begins with"]
    expect(row.get_by_text("such as /pricing")).to_be_visible()
    kind.select_option("visible_seconds")
    assert texts_of(operator) == ["at least", "at most"]
    expect(value).to_have_attribute("type", "number")
    value.fill("20")
    kind.select_option("exit_intent")
    assert texts_of(operator) == ["yes", "no"]
    expect(value).to_be_hidden()
    kind.select_option("hours")
    row.locator(".condition-choice").select_option("closed")
    page.get_by_label("Name").fill("After hours")
    page.get_by_label("Message", exact=False).first.fill("We are away.")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("was added successfully")).to_be_visible()
    rule = ProactiveRule.objects.get(tenant=acme, name="After hours")
    assert list(rule.conditions.values_list("kind", "operator", "text", "number")) == [("hours", "is", "closed", None)]


def test_a_starting_point_fills_the_form_and_another_condition_joins(owner, acme):
    page = owner(ADD)
    page.get_by_role("link", name="Compares prices").click()
    assert row_of(page, 3).locator(".condition-choice").input_value() == "computer"

    page.get_by_role("link", name="Add another").click()
    row_of(page, 5).locator("[name$=-kind]").select_option("visits")
    row_of(page, 5).locator("[name$=-value]").fill("2")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("was added successfully")).to_be_visible()
    rule = ProactiveRule.objects.get(tenant=acme, name="Compares prices")
    assert [(one.kind, one.text or one.number) for one in rule.conditions.all()] == [
        ("page_url", "pricing"),
        ("visible_seconds", 20),
        ("has_chatted", None),
        ("device", "computer"),
        ("hours", "open"),
        ("visits", 2),
    ]


def test_what_is_wrong_with_the_dates_is_seen_though_they_were_folded_away(owner, acme):
    page = owner(f"{ADD}?preset=rage")
    page.get_by_text("More choices").click()
    for name, day in (("starts_at", "2027-01-02"), ("ends_at", "2027-01-01")):
        page.locator(f"[name={name}_0]").fill(day)
        page.locator(f"[name={name}_1]").fill("10:00:00")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("This must be later than the beginning.")).to_be_visible()
    assert row_of(page, 0).locator("[name$=-value]").input_value() == "rage_click"
    assert not ProactiveRule.objects.filter(tenant=acme, is_built_in=False).exists()


def test_hours_are_copied_to_friday_and_saved(owner, acme):
    page = owner(f"/admin/tenants/tenant/{acme.pk}/hours/")
    page.get_by_label("Monday").fill("9-12, 13-17")
    page.get_by_role("button", name="Copy Monday to Friday").click()
    expect(page.get_by_label("Friday")).to_have_value("9-12, 13-17")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Rules that ask")).to_be_visible()
    assert OpeningTime.objects.filter(tenant=acme).count() == 10


@pytest.fixture
def visited(acme):
    now = timezone.now() - timedelta(minutes=5)
    visitor = VisitorAt(acme, now=now)
    for name, seconds in (("Home", 40), ("Prices", 65)):
        metrics = PageMetrics(
            page_view_id=name,
            page_url=f"https://acme.example/{name.lower()}",
            page_title=name,
            time_on_page_ms=seconds * 1000,
            scroll_depth=45,
        )
        visitor.track(TrackedEvent(type="exit_intent"), metrics=metrics, now=now + timedelta(seconds=seconds))
    return visitor


def test_no_page_about_rules_breaks_a_rule_or_is_wider_than_the_screen(owner, acme, visited):
    asked = [("page_url", "contains", "prices"), ("visible_seconds", "at_least", 20), ("hours", "is", "open")]
    rule = make_rule(acme, [*asked, ("scroll_percent", "at_least", 60)], trigger_type="own", name="Own", text="Hi!")
    tester = "/admin/widget/session/rules/"
    pages = ["/admin/tenants/proactiverule/", ADD, f"{ADD}?preset=cart"]
    pages += [f"/admin/tenants/proactiverule/{rule.pk}/change/", f"/admin/tenants/tenant/{acme.pk}/hours/"]
    pages += [f"/admin/tenants/tenant/{acme.pk}/change/#about"]
    pages += [tester, f"{tester}?visit={visited.session.reference}", f"{tester}?rule={rule.pk}"]
    for page, path in all_of(owner, pages):
        assert faults_of(page) == [], path
