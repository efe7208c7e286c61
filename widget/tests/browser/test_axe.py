"""WCAG 2.2 A and AA and best practice, by axe, in every state a visitor can see."""

import pytest
from playwright.sync_api import expect

from widget.tests.browser.conftest import PHONE
from widget.tests.browser.wire import refuse
from widget.tests.scripted_model import answer

LONG_ANSWER = answer(
    content="Yes, **both** of them:\n\n1. by post\n2. by `courier`\n\nSee [delivery](https://acme.example/delivery).",
    suggested_actions=[
        {"label": "Leave my details", "action": "lead_form", "url": ""},
        {"label": "Talk to a person", "action": "handoff", "url": ""},
        {"label": "And returns?", "action": "message", "url": ""},
    ],
)
LOOKS = {
    "light": {},
    "dark": {"appearance": {"theme": "dark"}},
    "dark by device": {"appearance": {"theme": "auto"}, "context": {"color_scheme": "dark"}},
    "right to left": {"page": {"html": 'dir="rtl"', "lang": "ar"}, "language": "ar"},
    "phone": {"context": PHONE},
    "zoomed to 320 pixels": {"context": {"viewport": {"width": 320, "height": 256}}},
}


@pytest.fixture
def looking(visitor, shop, paced):
    """A visitor with one of the looks, and a model whose answer has everything in it."""

    def come(look):
        chosen = LOOKS[look]
        shop.set("appearance", **chosen.get("appearance", {}))
        shop.set("behavior", lead_form_fields=["name", "email", "phone", "company"], greeting_delay_ms=0)
        shop.set("behavior", consent_text="You may write to me.", consent_url="https://acme.example/privacy")
        paced(LONG_ANSWER)
        page = shop.page(**chosen.get("page", {}))
        return visitor(page, language=chosen.get("language", "en"), **chosen.get("context", {}))

    return come


@pytest.mark.parametrize("look", LOOKS)
def test_no_state_breaks_a_rule(look, looking, shop, paced):
    visit = looking(look)
    found = {}

    expect(visit.launcher).to_be_visible()
    found["closed"] = visit.fails_axe()
    expect(visit.teaser).to_be_visible()
    found["teaser"] = visit.fails_axe()
    visit.open_by_program()
    found["open"] = visit.fails_axe()
    visit.ask("Do you deliver?")
    paced.model.let(4)
    visit.sees("both")
    found["streaming"] = visit.fails_axe()
    paced.model.let_all()
    expect(visit.actions.first).to_be_visible()
    found["answered"] = visit.fails_axe()
    visit.actions.first.click()
    expect(visit.form).to_be_visible()
    found["lead form"] = visit.fails_axe()
    visit.form.get_by_role("button").first.click()
    expect(visit.form.locator("[aria-invalid=true]").first).to_be_visible()
    found["form errors"] = visit.fails_axe()
    shop.wire.breaks("message", *[refuse("403 Forbidden", "ORIGIN_NOT_ALLOWED")] * 5)
    visit.ask("And returns?")
    visit.sees(visit.words["failed"])
    found["error"] = visit.fails_axe()

    assert found == {state: [] for state in found}
