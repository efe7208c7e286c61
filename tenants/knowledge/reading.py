"""Reading a source, page by page, in a worker. What was read waits in its pages until all of them are there; then the
articles change in one step, so that no answer ever mixes the old site with the new one.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from caty.lib.database import release_connection
from caty.lib.errors import CatyError
from caty.lib.memory import ShortMemory
from tenants.jobs import JobKind, JobRefused, Step, Work
from tenants.knowledge.allowance import Allowance
from tenants.knowledge.crawler.addresses import Scope, normalise, secured
from tenants.knowledge.crawler.fetching import (
    Fetched,
    FetchFailed,
    fetch_page,
    fetch_robots_file,
    fetch_sitemap,
)
from tenants.knowledge.crawler.robots import Robots, load_robots
from tenants.knowledge.crawler.sitemap import SitemapUnreadable, read_sitemap
from tenants.knowledge.readers import Document, ReadingFailed, read_document
from tenants.knowledge.readers.articles import articles_of
from tenants.knowledge.switching import digest_of_texts, switch
from tenants.models import Source, SourcePage
from tenants.services.sources import own_hosts

log = logging.getLogger(__name__)
State = SourcePage.State
MOST_LINKS_KEPT = 500  # of one page
MOST_SITEMAPS = 50
# Together with a slice of the job and the longest wait between two pages, below a task's time limit.
FETCHING_SECONDS, READING_SECONDS, SITEMAPS_SECONDS = 15.0, 20.0, 30.0
_robots = ShortMemory(size=200, seconds=3600)


def run(work: Work) -> Iterator[Step]:
    """A job's runner: begins a round, reads what waits in it, and switches the articles over. Raises JobRefused."""
    source = Source.objects.for_tenant(work.tenant).filter(pk=work.settings["source"]).first()
    if source is None:
        raise JobRefused(_("What was to be read has been deleted."))
    if work.cursor.get("is_complete"):
        return
    allowance = Allowance(work)
    if "round" not in work.cursor:
        yield begin(source)
    scope = Scope(hosts=own_hosts(work.tenant), include=tuple(source.include), exclude=tuple(source.exclude))
    robots: dict[str, Robots | FetchFailed] = {}
    while page := _next(source):
        if allowance.is_spent:
            _leave_out_the_rest(source)
            break
        _read(source, page, scope, robots, now=work.now)
        yield _step(source, allowance.spent_seconds)
    yield _end(source, now=work.now)


def begin(source: Source) -> Step:
    """A new round with the pages it begins with. Raises JobRefused."""
    source.round += 1
    try:
        addresses = _first_addresses(source)
    except CatyError as error:
        _fail(source, error.message)
        raise JobRefused(error.message) from error
    Source.objects.filter(pk=source.pk).update(round=source.round, state=Source.State.READING, message="")
    _add_pages(source, addresses, depth=0)
    return _step(source)


def _first_addresses(source: Source) -> list[str]:
    """Raises what fetching and reading a sitemap raise."""
    if source.is_kept_here:
        return [source.file.name]
    if source.kind != Source.Kind.SITEMAP:
        return [source.address]
    scope = Scope(hosts=own_hosts(source.tenant))
    release_connection()
    return _sitemap_addresses(source.address, scope, most=source.most_pages)


def _sitemap_addresses(address: str, scope: Scope, *, most: int) -> list[str]:
    waiting, seen, found = [address], {address}, {}
    until = time.monotonic() + SITEMAPS_SECONDS
    while waiting and len(seen) <= MOST_SITEMAPS and len(found) < most and time.monotonic() < until:
        fetched = fetch_sitemap(waiting.pop(0), scope=scope)
        listed = read_sitemap(fetched.content)
        pages = (normalise(page.address) for page in listed.pages)
        found.update(dict.fromkeys(secured(page) for page in pages if page and scope.allows(page)))
        new = [one for one in listed.sitemaps if one not in seen and scope.allows_host(one)]
        waiting += new
        seen.update(new)
    if not found:
        raise SitemapUnreadable(_("There is no page of your own sites in this sitemap."))
    return list(found)[:most]


