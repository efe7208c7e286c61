"""Which pages of which sites a crawl may read."""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, urlsplit

from tenants.knowledge.crawler.spelling import host_of, normalise, secured

__all__ = ["Scope", "normalise", "secured"]

DEEPEST_PATH = 12
MOST_REPEATS = 3
MOST_PARAMETERS = 4
WILDCARD = "*."
# What is no document, since pages end in anything or nothing.
FILES = re.compile(
    r"[^/]\.("
    r"avif|bmp|gif|heic|ico|jpeg|jpg|png|psd|svg|tif|tiff|webp"
    r"|aac|avi|flac|flv|m3u8|m4a|m4v|mkv|mov|mp3|mp4|mpeg|mpg|oga|ogg|ogv|wav|webm|wmv"
    r"|css|eot|js|jsx|map|mjs|otf|scss|ts|ttf|wasm|woff|woff2"
    r"|7z|apk|bin|bz2|deb|dmg|exe|gz|iso|jar|msi|pkg|rar|rpm|tar|tgz|xz|zip"
    r"|atom|csv|doc|gpx|ics|json|jsonld|kml|kmz|ods|odp|odt|ppt|pptx|rss|sql|vcf|webmanifest|xls|xlsm|xlsx|xml"
    r")$",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Hosts (`shop.example`, `*.shop.example`) and paths as shop owners type them: `/help`, `/blog/*`, `*/print`.

    A host stands for its twin with or without `www.` as well. No `include` at all means every path.
    """

    hosts: frozenset[str]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def allows(self, address: str) -> bool:
        """Whether this page may be asked for; `address` as `normalise` writes it, else it is refused.

        Files that are no documents are refused, and addresses of the shapes that calendars and filters make without
        end: paths deeper than 12, one segment more than three times, more than four parameters.
        """
        if not self.allows_host(address) or FILES.search(urlsplit(address).path) or _is_endless(address):
            return False
        if any(_matches(pattern, address) for pattern in _typed(self.exclude)):
            return False
        include = _typed(self.include)
        return not include or any(_matches(pattern, address) for pattern in include)

    def allows_host(self, address: str) -> bool:
        """Whether the address stands on one of the hosts, whatever its path: robots.txt and sitemaps."""
        if normalise(address) != address:
            return False
        host = host_of(address)
        return any(_is_at(one, pattern) for one in (host, _twin(host)) for pattern in self._hosts)

    @cached_property
    def _hosts(self) -> tuple[str, ...]:
        return tuple(filter(None, map(_clean_pattern, self.hosts)))


def _clean_pattern(host: str) -> str:
    """`*.MÜLLER.example` → `*.xn--mller-kva.example`; empty for what is no host, and for a whole country's (`*.de`)."""
    wildcard = WILDCARD if host.startswith(WILDCARD) else ""
    address = normalise(f"https://{host.removeprefix(WILDCARD)}")
    host = host_of(address) if address else ""
    return wildcard + host if "." in host or not wildcard else ""


def _twin(host: str) -> str:
    return host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"


def _is_at(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith(WILDCARD) else host == pattern


def _is_endless(address: str) -> bool:
    parts = urlsplit(address)
    segments = [segment for segment in parts.path.split("/") if segment]
    return (
        len(segments) > DEEPEST_PATH
        or any(segments.count(segment) > MOST_REPEATS for segment in segments)
        or parts.query.count("&") >= MOST_PARAMETERS
    )


def _typed(patterns: tuple[str, ...]) -> list[str]:
    return [pattern.strip() for pattern in patterns if pattern.strip()]


def _matches(pattern: str, address: str) -> bool:
    """`/help` is the page and all below it, never `/helpful`; a * stands for anything.

    Both sides get a slash at their end, and the pattern a * behind it, so that one rule covers page and folder. No
    regular expression: some take for ever on patterns that somebody typed.
    """
    parts = urlsplit(address)
    text = f"{parts.path}?{parts.query}" if "?" in pattern else parts.path
    text = unquote(text).casefold().rstrip("/") + "/"
    first, *others = _finished(pattern).split("*")
    if not text.startswith(first):
        return False
    position = len(first)
    for part in others:
        found = text.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return True


def _finished(pattern: str) -> str:
    pattern = unquote(pattern).casefold()
    if "://" in pattern:
        pattern = pattern.partition("://")[2].partition("/")[2]
    if not pattern.startswith(("/", "*")):
        pattern = f"/{pattern}"
    return pattern if pattern.endswith("*") else pattern.rstrip("/") + "/*"
