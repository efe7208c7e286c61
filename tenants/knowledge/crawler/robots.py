"""What a site asks of crawlers in its robots.txt. RFC 9309."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from django.utils.translation import gettext as _
from protego import Protego

from tenants.knowledge.crawler.failures import TOO_MANY, FetchFailed
from tenants.knowledge.crawler.fetched import Fetched
from tenants.knowledge.crawler.spelling import normalise

USER_AGENT_TOKEN = "Caty"  # noqa: S105 - what site owners call us by
MOST_BYTES = 500 * 1024
MOST_SITEMAPS = 100
USUAL_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 10.0
GROUP = re.compile(r"\s*user(?:-|\s+)?agent(?:\s*:|\s)\s*(.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Robots:
    """A site's wishes: which pages to leave alone, how long to wait between two, and where its sitemaps are."""

    rules: Protego
    delay_seconds: float = USUAL_DELAY_SECONDS
    sitemaps: tuple[str, ...] = ()

    def allows(self, address: str) -> bool:
        return self.rules.can_fetch(address, USER_AGENT_TOKEN)


def read_robots(content: bytes, *, base: str = "") -> Robots:
    """The wishes in a robots.txt that was found at `base`, which a sitemap's address may leave out.

    Of more than 500 kB the rest is passed over. What can't be read is no wish.
    """
    if len(content) > MOST_BYTES:
        # Half a line might forbid the whole site: `Disallow: /` of `Disallow: /private`.
        content = content[:MOST_BYTES].rpartition(b"\n")[0]
    text = content.decode("utf-8-sig", errors="replace")
    rules = Protego.parse("\n".join(map(_without_strangers, text.splitlines())))
    delay = rules.crawl_delay(USER_AGENT_TOKEN)
    named = (normalise(address, base=base) for address in list(rules.sitemaps)[:MOST_SITEMAPS])
    return Robots(
        rules=rules,
        delay_seconds=USUAL_DELAY_SECONDS if delay is None else min(delay, LONGEST_DELAY_SECONDS),
        sitemaps=tuple(dict.fromkeys(filter(None, named))),
    )


def load_robots(address: str, *, fetch: Callable[[str], Fetched]) -> Robots:
    """The wishes of the site that the page at `address` belongs to, fetched by `fetching.fetch_robots_file`.

    A site that has none (any 4xx, or redirects without end) allows everything. One that can't be asked, or is
    overworked (429), has to be left alone: raises FetchFailed.
    """
    place = urljoin(address, "/robots.txt")
    try:
        fetched = fetch(place)
    except FetchFailed as failed:
        if 300 <= failed.answer_status < 500 and failed.answer_status != TOO_MANY:
            return ALLOW_ALL
        raise FetchFailed(
            _("The site could not be asked what may be read (robots.txt). %(reason)s") % {"reason": failed.message},
            answer_status=failed.answer_status,
            is_temporary=failed.is_temporary,
            retry_after_seconds=failed.retry_after_seconds,
        ) from failed
    return read_robots(fetched.content, base=fetched.address)


def _without_strangers(line: str) -> str:
    """The line, with one name for all crawlers but us.

    The parser writes each rule down once for every crawler that it is for: thousands of names above thousands of
    rules would fill the memory. And it takes the beginning of our name for ours.
    """
    named = GROUP.fullmatch(line)
    if named is None:
        return line
    name = named[1].partition("#")[0].strip().lower()
    if name == "*":
        return "User-agent: *"
    token = re.split(r"[/*\s]", name, maxsplit=1)[0]
    return f"User-agent: {USER_AGENT_TOKEN if token == USER_AGENT_TOKEN.lower() else 'somebody-else'}"


ALLOW_ALL = read_robots(b"")
REFUSE_ALL = read_robots(b"User-agent: *\nDisallow: /")
