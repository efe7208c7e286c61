"""What a site's first page says of the business and its looks. For workers: it fetches, within bounds."""

import time
from contextlib import suppress
from dataclasses import dataclass

from caty.lib.database import release_connection
from tenants.knowledge.crawler.addresses import Scope, normalise, secured
from tenants.knowledge.crawler.fetching import FetchFailed, fetch_page, fetch_robots_file, fetch_stylesheet
from tenants.knowledge.crawler.robots import Robots, load_robots
from tenants.knowledge.readers import Document, ReadingFailed, read_document
from tenants.models import Source
from tenants.services.sources import own_hosts

SECONDS = 15.0  # for all of it
READING_SECONDS = 10.0
MOST_STYLESHEETS = 3


@dataclass(frozen=True, kw_only=True)
class SiteLook:
    """`styles` is CSS, its own and that of a few style sheets on the same sites; `colours` are those that the page
    names as its own, "#rrggbb". All of it is a stranger's words, and may be empty."""

    site_name: str = ""
    title: str = ""
    language: str = ""
    description: str = ""
    colours: tuple[str, ...] = ()
    styles: str = ""


def look_at(source: Source) -> SiteLook:
    """How the site of a source presents itself; what can't be fetched is left out. A few seconds, at most 25."""
    if source.is_kept_here:
        return SiteLook()
    scope = Scope(hosts=own_hosts(source.tenant))
    release_connection()
    until = time.monotonic() + SECONDS
    try:
        robots = load_robots(source.address, fetch=fetch_robots_file)
        fetched = fetch_page(source.address, scope=scope, robots=robots, seconds=until - time.monotonic())
        document = read_document(
            fetched.content, media_type=fetched.media_type, address=fetched.address, seconds=READING_SECONDS
        )
    except (FetchFailed, ReadingFailed):
        return SiteLook()
    return SiteLook(
        site_name=document.site_name,
        title=document.title,
        language=document.language,
        description=document.description,
        colours=document.colours,
        styles="\n".join([document.styles, *_stylesheets(document, scope, robots, until)]),
    )


def _stylesheets(document: Document, scope: Scope, robots: Robots, until: float) -> list[str]:
    """Those that stand on the business's own sites, as many as there is time for."""
    addresses = (secured(address) for address in map(normalise, document.stylesheets) if address)
    own = [address for address in addresses if scope.allows_host(address)][:MOST_STYLESHEETS]
    found = []
    for address in own:
        left = until - time.monotonic()
        if left > 0:
            with suppress(FetchFailed):
                sheet = fetch_stylesheet(address, scope=scope, robots=robots, seconds=left)
                found.append(sheet.content.decode("utf-8", "replace"))
    return found
