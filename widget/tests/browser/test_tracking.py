"""What is told of a visitor's behaviour, when, and what never is."""

import itertools
import threading

import pytest

from widget.models import PageEvent, PageView
from widget.tests.browser.wire import hold_until, refuse

LONG_PAGE = '<div style="height:3000px"><button>Buy</button></div><label>Card <input name="card"></label>'


def events(shop):
    """Everything told so far, in order."""
    return list(itertools.chain.from_iterable(call.json.get("events") or [] for call in shop.wire.named("track")))


def types(shop):
    return {event["type"] for event in events(shop)}


@pytest.fixture
def reader(visitor, shop):
    """Somebody on a long page whose clock the test has in its hand."""

    def come(**options):
        return visitor(shop.page(body=LONG_PAGE), clock=True, **options).stir()

    return come


def behave(visit):
    """Scroll, click and write something private, and let a minute pass."""
    visit.page.get_by_role("button", name="Buy").click()
    visit.page.get_by_label("Card").fill("my private words")
    visit.page.evaluate("window.scrollTo(0, 3000)")
    visit.page.wait_for_function("window.scrollY > 0")
    for _ in range(6):
        visit.page.clock.fast_forward(10_000)


def test_behaviour_is_told_in_simple_requests(reader, shop):
    visit = reader()

    behave(visit)

    track = shop.wire.wait_for("track")[0]
    assert track.headers["CONTENT-TYPE"].startswith("text/plain")
    assert "X-API-KEY" not in track.headers
    assert track.json["api_key"] == shop.key
    assert len(shop.wire.named("session")) == 1
    assert shop.wire.preflights == []
    assert visit.console == []


def test_what_was_done_is_stored(reader, shop):
    visit = reader()
    behave(visit)
    shop.wire.wait_for("track")

    visit.leave()

    view = PageView.objects.get()
    assert (view.click_count, view.scroll_depth) == (1, 100)
    assert view.time_on_page_ms >= 60_000


def test_nothing_typed_is_ever_told(reader, shop):
    visit = reader()

    behave(visit)
    shop.wire.wait_for("track")
    visit.leave()

    assert all(b"private" not in call.body for call in shop.wire.calls)


def test_secrets_in_addresses_are_not_told(visitor, shop):
    page = shop.page("/account")
    visit = visitor(f"{page}?token=s3cret&utm_source=mail#access_token=s3cret2", clock=True).stir()

    visit.page.clock.fast_forward(10_000)
    shop.wire.wait_for("track")
    visit.leave()

    told = b"".join(call.body for call in shop.wire.calls)
    assert b"/account" in told
    assert b"s3cret" not in told


def test_leaving_is_told_once(reader, shop):
    visit = reader()
    visit.page.clock.fast_forward(10_000)
    shop.wire.wait_for("track")
    shop.wire.settle()
    before = len(shop.wire.named("track"))
    visit.page.get_by_role("button", name="Buy").click()

    visit.leave()

    assert len(shop.wire.named("track")) == before + 1
    ids = [event["event_id"] for event in events(shop)]
    assert len(ids) == len(set(ids))
    assert PageEvent.objects.filter(event_id__in=ids).count() == len(ids)
    assert "click" in types(shop)


def test_report_on_its_way_is_not_sent_again_on_leaving(reader, shop):
    """The browser lets it arrive, and tells the page that it failed."""
    visit = reader()
    visit.page.clock.fast_forward(10_000)
    shop.wire.wait_for("track")
    shop.wire.settle()
    answered = threading.Event()
    shop.wire.breaks("track", hold_until(answered))
    visit.page.evaluate("for (let n = 0; n < 20; n++) Caty('track', 'own', {n})")
    shop.wire.wait_for("track", 2)

    visit.page.goto("about:blank")
    answered.set()
    shop.wire.settle()

    assert [event["data"]["n"] for event in events(shop) if event["type"] == "own"] == list(range(20))


def test_report_that_could_not_be_sent_is_sent_on_leaving(reader, shop):
    visit = reader()
    visit.page.clock.fast_forward(10_000)
    shop.wire.wait_for("track")
    shop.wire.settle()
    shop.wire.breaks("track", refuse("503 Service Unavailable", "UNAVAILABLE"))
    visit.page.evaluate("for (let n = 0; n < 20; n++) Caty('track', 'own', {n})")
    shop.wire.wait_for("track", 2)
    shop.wire.settle()

    visit.leave()

    own = [event["data"]["n"] for event in events(shop) if event["type"] == "own"]
    assert own == [*range(20), *range(20)]
    assert PageEvent.objects.filter(type="own").count() == 20


@pytest.mark.parametrize(("told", "seconds"), [({"Retry_After": "90"}, 90), ({}, 3600)], ids=["as told", "an hour"])
def test_visitor_who_is_one_too_many_waits(told, seconds, reader, shop):
    shop.wire.breaks("session", refuse("429 Too Many Requests", "RATE_LIMITED", **told))
    visit = reader()
    visit.page.clock.fast_forward(10_000)
    shop.wire.wait_for("session")
    shop.wire.settle()

    def stay(*stretches):
        for ms in stretches:
            visit.page.mouse.move(ms % 7, 9)
            visit.page.clock.fast_forward(ms)
            shop.wire.settle()

    stay(10_000, 10_000)
    visit.go(shop.page("/other")).stir()
    stay(10_000, 10_000)
    assert len(shop.wire.named("session")) == 1
    assert len(visit.console) == 1  # the browser's own line

    stay(seconds * 1000, 10_000)
    assert len(shop.wire.wait_for("session", 2)) == 2
    shop.wire.wait_for("track")


