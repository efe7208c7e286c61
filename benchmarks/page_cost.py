"""What a page costs a visitor's browser, measured in Chromium on a processor made four times slower."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

CPU_SLOWER = 4
SETTLING_MS = 3500
MBIT = 1_000_000 / 8
MOBILE = {"offline": False, "latency": 150, "downloadThroughput": 1.6 * MBIT, "uploadThroughput": 0.75 * MBIT}
MOST_MS = 15_000
OBSERVE = """
window.__blocked = 0; window.__shift = 0;
const watch = (type, note) =>
  new PerformanceObserver(list => list.getEntries().forEach(note)).observe({type, buffered: true});
watch("longtask", entry => { window.__blocked += Math.max(0, entry.duration - 50) });
watch("layout-shift", entry => { window.__shift += entry.value });
"""
# Looked for at every frame, so that the time is that of the frame in which it could be seen.
WHEN_SEEN = """
window.__whenSeen = (selector, began) => new Promise(resolve => {
  const look = () => {
    const root = document.querySelector("caty-widget")?.shadowRoot;
    const found = root?.querySelector(selector);
    const isSeen = found && found.checkVisibility({opacityProperty: true, visibilityProperty: true})
      && found.getBoundingClientRect().width > 0;
    isSeen ? resolve(performance.now() - began) : requestAnimationFrame(look);
  };
  look();
})
"""
LAUNCHER = "[part~=launcher]"
COMPOSER = "[part~=panel] textarea"


@dataclass(frozen=True)
class Cost:
    """Of one page view, from its start until it has long been at rest."""

    script_ms: float
    blocked_ms: float
    shift: float
    heap_mb: float


@contextmanager
def slow_tab(browser: Browser, *, network: bool = False) -> Iterator[tuple[Page, CDPSession]]:
    """A tab of a visitor who was never here, on a slow processor, and on a mobile network if asked for."""
    context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    try:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWER})
        if network:
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", MOBILE)
        yield page, session
    finally:
        context.close()


def view(browser: Browser, address: str) -> Cost:
    """Look at the page and touch nothing."""
    with slow_tab(browser) as (page, session):
        page.add_init_script(OBSERVE)
        session.send("Performance.enable")
        page.goto(address, wait_until="load")
        page.wait_for_timeout(SETTLING_MS)
        script_ms = _metric(session, "ScriptDuration") * 1000
        blocked_ms, shift = page.evaluate("[window.__blocked, window.__shift]")
        session.send("HeapProfiler.collectGarbage")
        return Cost(script_ms, blocked_ms, shift, _metric(session, "JSHeapUsedSize") / 1e6)


def launcher_seen_ms(browser: Browser, address: str) -> float:
    """From the start of the page until the launcher is there, on a mobile network."""
    with slow_tab(browser, network=True) as (page, _):
        page.add_init_script(WHEN_SEEN)
        page.goto(address, wait_until="commit")
        return page.evaluate("selector => window.__whenSeen(selector, 0)", LAUNCHER)


def opened_ms(browser: Browser, address: str, *, is_warmed: bool) -> float:
    """From the click on the launcher until the visitor can write.

    Warmed by the pointer that came to rest on it first; cold, the click is the first that is heard of the visitor, and
    the panel comes over a mobile network.
    """
    with slow_tab(browser, network=not is_warmed) as (page, _):
        page.add_init_script(WHEN_SEEN)
        page.goto(address, wait_until="load")
        launcher = page.locator(f"caty-widget {LAUNCHER}")
        launcher.wait_for(timeout=MOST_MS)
        if is_warmed:
            with page.expect_response(lambda response: "panel" in response.url):
                launcher.hover()
            page.wait_for_timeout(500)
        clicked = """async ([launcher, composer]) => {
            const began = performance.now();
            document.querySelector("caty-widget").shadowRoot.querySelector(launcher).click();
            return window.__whenSeen(composer, began);
        }"""
        return page.evaluate(clicked, [LAUNCHER, COMPOSER])


def requests_before_open(browser: Browser, address: str, again: str) -> tuple[list[str], list[str]]:
    """The addresses that a first view asks for beside its own, and those of a second page soon after."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        return _asked(context, address), _asked(context, again)
    finally:
        context.close()


def _asked(context: BrowserContext, address: str) -> list[str]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    asked, from_memory = [], set()
    session.on("Network.requestServedFromCache", lambda event: from_memory.add(event["requestId"]))
    session.on("Network.responseReceived", lambda event: asked.append(event))
    session.send("Network.enable")
    page.goto(address, wait_until="load")
    page.mouse.move(300, 300)
    page.wait_for_timeout(SETTLING_MS)
    page.close()
    sent = [one for one in asked if one["requestId"] not in from_memory and not one["response"].get("fromDiskCache")]
    own = (address, urljoin(address, "/favicon.ico"))
    return [one["response"]["url"] for one in sent if one["response"]["url"] not in own]


def _metric(session: CDPSession, name: str) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == name)
