"""Web pages: the main text as Markdown, and what the page says about itself."""

import re
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import html

from tenants.knowledge.readers.contracts import Document, Source
from tenants.knowledge.readers.encodings import decode, find_charset
from tenants.knowledge.readers.web_cleaning import names_of_opened, remove_hidden, remove_noise
from tenants.knowledge.readers.web_text import main_text
from tenants.knowledge.readers.wording import LONGEST_TITLE, tidy_line

MOST_LINKS = 2_000
LONGEST_ADDRESS = 1_000
LONGEST_DESCRIPTION = 1_000
LONGEST_STYLES = 100_000
MOST_STYLESHEETS = 8
SHORT_COLOUR = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])[0-9a-f]?", re.IGNORECASE)
COLOUR = re.compile(r"#[0-9a-f]{6}(?:[0-9a-f]{2})?", re.IGNORECASE)
RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\b.*", re.IGNORECASE)
META = "//meta[translate(@name|@property, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = $name]/@content"


def read_html(source: Source) -> Document:
    """What a reader of the page sees of it, without what surrounds every page of a site."""
    page = _parse(source)
    robots = _meta(page, "robots").lower()
    title = _meta(page, "og:title") or page.findtext(".//title") or ""
    opened = names_of_opened(page)
    _resolve_links(page, address=source.address)
    links = _links(page)
    styles, stylesheets = _styles(page), _stylesheets(page, address=source.address)
    # What is hidden is out before anything is chosen: instructions to a model may be in it.
    remove_hidden(page, opened=opened)
    heading = tidy_line(page.xpath("string((//h1)[1])"))
    # Behind it most sites put their own name.
    title = heading if heading and tidy_line(title).startswith(heading) else title
    remove_noise(page)
    return Document(
        title=tidy_line(title or heading)[:LONGEST_TITLE],
        text=main_text(page),
        links=links,
        language=_language(page),
        description=tidy_line(_meta(page, "description") or _meta(page, "og:description"))[:LONGEST_DESCRIPTION],
        colours=_colours(page),
        site_name=tidy_line(_meta(page, "og:site_name"))[:LONGEST_TITLE],
        styles=styles,
        stylesheets=stylesheets,
        is_hidden_from_search="noindex" in robots or "none" in robots.split(),
        follows_links="nofollow" not in robots and "none" not in robots.split(),
    )


def _parse(source: Source) -> html.HtmlElement:
    declared = find_charset(source.media_type) or find_charset(source.content[:4096].decode("latin-1"))
    text = decode(source.content, declared=declared).replace("\0", "")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    page = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    return page if page.tag == "html" else page.getroottree().getroot()


def _meta(page: html.HtmlElement, name: str) -> str:
    for found in page.xpath(META, name=name):
        if found.strip():
            return tidy_line(found)
    return ""


def _language(page: html.HtmlElement) -> str:
    language = page.get("lang") or page.get("{http://www.w3.org/XML/1998/namespace}lang") or page.get("xml:lang") or ""
    primary = re.split(r"[-_]", language.strip().lower())[0]
    return primary if re.fullmatch(r"[a-z]{2,3}", primary) else ""


def _colours(page: html.HtmlElement) -> tuple[str, ...]:
    found = (_colour(value.strip()) for value in page.xpath(META, name="theme-color"))
    return tuple(dict.fromkeys(filter(None, found)))[:8]


def _colour(value: str) -> str:
    short, parts = SHORT_COLOUR.fullmatch(value), RGB.fullmatch(value)
    if short:
        return "#" + "".join(digit * 2 for digit in short.groups()).lower()
    if parts and all(int(part) < 256 for part in parts.groups()):
        return "#" + "".join(f"{int(part):02x}" for part in parts.groups())
    return value[:7].lower() if COLOUR.fullmatch(value) else ""


def _styles(page: html.HtmlElement) -> str:
    return "\n".join(element.text or "" for element in page.iter("style"))[:LONGEST_STYLES]


def _stylesheets(page: html.HtmlElement, *, address: str) -> tuple[str, ...]:
    """Those of every page on a screen, in their order."""
    base = _absolute(address, page.xpath("string((//base/@href)[1])").strip()) or address
    found: dict[str, None] = {}
    for element in page.iter("link"):
        said = element.get("rel", "").lower().split()
        if "stylesheet" in said and "alternate" not in said and "print" not in element.get("media", "").lower():
            found[_absolute(base, element.get("href", "").strip())] = None
    return tuple(target for target in found if target.startswith(("http://", "https://")))[:MOST_STYLESHEETS]


def _links(page: html.HtmlElement) -> tuple[str, ...]:
    links: dict[str, None] = {}
    for target in page.xpath("//a/@href | //area/@href"):
        link = urldefrag(target).url
        if link.startswith(("http://", "https://")) and len(link) <= LONGEST_ADDRESS:
            links[link] = None
        if len(links) == MOST_LINKS:
            break
    return tuple(links)


def _resolve_links(page: html.HtmlElement, *, address: str) -> None:
    """Make all links absolute. Those within the page, and what isn't an address, are links no more."""
    base = _absolute(address, page.xpath("string((//base/@href)[1])").strip()) or address
    for element in page.iter("a", "area"):
        target = element.get("href", "").strip()
        resolved = "" if target.startswith("#") else _absolute(base, target)
        if resolved:
            element.set("href", resolved)
        else:
            element.attrib.pop("href", None)


def _absolute(base: str, target: str) -> str:
    """The absolute address for people to follow, or nothing."""
    try:
        joined = urljoin(base, target)
        parts = urlsplit(joined)
    except ValueError:
        return ""
    is_page = parts.scheme in ("http", "https") and parts.hostname
    return joined if is_page or parts.scheme in ("mailto", "tel") else ""
