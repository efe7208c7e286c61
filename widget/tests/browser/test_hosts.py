"""Pages of every kind: the widget works on them, and they are as they were."""

import threading

import pytest
from playwright.sync_api import expect

from widget.tests.browser.wire import hold_until, refuse
from widget.tests.scripted_model import answer

NONCE = "r4nd0m"
STRICT = "default-src 'none'; script-src 'nonce-r4nd0m' 'strict-dynamic'; connect-src {api}; img-src {api}"
NO_HTML_FROM_STRINGS = "require-trusted-types-for 'script'; trusted-types 'none'"
WATCH_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI}) =>
    violations.push(violatedDirective + " " + blockedURI));
"""
HOSTILE = """<style>
html { font-size: 40px; color: red; letter-spacing: 9px; visibility: hidden; cursor: wait; }
body { display: grid; text-align: right; text-transform: uppercase; line-height: 4; direction: rtl; }
body *, body *::before, body *::after {
  all: revert !important; box-sizing: content-box !important; margin: 9px !important; padding: 7px !important;
  color: red !important; background: lime !important; font: italic 40px/3 cursive !important; opacity: .4 !important;
  letter-spacing: 9px !important; word-spacing: 30px !important; text-transform: uppercase !important;
  text-indent: 30px !important; border: 3px solid blue !important; width: 50px !important; position: static !important;
  transform: rotate(5deg) !important; visibility: hidden !important; pointer-events: none !important;
  direction: rtl !important; float: left !important; z-index: -1 !important; filter: blur(3px) !important;
  cursor: wait !important; white-space: nowrap !important; text-shadow: 2px 2px red !important;
  display: none !important;
}
caty-widget { display: none !important; width: 0 !important; color: red !important; }
</style>"""
# Every element inside the widget: where it stands and what it looks like.
LOOKS = """() => {
  const kept = ["color", "backgroundColor", "fontSize", "fontFamily", "fontStyle", "letterSpacing", "wordSpacing",
    "lineHeight", "textTransform", "textIndent", "textAlign", "direction", "opacity", "visibility", "cursor",
    "whiteSpace", "textShadow", "pointerEvents", "borderTopWidth", "boxSizing", "display", "transform", "filter"];
  return [...document.querySelector("caty-widget").shadowRoot.querySelectorAll("*")].map(one => {
    const style = getComputedStyle(one), {x, y, width, height} = one.getBoundingClientRect();
    const place = width && height ? [x, y, width, height].map(Math.round) : "nowhere";
    return [one.tagName, place, kept.map(name => style[name])].join("|");
  });
}"""
GLOBALS = "Object.getOwnPropertyNames(window)"


@pytest.mark.parametrize("more", ["", f"; {NO_HTML_FROM_STRINGS}"], ids=["strict", "strict with trusted types"])
def test_strict_policy_is_kept(more, visitor, shop, scripted):
    scripted(answer(content="Yes, **gladly**."))
    policy = STRICT.format(api=shop.api.url) + more
    watch = f'<script nonce="{NONCE}">{WATCH_VIOLATIONS}</script>'
    address = shop.page(head=watch, script=shop.script(nonce=NONCE), headers={"Content_Security_Policy": policy})

    visit = visitor(address).open().ask("Do you deliver?")

    visit.sees("gladly")
    box = visit.panel.bounding_box()
    assert box["x"] > 640
    assert box["height"] > 300
    assert visit.page.evaluate("violations") == []
    assert visit.console == []


def test_hostile_styles_change_nothing(visitor, shop, scripted):
    scripted(answer(content="Yes, **gladly**."))
    looks = []
    for head in ("", HOSTILE):
        visit = visitor(shop.page(head=head))
        expect(visit.launcher).to_be_visible()
        closed = visit.page.evaluate(LOOKS)
        visit.open().ask("Do you deliver?").sees("gladly")
        visit.page.mouse.move(5, 5)
        expect(visit.button("Stop the answer")).to_be_hidden()
        looks.append((closed, visit.page.evaluate(LOOKS)))

    assert looks[0] == looks[1]


def test_page_is_left_as_it_was(visitor, shop):
    state = """() => ({
        head: document.head.outerHTML, title: document.title, html: document.documentElement.cloneNode().outerHTML,
        body: document.body.cloneNode().outerHTML, children: [...document.body.children].map(one => one.tagName),
        handlers: [window.onload, window.onerror, window.onpopstate, document.onclick].map(String),
        fonts: document.fonts.size, sheets: document.styleSheets.length + document.adoptedStyleSheets.length,
    })"""
    without = visitor(shop.page(script="<script></script>"))
    before, names_before = without.page.evaluate(state), set(without.page.evaluate(GLOBALS))

    visit = visitor().open()

    after = visit.page.evaluate(state)
    assert after.pop("children") == [*before.pop("children"), "CATY-WIDGET"]
    assert after == before
    assert set(visit.page.evaluate(GLOBALS)) - names_before == {"Caty", "CatyWidget"}
    assert visit.page.evaluate("document.cookie") == ""


def test_key_in_the_address_is_enough(visitor, shop):
    script = f'<script async src="{shop.api.url}/widget.js?key={shop.key}"></script>'

    visit = visitor(shop.page(script=script)).open()

    assert visit.console == []


def test_script_put_in_by_a_tag_manager_finds_its_key(visitor, shop):
    """Its loader runs the script where `currentScript` is null, and strips the attributes."""
    inject = f"""<script>
        Object.defineProperty(document, "currentScript", {{get: () => null}});
        const tag = document.createElement("script"); tag.src = "{shop.api.url}/widget.js?key={shop.key}";
        document.head.append(tag); </script>"""

    visit = visitor(shop.page(script=inject)).open()

    assert visit.console == []


def test_two_script_tags_make_one_widget(visitor, shop):
    visit = visitor(shop.page(script=shop.script() + shop.script())).open()

    expect(visit.widget).to_have_count(1)
    assert len(shop.wire.named("config")) == 1
    assert visit.console == []


def test_script_tag_that_is_taken_away_leaves_a_working_widget(visitor, shop):
    remove = '<script>document.querySelector("script[src]").remove()</script>'

    visit = visitor(shop.page(script=shop.script() + remove)).open()

    assert visit.console == []


def test_page_change_without_a_load_keeps_the_chat(visitor, shop, scripted):
    scripted(answer(content="Yes, gladly."))
    visit = visitor().open().ask("Do you deliver?")
    visit.sees("Yes, gladly.")

    visit.page.evaluate(
        "history.pushState({}, '', '/bikes?sort=new'); document.querySelector('main').innerHTML = '<h1>Bikes</h1>'"
    )
    visit.ask("And here?")

    assert shop.wire.wait_for("message", 2)[1].json["context"]["page_url"] == f"{shop.host.origin}/bikes?sort=new"
    assert visit.console == []


def test_swapped_body_keeps_one_open_chat(visitor, shop, scripted):
    scripted(answer(content="Yes, gladly."))
    visit = visitor().open().ask("Do you deliver?")
    visit.sees("Yes, gladly.")

    visit.page.evaluate("""() => {
        const body = document.createElement("body");
        body.innerHTML = "<main><h1>Another page</h1></main>";
        document.documentElement.replaceChild(body, document.body);
        history.pushState({}, "", "/another");
    }""")

    expect(visit.widget).to_have_count(1)
    visit.sees("Yes, gladly.")
    visit.ask("Still there?")
    visit.sees("Still there?")
    assert len(shop.wire.named("config")) == 1
    assert visit.console == []


def test_chat_works_where_storage_is_blocked(visitor, shop, scripted):
    scripted(answer(content="Yes, gladly."))
    block = """<script>for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name,
        {get() { throw new DOMException("The operation is insecure.", "SecurityError") }});</script>"""

    visit = visitor(shop.page(head=block)).open().ask("Do you deliver?")

    visit.sees("Yes, gladly.")
    assert visit.console == []


def test_full_storage_does_no_harm(visitor, shop, scripted):
    scripted(answer(content="Yes, gladly."))
    fill = """<script>
        Storage.prototype.setItem = () => { throw new DOMException("Full.", "QuotaExceededError") };</script>"""

    visit = visitor(shop.page(head=fill)).open().ask("Do you deliver?")

    visit.sees("Yes, gladly.")
    assert visit.console == []


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "500 Internal Server Error"])
def test_page_without_a_configuration_is_unharmed(status, visitor, shop):
    shop.wire.breaks("config", *[refuse(status, "NOT_FOUND")] * 5)

    visit = visitor()
    shop.wire.wait_for("config")
    visit.page.wait_for_load_state("networkidle")

    expect(visit.launcher).to_be_hidden()
    # The browser's own line about the answer is all that is said.
    assert [line for line in visit.console if "Failed to load resource" not in line] == []


def test_late_configuration_holds_nothing_up(visitor, shop):
    answered = threading.Event()
    shop.wire.breaks("config", hold_until(answered))

    visit = visitor()
    shop.wire.wait_for("config")

    assert visit.page.evaluate("document.readyState") == "complete"
    expect(visit.launcher).to_be_hidden()
    answered.set()
    expect(visit.launcher).to_be_visible()
    assert visit.console == []


def test_page_on_an_insecure_host_can_chat(visitor, shop, scripted):
    """There `crypto.randomUUID` is missing."""
    scripted(answer(content="Yes, gladly."))
    hide = "<script>delete Crypto.prototype.randomUUID; delete window.requestIdleCallback;</script>"

    visit = visitor(shop.page(head=hide)).open().ask("Do you deliver?")

    visit.sees("Yes, gladly.")
    assert visit.console == []
