"""Where a visit came from, as its first address tells. Pure.

Advertisers tag each click with an id that names a person's click for good. Which network it was is kept, the id isn't.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from leads.text import one_line

LONGEST_ADDRESS = 2000
LONGEST_TAG = 200
MOST_PARAMETERS = 100
TAGS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
NETWORKS = {  # by the parameter that carries the id of a click
    "gclid": "google",
    "gbraid": "google",
    "wbraid": "google",
    "dclid": "google",
    "gad_source": "google",
    "gad_campaignid": "google",
    "gclsrc": "google",
    "msclkid": "microsoft",
    "fbclid": "meta",
    "ttclid": "tiktok",
    "li_fat_id": "linkedin",
    "twclid": "x",
    "epik": "pinterest",
    "rdt_cid": "reddit",
    "sccid": "snapchat",
    "yclid": "yandex",
}
OTHER_IDS = frozenset({"mc_eid", "_hsenc", "_hsmi", "_ga", "_gl", "igsh", "igshid", "srsltid", "oly_enc_id", "vero_id"})


@dataclass(frozen=True, kw_only=True)
class Source:
    """The first page without its tags and ids, the campaign's five tags, and the network whose link was clicked."""

    first_page_url: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_term: str = ""
    utm_content: str = ""
    ad_network: str = ""


def source_of(first_page_url: str) -> Source:
    """What the address that a visit began on tells of where it came from."""
    tags, network = {}, ""
    for name, value in _parameters(first_page_url):
        if name in TAGS and name not in tags:
            tags[name] = one_line(value, LONGEST_TAG)
        network = network or NETWORKS.get(name, "")
    return Source(first_page_url=without_ids(first_page_url), ad_network=network, **tags)


def without_ids(url: str) -> str:
    """The address as a line, without the parameters that name a click, a person or a campaign, and without fragment."""
    url = one_line(url, LONGEST_ADDRESS)
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return url.partition("?")[0].partition("#")[0]
    kept = [(name, value) for name, value in pairs if not _is_id(name.lower())]
    query = parts.query if len(kept) == len(pairs) else urlencode(kept)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))[:LONGEST_ADDRESS]


def _is_id(name: str) -> bool:
    return name in NETWORKS or name in TAGS or name in OTHER_IDS


def _parameters(url: str) -> Iterator[tuple[str, str]]:
    try:
        pairs = parse_qsl(urlsplit(url.strip()).query, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return
    for name, value in pairs:
        yield name.lower(), value
