"""Addresses of pages: what counts as the same page, and whose page it is. Pure."""

import hashlib
from urllib.parse import urlsplit, urlunsplit

LONGEST = 2000


def without_query(url: str) -> str:
    """The address without query and fragment, host in lower case; "" for what is no http address."""
    try:
        parts = urlsplit(url.strip()[:LONGEST])
        host = parts.hostname
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    return urlunsplit((parts.scheme, host.lower() + port, parts.path or "/", "", ""))


def page_key(url: str) -> str:
    """SHA-256 (hex) of the address without query and fragment: the same page has the same key."""
    return hashlib.sha256(without_query(url).encode("utf-8", "replace")).hexdigest()


def is_on_hosts(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether the page is on one of these hosts; "*.example.com" stands for every name below it."""
    host = urlsplit(without_query(url)).hostname or ""
    return any(host == known or (known.startswith("*.") and host.endswith(known[1:])) for known in hosts if host)
