"""Takes out of a page what nobody sees, and what isn't its text."""

import re

from lxml import html

UNSEEN_TAGS = (
    *("script", "style", "template", "noscript", "iframe", "object", "embed", "applet", "svg", "math", "canvas"),
    *("audio", "video", "map", "datalist", "select", "textarea", "input"),
)
HIDING_STYLE = re.compile(
    r"(?:^|[;{\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0*(?:\.0+)?\s*(?:[;!]|$)"
    r"|font-size\s*:\s*0*(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:[;!]|$)|text-indent\s*:\s*-\d{3,}"
    r"|(?:left|top|right)\s*:\s*-\d{3,}|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]+[01]|clip-path\s*:\s*inset\(\s*(?:50|100)%)",
    re.IGNORECASE,
)
COLOURS = re.compile(r"(?:^|;)\s*(color|background(?:-color)?)\s*:\s*([^;!]+)", re.IGNORECASE)
UNSEEN_CLASSES = {"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "is-hidden"}
UNSEEN_ON_SOME = {"hidden", "d-none"}  # with "md:block" or "d-lg-flex" beside it only on small screens
SCREEN_SIZE = re.compile(r"(?:^|-)(?:sm|md|lg|xl|xxl|2xl)[:-]")
# One class or id alone, outside of @media: the rest would need a browser.
RULE = re.compile(r"([^{}@;]{1,500})\{([^{}]{0,2000})\}")
SELECTOR = re.compile(r"[.#][\w-]{1,80}")
MOST_STYLE = 300_000

CONSENT = re.compile(
    r"(?:^|[\W_])(?:cookies?|consent|gdpr|dsgvo|onetrust|usercentrics|cookiebot|cookieyes|cky|borlabs\w*|cmp(?:box)?)"
    r"(?:$|[\W_\d])",
    re.IGNORECASE,
)
CONSENT_SHARE = 0.4  # of the page's text; with more it is the page itself, about cookies
NOISE = (
    "//nav | //*[@role='navigation' or @role='search' or @role='banner' or @role='alertdialog' or @role='contentinfo']"
    " | //header[not(ancestor::main or ancestor::article or .//h1)] | //footer[not(ancestor::article)]"
    " | //*[self::div or self::section][@id='header' or @id='footer' or @id='sidebar']"
)
# What MediaWiki puts into and around its text.
WIKI_NOISE = {
    *("toc", "mw-editsection", "noprint", "navbox", "mw-jump-link", "catlinks", "printfooter", "reference", "reflist"),
    *(
        "mw-references-wrap",
        "references",
        "mw-indicators",
        "vector-header",
        "mw-cite-backlink",
        "mw-empty-elt",
        "ambox",
    ),
}
LAST_HEADING = (
    "//*[contains(@class, 'mw-heading') or (self::h2 and not(parent::*[contains(@class, 'mw-heading')]))]"
    "[not(following-sibling::*)]"
)
WIKI_NOISE_IDS = {"toc", "siteSub", "contentSub", "jump-to-nav"}


OPENED_ROLES = {"tabpanel", "region"}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "dt")


def remove_hidden(page: html.HtmlElement, *, opened: set[str]) -> None:
    """Take out what a visitor can't see, but for the ids in `opened`: answers folded away until they are clicked."""
    hiding = _hiding_names(page)
    for element in list(page.iter("*")):
        if element.tag == "button":
            _keep_question(element)
        elif element.tag == "summary":
            element.tag = "h3"
        elif element.tag in UNSEEN_TAGS or (_is_hidden(element, hiding) and not _is_opened(element, opened)):
            _drop(element)


def remove_noise(page: html.HtmlElement) -> None:
    """Take out menus, banners for consent, headers and footers, and a wiki's own furniture."""
    _drop_consent(page)
    for element in page.xpath(NOISE):
        if element.tag not in ("html", "body"):
            _drop(element)
    if page.xpath("//*[contains(concat(' ', @class, ' '), ' mw-parser-output ')]"):
        for element in list(page.iter("*")):
            if WIKI_NOISE & _classes(element) or element.get("id") in WIKI_NOISE_IDS:
                _drop(element)
            elif element.tag == "a" and "new" in _classes(element):
                element.drop_tag()  # leads to a page that nobody has written
        for heading in page.xpath(LAST_HEADING):
            _drop(heading)


