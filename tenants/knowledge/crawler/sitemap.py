"""Reads sitemaps: lists of a site's pages, in XML or plain text, packed or not. https://www.sitemaps.org/protocol.html"""

import gzip
import io
import itertools
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from caty.lib.errors import CatyError
from tenants.knowledge.crawler.spelling import LONGEST_SPELLING, normalise

MOST_BYTES = 50 * 1024 * 1024
MOST_ADDRESSES = 50_000
MOST_LINES = 2 * MOST_ADDRESSES
MOST_TAGS = 1_000_000  # each address with a score of translations
MOST_LEVELS = 20
CHUNK_BYTES = 1024 * 1024
BROKEN = _lazy("The sitemap can't be read: its XML is broken or not allowed.")
GZIP = b"\x1f\x8b"
LISTS = {"urlset": "url", "sitemapindex": "sitemap"}


class SitemapUnreadable(CatyError):
    code = "SITEMAP_UNREADABLE"
    message = "The sitemap can't be read."


@dataclass(frozen=True)
class SitemapPage:
    """`changed_at` is what the site says, None where it doesn't."""

    address: str
    changed_at: datetime | None = None


@dataclass(frozen=True)
class Sitemap:
    """The pages it names, and further sitemaps where it is an index; at most 50,000 together."""

    pages: tuple[SitemapPage, ...] = ()
    sitemaps: tuple[str, ...] = ()


def read_sitemap(content: bytes) -> Sitemap:
    """What a sitemap lists, each address once and as `normalise` writes it; what is no address is passed over.

    Raises SitemapUnreadable for what is none, and for one of more than 50 MB when unpacked.
    """
    content = _unpacked(content).removeprefix(b"\xef\xbb\xbf").lstrip()
    if content.startswith(b"<") or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _read_xml(content)
    return _read_lines(content)


def _unpacked(content: bytes) -> bytes:
    if content.startswith(GZIP):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise SitemapUnreadable(_("The sitemap is packed in a way that can't be unpacked.")) from error
    if len(content) > MOST_BYTES:
        raise SitemapUnreadable(_("The sitemap is larger than 50 MB."))
    return content


def _read_lines(content: bytes) -> Sitemap:
    lines = io.StringIO(content.decode("utf-8", errors="replace"))
    pages = _pages((line, "") for line in itertools.islice(lines, MOST_LINES))
    if not pages:
        raise SitemapUnreadable(_("There is no address of a page in the sitemap."))
    return Sitemap(pages=pages)


def _read_xml(content: bytes) -> Sitemap:
    entries = _Entries()
    parser = DefusedXMLParser(target=entries, forbid_dtd=True)
    try:
        for start in range(0, len(content), CHUNK_BYTES):
            parser.feed(content[start : start + CHUNK_BYTES])
            if entries.is_enough:
                break
        else:
            parser.close()
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise SitemapUnreadable(str(BROKEN)) from error
    pages = _pages(entries.found)
    if entries.kind == "sitemapindex":
        return Sitemap(sitemaps=tuple(page.address for page in pages))
    return Sitemap(pages=pages)


class _Entries:
    """What the parser tells its tags to. Keeps addresses and no tree, which a hostile file would blow up."""

    def __init__(self):
        self.kind = ""
        self.found: list[tuple[str, str]] = []
        self._tags = 0
        self._path: list[str] = []
        self._texts: dict[str, str] = {}

    @property
    def is_enough(self) -> bool:
        return len(self.found) >= MOST_ADDRESSES or self._tags >= MOST_TAGS

    def start(self, tag: str, attributes: dict) -> None:
        name = tag.rpartition("}")[2]
        if not self._path:
            if name not in LISTS:
                raise SitemapUnreadable(_("This is not a sitemap but something else."))
            self.kind = name
        if len(self._path) >= MOST_LEVELS:
            raise SitemapUnreadable(str(BROKEN))
        self._tags += 1
        self._path.append(name)

    def data(self, text: str) -> None:
        if len(self._path) == 3 and self._path[1] == LISTS[self.kind] and self._path[2] in ("loc", "lastmod"):
            before = self._texts.get(self._path[2], "")
            if len(before) <= LONGEST_SPELLING:
                self._texts[self._path[2]] = before + text

    def end(self, tag: str) -> None:
        self._path.pop()
        if len(self._path) == 1:
            if "loc" in self._texts and len(self.found) < MOST_ADDRESSES:
                self.found.append((self._texts["loc"], self._texts.get("lastmod", "")))
            self._texts = {}

    def close(self) -> None:
        """The parser asks what was built: nothing."""


def _pages(entries: Iterable[tuple[str, str]]) -> tuple[SitemapPage, ...]:
    pages: dict[str, SitemapPage] = {}
    for text, changed in entries:
        address = normalise(text)
        if address is not None and address not in pages:
            pages[address] = SitemapPage(address, _read_date(changed.strip()))
            if len(pages) >= MOST_ADDRESSES:
                break
    return tuple(pages.values())


def _read_date(text: str) -> datetime | None:
    """A date in W3C's form, of which day and month may be missing. UTC where no zone is named."""
    if len(text) == len("2026-01") or len(text) == len("2026"):
        text += "-01" if "-" in text else "-01-01"
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
