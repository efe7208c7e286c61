"""One page: what is asked, what comes, and what its owner is told where none comes."""

import gzip
import time

import pytest

from tenants.knowledge.crawler.addresses import Scope
from tenants.knowledge.crawler.fetching import FetchFailed, fetch_page, fetch_sitemap
from tenants.knowledge.crawler.robots import read_robots
from tenants.tests.crawler.conftest import MUELLER, SHOP
from tenants.tests.crawler.website import Page

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def refusal(address: str, **options) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        fetch_page(address, **{"scope": SHOP, **options})
    return failed.value


def test_a_page_is_fetched(website, settings):
    website.pages["/help"] = Page(
        "Grüße".encode("latin-1"),
        media_type="Text/HTML; charset=ISO-8859-1",
        headers={"ETag": '"one"', "Last-Modified": "Wed, 04 Mar 2026 12:00:00 GMT"},
    )

    page = fetch_page(website.url("/help#top"), scope=SHOP)

    assert (page.address, page.status, page.content) == (website.url("/help"), 200, b"Gr\xfc\xdfe")
    assert (page.media_type, page.charset) == ("text/html", "iso-8859-1")
    assert (page.etag, page.last_modified) == ('"one"', "Wed, 04 Mar 2026 12:00:00 GMT")
    assert (page.is_unchanged, page.is_hidden) == (False, False)
    headers = website.asked[0].headers
    assert headers["user-agent"] == f"Caty/1.0 (+{settings.SITE_URL})"
    assert headers["accept"].startswith("text/html, ")
    assert "if-none-match" not in headers
    assert "cookie" not in headers


def test_a_page_that_has_not_changed_is_not_sent_again(website):
    website.pages["/help"] = Page(b"", status=304)

    page = fetch_page(website.url("/help"), scope=SHOP, etag='"one"', last_modified="Wed, 04 Mar 2026 12:00:00 GMT")

    assert (page.is_unchanged, page.status, page.content) == (True, 304, b"")
    assert website.asked[0].headers["if-none-match"] == '"one"'
    assert website.asked[0].headers["if-modified-since"] == "Wed, 04 Mar 2026 12:00:00 GMT"


def test_a_server_that_says_unchanged_unasked_sent_no_page(website):
    website.pages["/help"] = Page(b"", status=304)

    assert refusal(website.url("/help")).message == "The server answered without a page (304)."


def test_a_validator_that_can_not_be_sent_back_is_not_kept(website):
    website.pages["/help"] = Page(headers={"ETag": '"gr\xfc\xdfe"', "Last-Modified": "x" * 300})

    page = fetch_page(website.url("/help"), scope=SHOP)

    assert (page.etag, page.last_modified) == ("", "")


@pytest.mark.parametrize(
    ("wish", "is_hidden"),
    [
        ("noindex", True),
        ("nofollow, NOINDEX", True),
        ("none", True),
        ("caty: noindex", True),
        ("otherbot: noindex, nofollow", False),
        ("otherbot: nofollow, caty: noindex", True),
        ("max-snippet: 20, noindex", True),
        ("index, follow", False),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST", False),
    ],
)
def test_a_page_that_hides_from_search_engines_says_so(website, wish, is_hidden):
    website.pages["/help"] = Page(headers={"X-Robots-Tag": wish})

    assert fetch_page(website.url("/help"), scope=SHOP).is_hidden is is_hidden


@pytest.mark.parametrize(
    ("sent", "media_type"),
    [
        ("application/xhtml+xml", "application/xhtml+xml"),
        ("text/plain", "text/plain"),
        ("text/markdown; charset=utf-8", "text/markdown"),
        ("application/pdf", "application/pdf"),
        (DOCX, DOCX),
        ("", ""),
    ],
)
def test_documents_are_taken(website, sent, media_type):
    website.pages["/file"] = Page(media_type=sent)

    assert fetch_page(website.url("/file"), scope=SHOP).media_type == media_type


@pytest.mark.parametrize(
    ("line", "charset"),
    [
        ('text/html; charset="UTF-8"', "utf-8"),
        ("text/html;CHARSET = windows-1251; x=1", "windows-1251"),
        ("text/html; charset=", ""),
        ("text/html; charset*0*=utf-8'';charset*", ""),
        ("text/html", ""),
    ],
)
def test_the_charset_is_what_the_server_says(website, line, charset):
    website.pages["/help"] = Page(media_type=line)

    assert fetch_page(website.url("/help"), scope=SHOP).charset == charset


@pytest.mark.parametrize("kind", ["image/png", "application/json", "video/mp4", "application/octet-stream"])
def test_what_is_no_text_is_left(website, kind):
    website.pages["/file"] = Page(media_type=kind)

    failed = refusal(website.url("/file"))

    assert failed.message == f"It is not a page of text but {kind}."
    assert (failed.is_gone, failed.is_temporary) == (False, False)


