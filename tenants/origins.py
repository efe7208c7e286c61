"""The sites a tenant's widget may stand on: exact scheme, host and port, or https://*.example.com."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from django.db.models import Q
from django.utils.translation import gettext as _

from caty.lib.errors import CatyError
from caty.lib.memory import ShortMemory
from tenants.models import Origin

ANY_SUBDOMAIN = "https://*."
LABEL = r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"{LABEL}(\.{LABEL})*")
SEEN_EVERY = timedelta(hours=1)
_seen = ShortMemory(size=5000, seconds=SEEN_EVERY.total_seconds())


class OriginUnreadable(CatyError, ValueError):
    """What was typed names no site. A ValueError as well, since forms read it."""

    message = "Write the address of a site, such as https://www.example.com."


def clean_pattern(text: str) -> str:
    """What staff typed or pasted, as browsers write origins: `HTTPS://Shop.example:443/cart` → `https://shop.example`.

    Raises OriginUnreadable with a sentence for the one who typed it.
    """
    url = _split(text.strip())
    if url.scheme not in ("http", "https"):
        raise OriginUnreadable(_("Begin with https://, such as https://www.example.com."))
    if url.username is not None or url.password is not None:
        raise OriginUnreadable(_("Leave out the user name: only the address of the site belongs here."))
    is_wildcard = (url.hostname or "").startswith("*.")
    host = _clean_host((url.hostname or "").removeprefix("*."))
    if is_wildcard and (url.scheme != "https" or "." not in host or host.replace(".", "").isdigit()):
        raise OriginUnreadable(_("A * stands for all sub-domains of one domain, such as https://*.example.com."))
    port = _port(url)
    return f"{url.scheme}://{'*.' if is_wildcard else ''}{host}{f':{port}' if port else ''}"


def find_pattern(origin: str, patterns: Sequence[str]) -> str | None:
    """The pattern that allows this origin. `null`, which sandboxed frames and files send, is allowed by none."""
    if origin in patterns:
        return origin
    for pattern in patterns:
        if pattern.startswith(ANY_SUBDOMAIN) and _is_subdomain(origin, pattern.removeprefix(ANY_SUBDOMAIN)):
            return pattern
    return None


def is_allowed(origin: str | None, patterns: Sequence[str]) -> bool:
    """Whether a page of this origin may use the widget. None means that a server calls, which sends no origin."""
    return origin is None or find_pattern(origin, patterns) is not None


def origin_of(request) -> str | None:
    """The origin of the page that sent this request; None where a server calls.

    Browsers leave it out of a GET to the page's own host, and say `Sec-Fetch-Site: same-origin` instead.
    """
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None and request.META.get("HTTP_SEC_FETCH_SITE") == "same-origin":
        return f"{request.scheme}://{request.get_host()}"
    return origin


def note_seen(*, tenant_id: int, pattern: str, now: datetime) -> None:
    """Write down that the widget was asked for from this site, at most once an hour.

    Only the request that finds it due waits for that one statement, all others ask nothing.
    """
    if _seen.find((tenant_id, pattern)):
        return
    _seen.put((tenant_id, pattern), True)
    stale = Q(last_seen_at=None) | Q(last_seen_at__lte=now - SEEN_EVERY)
    Origin.objects.filter(stale, tenant_id=tenant_id, pattern=pattern).update(last_seen_at=now)


def host_of(pattern: str) -> str:
    """`https://*.example.com` → `*.example.com`; without the port."""
    return urlsplit(pattern).hostname or ""


def forget_seen() -> None:
    _seen.clear()


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError as error:
        raise OriginUnreadable from error


def _clean_host(host: str) -> str:
    """Lower case, and other alphabets as browsers send them (münchen.example → xn--mnchen-3ya.example)."""
    host = host.rstrip(".")
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError as error:
        raise OriginUnreadable from error
    if len(host) > 200 or not HOST.fullmatch(host):
        raise OriginUnreadable
    return host


def _port(url: SplitResult) -> int | None:
    """None for the scheme's own port, which browsers leave out."""
    try:
        port = url.port
    except ValueError as error:
        raise OriginUnreadable(_("The port must be a number between 1 and 65535.")) from error
    if port == 0:
        raise OriginUnreadable(_("The port must be a number between 1 and 65535."))
    return None if port == {"http": 80, "https": 443}[url.scheme] else port


def _is_subdomain(origin: str, domain: str) -> bool:
    beginning = origin.removeprefix("https://").removesuffix(f".{domain}")
    return len(origin) == len(f"https://{beginning}.{domain}") and HOST.fullmatch(beginning) is not None
