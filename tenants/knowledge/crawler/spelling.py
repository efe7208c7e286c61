"""One spelling for each web page, so that a crawl meets none twice under two names."""

import re
from ipaddress import ip_address
from urllib.parse import quote, unquote_plus, urljoin, urlsplit, urlunsplit

import idna

LONGEST_ADDRESS = 1000
LONGEST_SPELLING = 10_000  # before what is dropped has been dropped
LONGEST_HOST = 253
PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
LINE_BREAKS = re.compile(r"[\t\r\n]")  # browsers pass over them, wherever they stand
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
SESSION_IN_PATH = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
PATH_SAFE = "/:@!$&'()*+,;=~%"
QUERY_SAFE = PATH_SAFE + "?"

# They say who came and from where, not what to show.
SESSIONS = {"phpsessid", "jsessionid", "sid", "sessionid", "session_id", "oscsid", "zenid"}
TRACKING = {
    *("gclid", "gclsrc", "dclid", "gbraid", "wbraid", "srsltid", "_ga", "_gl"),
    *("fbclid", "msclkid", "ttclid", "twclid", "yclid", "igshid", "li_fat_id", "epik"),
    *("mc_cid", "mc_eid", "_hsenc", "_hsmi", "mkt_tok"),
}
TRACKING_FAMILIES = ("utm_", "mtm_", "pk_", "hsa_")


def normalise(address: str, *, base: str = "") -> str | None:
    """The absolute address of a page in its one spelling, a relative one taken as a link on `base`.

    None for what is no web address (mailto:, javascript:, nonsense), has a user name in it or is longer than 1,000
    characters. Dropped: fragment, own port, tracking parameters and session ids.
    """
    address = LINE_BREAKS.sub("", address).strip()
    if len(address) > LONGEST_SPELLING or CONTROLS.search(address):
        return None
    try:
        parts = urlsplit(urljoin(base, address))
        if parts.scheme not in PORTS or "@" in parts.netloc:
            return None
        place = _clean_host(parts.hostname or "") + _clean_port(parts.port, PORTS[parts.scheme])
        clean = urlunsplit((parts.scheme, place, _clean_path(parts.path), _clean_query(parts.query), ""))
    except ValueError:
        return None
    return clean if len(clean) <= LONGEST_ADDRESS else None


def secured(address: str) -> str:
    """A normalised address as it is asked for: old links say http://, and without TLS nothing is asked for.

    Only an address with a port of its own stays as it is.
    """
    parts = urlsplit(address)
    return parts._replace(scheme="https").geturl() if parts.port is None else address


def host_of(address: str) -> str:
    """The host of a normalised address, without its port."""
    return urlsplit(address).hostname or ""


def _clean_host(host: str) -> str:
    """Lower case, and other alphabets as the name system has them. Raises ValueError for what is no host."""
    if ":" in host:
        if "%" in host:
            raise ValueError("a zone says nothing to others")
        return f"[{ip_address(host).compressed}]"
    if len(host) > LONGEST_HOST:
        raise ValueError("too long for a host")
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode()
    host = host.rstrip(".").lower()
    if len(host) > LONGEST_HOST or not HOST.fullmatch(host):
        raise ValueError("not a host")
    return host


def _clean_port(port: int | None, own: int) -> str:
    if port == 0:
        raise ValueError("not a port")
    return "" if port is None or port == own else f":{port}"


def _clean_path(path: str) -> str:
    path = SESSION_IN_PATH.sub("", _clean_escapes(path, safe=PATH_SAFE))
    return _without_dots(path) or "/"


def _clean_query(query: str) -> str:
    pieces = _clean_escapes(query, safe=QUERY_SAFE).split("&")
    return "&".join(piece for piece in pieces if piece and not _is_dropped(piece))


def _is_dropped(parameter: str) -> bool:
    name = unquote_plus(parameter.partition("=")[0]).lower()
    return name in TRACKING or name in SESSIONS or name.startswith(TRACKING_FAMILIES)


def _clean_escapes(text: str, *, safe: str) -> str:
    """RFC 3986, 6.2.2: capital hexadecimals, nothing escaped that needs no escape, everything else escaped."""
    return ESCAPE.sub(_clean_escape, quote(STRAY_PERCENT.sub("%25", text), safe=safe))


def _clean_escape(escape: re.Match) -> str:
    character = chr(int(escape[1], 16))
    return character if UNRESERVED.fullmatch(character) else escape[0].upper()


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4: /a/./b/../c is /a/c."""
    kept: list[str] = []
    segments = path.removeprefix("/").split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
