"""Speaking first to a shopper: the page they are on, and what is said to them or not."""

from playwright.sync_api import expect

from widget.models import Session

HELLO = "May I help?"
LONG_PAGE = """<div style="height:4000px">
<button>Buy</button> <button data-caty-event="basket_filled">Fill</button></div>
<form onsubmit="return false"><label>Street <input></label> <label>Town <input></label> <button>Send</button></form>
<label>Search <input type="search"></label>"""


def pass_time(visit, *stretches):
    """Let so many seconds pass, stretch by stretch, and whatever is said meanwhile be answered."""
    for seconds in stretches:
        visit.page.clock.fast_forward(seconds * 1000)
        visit.wire.settle()


def is_told(visit):
    """The rule speaks, in the answer to what the browser has told: nothing else was asked."""
    expect(visit.teaser).to_contain_text(HELLO)
    expect(visit.teaser_button("No thanks")).to_be_visible()
    assert visit.wire.named("proactive") == []
    assert visit.console == []


def is_left_alone(visit):
    visit.wire.settle()
    expect(visit.teaser).to_be_empty()


def events(shop, kind):
    batches = (call.json.get("events") or [] for call in shop.wire.named("track"))
    return [event["data"] for batch in batches for event in batch if event["type"] == kind]


def come_back(visit, shop):
    """Another visit, much later. The page is left first, or it would be told of the next visit itself."""
    visit.page.goto("about:blank")
    visit.wire.settle()
    Session.objects.update(last_heard_at="2026-01-01T00:00Z")
    visit.page.clock.fast_forward(3_600_000)
    return visit.go(shop.page("/later", body=LONG_PAGE)).stir()