def _drop(element: html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _classes(element: html.HtmlElement) -> set[str]:
    return set((element.get("class") or "").split())


def _keep_question(button: html.HtmlElement) -> None:
    """Buttons are not text, but for those that open an answer: they are its heading."""
    if any(parent.tag in HEADINGS for parent in button.iterancestors()):
        button.drop_tag()
    elif button.get("aria-controls") or button.get("aria-expanded") or button.text_content().strip().endswith("?"):
        button.tag = "h3"
    else:
        _drop(button)


def _is_hidden(element: html.HtmlElement, hiding: set[str]) -> bool:
    if element.tag in ("html", "body", "head"):
        return False
    if (
        element.get("hidden", "until-found").lower() != "until-found"
        or element.get("aria-hidden", "").lower() == "true"
    ):
        return True
    if element.tag == "dialog" and "open" not in element.attrib:
        return True
    style = element.get("style", "")
    if style and (HIDING_STYLE.search(style) or _is_colourless(style)):
        return True
    names = _classes(element)
    if names & UNSEEN_CLASSES or (names & UNSEEN_ON_SOME and not any(map(SCREEN_SIZE.search, names))):
        return True
    return bool(hiding) and (f"#{element.get('id')}" in hiding or any(f".{name}" in hiding for name in names))


def _is_colourless(style: str) -> bool:
    """Whether the text has the colour that it stands on."""
    colours = {name.lower()[:5]: value.strip().lower() for name, value in COLOURS.findall(style)}
    return "color" in colours and colours["color"] == colours.get("backg")


def names_of_opened(page: html.HtmlElement) -> set[str]:
    """The ids of what a button or link on the page opens."""
    targets = page.xpath("//@aria-controls | //@data-target | //@data-bs-target | //a/@href[starts-with(., '#')]")
    return {name.lstrip("#") for target in targets for name in target.split()} - {""}


def _is_opened(element: html.HtmlElement, opened: set[str]) -> bool:
    is_labelled = element.get("role") in OPENED_ROLES and element.get("aria-labelledby")
    return bool(is_labelled) or element.get("id") in opened


def _hiding_names(page: html.HtmlElement) -> set[str]:
    """Classes (".x") and ids ("#x") that the page's own style sheets hide on every screen."""
    sheet = "\n".join(style.text or "" for style in page.iter("style"))[:MOST_STYLE]
    names: set[str] = set()
    for selectors, style in RULE.findall(_outside_of_conditions(sheet)):
        if HIDING_STYLE.search(style):
            names.update(name for name in map(str.strip, selectors.split(",")) if SELECTOR.fullmatch(name))
    return names


def _outside_of_conditions(sheet: str) -> str:
    """The rules that hold everywhere, without comments and what is within @media and the like."""
    sheet = re.sub(r"/\*.*?(?:\*/|$)", "", sheet, flags=re.DOTALL)
    kept, depth, conditional = [], 0, 0
    for part in re.split(r"([{}])", sheet):
        if part == "{":
            depth += 1
        elif part == "}":
            depth = max(0, depth - 1)
            conditional = 0 if depth < conditional else conditional
        elif part.lstrip().startswith("@") and not conditional:
            conditional = depth + 1
            continue
        if not conditional:
            kept.append(part)
    return "".join(kept)


def _drop_consent(page: html.HtmlElement) -> None:
    whole = len(page.text_content())
    for element in page.xpath("//div | //section | //aside | //dialog | //form"):
        name = f"{element.get('id', '')} {element.get('class', '')}"
        if CONSENT.search(name) and len(element.text_content()) < CONSENT_SHARE * whole:
            _drop(element)
