"""The inbox in a browser: colleagues answer, are told of each other, and lose nothing; on a desk and on a phone."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from caty.lib import bell, stopping
from caty.tests.waiting import until
from tenants import knowledge
from tenants.models import CannedReply
from tenants.services import bump_config
from widget import services
from widget.admin import inbox_stream
from widget.models import Note
from widget.queries import inbox_topic
from widget.services import presence
from widget.tests.attached import png
from widget.tests.browser.admin_pages import IS_TOO_WIDE, breaks_in_both
from widget.tests.browser.wire import Wire
from widget.tests.colleagues import Colleague
from widget.tests.conftest import CALLER, VisitorAt

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SMALL = (
    "a => [...document.querySelectorAll(a)].filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44)"
)
SMALL += ".map(e => e.outerHTML)"


@pytest.fixture
def desk(browser, live_server, settings, acme, cast):
    """Opens a page of the inbox as a colleague of Acme's. What goes wrong in it fails the test."""
    settings.SITE_URL = live_server.url
    server = live_server.thread.httpd
    wire = Wire(server.get_app())
    server.set_app(wire)
    contexts, faults = [], []

    def sit(colleague, path="/admin/inbox/", **options):
        context = browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", **options}
        )
        contexts.append(context)
        login = cast.client_of(colleague.membership.user).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": login, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{live_server.url}{path}")
        return page

    sit.wire = wire
    yield sit
    for context in contexts:
        context.close()
    stopping.watch(lambda: True)
    bell.ring(inbox_topic(acme.pk))
    server.set_app(wire.application)
    wire.settle()
    stopping.watch(lambda: False)
    assert faults == []


@pytest.fixture
def ann(acme):
    return Colleague(acme, "Ann", now=timezone.now())


@pytest.fixture
def ben(acme):
    return Colleague(acme, "Ben", now=timezone.now())


@pytest.fixture
def visitor(acme):
    return VisitorAt(acme, now=timezone.now())


def call_person(visitor):
    services.request_handoff(
        tenant=visitor.tenant,
        config=visitor.config,
        session_id=visitor.session_id,
        caller=CALLER,
        now=timezone.now(),
    )


def path_of(visitor, tab="all") -> str:
    return f"/admin/inbox/{visitor.session.reference}/?tab={tab}"


def field(page):
    return page.get_by_role("textbox", name="Your answer")


def options_of(page):
    """The ready answers that are offered."""
    return page.get_by_role("listbox", name="Ready answers").get_by_role("option")


def test_visitor_who_asks_for_a_person_appears_without_reloading_and_is_answered(desk, ann, visitor):
    page = desk(ann)
    expect(page.get_by_text("Nobody waits for a person.")).to_be_visible()
    desk.wire.wait_for("/admin/inbox/stream")

    visitor.say("Is somebody there?")
    call_person(visitor)

    expect(page).to_have_title("(1) Inbox | Caty")
    page.get_by_role("link", name=re.compile("Is somebody there")).click()
    page.get_by_role("button", name="Take over").click()
    expect(page.get_by_text("You answer").first).to_be_visible()
    expect(field(page)).to_be_focused()
    page.keyboard.type("Ann here.")
    page.keyboard.press("Enter")

    expect(page.get_by_role("log").get_by_text("Ann here.")).to_be_visible()
    expect(field(page)).to_have_value("")
    assert visitor.session.messages.get(role="staff").content == "Ann here."

    visitor.say("Wonderful, Ann.")
    expect(page.get_by_role("log").get_by_text("Wonderful, Ann.")).to_be_visible()


def test_hint_that_comes_while_news_are_on_their_way_is_followed_after_them(desk, ann, visitor):
    page = desk(ann, path_of(visitor))
    desk.wire.wait_for("/admin/inbox/stream")
    visitor.say("First.")
    expect(page.get_by_role("log").get_by_text("First.")).to_be_visible()
    held = []

    def hold(route):
        """The first news are kept back until the second words are stored and hinted at."""
        answer = route.fetch()
        if not held:
            held.append(route)
            visitor.say("Third.")
            page.wait_for_timeout(300)
        route.fulfill(response=answer)

    page.route("**/news?*", hold)
    visitor.say("Second.")

    expect(page.get_by_role("log").get_by_text("Third.")).to_be_visible(timeout=8_000)


def test_page_without_a_stream_asks_instead(desk, ann, visitor, monkeypatch):
    monkeypatch.setattr(inbox_stream, "MOST_OF_A_PERSON", 0)
    page = desk(ann, path_of(visitor))

    visitor.say("Hello out there?")

    expect(page.get_by_role("log").get_by_text("Hello out there?")).to_be_visible()


