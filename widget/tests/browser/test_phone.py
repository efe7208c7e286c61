"""On a phone the chat takes the whole screen."""

from playwright.sync_api import expect

from widget.tests.browser.conftest import PHONE
from widget.tests.scripted_model import answer


def test_open_chat_fills_the_screen(visitor):
    visit = visitor(**PHONE)
    visit.launcher.tap()

    expect(visit.composer).to_be_visible()
    box = visit.panel.bounding_box()
    assert {name: round(value) for name, value in box.items()} == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert visit.panel.get_attribute("aria-modal") == "true"


def test_targets_are_large_enough_for_a_thumb(visitor, scripted):
    offers = [{"label": "Leave my details", "action": "lead_form", "url": ""}]
    scripted(answer(content="Yes, everywhere.", suggested_actions=offers))
    visit = visitor(**PHONE)
    expect(visit.launcher).to_be_visible()
    launcher = visit.launcher.bounding_box()
    visit.launcher.tap()
    visit.ask("Do you deliver?").sees("Yes, everywhere.")
    visit.actions.first.tap()
    expect(visit.form).to_be_visible()

    assert min(launcher["width"], launcher["height"]) >= 44
    small = visit.panel.evaluate("""panel => [...panel.querySelectorAll("button, input, textarea, select")]
        .filter(one => one.checkVisibility() && one.type != "checkbox")
        .map(one => [one.getAttribute("aria-label") || one.textContent || one.name, one.getBoundingClientRect()])
        .filter(([, box]) => box.width > 1 && Math.min(box.width, box.height) < 24).map(([name]) => name)""")
    assert small == []
    fonts = visit.panel.evaluate("""panel => [...panel.querySelectorAll("input:not([type=checkbox]), textarea")]
        .map(one => parseFloat(getComputedStyle(one).fontSize))""")
    assert min(fonts) >= 16  # iPhones zoom into smaller ones


def test_closing_gives_the_page_back(visitor):
    visit = visitor(**PHONE)
    visit.launcher.tap()
    expect(visit.composer).to_be_visible()

    visit.button("Close chat").tap()

    expect(visit.panel).to_be_hidden()
    expect(visit.launcher).to_be_visible()
    visit.page.get_by_role("link", name="Other").tap()
    visit.page.wait_for_url("**/other")
    assert visit.page.evaluate("document.documentElement.style.cssText + document.body.style.cssText") == ""


def test_page_s_own_viewport_is_left_alone(visitor):
    visit = visitor(**PHONE)
    visit.launcher.tap()
    expect(visit.composer).to_be_visible()

    names = "() => [...document.querySelectorAll('meta')].map(one => one.outerHTML)"
    assert visit.page.evaluate(names) == [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
    ]
