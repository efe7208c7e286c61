"""Whether a rule helps, and what Claude wrote for it, as an owner meets them in a browser."""

import pytest
from playwright.sync_api import expect

from tenants.models import ProactiveRule
from widget.models import ProactiveText
from widget.tests.browser.admin_pages import all_of, faults_of


@pytest.fixture
def world(acme, cast):
    return cast.make_world(acme)


def test_no_page_about_results_breaks_a_rule_or_is_wider_than_the_screen(owner, world):
    results = f"/admin/tenants/proactiverule/{world[ProactiveRule].pk}/results/"
    pages = ["/admin/tenants/proactiverule/", results, f"{results}?days=90&which=heard"]
    pages += ["/admin/widget/proactivetext/", f"/admin/widget/proactivetext/{world[ProactiveText].pk}/change/"]
    for page, path in all_of(owner, pages):
        assert faults_of(page) == [], path


def test_an_owner_goes_from_a_figure_to_the_visit_and_from_a_text_to_its_word(owner, world):
    page = owner(f"/admin/tenants/proactiverule/{world[ProactiveRule].pk}/change/")
    page.get_by_role("link", name="Does it help?").click()
    expect(page.get_by_text("Of 1 visitor who heard it, 0 left details (0.0 %).")).to_be_visible()
    page.get_by_role("link", name="Heard it: 1, all weeks").click()
    page.locator("#visitors ~ * a[href*='/conversations/']").click()
    expect(page.get_by_text("acme1 help?")).to_be_visible()

    page = owner("/admin/tenants/proactiverule/")
    page.get_by_role("link", name="1 text waits for you").click()
    page.get_by_role("link", name="acme1 words").click()
    page.get_by_role("button", name="Show it to visitors").click()
    expect(page.get_by_text("1 text is shown to visitors now.")).to_be_visible()
