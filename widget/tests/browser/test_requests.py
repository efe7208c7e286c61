"""What a page view costs before anybody opens the chat."""

from urllib.parse import urlsplit

from playwright.sync_api import expect


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


def test_visitor_who_stays_costs_one_script_more(visitor, shop):
    """It watches and speaks first; whoever leaves at once never loads it."""
    visit = visitor().stir()

    visit.page.wait_for_load_state("networkidle")
    loader, config, watcher = shop.wire.calls
    assert (loader.name, config.name) == ("/widget.js", "config")
    assert watcher.path.startswith("/static/widget/watch.")
    assert shop.wire.preflights == []


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
