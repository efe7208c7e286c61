"""Fetches a page, a robots.txt or a sitemap; each redirect is checked as if somebody had typed its address."""

from django.utils.translation import gettext as _

from tenants.knowledge.crawler.addresses import Scope
from tenants.knowledge.crawler.failures import FetchFailed, failure_of_size, failure_of_status
from tenants.knowledge.crawler.fetched import Fetched, read_answer
from tenants.knowledge.crawler.following import Errand, bring
from tenants.knowledge.crawler.robots import MOST_BYTES as MOST_ROBOTS_BYTES
from tenants.knowledge.crawler.robots import Robots
from tenants.knowledge.crawler.sitemap import MOST_BYTES as MOST_SITEMAP_BYTES
from tenants.knowledge.crawler.spelling import host_of

__all__ = ["FetchFailed", "Fetched", "fetch_page", "fetch_robots_file", "fetch_sitemap", "fetch_stylesheet"]

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MEDIA_TYPES = ("text/html", "application/xhtml+xml", "text/plain", "text/markdown", "application/pdf", DOCX)
ACCEPT = "text/html, application/xhtml+xml, text/markdown;q=0.9, text/plain;q=0.9, application/pdf;q=0.8, */*;q=0.1"
LARGEST_PAGE_BYTES = 5 * 1024 * 1024
PAGE_SECONDS = 20.0
SITEMAP_SECONDS = 60.0
LARGEST_STYLESHEET_BYTES = 512 * 1024


def fetch_page(
    address: str,
    *,
    scope: Scope,
    robots: Robots | None = None,
    etag: str = "",
    last_modified: str = "",
    seconds: float = PAGE_SECONDS,
    largest_bytes: int = LARGEST_PAGE_BYTES,
) -> Fetched:
    """The page at `address`, after up to five redirects that `scope` and `robots` allow as well.

    `seconds` bounds all of it. With the `etag` or `last_modified` of the last time, a page that has not changed comes
    as `is_unchanged`, without content. Raises FetchFailed; nothing has been sent to an address that is refused.
    """
    validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    errand = Errand(
        check=lambda where, is_redirect: _check_page(where, is_redirect, scope, robots),
        seconds=seconds,
        largest_bytes=largest_bytes,
        headers={"Accept": ACCEPT} | {name: value for name, value in validators.items() if value},
    )
    where, answer = bring(address, errand)
    fetched = read_answer(where, answer)
    if fetched.is_unchanged and (etag or last_modified):
        return fetched
    if fetched.status != 200:
        raise failure_of_status(fetched.status, answer.headers)
    # A server that doesn't say what it sends, sends pages.
    if fetched.media_type and fetched.media_type not in MEDIA_TYPES:
        raise FetchFailed(_("It is not a page of text but %(kind)s.") % {"kind": fetched.media_type[:100]})
    if not answer.is_complete:
        raise failure_of_size(largest_bytes)
    return fetched


def fetch_robots_file(address: str) -> Fetched:
    """A robots.txt as `robots.load_robots` asks for it, cut where nobody has to read on.

    It may be kept on another site: RFC 9309, 2.3.1.2.
    """
    errand = Errand(
        check=lambda where, is_redirect: None,
        seconds=PAGE_SECONDS,
        largest_bytes=MOST_ROBOTS_BYTES + 1,
        headers={"Accept": "text/plain, */*;q=0.1"},
    )
    where, answer = bring(address, errand)
    if answer.status != 200:
        raise failure_of_status(answer.status, answer.headers)
    return read_answer(where, answer)


def fetch_sitemap(address: str, *, scope: Scope) -> Fetched:
    """A sitemap as `sitemap.read_sitemap` takes it, anywhere on the hosts of `scope`. Raises FetchFailed."""
    errand = Errand(
        check=lambda where, is_redirect: _check_host(where, is_redirect, scope),
        seconds=SITEMAP_SECONDS,
        largest_bytes=MOST_SITEMAP_BYTES,
        headers={"Accept": "application/xml, text/xml, text/plain;q=0.9, */*;q=0.1"},
    )
    where, answer = bring(address, errand)
    if answer.status != 200:
        raise failure_of_status(answer.status, answer.headers)
    if not answer.is_complete:
        raise failure_of_size(MOST_SITEMAP_BYTES)
    return read_answer(where, answer)


def fetch_stylesheet(address: str, *, scope: Scope, robots: Robots | None = None, seconds: float) -> Fetched:
    """A style sheet on the hosts of `scope`, cut where it is long. Raises FetchFailed."""

    def check(where: str, is_redirect: bool) -> None:
        _check_host(where, is_redirect, scope)
        if robots is not None and not robots.allows(where):
            raise FetchFailed(_("The site asks not to read this page (robots.txt)."))

    errand = Errand(
        check=check,
        seconds=seconds,
        largest_bytes=LARGEST_STYLESHEET_BYTES,
        headers={"Accept": "text/css, */*;q=0.1"},
    )
    where, answer = bring(address, errand)
    if answer.status != 200:
        raise failure_of_status(answer.status, answer.headers)
    return read_answer(where, answer)


def _check_page(address: str, is_redirect: bool, scope: Scope, robots: Robots | None) -> None:
    _check_host(address, is_redirect, scope)
    if not scope.allows(address):
        if is_redirect:
            raise FetchFailed(_("The page redirects to one that is left out."))
        raise FetchFailed(_("This page is left out."))
    if robots is not None and not robots.allows(address):
        if is_redirect:
            raise FetchFailed(_("The page redirects to one that the site asks not to be read (robots.txt)."))
        raise FetchFailed(_("The site asks not to read this page (robots.txt)."))


def _check_host(address: str, is_redirect: bool, scope: Scope) -> None:
    if scope.allows_host(address):
        return
    if is_redirect:
        raise FetchFailed(_("The page redirects to another site: %(host)s") % {"host": host_of(address)})
    raise FetchFailed(_("%(host)s is not one of your sites.") % {"host": host_of(address)})
