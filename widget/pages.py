"""Addresses of pages: what counts as the same page, and whose page it is. Pure."""

import hashlib
import re
from urllib.parse import unquote_plus, urlsplit, urlunsplit

LONGEST = 2000
# Parameters by whose name one can tell that the value is a key to something, or about a person.
_TELLING = (
    "token accesstoken idtoken key apikey secret password passwd passphrase pass pwd auth authorization session "
    "sessionid sid sessid phpsessid jsessionid code otp pin nonce sig signature jwt bearer credential credentials "
    "state ticket invite reset email mail phone tel telephone mobile name firstname lastname fullname username user "
    "login address street zip zipcode postcode birthday birthdate dob iban card cvv ssn"
)
_TELLING_WORDS = frozenset(_TELLING.split())
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Values that are such whatever the name: an address, a token in its three parts, what no person would type.
_TELLING_VALUE = re.compile(
    r"[^@\s]+@[^@\s]+\.\w+|eyJ[\w-]+\.[\w-]+\..*|(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{24,}"
)


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


def without_secrets(url: str) -> str:
    """The address with the values of such parameters left out as open a door or name a person, in query and fragment.

    What is no address is cut at the first "?" or "#".
    """
    try:
        parts = urlsplit(url)
        query, fragment = _without_values(parts.query), parts.fragment
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return url.partition("?")[0].partition("#")[0]
    if "=" in fragment:
        beginning, mark, pairs = fragment.rpartition("?")
        fragment = beginning + mark + _without_values(pairs)
    return urlunsplit((parts.scheme, host, parts.path, query, fragment))


def _without_values(pairs: str) -> str:
    return "&".join(map(_without_value, pairs.split("&"))) if pairs else ""


def _without_value(pair: str) -> str:
    name, mark, value = pair.partition("=")
    if not mark:
        return "" if _TELLING_VALUE.fullmatch(unquote_plus(pair)) else pair
    plain = unquote_plus(name)
    words = map(str.lower, _WORDS.findall(plain))
    is_telling = _TELLING_VALUE.fullmatch(unquote_plus(value)) or not _TELLING_WORDS.isdisjoint(words)
    return f"{name}=" if is_telling and not plain.lower().startswith("utm_") else pair


def page_key(url: str) -> str:
    """SHA-256 (hex) of the address without query and fragment: the same page has the same key."""
    return hashlib.sha256(without_query(url).encode("utf-8", "replace")).hexdigest()


def is_on_hosts(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether the page is on one of these hosts; "*.example.com" stands for every name below it."""
    host = urlsplit(without_query(url)).hostname or ""
    return any(host == known or (known.startswith("*.") and host.endswith(known[1:])) for known in hosts if host)
