"""Where the house may send to: public addresses only, by name or number, in whatever spelling.

A tenant types a URL and a server inside our network would answer it: that is what is refused here.
"""

import re
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import requests
from django.conf import settings
from urllib3.util import parse_url

from caty.lib.errors import CatyError

PORTS = (443, 8443)
LONGEST_URL = 2000
UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")  # blanks and the backslash, which parsers disagree on

# https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 twin. `is_global` alone won't do: on
# Python 3.11 it holds for ::127.0.0.1, 64:ff9b::7f00:1, 2002:7f00:1::, fec0::1 and multicast.
PRIVATE_IPV4 = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
# All that is routed in public stands in one block; what translates or tunnels to IPv4 is cut out of it.
PUBLIC_IPV6 = ip_network("2000::/3")
PRIVATE_IPV6 = tuple(ip_network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


class OutboundRefused(CatyError):
    """Nothing was sent: the address isn't one the house may send to. The message is for whoever typed it."""

    code = "OUTBOUND_REFUSED"
    message = "This address can't be used."


class NameNotFound(Exception):
    """The name has no address, or none was told in time."""


@dataclass(frozen=True)
class Destination:
    """A URL that may be called, and the one address it is called at. `is_excepted`: named in OUTBOUND_ALLOW."""

    url: str
    scheme: str
    host: str
    port: int
    address: str
    is_excepted: bool


def find_destination(url: str, *, timeout_seconds: float) -> Destination:
    """Check the URL and look its name up once; what is sent must go to `address`, else a second look-up could differ.

    Raises OutboundRefused and NameNotFound.
    """
    url, scheme, host, port = _read(url)
    shown_host = f"[{host}]" if ":" in host else host
    is_excepted = f"{shown_host}:{port}" in settings.OUTBOUND_ALLOW
    if not is_excepted:
        if scheme != "https":
            raise OutboundRefused("The address must begin with https://.")
        if port not in PORTS:
            raise OutboundRefused("The port must be 443 or 8443.")
    addresses = _look_up(host, port, timeout_seconds)
    if not is_excepted and not all(is_public(address) for address in addresses):
        raise OutboundRefused("The address leads to a private network.")
    # IPv4 first: many hosts, dynos among them, have no way out by IPv6.
    address = min(addresses, key=lambda address: address.version)
    return Destination(url, scheme, host, port, str(address), is_excepted)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is routed in the public Internet and stands for no other address."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in PRIVATE_IPV4)
    return address in PUBLIC_IPV6 and not any(address in network for network in PRIVATE_IPV6)


def _read(url: str) -> tuple[str, str, str, int]:
    """The URL as it will be sent, its scheme, host and port; two parsers must agree on them."""
    try:
        prepared = requests.Request("GET", url.strip()).prepare().url or ""
        if len(prepared) > LONGEST_URL or UNSAFE.search(url.strip()):
            raise OutboundRefused
        one, other = urlsplit(prepared), parse_url(prepared)
        host, port = (one.hostname or "").lower(), one.port
    except (ValueError, requests.RequestException) as error:
        raise OutboundRefused("This is no web address.") from error
    if one.scheme not in ("http", "https") or not host:
        raise OutboundRefused("This is no web address.")
    if "@" in one.netloc:
        raise OutboundRefused("The address must not contain a user name or password.")
    if (other.host or "").strip("[]").lower() != host or other.port != port or "%" in host:
        raise OutboundRefused
    return prepared, one.scheme, host, {"http": 80, "https": 443}[one.scheme] if port is None else port


def _look_up(host: str, port: int, timeout_seconds: float) -> list[IPv4Address | IPv6Address]:
    """All addresses of a name. In a thread, since the system's resolver takes as long as it likes."""
    try:
        answers = _ask_resolver(host, port).result(timeout=timeout_seconds)
    except (OSError, UnicodeError, FutureTimeout) as error:
        raise NameNotFound from error
    if not answers:
        raise NameNotFound
    return [ip_address(answer[4][0].partition("%")[0]) for answer in answers]


def _ask_resolver(host: str, port: int) -> Future:
    return _resolver_threads().submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)


@lru_cache(maxsize=1)
def _resolver_threads() -> ThreadPoolExecutor:
    """Made on first use, so that each forked process has its own."""
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolver")
