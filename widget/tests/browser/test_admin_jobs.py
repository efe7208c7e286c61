"""Long work and other score weights in the admin, as an owner meets them in a browser."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from leads.models import Lead
from tenants import services as tenant_services
from tenants.models import Job
from widget.tests.browser.admin_pages import faults_of

PHONE = {"viewport": {"width": 390, "height": 800}}


@pytest.fixture
def job(acme):
    pk = tenant_services.start_job(
        "leads.export",
        tenant=acme,
        user_id=None,
        settings={"query": "", "format": "csv"},
        now=timezone.now(),
        file_name="leads.csv",
        file_type="text/csv",
    )
    return Job.objects.get(pk=pk)


def have(job, **columns) -> None:
    Job.objects.filter(pk=job.pk).update(**columns)


def test_a_page_follows_work_by_itself_until_its_file_is_there(owner, job):
    page = owner(f"/admin/tenants/job/{job.pk}/change/")
    expect(page.get_by_role("status").get_by_text("Waiting for its turn.")).to_be_visible()
    assert faults_of(page) == []

    have(job, started_at=timezone.now(), done=47, total=100)
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "47")
    expect(page.get_by_text("About 40 % done.")).to_be_visible()

    have(job, state="done", done=100, finished_at=timezone.now(), message="100 leads are in the file.", file_bytes=3)
    job.parts.create(number=0, content=b"abc")
    expect(page.get_by_text("100 leads are in the file.")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    assert faults_of(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download leads.csv").click()
    assert download.value.path().read_bytes() == b"abc"


def test_work_is_readable_and_reloads_without_scripts(owner, job):
    page = owner(f"/admin/tenants/job/{job.pk}/change/", java_script_enabled=False)
    have(job, state="failed", message="Too many.", finished_at=timezone.now())
    page.locator("noscript a").click()  # whose words Playwright's other ways to find it pass over
    expect(page.get_by_text("Too many.")).to_be_visible()
    expect(page.get_by_text("Filter the list so that it holds fewer leads")).to_be_visible()


def test_other_weights_are_tried_and_applied(owner, acme, cast):
    lead = cast.make_conversation(acme, "acme").lead
    Lead.objects.filter(pk=lead.pk).update(score=20)
    page = owner(f"/admin/tenants/tenant/{acme.pk}/change/")
    page.get_by_text("Scores", exact=True).click()
    page.get_by_role("link", name="Preview on past leads").click()
    page.get_by_label("Gave an e-mail address").fill("70")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_text("1 lead would change its temperature")).to_be_visible()
    expect(page.get_by_role("link", name="acme person")).to_be_visible()
    assert faults_of(page) == []

    page.get_by_role("button", name="Apply to past leads").click()
    expect(page.get_by_text("Begins in a minute")).to_be_visible()
    assert faults_of(page) == []


def test_a_file_for_excel_is_asked_for_in_two_clicks(owner, acme, cast):
    cast.make_conversation(acme, "acme")
    page = owner("/admin/leads/lead/")
    page.get_by_role("link", name="Download for Excel").click()
    expect(page.get_by_text("This list holds 1 lead.")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("button", name="Make the file").click()
    expect(page.get_by_text("Waiting for its turn.")).to_be_visible()
