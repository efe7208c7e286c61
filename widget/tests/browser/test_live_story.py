"""The whole story in two browsers: a visitor asks for a person, a colleague comes, they talk, and they part."""

import re
from types import SimpleNamespace

import pytest
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from caty.lib import bell, stopping
from tenants import services as tenant_services
from widget.models import Attachment, Handoff, Session
from widget.queries import inbox_topic
from widget.tests import attached
from widget.tests.browser.conftest import Shop, finish
from widget.tests.browser.wire import Wire
from widget.tests.colleagues import Colleague
from widget.tests.scripted_model import answer

SOON_MS = 15_000  # machines that build are slow; how soon it is, `make bench ARGS=live` measures
WITH_HANDOFF = answer(
    content="Gladly.", suggested_actions=[{"label": "Talk to a person", "action": "handoff", "url": ""}]
)


@pytest.fixture
def shop(live_server, host, settings, transactional_db):
    """Acme as in the other browser tests, on a server that has the admin's files, too."""
    settings.SITE_URL = live_server.url
    server = live_server.thread.httpd
    plain = server.get_app()
    wire = Wire(_open_to_all(plain))
    server.set_app(wire)
    tenant = tenant_services.create_tenant(name="Acme", website=host.origin, origins=[host.origin])
    key = tenant_services.create_api_key(tenant, name="Site").key
    yield Shop(tenant, key, SimpleNamespace(url=live_server.url, wire=wire), host)
    host.documents.clear()
    finish(tenant, wire)
    server.set_app(plain)


def _open_to_all(application):
    """Static files may be used by pages of other sites, as in production."""

    def answer(environ, start_response):
        more = [("Access-Control-Allow-Origin", "*")] if environ["PATH_INFO"].startswith("/static/") else []
        return application(environ, lambda status, headers, *rest: start_response(status, [*headers, *more], *rest))

    return answer


@pytest.fixture
def desk(browser, shop):
    """Ann before her inbox, in a browser of her own."""
    ann = Colleague(shop.tenant, "Ann", now=timezone.now())
    login = Client()
    login.force_login(ann.membership.user)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    name = configured.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": login.cookies[name].value, "url": shop.api.url}])
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{shop.api.url}/admin/inbox/")
    yield page
    context.close()
    stopping.watch(lambda: True)
    bell.ring(inbox_topic(shop.tenant.pk))
    shop.wire.settle()
    stopping.watch(lambda: False)
    assert faults == []


def picture(name: str) -> dict:
    return {"name": name, "mimeType": "image/png", "buffer": attached.png()}


def log_of(desk):
    return desk.get_by_role("log")


def write(desk, words: str) -> None:
    desk.get_by_role("textbox", name="Your answer").fill(words)
    desk.keyboard.press("Enter")


def state(visit):
    return visit.panel.locator(".state")


def open_with(desk, link) -> None:
    """Follow the link, and wait until the page it leads to can be used."""
    with desk.expect_navigation():
        link.click()


def take_over(desk) -> None:
    desk.get_by_role("button", name="Take over").click()
    expect(desk.get_by_text("You answer").first).to_be_visible()


def come_to_talk(visitor, shop, desk):
    """A visitor who asked for a person, and Ann who has just taken over."""
    visit = visitor().open()
    visit.ask("Can I talk to somebody?")
    visit.actions.filter(has_text="Talk to a person").click()
    expect(state(visit)).to_have_text(visit.words["person_called"])
    row = desk.get_by_role("link", name=re.compile("Can I talk to somebody"))
    expect(row).to_be_visible(timeout=SOON_MS)
    open_with(desk, row)
    take_over(desk)
    expect(state(visit)).to_have_text("You are talking to Ann", timeout=SOON_MS)
    return visit


def test_visitor_and_colleague_meet_talk_and_part(visitor, shop, desk, scripted):
    scripted(WITH_HANDOFF, answer(content="We ship within two days."))
    expect(desk.get_by_text("Nobody waits for a person.")).to_be_visible()
    visit = come_to_talk(visitor, shop, desk)

    # Both see the other write, and read it within two seconds.
    desk.get_by_role("textbox", name="Your answer").press_sequentially("Hel")
    expect(visit.panel.get_by_text(re.compile("is writing|is typing"))).to_be_visible(timeout=SOON_MS)
    write(desk, "Hello, Ann here.")
    expect(visit.lines.last).to_contain_text("Hello, Ann here.", timeout=SOON_MS)
    expect(visit.lines.last).to_contain_text("Ann")
    visit.composer.press_sequentially("Hi")
    expect(desk.get_by_text("The visitor is writing…")).to_be_visible(timeout=SOON_MS)
    visit.ask("Hi Ann, do you ship to France?")
    expect(log_of(desk).get_by_text("Hi Ann, do you ship to France?")).to_be_visible(timeout=SOON_MS)

    # Pictures go both ways.
    visit.panel.locator("input[type=file]").set_input_files(picture("broken.png"))
    visit.hears("broken.png is attached")
    visit.ask("This is how it looks.")
    expect(log_of(desk).get_by_role("img", name="broken.png")).to_be_visible(timeout=SOON_MS)
    desk.locator("[data-attach] input").set_input_files(picture("whole.png"))
    expect(desk.locator("[data-files]")).to_contain_text("whole.png")
    write(desk, "And this is how it should.")
    expect(visit.lines.last.locator("img")).to_be_visible(timeout=SOON_MS)
    assert sorted(Attachment.objects.values_list("is_from_staff", flat=True)) == [False, True]

    # Given back, the assistant answers again.
    desk.get_by_role("button", name="Hand back").click()
    expect(state(visit)).not_to_have_text("You are talking to Ann", timeout=SOON_MS)
    visit.ask("How fast do you ship?")
    expect(visit.lines.last).to_contain_text("We ship within two days.")
    expect(log_of(desk).get_by_text("We ship within two days.")).to_be_visible(timeout=SOON_MS)

    # Taken once more and ended, the visitor says how it was.
    take_over(desk)
    write(desk, "Goodbye then.")
    expect(visit.lines.last).to_contain_text("Goodbye then.", timeout=SOON_MS)
    desk.get_by_role("button", name="End…").click()
    desk.get_by_role("button", name="Yes").click()
    visit.button("Good").click(timeout=SOON_MS)
    expect(visit.panel.get_by_text("Thank you for telling us.")).to_be_visible()
    session = Session.objects.get()
    assert (session.satisfaction, session.ended_at is not None) == ("good", True)
    assert list(Handoff.objects.order_by("pk").values_list("outcome", flat=True)) == ["handed_back", "ended"]
    # What the page still tells of a visit that has ended finds nobody.
    assert [line for line in visit.console if "404" not in line] == []


def test_a_colleague_who_takes_over_stops_an_answer_that_grows(visitor, shop, desk, paced):
    model = paced(answer(content="Let me tell you a very long story about bees."))
    visit = visitor().open()
    visit.ask("What do you sell?")
    model.let(3)
    expect(visit.lines.last).to_contain_text("Let me")

    open_with(desk, desk.locator("[data-tab=all]"))
    open_with(desk, desk.get_by_role("link", name=re.compile("What do you sell")))
    take_over(desk)
    model.let_all()
    write(desk, "Honey.")

    expect(visit.lines.last).to_contain_text("Honey.", timeout=SOON_MS)
    expect(visit.panel.get_by_text("bees")).to_have_count(0)
    assert list(Session.objects.get().messages.order_by("sequence").values_list("role", flat=True)) == [
        "visitor",
        "staff",
    ]