def test_second_who_takes_over_is_asked_first(desk, ann, ben, visitor):
    visitor.say("Hello?")
    page = desk(ann, path_of(visitor))
    ben.take(visitor)
    expect(page.get_by_role("button", name="Take over from Ben")).to_be_visible()

    page.get_by_role("button", name="Take over from Ben").click()
    page.get_by_role("button", name="No").click()
    assert visitor.session.owner == ben.membership

    page.keyboard.press("t")
    page.get_by_role("button", name="Yes").click()

    expect(page.get_by_text("You answer").first).to_be_visible()
    assert visitor.session.owner == ann.membership


def test_two_who_take_over_at_the_same_moment_are_told_of_each_other(desk, ann, ben, visitor):
    page = desk(ann, path_of(visitor))
    button = page.get_by_role("button", name="Take over", exact=True)
    page.route("**/take", lambda route: (ben.take(visitor), route.continue_()))

    button.click()

    expect(page.get_by_text("Ben answers this visitor. Take over from Ben?")).to_be_visible()
    page.get_by_role("button", name="No").click()
    assert visitor.session.owner == ben.membership


def test_answer_that_could_not_be_sent_is_kept_over_a_reload_and_sent_once(desk, ann, visitor):
    ann.take(visitor)
    page = desk(ann, path_of(visitor))
    page.route("**/reply", lambda route: route.abort())
    field(page).fill("Nothing is lost.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not sent:")).to_be_visible()
    field(page).fill("Half a sen")

    page.reload()
    expect(field(page)).to_have_value("Half a sen")
    page.unroute("**/reply")
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("log").get_by_text("Nothing is lost.")).to_be_visible()
    expect(page.get_by_text("Not sent:")).to_have_count(0)
    assert visitor.session.messages.filter(role="staff").count() == 1


def test_answer_whose_confirmation_was_lost_is_stored_once(desk, ann, visitor):
    ann.take(visitor)
    page = desk(ann, path_of(visitor))
    page.route("**/reply", lambda route: (route.fetch(), route.abort()))
    field(page).fill("Once.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not sent:")).to_be_visible()
    page.unroute("**/reply")

    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_text("Not sent:")).to_have_count(0)
    assert [one.content for one in visitor.session.messages.filter(role="staff")] == ["Once."]


def test_both_see_that_the_other_writes_and_who_else_looks(desk, ann, ben, visitor):
    ann.take(visitor)
    page = desk(ann, path_of(visitor))
    desk.wire.wait_for("/admin/inbox/stream")
    ben.look(visitor)
    presence.note_typing(visitor.session.pk, presence.VISITOR)

    expect(page.get_by_text("The visitor is writing…")).to_be_visible()
    expect(page.get_by_text("Also here: Ben")).to_be_visible()

    field(page).press_sequentially("Hel")
    desk.wire.wait_for(f"/admin/inbox/{visitor.session.reference}/typing")
    until(lambda: presence.is_colleague_typing(visitor.session.pk))


def test_note_is_for_colleagues_and_possible_at_any_time(desk, ann, visitor):
    visitor.say("Hello?")
    page = desk(ann, path_of(visitor))
    expect(page.get_by_text("Take the conversation over to answer.")).to_be_visible()

    page.keyboard.press("n")
    page.get_by_role("textbox", name="Your note").fill("A friend of the house.")
    page.keyboard.press("Enter")

    expect(page.get_by_role("log").get_by_text("A friend of the house.")).to_be_visible()
    expect(page.get_by_role("log").get_by_text("Only colleagues read this.")).to_be_visible()
    assert Note.objects.get().text == "A friend of the house."
    assert not visitor.session.messages.filter(role="staff").exists()


def test_ready_answer_is_taken_by_its_name(desk, acme, ann, visitor):
    CannedReply.objects.create(tenant=acme, name="hours", text="We open at nine.")
    CannedReply.objects.create(tenant=acme, name="thanks", text="Thank you!")
    ann.take(visitor)
    page = desk(ann, path_of(visitor))

    page.keyboard.press("/")
    expect(options_of(page)).to_have_count(2)
    page.keyboard.type("tha")
    expect(options_of(page)).to_have_count(1)
    page.keyboard.press("Enter")

    expect(field(page)).to_have_value("Thank you!")
    assert not visitor.session.messages.filter(role="staff").exists()


def test_what_the_knowledge_says_is_put_into_the_answer_with_one_click_and_never_sent(desk, acme, ann, visitor):
    acme.articles.create(title="Do you ship to Malta?", body="Yes, within five days.", kind="question")
    bump_knowledge(acme)
    visitor.say("Do you ship to Malta?")
    ann.take(visitor)
    page = desk(ann, path_of(visitor))

    page.get_by_role("button", name="Put it into my answer").click()

    expect(field(page)).to_have_value("Yes, within five days.")
    assert not visitor.session.messages.filter(role="staff").exists()


def bump_knowledge(tenant):
    knowledge.rebuild(tenant.pk)
    bump_config(tenant)


