"""The first hour as an owner goes through it in a browser: by clicks, on a phone, by keyboard, and in how much time."""

import threading
import time

import pytest
from django.db import connection
from playwright.sync_api import expect

from tenants import jobs
from tenants.models import FirstHour, Job
from tenants.tests.crawler.website import publishing
from widget.tests.browser.admin_pages import faults_of, widget_of
from widget.tests.first_hour_cases import pages

PHONE = {"viewport": {"width": 390, "height": 844}}
FIVE_MINUTES = 300


@pytest.fixture
def address(settings):
    with publishing() as site:
        settings.OUTBOUND_ALLOW = [f"127.0.0.1:{site.port}"]
        site.pages = pages()
        yield site.url("/", "127.0.0.1")


@pytest.fixture
def worker():
    """Does what waits, as long as the test goes on."""
    is_over = threading.Event()

    def work() -> None:
        while not is_over.wait(0.1):
            for job in Job.objects.filter(state="pending"):
                jobs.run_slice(job.pk, now=job.due_at)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    is_over.set()
    thread.join()


def test_an_owner_comes_from_the_address_to_the_line_within_five_minutes(owner, acme, address, worker):
    page, began = owner("/admin/", **PHONE), time.monotonic()
    broken = {}

    def look(name: str) -> None:
        broken[name] = faults_of(page)

    page.get_by_role("link", name="Set up now").click()
    look("asked")
    page.get_by_label("The address of your website").fill(address)
    page.get_by_label("The address of your website").press("Enter")
    expect(page.get_by_role("heading", name="This is what your assistant knows now")).to_be_visible()
    look("read")
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.get_by_label("What it is")).to_have_value("Assistant of Mill Lane Bikes")
    expect(widget_of(page).get_by_text("Assistant of Mill Lane Bikes").first).to_be_visible()
    page.get_by_label("Its name").fill("Milli")
    expect(widget_of(page).get_by_text("Milli", exact=True).first).to_be_visible()
    look("looks")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_text("All of them have been asked.")).to_be_visible()
    page.get_by_text("Write a better answer", exact=True).first.click()
    look("asked five")
    page.get_by_role("button", name="Go on", exact=True).click()
    page.get_by_role("button", name="Make my line").click()
    expect(page.get_by_label("The line", exact=True)).to_contain_text("data-api-key")
    look("line")

    assert time.monotonic() - began < FIVE_MINUTES
    assert broken == {name: [] for name in broken}
    acme.persona.refresh_from_db()
    assert acme.persona.name == "Milli"


def test_answers_show_up_one_by_one_and_what_is_being_written_stays(owner, acme):
    hour = FirstHour.objects.create(tenant=acme, reached=3)
    rows = [acme.first_questions.create(position=place, text=f"Question {place}?") for place in (1, 2)]
    hour.questions_job = Job.objects.create(
        tenant=acme, kind="none", state="running", created_at=acme.created_at, due_at=acme.created_at,
        started_at=acme.created_at, lease_until=acme.created_at,
    )  # fmt: skip
    hour.save()
    page = owner(f"/admin/first-hour/{acme.pk}/questions/")
    answered = {"answered_at": acme.created_at, "is_answered": True}

    acme.first_questions.filter(pk=rows[0].pk).update(answer="The first.", **answered)
    expect(page.get_by_text("The first.").first).to_be_visible()
    page.get_by_text("Write a better answer", exact=True).click()
    page.get_by_label("Your answer to “Question 1?”").fill("Mine.")
    acme.first_questions.filter(pk=rows[1].pk).update(answer="The second.", **answered)

    expect(page.get_by_text("The second.").first).to_be_visible()
    expect(page.get_by_label("Your answer to “Question 1?”")).to_have_value("Mine.")
    page.get_by_role("button", name="Good: Question 2?").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("✓ Good")).to_be_visible()


def test_it_can_be_gone_on_with_without_scripts(owner, acme):
    page = owner(f"/admin/first-hour/{acme.pk}/website/", java_script_enabled=False)
    page.get_by_text("Go on without a website").click()
    page.get_by_label("What visitors should know").fill("# Hours\n\nNine to six.")
    page.get_by_role("button", name="Use this text").click()

    expect(page.get_by_text("Looking for pages.")).to_be_visible()
    assert Job.objects.get().state == "pending"
