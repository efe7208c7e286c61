"""For tests of the admin in a browser: going from page to page, and what is wrong with one in any of its looks."""

from collections.abc import Callable, Iterator

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FrameLocator, Page

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
LOOKS = {"light, on a phone": ("light", 390), "dark, on a desk": ("dark", 1440)}
# As the switch of the admin does it: a page asks for the browser's scheme only while it loads.
SWITCH = "scheme => ['light', 'dark'].forEach(one => document.documentElement.classList.toggle(one, one === scheme))"
FIND = "rules => axe.run({runOnly: rules, resultTypes: ['violations']}).then(found => found.violations)"
IS_TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"
HEIGHT = 844

_axe = Axe()


def all_of(owner: Callable[..., Page], paths: list[str]) -> Iterator[tuple[Page, str]]:
    """Goes from page to page in one window; between two, an empty one, or a mere other #tab would load nothing."""
    page = owner(paths[0])
    site = page.url.removesuffix(paths[0])
    yield page, paths[0]
    for path in paths[1:]:
        page.goto("about:blank")
        page.goto(f"{site}{path}")
        yield page, path


def faults_of(page: Page) -> list[str]:
    """What is wrong with the page as it is now, in each of the looks: rules that it breaks, and being too wide."""
    found = []
    before = page.viewport_size
    for look, (scheme, width) in LOOKS.items():
        page.set_viewport_size({"width": width, "height": HEIGHT})
        show(page, scheme)
        found += [f"{look}: {one}" for one in breaks(page)]
        if page.evaluate(IS_TOO_WIDE):
            found.append(f"{look}: wider than the screen")
    page.set_viewport_size(before)
    return found


def breaks_in_both(page: Page) -> list[str]:
    """The rules that the page breaks at its size, light and dark."""
    found = []
    for scheme in ("light", "dark"):
        show(page, scheme)
        found += [f"{scheme}: {one}" for one in breaks(page)]
    return found


def show(page: Page, scheme: str) -> None:
    """Have the page light or dark."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate(SWITCH, scheme)


def breaks(page: Page) -> list[str]:
    """The rules that the page breaks as it looks now, with what breaks them."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe.axe_script)
    found = page.evaluate(FIND, list(RULES))
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


def widget_of(page: Page) -> FrameLocator:
    """The widget in a page's preview."""
    return page.frame_locator("#preview iframe").locator("caty-widget")