def _add_pages(source: Source, addresses: list[str], *, depth: int) -> None:
    """Let pages wait in this round, as many as the source may have; one that is in it already stays as it is."""
    room = source.most_pages - source.pages.filter(round=source.round).count()
    addresses = list(dict.fromkeys(address[:1000] for address in addresses))
    known = dict(source.pages.filter(address__in=addresses).values_list("address", "round"))
    wanted = [address for address in addresses if known.get(address) != source.round][: max(room, 0)]
    source.pages.filter(address__in=[address for address in wanted if address in known]).update(
        round=source.round, depth=depth, state=State.WAITING, reason=""
    )
    new = [
        SourcePage(source=source, address=address, depth=depth, round=source.round)
        for address in wanted
        if address not in known
    ]
    SourcePage.objects.bulk_create(new, ignore_conflicts=True)


def _next(source: Source) -> SourcePage | None:
    return source.pages.filter(round=source.round, state=State.WAITING).order_by("depth", "pk").first()


def _read(
    source: Source, page: SourcePage, scope: Scope, robots: dict[str, Robots | FetchFailed], *, now: datetime
) -> None:
    """Read one page, or write down why it could not be read. Never raises for anything that a page does."""
    page.read_at, page.reason = now, ""
    try:
        document = _document(source, page, scope, robots)
        if document is not None:
            _keep(source, page, document)
    except (FetchFailed, ReadingFailed) as error:
        page.state = State.GONE if getattr(error, "is_gone", False) else State.FAILED
        page.reason = error.message[:300]
        page.etag = page.last_modified = ""  # what could not be read is not to come as unchanged
    page.save()
    if source.kind == Source.Kind.SITE and page.depth < source.most_depth:
        _add_pages(source, [link for link in page.links if scope.allows(link)], depth=page.depth + 1)


def _document(
    source: Source, page: SourcePage, scope: Scope, robots: dict[str, Robots | FetchFailed]
) -> Document | None:
    """What the page says; None where it says what it said before, or wants to be left out.

    Raises FetchFailed and ReadingFailed.
    """
    if source.is_kept_here:
        file = source.file
        release_connection()
        return read_document(
            bytes(file.content), name=file.name, media_type=file.media_type, seconds=2 * READING_SECONDS
        )
    release_connection()
    fetched = _fetch(page, scope, robots)
    if fetched.is_unchanged:
        page.state = _compared(page)
        return None
    target = secured(normalise(fetched.address) or page.address)
    if target != page.address:
        _leave_out(page, _("It leads to another page of the site, which is read in its place."))
        _add_pages(source, [target], depth=page.depth)
        return None
    page.etag, page.last_modified = fetched.etag[:200], fetched.last_modified[:100]
    document = read_document(
        fetched.content, media_type=fetched.media_type, address=fetched.address, seconds=READING_SECONDS
    )
    links = (normalise(link, base=fetched.address) for link in document.links) if document.follows_links else ()
    page.links = list(dict.fromkeys(secured(link) for link in links if link))[:MOST_LINKS_KEPT]
    # A page that staff named themselves is meant, whatever it tells search engines.
    if (document.is_hidden_from_search or fetched.is_hidden) and page.depth and not source.reads_hidden:
        _leave_out(page, _("It is hidden from search engines (noindex)."))
        return None
    return document


def _leave_out_the_rest(source: Source) -> None:
    reason = _("There was no time left for it. Read the source again to have it as well.")
    waiting = source.pages.filter(round=source.round, state=State.WAITING)
    waiting.update(state=State.FAILED, reason=reason, etag="", last_modified="")


def _leave_out(page: SourcePage, reason: str) -> None:
    page.state, page.reason = State.SKIPPED, reason[:300]
    page.texts, page.digest = [], ""
    page.etag = page.last_modified = ""


