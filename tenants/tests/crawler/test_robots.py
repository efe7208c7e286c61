"""What a site asks of crawlers, and what its silence means."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.knowledge.crawler.failures import FetchFailed
from tenants.knowledge.crawler.fetching import fetch_robots_file
from tenants.knowledge.crawler.robots import ALLOW_ALL, REFUSE_ALL, load_robots, read_robots
from tenants.tests.crawler.website import Page, redirect

ROBOTS = b"""\
User-agent: *
Disallow: /cart
Crawl-delay: 3

User-agent: Caty
Disallow: /intern  # for staff
Allow: /intern/help
Disallow: /*.pdf$
Disallow: /\xc3\xbcber

Sitemap: https://shop.example/pages.xml
Sitemap: /blog.xml
"""


UNASKED = "The site could not be asked what may be read (robots.txt). "


def at(path: str) -> str:
    return f"https://shop.example{path}"


def rules(text: str) -> Page:
    return Page(text.encode(), media_type="text/plain")


def test_our_own_group_counts_and_no_other():
    robots = read_robots(ROBOTS)

    assert robots.allows(at("/cart"))
    assert robots.allows(at("/intern/help/a"))
    assert not robots.allows(at("/intern"))
    assert not robots.allows(at("/files/manual.pdf"))
    assert not robots.allows(at("/%C3%BCber-uns"))
    assert robots.delay_seconds == 1.0


def test_the_group_for_all_counts_where_there_is_none_for_us():
    robots = read_robots(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /cart\r\nCrawl-delay: 3\r\n")

    assert not robots.allows(at("/cart?a=1"))
    assert robots.allows(at("/"))
    assert robots.delay_seconds == 3.0


@pytest.mark.parametrize("name", ["Caty", "caty", "CATY/1.0", "caty*", "Other\nUser-agent: Caty"])
def test_our_name_is_ours_however_it_is_written(name):
    assert not read_robots(f"User-agent: {name}\nDisallow: /".encode()).allows(at("/"))


@pytest.mark.parametrize("name", ["Cat", "CatyBot", "Cat*", "Googlebot", "Other/1.0 Caty"])
def test_another_name_is_not_ours(name):
    assert read_robots(f"User-agent: {name}\nDisallow: /".encode()).allows(at("/"))


@pytest.mark.parametrize(("typed", "seconds"), [("0.5", 0.5), ("3600", 10.0), ("-1", 1.0), ("soon", 1.0), ("nan", 1.0)])
def test_a_wait_between_pages_is_kept_within_reason(typed, seconds):
    assert read_robots(f"User-agent: *\nCrawl-delay: {typed}".encode()).delay_seconds == seconds


def test_sitemaps_are_named():
    assert read_robots(ROBOTS).sitemaps == ("https://shop.example/pages.xml",)
    assert read_robots(ROBOTS, base=at("/robots.txt")).sitemaps == (
        "https://shop.example/pages.xml",
        "https://shop.example/blog.xml",
    )


def test_what_stands_after_500_kb_is_passed_over():
    head = b"User-agent: *\nDisallow: /cart\n"
    filler = b"#" * (500 * 1024 - len(head) - len("\nDisallow: /"))

    robots = read_robots(head + filler + b"\nDisallow: /private\nDisallow: /")

    assert not robots.allows(at("/cart"))
    assert robots.allows(at("/"))


def test_many_names_above_many_rules_do_not_fill_the_memory():
    names = "".join(f"User-agent: bot{number}\n" for number in range(1000))
    disallowed = "".join(f"Disallow: /{number}/\n" for number in range(1000))
    content = (names + "User-agent: Caty\n" + disallowed).encode()
    tracemalloc.start()

    robots = read_robots(content)

    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 5_000_000
    assert not robots.allows(at("/999/"))
    assert robots.allows(at("/"))


@given(st.one_of(st.binary(), st.text(alphabet="User-agnt: *Disallow:/$\n#[]htp").map(str.encode)), st.text())
def test_no_robots_file_upsets_us(content, path):
    assert read_robots(b"User-agent: *\n" + content).allows(at("/robots.txt"))


def test_all_or_nothing():
    assert ALLOW_ALL.allows(at("/a"))
    assert not REFUSE_ALL.allows(at("/a"))


def test_the_file_stands_at_the_root_of_the_site(website):
    website.pages["/robots.txt"] = rules("User-agent: *\nDisallow: /cart\nSitemap: /pages.xml")

    robots = load_robots(website.url("/help/returns?a=1"), fetch=fetch_robots_file)

    assert website.paths == ["/robots.txt"]
    assert not robots.allows(website.url("/cart"))
    assert robots.sitemaps == (website.url("/pages.xml"),)


def test_the_file_may_be_kept_elsewhere(website):
    website.pages["/robots.txt"] = redirect(website.url("/rules.txt", host="rival.example"))
    website.pages["/rules.txt"] = rules("User-agent: *\nDisallow: /cart")

    robots = load_robots(website.url(), fetch=fetch_robots_file)

    assert not robots.allows(website.url("/cart"))
    assert [asked.host for asked in website.asked] == ["shop.example", "rival.example"]


def test_a_file_longer_than_anybody_reads_is_read_as_far_as_that(website):
    website.pages["/robots.txt"] = rules("User-agent: *\nDisallow: /cart\n" + "# more\n" * 200_000)

    robots = load_robots(website.url(), fetch=fetch_robots_file)

    assert not robots.allows(website.url("/cart"))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_site_without_wishes_allows_everything(website, status):
    website.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /", status=status)

    assert load_robots(website.url(), fetch=fetch_robots_file) is ALLOW_ALL


def test_redirects_without_end_are_no_wishes(website):
    website.pages["/robots.txt"] = redirect("/robots.txt")

    assert load_robots(website.url(), fetch=fetch_robots_file) is ALLOW_ALL


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (429, UNASKED + "The server asks us to come back later (429)."),
        (503, UNASKED + "The server had a problem (503)."),
    ],
)
def test_a_site_in_trouble_is_left_alone(website, status, message):
    website.pages["/robots.txt"] = Page(status=status, headers={"Retry-After": "120"})

    with pytest.raises(FetchFailed) as failed:
        load_robots(website.url(), fetch=fetch_robots_file)

    assert (failed.value.message, failed.value.is_temporary, failed.value.retry_after_seconds) == (message, True, 120)


def test_a_site_that_can_not_be_reached_is_left_alone(resolver):
    with pytest.raises(FetchFailed) as failed:
        load_robots("https://nowhere.example/", fetch=fetch_robots_file)

    assert (failed.value.message, failed.value.is_temporary) == (
        UNASKED + "There is no site named nowhere.example.",
        True,
    )


def test_rules_in_a_private_network_are_not_asked_for(website, resolver):
    website.pages["/robots.txt"] = redirect("https://intern.shop.example/robots.txt")

    with pytest.raises(FetchFailed) as failed:
        load_robots(website.url(), fetch=fetch_robots_file)

    assert failed.value.message == (
        UNASKED + "The page redirects to an address that can't be used: intern.shop.example."
    )
    assert website.paths == ["/robots.txt"]
