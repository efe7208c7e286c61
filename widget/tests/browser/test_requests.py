"""What a page view costs before anybody opens the chat."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from tenants.services import bump_config
from tenants.services.starting_rules import make_rule


def origins(addresses):
    return {f"{urlsplit(address).scheme}://{urlsplit(address).netloc}" for address in addresses}


def test_first_page_asks_twice_and_nobody_else(visitor, shop):
    visit = visitor()

    expect(visit.launcher).to_be_visible()
    visit.page.wait_for_load_state("networkidle")
    assert [call.name for call in shop.wire.calls] == ["/widget.js", "config"]
    assert shop.wire.preflights == []
    assert origins(visit.asked_for) == {shop.host.origin, shop.api.url}
    assert visit.console == []


def test_visitor_who_stays_and_is_spoken_to_costs_no_script_more(visitor, shop):
    shop.set("behavior", greeting_enabled=False, proactive_delay_ms=0, proactive_cooldown_ms=0)
    words = {"name": "Hello", "trigger_type": "hello", "text": "May I help?", "priority": 99}
    make_rule(shop.tenant, [("visits", "at_least", 1)], **words)
    bump_config(shop.tenant)
    visit = visitor(shop.page(body='<div style="height:3000px"></div>'), clock=True).stir()

    visit.page.evaluate("window.scrollTo(0, 3000)")
    visit.page.wait_for_function("window.scrollY > 0")
    visit.page.clock.fast_forward(10_000)

    expect(visit.teaser).to_contain_text("May I help?")
    shop.wire.settle()
    assert [call.name for call in shop.wire.calls] == ["/widget.js", "config", "session", "track"]
    assert shop.wire.preflights == []
    assert origins(visit.asked_for) == {shop.host.origin, shop.api.url}


def test_configuration_that_an_older_script_kept_is_not_used(visitor, shop):
    """It names an older panel."""
    older = f"{shop.api.url}/api/widget/config?key={shop.key}&lang=en"
    keep = f'<script>window.kept = fetch("{older}").then((answer) => answer.text())</script>'
    visit = visitor(shop.page(head=keep, script="<script></script>"))
    visit.page.evaluate("kept")

    visit.go(shop.page())

    expect(visit.launcher).to_be_visible()
    assert len(shop.wire.named("config")) == 2


def test_next_page_asks_at_most_once(visitor, shop):
    visit = visitor()
    expect(visit.launcher).to_be_visible()
    shop.wire.forget()

    visit.go(shop.page("/other"))

    expect(visit.launcher).to_be_visible()
    visit.page.wait_for_load_state("networkidle")
    assert len(shop.wire.calls) <= 1
    assert shop.wire.preflights == []


def test_first_report_needs_no_preflight(visitor, shop):
    visit = visitor(clock=True).stir()

    visit.page.clock.fast_forward(10_000)

    assert shop.wire.wait_for("session")[0].headers["CONTENT-TYPE"].startswith("text/plain")
    assert shop.wire.wait_for("track")[0].headers["CONTENT-TYPE"].startswith("text/plain")
    assert shop.wire.preflights == []


def test_resting_pointer_brings_the_panel_before_the_click(visitor, shop):
    visit = visitor()

    with visit.page.expect_response(lambda response: "/panel." in response.url) as brought:
        visit.launcher.hover()

    assert "immutable" in brought.value.headers["cache-control"]
    assert not visit.panel.is_visible()
