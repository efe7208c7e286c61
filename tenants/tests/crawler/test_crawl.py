"""The parts together: a whole site is read page by page, as the one who keeps the list of addresses would do it."""

import gzip
import re
from dataclasses import dataclass, field

from tenants.knowledge.crawler.addresses import Scope, normalise, secured
from tenants.knowledge.crawler.fetching import FetchFailed, fetch_page, fetch_robots_file, fetch_sitemap
from tenants.knowledge.crawler.robots import Robots, load_robots
from tenants.knowledge.crawler.sitemap import SitemapUnreadable, read_sitemap
from tenants.tests.crawler.website import Page, linking, redirect

LINK = re.compile(rb'href="([^"]*)"')


@dataclass
class Crawl:
    """`frontier`: what became of each address, None while it waits."""

    scope: Scope
    most_pages: int = 100
    frontier: dict[str, str | None] = field(default_factory=dict)
    pages: list[str] = field(default_factory=list)

    def run(self, start: str) -> None:
        robots = load_robots(start, fetch=fetch_robots_file)
        self.add(start)
        self.read_sitemaps(list(robots.sitemaps))
        while (address := next((one for one, outcome in self.frontier.items() if outcome is None), None)) is not None:
            self.frontier[address] = self.visit(address, robots)

    def add(self, address: str | None) -> None:
        if address is not None and len(self.frontier) < self.most_pages and self.scope.allows(address):
            self.frontier.setdefault(secured(address), None)

    def read_sitemaps(self, waiting: list[str]) -> None:
        for address in waiting:  # grows while it is read
            try:
                sitemap = read_sitemap(fetch_sitemap(address, scope=self.scope).content)
            except (FetchFailed, SitemapUnreadable):
                continue
            waiting.extend(one for one in sitemap.sitemaps if one not in waiting)
            for page in sitemap.pages:
                self.add(page.address)

    def visit(self, address: str, robots: Robots) -> str:
        try:
            page = fetch_page(address, scope=self.scope, robots=robots)
        except FetchFailed as failed:
            return failed.message
        if page.address in self.pages:
            return "The same page as before."
        self.pages.append(page.address)
        for link in LINK.findall(page.content):
            self.add(normalise(link.decode(), base=page.address))
        return "ok"


def crawl(website, start="/", **options) -> dict[str, str]:
    """What became of each path of the shop."""
    work = Crawl(Scope(hosts=frozenset({"shop.example"}), **options.pop("scope", {})), **options)
    work.run(website.url(start))
    return {address.removeprefix(website.url("")): outcome for address, outcome in work.frontier.items()}


def test_a_site_is_read_by_its_links_and_its_sitemaps(website):
    index = f"<sitemapindex><sitemap><loc>{website.url('/pages.xml.gz')}</loc></sitemap></sitemapindex>"
    listed = f"<urlset><url><loc>{website.url('/hidden-in-menus')}</loc></url></urlset>"
    website.pages = {
        "/robots.txt": Page(b"User-agent: *\nDisallow: /cart\nSitemap: /index.xml", media_type="text/plain"),
        "/index.xml": Page(index.encode(), media_type="application/xml"),
        "/pages.xml.gz": Page(gzip.compress(listed.encode()), media_type="application/gzip"),
        "/": linking("/help", "/help#a", "help?utm_source=home", "/cart", "/old", "/lost", "/lamp.jpg", "mailto:a@b.c"),
        "/help": linking("/", "//rival.example/", "/price.csv.php"),
        "/old": redirect("/help"),
        "/hidden-in-menus": Page(),
        "/price.csv.php": Page(media_type="text/csv"),
    }

    assert crawl(website) == {
        "/": "ok",
        "/hidden-in-menus": "ok",
        "/help": "ok",
        "/cart": "The site asks not to read this page (robots.txt).",
        "/old": "The same page as before.",
        "/lost": "The page was not found (404).",
        "/price.csv.php": "It is not a page of text but text/csv.",
    }
    asked = ["/robots.txt", "/index.xml", "/pages.xml.gz", "/", "/hidden-in-menus", "/help"]
    assert website.paths == [*asked, "/old", "/help", "/lost", "/price.csv.php"]


def test_a_calendar_without_end_comes_to_one(website):
    for depth in range(100):
        website.pages["/calendar" + "/next" * depth] = linking("/calendar" + "/next" * (depth + 1))
    website.pages["/"] = linking("/calendar")

    assert list(crawl(website)) == [
        "/",
        "/calendar",
        "/calendar/next",
        "/calendar/next/next",
        "/calendar/next/next/next",
    ]


def test_filters_without_end_come_to_one(website):
    website.pages["/"] = linking("/lamps?f0=1")
    for number in range(100):
        query = "&".join(f"f{one}=1" for one in range(number + 1))
        website.pages[f"/lamps?{query}"] = linking(f"/lamps?{query}&f{number + 1}=1")

    assert len(crawl(website)) == 5


def test_no_more_pages_are_asked_for_than_wanted(website):
    for month in range(200):
        website.pages[f"/calendar?month={month}"] = linking(f"/calendar?month={month + 1}")
    website.pages["/"] = linking("/calendar?month=0")

    assert len(crawl(website, most_pages=20)) == 20
    assert len(website.asked) == 1 + 20


def test_only_the_chosen_part_is_read(website):
    website.pages = {"/help": linking("/help/a", "/blog"), "/help/a": linking("/help/staff", "/blog/b")}

    assert crawl(website, start="/help", scope={"include": ("/help",), "exclude": ("/help/staff",)}) == {
        "/help": "ok",
        "/help/a": "ok",
    }
