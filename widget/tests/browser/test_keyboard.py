"""Without a mouse: into the chat, through it and out again; and where the focus is meanwhile."""

import threading

from playwright.sync_api import expect

from widget.tests.browser.conftest import PHONE
from widget.tests.browser.wire import hold_until
from widget.tests.scripted_model import answer

OFFER = answer(
    content="Yes, everywhere.",
    suggested_actions=[{"label": "Leave my details", "action": "lead_form", "url": ""}],
)


def tab_until(visit, name, *, key="Tab", most=25):
    """Press the key until what is called so has the focus; gives what was passed, the last first among them."""
    passed = []
    for _ in range(most):
        visit.page.keyboard.press(key)
        passed.append(visit.focused())
        if passed[-1].startswith(name):
            return passed
    raise AssertionError(f"{name} was not reached: {passed}")


def test_whole_journey_by_keyboard(visitor, shop, scripted):
    scripted(OFFER)
    visit = visitor()
    expect(visit.launcher).to_be_visible()

    tab_until(visit, "Open chat")
    visit.page.keyboard.press("Enter")
    expect(visit.composer).to_be_focused()
    visit.page.keyboard.type("Do you deliver?")
    visit.page.keyboard.press("Enter")
    visit.sees("Yes, everywhere.")
    expect(visit.composer).to_be_focused()
    tab_until(visit, "Leave my details", key="Shift+Tab")
    visit.page.keyboard.press("Enter")
    expect(visit.form).to_be_visible()
    if not visit.focused().startswith("Name"):
        tab_until(visit, "Name")
    visit.page.keyboard.type("Jane Roe")
    tab_until(visit, "E-mail")
    visit.page.keyboard.type("jane@roe.example")
    visit.page.keyboard.press("Enter")
    visit.sees("Thanks! Someone will be in touch soon.")

    assert shop.wire.wait_for("lead")[0].json["email"] == "jane@roe.example"


def test_button_that_has_the_focus_stays_when_the_history_comes(visitor, shop, scripted):
    scripted(OFFER)
    late = threading.Event()
    shop.wire.breaks("messages", hold_until(late))
    visit = visitor().open().ask("Do you deliver?")
    visit.hears("Yes, everywhere.")
    tab_until(visit, "Leave my details", key="Shift+Tab")

    late.set()
    shop.wire.wait_for("messages", 2)

    assert visit.focused() == "Leave my details"
    visit.page.keyboard.press("Enter")
    expect(visit.form).to_be_visible()


def test_focus_comes_in_and_goes_back(visitor):
    visit = visitor().open()
    expect(visit.composer).to_be_focused()

    visit.page.keyboard.press("Escape")

    expect(visit.panel).to_be_hidden()
    expect(visit.launcher).to_be_focused()
    expect(visit.launcher).to_have_attribute("aria-expanded", "false")


def test_close_button_gives_the_focus_back(visitor):
    visit = visitor().open()
    expect(visit.launcher).to_have_attribute("aria-expanded", "true")

    visit.button("Close chat").press("Enter")

    expect(visit.launcher).to_be_focused()


def test_on_a_desk_the_focus_may_leave_the_chat(visitor):
    visit = visitor().open()

    tab_until(visit, "Other")

    expect(visit.panel).to_be_visible()
    assert visit.panel.get_attribute("aria-modal") != "true"


def test_on_a_phone_the_focus_stays_in_the_chat(visitor):
    visit = visitor(**PHONE).open()
    inside = "() => !!document.querySelector('caty-widget').shadowRoot.activeElement"

    seen = set()
    for key in ["Tab"] * 12 + ["Shift+Tab"] * 12:
        visit.page.keyboard.press(key)
        seen.add(visit.focused())
        assert visit.page.evaluate(inside)

    assert "Other" not in seen
    assert {"Close chat", "Write a message"} <= seen


def test_shift_enter_writes_a_second_line(visitor, shop, scripted):
    scripted(OFFER)
    visit = visitor().open()

    visit.composer.fill("Hello,")
    visit.composer.press("Shift+Enter")
    visit.page.keyboard.type("do you deliver?")
    visit.page.keyboard.press("Enter")

    assert shop.wire.wait_for("message")[0].json["message"] == "Hello,\ndo you deliver?"


def test_enter_that_ends_a_composition_sends_nothing(visitor, shop):
    """Japanese, Chinese and Korean are typed in two steps; Enter ends the first."""
    visit = visitor().open()
    visit.composer.fill("こんにちは")

    visit.composer.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "keyCode": 229, "bubbles": True})

    expect(visit.composer).to_have_value("こんにちは")
    assert shop.wire.named("message") == []
