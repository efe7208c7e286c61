"""Where a request comes from, as what limits are counted by."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"


def caller_address(request: HttpRequest) -> str:
    """The caller's IPv4 address, or the /64 of an IPv6 one, which is what one household or server has to itself.

    `X-Forwarded-For` is believed as far as TRUSTED_PROXIES wrote it: each appends the address it was called from, so
    that many entries from the right stands the caller. What a caller wrote there itself stands further left.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(hops) >= settings.TRUSTED_PROXIES:
            address = hops[-settings.TRUSTED_PROXIES]
    return _group(address)


def _group(text: str) -> str:
    try:
        address = ip_address(_without_port(text.strip()))
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), 64), strict=False))


def _without_port(text: str) -> str:
    """Some proxies write 192.0.2.1:4711 or [2001:db8::1]:4711; zones (%eth0) say nothing about the caller."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return text.partition("%")[0]
