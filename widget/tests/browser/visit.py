"""A visitor on a page with the widget, as a person would meet it: by roles, names and what can be seen."""

import json

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, expect

from widget.tests.browser.wire import Wire
from widget.tests.collecting import FILES

TEXTS = FILES / "widget" / "texts"
AXE_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
AXE = Axe()
# Playwright's pages are never hidden by themselves.
HIDE = """isHidden => {
    const state = {visibilityState: isHidden ? "hidden" : "visible", hidden: isHidden};
    for (const name in state) Object.defineProperty(document, name, {value: state[name], configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


class Visit:
    """One tab. Everything the console said and every address asked for is kept. The panel is met in `language`."""

    def __init__(self, page: Page, wire: Wire, language: str = "en") -> None:
        self.page = page
        self.wire = wire
        self.words = json.loads((TEXTS / f"{language}.json").read_text("utf-8"))
        self.console: list[str] = []
        self.asked_for: list[str] = []
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.console.append(f"error: {error}"))
        page.on("request", self._note_request)

    def go(self, address: str) -> "Visit":
        self.page.goto(address)
        return self

    @property
    def widget(self) -> Locator:
        return self.page.locator("caty-widget")

    @property
    def launcher(self) -> Locator:
        return self.widget.locator("[part~=launcher]")

    @property
    def panel(self) -> Locator:
        return self.widget.locator("[part~=panel]")

    @property
    def teaser(self) -> Locator:
        return self.widget.locator("[part~=teaser]")

    @property
    def composer(self) -> Locator:
        return self.panel.get_by_role("textbox", name=self.words["write"])

    @property
    def lines(self) -> Locator:
        """What has been said, a list item each."""
        return self.panel.get_by_role("region", name=self.words["conversation"]).locator(":scope > ol > li")

    @property
    def spoken(self) -> Locator:
        """What a screen reader is told of the conversation."""
        return self.panel.get_by_role("log")

    @property
    def form(self) -> Locator:
        return self.panel.locator("form").filter(has=self.page.get_by_label(self.words["email"]))

    @property
    def actions(self) -> Locator:
        """The buttons that an answer suggests."""
        return self.panel.locator("[part~=actions]").get_by_role("button")

    @property
    def badge(self) -> Locator:
        return self.widget.locator("[part~=badge]")

    @property
    def alert(self) -> Locator:
        return self.panel.get_by_role("alert")

    def teaser_button(self, name: str) -> Locator:
        return self.teaser.get_by_role("button", name=name)

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name, exact=True)

    def open(self) -> "Visit":
        """Open the chat with the launcher and wait until a message can be written."""
        self.launcher.click()
        expect(self.composer).to_be_visible()
        return self

    @property
    def language(self) -> str:
        return self.panel.evaluate("one => one.closest('[lang]').lang")

    @property
    def stored(self) -> dict[str, str]:
        """All that the page's origin keeps in this browser."""
        return self.page.evaluate("({...localStorage, ...sessionStorage})")

    def beside(self) -> "Visit":
        """The same page in a second tab of the same browser."""
        return Visit(self.page.context.new_page(), self.wire).go(self.page.url)

    def stir(self) -> "Visit":
        """Give a first sign of life, and wait until the widget watches what the visitor does."""
        expect(self.launcher).to_be_visible()
        self.page.evaluate("dispatchEvent(new Event('scroll'))")
        expect(self.teaser).to_be_attached()
        return self

    def move_out(self) -> "Visit":
        """Move the mouse over the page's upper edge, as to another tab or away."""
        self.page.mouse.move(300, 200)
        self.page.mouse.move(300, -5)
        return self

    def hide(self, is_hidden: bool = True) -> "Visit":
        """Look at another tab; with False, come back to this one."""
        self.page.evaluate(HIDE, is_hidden)
        return self

    def open_by_program(self) -> "Visit":
        """Open the chat as the page may, with no click."""
        self.run("open")
        expect(self.composer).to_be_visible()
        return self

    def leave(self) -> "Visit":
        """Go where there is no widget, and wait until all that was said on the way out has been heard."""
        self.page.goto("about:blank")
        self.wire.settle()
        return self

    def ask(self, text: str) -> "Visit":
        self.composer.fill(text)
        self.composer.press("Enter")
        return self

    def sees(self, text: str) -> Locator:
        """Wait until the text stands in the panel; once, and not only for screen readers."""
        found = self.panel.get_by_text(text).locator("visible=true").first
        expect(found).to_be_visible()
        return found

    def hears(self, text: str) -> Locator:
        """Wait until a screen reader is told the text, which is when it is whole; told once."""
        found = self.spoken.get_by_text(text)
        expect(found).to_have_count(1)
        return found

    def run(self, *command: object) -> object:
        """Call the page's own `Caty(...)`."""
        return self.page.evaluate("command => window.Caty(...command)", list(command))

    def fails_axe(self) -> list[str]:
        """Every rule that is broken on the page now, with the elements that break it."""
        options = {"runOnly": {"type": "tag", "values": list(AXE_RULES)}, "resultTypes": ["violations"]}
        violations = AXE.run(self.page, options=options).response["violations"]
        return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in violations]

    def focused(self) -> str:
        """The accessible name, or the text, of what has the focus, looked for inside of shadow roots."""
        return self.page.evaluate(
            """() => {
                let one = document.activeElement;
                while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
                return one?.getAttribute("aria-label") || one?.labels?.[0]?.textContent || one?.textContent.trim() || ""
            }"""
        )

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.console.append(f"{message.type}: {message.text}")

    def _note_request(self, request: Request) -> None:
        self.asked_for.append(request.url)