@pytest.mark.parametrize(
    ("status", "message", "is_gone", "is_temporary"),
    [
        (404, "The page was not found (404).", True, False),
        (410, "The page has been removed (410).", True, False),
        (403, "The site doesn't let us read this page (403).", False, False),
        (400, "The server answered without a page (400).", False, False),
        (204, "The server answered without a page (204).", False, False),
        (408, "The server answered without a page (408).", False, True),
        (429, "The server asks us to come back later (429).", False, True),
        (500, "The server had a problem (500).", False, True),
        (503, "The server had a problem (503).", False, True),
    ],
)
def test_what_the_server_answers_is_told(website, status, message, is_gone, is_temporary):
    website.pages["/help"] = Page(b"", status=status)

    failed = refusal(website.url("/help"))

    assert (failed.code, failed.message, failed.answer_status) == ("FETCH_FAILED", message, status)
    assert (failed.is_gone, failed.is_temporary, failed.retry_after_seconds) == (is_gone, is_temporary, None)


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        ("120", 120),
        ("99999999999999", 86_400),
        ("Wed, 04 Mar 2026 12:05:00 GMT", 300),
        ("Wed, 04 Mar 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_when_to_come_back_is_told(website, wait, seconds):
    headers = {"Retry-After": wait, "Date": "Wed, 04 Mar 2026 12:00:00 GMT"}
    website.pages["/help"] = Page(status=429, headers=headers)

    assert refusal(website.url("/help")).retry_after_seconds == seconds


def test_a_page_that_is_too_large_is_cut_off(website):
    website.pages["/help"] = Page(b"x" * (5 * 1024 * 1024 + 1))

    failed = refusal(website.url("/help"))

    assert (failed.message, failed.is_temporary) == ("The page is larger than 5 MB.", False)


def test_a_page_of_exactly_the_bound_is_taken(website):
    website.pages["/help"] = Page(b"x" * 1000)

    assert len(fetch_page(website.url("/help"), scope=SHOP, largest_bytes=1000).content) == 1000


def test_a_packed_page_is_unpacked_though_nobody_asked(website):
    website.pages["/help"] = Page(gzip.compress(b"<p>Hello"), headers={"Content-Encoding": "gzip"})

    page = fetch_page(website.url("/help"), scope=SHOP)

    assert page.content == b"<p>Hello"
    assert website.asked[0].headers["accept-encoding"] == "identity"


def test_a_gzip_bomb_is_not_unpacked_beyond_the_bound(website):
    bomb = gzip.compress(gzip.compress(b"x" * 100_000_000))
    website.pages["/help"] = Page(bomb, headers={"Content-Encoding": "gzip, gzip"})

    assert refusal(website.url("/help")).message == "The page is larger than 5 MB."


def test_a_page_that_breaks_off_is_no_page(website):
    website.pages["/help"] = Page(b"<p>Hel", headers={"Content-Length": "600"})

    failed = refusal(website.url("/help"))

    assert (failed.message, failed.is_temporary) == ("The connection broke off in the middle of the page.", True)


def test_a_server_that_drips_is_left_at_the_deadline(website):
    website.pages["/help"] = Page(drips=True)
    started = time.monotonic()

    failed = refusal(website.url("/help"), seconds=0.4)

    assert (failed.message, failed.is_temporary) == ("The server did not answer in time.", True)
    assert time.monotonic() - started < 1.5


def test_a_site_that_nobody_knows_is_told(resolver):
    failed = refusal("https://nowhere.example/", scope=Scope(hosts=frozenset({"nowhere.example"})))

    assert (failed.message, failed.is_temporary) == ("There is no site named nowhere.example.", True)


def test_a_closed_port_is_told(settings, resolver):
    settings.OUTBOUND_ALLOW = ["shop.example:1"]

    failed = refusal("http://shop.example:1/")

    assert (failed.message, failed.is_temporary) == ("The server of shop.example can't be reached.", True)


def test_a_site_without_tls_is_told(website):
    failed = refusal(website.url("/help").replace("http:", "https:"))

    assert (failed.message, failed.is_temporary) == ("The secure connection (https) to shop.example failed.", True)


def test_another_alphabet_in_a_name_is_reached(website):
    website.pages["/"] = Page()

    page = fetch_page(website.url(host="müller.example"), scope=Scope(hosts=frozenset({"müller.example"})))

    assert page.address == website.url(host=MUELLER)
    assert website.asked[0].host == MUELLER


def test_www_is_the_same_site(website):
    website.pages["/"] = Page()

    assert fetch_page(website.url(host="www.shop.example"), scope=SHOP).address == website.url(host="www.shop.example")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("mailto:lea@shop.example", "This is no web address."),
        ("https://rival.example/help", "rival.example is not one of your sites."),
        ("https://shop.example/staff/pay", "This page is left out."),
        ("https://shop.example/lamp.jpg", "This page is left out."),
        ("https://shop.example/cart", "The site asks not to read this page (robots.txt)."),
        ("https://intern.shop.example/", "The address leads to a private network."),
    ],
)
def test_a_refused_address_is_not_asked(website, address, message):
    scope = Scope(hosts=frozenset({"shop.example", "intern.shop.example"}), exclude=("/staff",))
    reached = address.replace("https://shop.example", website.url(""))

    failed = refusal(reached, scope=scope, robots=read_robots(b"User-agent: *\nDisallow: /cart"))

    assert (failed.message, failed.is_temporary) == (message, False)
    assert website.asked == []


def test_an_old_link_is_asked_for_with_tls(resolver):
    failed = refusal("http://intern.shop.example/", scope=Scope(hosts=frozenset({"intern.shop.example"})))

    assert failed.message == "The address leads to a private network."


def test_a_sitemap_is_fetched_whatever_the_paths_chosen(website):
    website.pages["/pages.xml.gz"] = Page(b"\x1f\x8b", media_type="application/gzip")

    fetched = fetch_sitemap(
        website.url("/pages.xml.gz"), scope=Scope(hosts=frozenset({"shop.example"}), include=("/help",))
    )

    assert (fetched.content, fetched.media_type) == (b"\x1f\x8b", "application/gzip")


def test_a_sitemap_of_another_site_is_not_asked_for(website):
    with pytest.raises(FetchFailed) as failed:
        fetch_sitemap(website.url("/pages.xml", host="rival.example"), scope=SHOP)

    assert failed.value.message == "rival.example is not one of your sites."
    assert website.asked == []
