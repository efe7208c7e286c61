"""Which addresses an answer may show: the tenant's own pages, and those that stand in its knowledge."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from tenants.contracts import FoundPassage

_ADDRESS_IN_TEXT = re.compile(r"https?://[^\s<>\"'`\\]+", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\<>\"'`\u200b-\u200f\u2028-\u202e\u2060-\u2069]")
_PUNCTUATION_AT_END = ".,;:!?)]}*_"
_LONGEST = 2_000


@dataclass(frozen=True, kw_only=True)
class LinkPolicy:
    """`hosts` as in WidgetConfig ("*.example.com" allowed); `known` are whole addresses without their fragment."""

    hosts: tuple[str, ...]
    known: frozenset[str]

    def allows(self, address: str) -> bool:
        """Return whether `address` may be shown: a path on the tenant's site, one of its hosts, or a known address."""
        if not address or len(address) > _LONGEST or _FORBIDDEN.search(address):
            return False
        if address.startswith("/"):
            return not address.startswith("//")
        try:
            parts = urlsplit(address)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
            return False
        return self._is_own(host.rstrip("."), port) or _plain(address) in self.known

    def _is_own(self, host: str, port: int | None) -> bool:
        names = (host, f"{host}:{port}") if port else (host,)
        for own in self.hosts:
            if own.startswith("*."):
                if host.endswith(own[1:].lower()) and host != own[2:].lower():
                    return True
            elif own.lower() in names:
                return True
        return False


# The whole knowledge of a tenant comes with every message until it changes.
@lru_cache(maxsize=64)
def policy_for(hosts: tuple[str, ...], passages: tuple[FoundPassage, ...]) -> LinkPolicy:
    """Return the policy of a tenant with these hosts, for an answer that was given these passages."""
    known = set()
    for passage in passages:
        if passage.url:
            known.add(_plain(passage.url))
        for text in (passage.body, passage.question):
            known.update(_plain(found) for found in addresses_in(text))
    return LinkPolicy(hosts=hosts, known=frozenset(known))


def addresses_in(text: str) -> list[str]:
    """Return the web addresses that stand in a text, without the punctuation of the sentence around them."""
    return [found.rstrip(_PUNCTUATION_AT_END) for found in _ADDRESS_IN_TEXT.findall(text)]


def _plain(address: str) -> str:
    scheme, _, rest = address.partition("#")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{path}".rstrip("/")