def _fetch(page: SourcePage, scope: Scope, robots: dict[str, Robots | FetchFailed]) -> Fetched:
    """Raises FetchFailed."""
    wishes = _wishes(page.address, robots)
    return fetch_page(
        page.address,
        # Where to begin was said by staff, whatever they said of the pages behind it.
        scope=scope if page.depth else replace(scope, include=(), exclude=()),
        robots=wishes,
        etag=page.etag,
        last_modified=page.last_modified,
        seconds=FETCHING_SECONDS,
    )


def _wishes(address: str, robots: dict[str, Robots | FetchFailed]) -> Robots:
    """What the page's site asks of crawlers, after the wait that it asks for between two pages. Raises FetchFailed.

    A site that can't be asked is asked once, and not for each of its pages.
    """
    site = "/".join(address.split("/", 3)[:3])
    known = robots.get(site) or _robots.find(site)
    if isinstance(known, FetchFailed):
        raise known
    if known:
        time.sleep(settings.CRAWL_DELAY_SECONDS and max(settings.CRAWL_DELAY_SECONDS, known.delay_seconds))
        return known
    try:
        robots[site] = load_robots(site, fetch=fetch_robots_file)
    except FetchFailed as error:
        robots[site] = error
        raise
    _robots.put(site, robots[site])
    return robots[site]


def forget_robots() -> None:
    _robots.clear()


def _keep(source: Source, page: SourcePage, document: Document) -> None:
    """Make articles of it, in the page, until the switch. Raises ReadingFailed."""
    url = "" if source.is_kept_here else page.address
    title = source.name if source.is_kept_here else page.address
    texts = articles_of(document, fallback_title=title, url=url, category=source.category)
    if not texts:
        raise ReadingFailed(_("There is no text on it."))
    kept = [asdict(replace(text, kind=text.decided_kind)) for text in texts]
    page.title, page.texts = (document.title or title)[:300], kept
    page.state = _compared(page)


def _compared(page: SourcePage) -> str:
    """Whether it says what its articles say. A round that was stopped has read pages, and switched none of them."""
    return State.UNCHANGED if digest_of_texts(page.texts) == page.digest else State.READ


def _step(source: Source, spent_seconds: float = 0.0) -> Step:
    pages = source.pages.filter(round=source.round)
    counts = pages.aggregate(total=Count("pk"), done=Count("pk", filter=~Q(state=State.WAITING)))
    return Step(**counts, cursor={"round": source.round, "spent_seconds": spent_seconds})


def _end(source: Source, *, now: datetime) -> Step:
    """Raises JobRefused where nothing at all could be read: then everything stays as it was."""
    pages = source.pages.filter(round=source.round)
    read = pages.filter(state__in=(State.READ, State.UNCHANGED)).count()
    if not read:
        reason = pages.order_by("depth", "pk").values_list("reason", flat=True).first() or _(
            "There is nothing to read."
        )
        _fail(source, reason, due_at=source.next_due_at(now))
        raise JobRefused(reason)
    counts = switch(source)
    words = ngettext("%d page read.", "%d pages read.", read) % read
    if failed := pages.filter(state=State.FAILED).count():
        words += " " + ngettext("%d could not be read.", "%d could not be read.", failed) % failed
    if counts.to_review:
        review = ngettext("%d text waits for your word.", "%d texts wait for your word.", counts.to_review)
        words += " " + review % counts.to_review
    Source.objects.filter(pk=source.pk).update(
        state=Source.State.READ, message=words[:300], read_at=now, due_at=source.next_due_at(now)
    )
    log.info("source.read source=%s pages=%s failed=%s", source.pk, read, failed)
    total = pages.count()
    return Step(done=total, total=total, cursor={"is_complete": True}, message=words)


def _fail(source: Source, message: str, due_at: datetime | None = None) -> None:
    Source.objects.filter(pk=source.pk).update(state=Source.State.FAILED, message=message[:300], due_at=due_at)


READING = JobKind(
    label=gettext_lazy("Reading a source"),
    run=run,
    advice=gettext_lazy("See under “Sources” what could not be read, and why."),
)