def test_file_goes_along(desk, ann, visitor):
    ann.take(visitor)
    page = desk(ann, path_of(visitor))

    page.get_by_label("Attach a file").set_input_files({"name": "bees.png", "mimeType": "image/png", "buffer": png()})
    expect(page.get_by_text("bees.png")).to_be_visible()
    field(page).fill("Look:")
    page.keyboard.press("Enter")

    expect(page.get_by_role("log").get_by_role("img", name="bees.png")).to_be_visible()


def test_everything_is_done_by_keys_which_can_be_switched_off(desk, acme, ann, visitor):
    other = VisitorAt(acme, now=timezone.now())
    for one in (other, visitor):
        one.say("Hello?")
    page = desk(ann, path_of(visitor))
    page.keyboard.press("t")
    expect(field(page)).to_be_focused()
    page.keyboard.type("tbe?")
    expect(field(page)).to_have_value("tbe?")  # letters are letters where one writes
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.get_by_text("The assistant answers").first).to_be_visible()
    page.keyboard.press("?")
    page.get_by_label("Single keys do something").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("t")
    expect(page.get_by_role("button", name="Take over", exact=True)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys do something").check()
    page.keyboard.press("Escape")
    page.keyboard.press("k")  # who was heard of later stands above
    page.wait_for_url(re.compile(other.session.reference))
    page.keyboard.press("j")
    page.wait_for_url(re.compile(visitor.session.reference))
    page.keyboard.press("e")
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_text("Ended").first).to_be_visible()
    expect(page.get_by_text("This conversation has ended. A note is possible at any time.")).to_be_visible()
    expect(page.get_by_role("heading", name="Give it to a colleague")).to_be_hidden()
    assert visitor.session.ended_at


def test_what_visitors_write_runs_nowhere(desk, ann, visitor):
    page = desk(ann, path_of(visitor))
    desk.wire.wait_for("/admin/inbox/stream")

    visitor.say("<img src=x onerror='document.title=`run`'>")

    expect(page.get_by_role("log").get_by_text("<img src=x")).to_be_visible()
    assert "run" not in page.title()


def test_who_reads_further_up_stays_there_and_who_is_at_the_end_too(desk, ann, visitor):
    ann.take(visitor)
    for number in range(20):
        ann.write(visitor, f"Line {number}")
    page = desk(ann, path_of(visitor))
    expect(page.get_by_role("log").get_by_text("Line 19")).to_be_in_viewport()

    visitor.say("At the end.")
    expect(page.get_by_role("log").get_by_text("At the end.")).to_be_in_viewport()
    page.get_by_role("log").evaluate("log => log.scrollTo(0, 0)")
    visitor.say("Out of sight.")
    page.get_by_role("button", name="New messages").click()

    expect(page.get_by_role("log").get_by_text("Out of sight.")).to_be_in_viewport()
    expect(page.get_by_role("button", name="New messages")).to_be_hidden()


def test_phone_shows_one_at_a_time_with_a_way_back(desk, ann, visitor):
    visitor.say("Hello from a phone?")
    call_person(visitor)
    page = desk(ann, **PHONE)

    page.get_by_role("link", name=re.compile("Hello from a phone")).tap()
    expect(page.get_by_role("log")).to_be_visible()
    expect(page.get_by_role("navigation", name="Conversations")).to_be_hidden()
    page.get_by_role("button", name="Visitor", exact=True).tap()
    expect(page.get_by_role("heading", name="What happened lately")).to_be_visible()
    page.get_by_role("link", name="← Inbox").tap()

    expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()


@pytest.mark.parametrize("options", [PHONE, {}])
def test_no_page_breaks_a_rule_or_is_wider_than_the_screen(desk, acme, ann, ben, visitor, options):
    CannedReply.objects.create(tenant=acme, name="hours", text="We open at nine.")
    visitor.say("unbroken" * 40)
    visitor.say("Write to mia@example.org")
    call_person(visitor)
    page = desk(ann, **options)
    expect(page.locator("[data-ref]")).to_have_count(1)
    assert breaks_in_both(page) == []
    page.locator("[data-ref]").click()
    page.get_by_role("button", name="Take over").click()
    field(page).fill("Ann.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log").get_by_text("Ann.")).to_be_visible()
    ann.note(visitor, "A note.")
    ben.look(visitor)
    expect(page.get_by_role("log").get_by_text("A note.")).to_be_visible()
    if options:
        page.get_by_role("button", name="Visitor", exact=True).tap()
        assert page.evaluate(SMALL, "#inbox :is(button, select, textarea, .caty-button, .caty-inbox-row)") == []
    assert breaks_in_both(page) == []
    assert not page.evaluate(IS_TOO_WIDE)
    page.set_viewport_size({"width": 320, "height": 640})
    assert not page.evaluate(IS_TOO_WIDE)
    page.get_by_role("button", name="Ready answers").click()
    expect(options_of(page)).to_have_count(1)
    assert breaks_in_both(page) == []
