"""Speaking first: once, at the right moment, and without getting in anybody's way."""

import pytest
from playwright.sync_api import expect

from widget.models import Message, ProactiveShowing
from widget.tests.scripted_model import answer

BEFORE_YOU_GO = "Before you go: is there a question I can answer for you?"
PRICES = "Comparing prices?"


@pytest.fixture
def reader(visitor, shop):
    """Somebody who has read for a while; greetings are off, and speaking first is allowed at once."""
    shop.set("behavior", greeting_enabled=False, proactive_delay_ms=0, proactive_cooldown_ms=0)

    def come(**options):
        visit = visitor(clock=True, **options).stir()
        visit.page.clock.fast_forward(12_000)
        shop.wire.wait_for("track")
        shop.wire.settle()
        return visit

    return come


def test_visitor_who_is_about_to_leave_is_spoken_to(reader, shop):
    visit = reader()
    visit.page.get_by_role("link", name="Other").focus()

    visit.move_out()

    expect(visit.teaser).to_contain_text(BEFORE_YOU_GO)
    assert visit.focused() == "Other"
    assert visit.console == []


def test_rule_speaks_once_a_session(reader, shop):
    visit = reader()
    visit.move_out()
    expect(visit.teaser).to_contain_text(BEFORE_YOU_GO)
    visit.teaser_button("Dismiss message").click()
    expect(visit.teaser).to_be_hidden()
    shop.wire.wait_for("proactive/dismissed")

    visit.move_out()
    visit.page.clock.fast_forward(60_000)
    visit.go(shop.page("/other")).stir()
    visit.move_out()
    visit.page.clock.fast_forward(60_000)
    shop.wire.settle()

    # Another rule, which this visit fulfils as well, may have its say.
    expect(visit.teaser).not_to_contain_text(BEFORE_YOU_GO)


def test_nobody_is_spoken_to_while_chatting(reader, shop):
    visit = reader().open()

    visit.move_out()
    visit.page.clock.fast_forward(60_000)
    shop.wire.settle()

    expect(visit.teaser).to_be_hidden()
    assert ProactiveShowing.objects.count() == 0


def test_rule_of_the_page_waits_until_the_chat_is_closed(visitor, shop):
    shop.set("behavior", greeting_enabled=False, proactive_delay_ms=0, proactive_cooldown_ms=0)
    visit = visitor(shop.page("/pricing"), clock=True).stir().open()
    for _ in range(5):
        visit.page.clock.fast_forward(10_000)
        shop.wire.settle()
    shop.wire.wait_for("track", 2)
    expect(visit.lines).to_have_count(0)
    assert Message.objects.count() == ProactiveShowing.objects.count() == 0

    visit.button("Close chat").click()
    visit.page.clock.fast_forward(20_000)

    expect(visit.teaser).to_contain_text(PRICES)
    assert ProactiveShowing.objects.get().trigger_type == "pricing_page"


def test_teaser_opens_the_chat_with_its_words(reader, shop, scripted):
    scripted(answer(content="Gladly."))
    visit = reader()
    visit.move_out()

    visit.teaser_button(BEFORE_YOU_GO).click()

    visit.sees(BEFORE_YOU_GO)
    expect(visit.teaser).to_be_hidden()
    visit.ask("Yes, one").sees("Gladly.")


def test_greeting_is_shown_after_its_delay(visitor, shop):
    shop.set("behavior", greeting_delay_ms=5000, greeting_message="Welcome to Acme!")
    visit = visitor(clock=True).stir()
    expect(visit.teaser).to_be_hidden()

    visit.page.clock.fast_forward(6000)

    expect(visit.teaser).to_contain_text("Welcome to Acme!")
    assert visit.page.evaluate("document.activeElement === document.body")


def test_nobody_who_has_chatted_is_greeted(visitor, shop, scripted):
    scripted(answer(content="Gladly."))
    shop.set("behavior", greeting_delay_ms=5000)
    visit = visitor(clock=True).stir().open().ask("Do you deliver?")
    visit.hears("Gladly.")
    visit.button("Close chat").click()

    visit.page.clock.fast_forward(6000)
    expect(visit.teaser).to_be_empty()
    visit.go(shop.page("/other")).stir()
    visit.page.clock.fast_forward(6000)
    expect(visit.teaser).to_be_empty()
    tab = visit.beside().stir()
    tab.page.clock.fast_forward(6000)
    expect(tab.teaser).to_be_empty()


def test_form_that_rests_is_helped_with(visitor, shop):
    shop.set("behavior", greeting_enabled=False, proactive_delay_ms=0, proactive_cooldown_ms=0)
    visit = visitor(shop.page(body='<form><label>Street <input name="street"></label></form>'), clock=True).stir()
    visit.page.get_by_label("Street").fill("Main st")
    visit.page.clock.fast_forward(6_000)
    shop.wire.wait_for("session")

    visit.page.clock.fast_forward(16_000)

    expect(visit.teaser).to_contain_text("Is something in the form unclear?")
    expect(visit.page.get_by_label("Street")).to_be_focused()
