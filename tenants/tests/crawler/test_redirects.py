"""A redirect is a new address: what would be refused if somebody typed it, is not asked."""

import pytest

from tenants.knowledge.crawler.addresses import Scope
from tenants.knowledge.crawler.fetching import FetchFailed, fetch_page, fetch_sitemap
from tenants.knowledge.crawler.robots import read_robots
from tenants.tests.crawler.conftest import SHOP
from tenants.tests.crawler.website import Page, redirect

SHOP_AND_BELOW = Scope(hosts=frozenset({"*.shop.example"}), exclude=("/staff",))
ROBOTS = read_robots(b"User-agent: *\nDisallow: /cart")


def refusal(address: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        fetch_page(address, scope=SHOP_AND_BELOW, robots=ROBOTS)
    return failed.value


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_to_the_page(website, status):
    website.pages["/old"] = redirect("new?utm_source=old", status)
    website.pages["/new"] = Page(b"<p>Here")

    page = fetch_page(website.url("/old"), scope=SHOP)

    assert (page.address, page.content, page.status) == (website.url("/new"), b"<p>Here", 200)
    assert website.paths == ["/old", "/new"]


def test_five_redirects_are_followed_and_no_sixth(website):
    website.pages.update({f"/{number}": redirect(f"/{number + 1}") for number in range(1, 7)})
    website.pages["/6"] = Page()

    assert fetch_page(website.url("/1"), scope=SHOP).address == website.url("/6")

    website.pages["/6"] = redirect("/7")
    website.asked.clear()
    assert refusal(website.url("/1")).message == "The page redirects too often."
    assert website.paths == ["/1", "/2", "/3", "/4", "/5", "/6"]


@pytest.mark.parametrize("back", ["/a", "/a#top", "/b", "/b?utm_source=loop"])
def test_a_circle_is_left_where_it_closes(website, back):
    website.pages["/a"] = redirect("/b")
    website.pages["/b"] = redirect(back)

    failed = refusal(website.url("/a"))

    assert (failed.message, failed.is_temporary) == ("The page redirects in a circle.", False)
    assert website.paths == ["/a", "/b"]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("//rival.example/login?token=secret", "The page redirects to another site: rival.example"),
        ("https://169.254.169.254/latest/meta-data", "The page redirects to another site: 169.254.169.254"),
        ("//shop.example.rival.example/", "The page redirects to another site: shop.example.rival.example"),
        ("https://intern.shop.example/", "The page redirects to an address that can't be used: intern.shop.example."),
        ("https://shop.example:22/", "The page redirects to an address that can't be used: shop.example."),
        ("/staff/pay", "The page redirects to one that is left out."),
        ("/help/../%73TAFF/./pay#top", "The page redirects to one that is left out."),
        ("/lamp.jpg", "The page redirects to one that is left out."),
        ("/cart", "The page redirects to one that the site asks not to be read (robots.txt)."),
        ("javascript:alert(1)", "The page redirects to something that is no web address."),
        ("file:///etc/passwd", "The page redirects to something that is no web address."),
        ("https://lea:secret@shop.example/", "The page redirects to something that is no web address."),
    ],
)
def test_where_we_must_not_go_is_not_asked(website, target, message):
    website.pages["/help"] = redirect(target.replace("//rival.example", f"//rival.example:{website.port}"))

    failed = refusal(website.url("/help"))

    assert (failed.message, failed.is_temporary, failed.is_gone) == (message, False, False)
    assert website.paths == ["/help"]


def test_an_address_in_another_alphabet_is_followed(website):
    website.pages["/a"] = redirect("/größe".encode().decode("latin-1"))
    website.pages["/gr%C3%B6%C3%9Fe"] = Page(b"<p>Here")

    assert fetch_page(website.url("/a"), scope=SHOP).content == b"<p>Here"


def test_a_redirect_to_nowhere_is_no_page(website):
    website.pages["/help"] = Page(status=302)

    assert refusal(website.url("/help")).message == "The server answered without a page (302)."


def test_a_page_that_is_gone_behind_a_redirect_is_gone(website):
    website.pages["/help"] = redirect("/gone")

    assert refusal(website.url("/help")).is_gone is True


def test_a_sitemap_does_not_lead_to_another_site(website):
    website.pages["/pages.xml"] = redirect(website.url("/pages.xml", host="rival.example"))

    with pytest.raises(FetchFailed) as failed:
        fetch_sitemap(website.url("/pages.xml"), scope=SHOP)

    assert failed.value.message == "The page redirects to another site: rival.example"
    assert [asked.host for asked in website.asked] == ["shop.example"]