def test_batches_are_bounded(reader, shop):
    visit = reader()

    visit.page.evaluate("for (let n = 0; n < 130; n++) Caty('track', 'own', {text: 'x'.repeat(500), n})")
    for _ in range(6):
        visit.page.clock.fast_forward(10_000)
        shop.wire.settle()
    visit.leave()

    calls = shop.wire.named("track")
    assert max(len(call.json["events"]) for call in calls) <= 50
    assert max(len(call.body) for call in calls) <= 32_768
    assert sorted(event["data"]["n"] for event in events(shop) if event["type"] == "own") == list(range(130))


def test_refused_batch_is_dropped(reader, shop):
    visit = reader()
    visit.page.clock.fast_forward(10_000)
    shop.wire.wait_for("track")
    shop.wire.settle()
    shop.wire.breaks("track", refuse("400 Bad Request", "VALIDATION_ERROR"))
    visit.run("track", "own", {"n": 1})

    for _ in range(6):
        visit.page.clock.fast_forward(10_000)
        shop.wire.settle()

    assert [event["data"] for event in events(shop) if event["type"] == "own"] == [{"n": 1}]


@pytest.mark.parametrize(
    ("setting", "before"),
    [
        ("consent", ""),
        ("off", ""),
        ("on", "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"),
        ("on", "Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})"),
    ],
    ids=["before consent", "switched off", "Global Privacy Control", "Do Not Track"],
)
def test_nothing_is_told_or_kept(setting, before, reader, shop):
    shop.set("behavior", tracking=setting)
    visit = reader(before=before)

    behave(visit)
    assert visit.stored == {}
    visit.go(shop.page("/other")).stir()

    asked = {call.name for call in shop.wire.calls if not call.path.startswith("/static/")}
    assert asked == {"/widget.js", "config"}
    assert visit.stored == {}
    assert visit.page.context.cookies() == []


def test_consent_begins_tracking(reader, shop):
    shop.set("behavior", tracking="consent")
    visit = reader()

    visit.run("consent", True)
    behave(visit)

    shop.wire.wait_for("track")
    assert visit.stored != {}


def test_consent_taken_back_erases(reader, shop):
    shop.set("behavior", tracking="consent")
    visit = reader()
    visit.run("consent", True)
    behave(visit)
    shop.wire.wait_for("track")

    visit.run("consent", False)

    assert shop.wire.wait_for("consent")[-1].json["granted"] is False
    shop.wire.settle()
    assert PageEvent.objects.filter(tenant_id=shop.tenant.pk).count() == 0
    assert PageView.objects.count() == 0
    assert not any("vis_" in value or "sess_" in value for value in visit.stored.values())


def test_consent_taken_back_leaves_nothing_of_the_tab(reader, shop):
    """The chat was opened by the page, not by the visitor, who may have it kept."""
    shop.set("behavior", tracking="consent")
    visit = reader()
    visit.run("consent", True)
    visit.run("open", {"focus": False})
    visit.composer.fill("Never sent")
    visit.page.wait_for_function("Object.keys(sessionStorage).length === 2")

    visit.run("consent", False)

    assert visit.page.evaluate("Object.keys(sessionStorage)") == []


def test_chat_works_before_consent_and_keeps_only_itself(reader, shop):
    shop.set("behavior", tracking="consent")
    visit = reader().open()

    behave(visit)

    assert shop.wire.wait_for("session")[0].json["track"] is False
    assert shop.wire.named("track") == []


def test_page_change_without_a_load_is_a_page_view(reader, shop):
    visit = reader()

    visit.page.evaluate("history.pushState({}, '', '/second')")
    visit.page.evaluate("history.replaceState({}, '', '/third')")
    visit.page.clock.fast_forward(10_000)
    shop.wire.wait_for("track")
    visit.leave()

    pages = {metrics.get("page_url") for call in shop.wire.named("track") if (metrics := call.json.get("metrics"))}
    assert f"{shop.host.origin}/third" in pages


def test_a_page_that_is_hidden_uses_no_time(reader, shop):
    visit = reader()
    visit.page.clock.fast_forward(10_000)
    shop.wire.wait_for("track")

    visit.hide()
    visit.page.clock.fast_forward(600_000)
    visit.hide(False)
    visit.page.clock.fast_forward(10_000)
    visit.leave()

    totals = [metrics["timeOnPage"] for call in shop.wire.named("track") if (metrics := call.json.get("metrics"))]
    assert max(totals) < 60_000


def test_somebody_who_never_rests_is_reported_all_the_same(reader, shop):
    visit = reader()
    visit.page.clock.fast_forward(10_000)
    shop.wire.wait_for("track")
    shop.wire.settle()
    before = len(shop.wire.named("track"))

    for _ in range(6):
        visit.page.get_by_label("Card").press("1")
        visit.page.clock.fast_forward(4_000)
    shop.wire.settle()

    assert len(shop.wire.named("track")) - before == 2
