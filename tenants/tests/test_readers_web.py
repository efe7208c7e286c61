import pytest

from tenants.knowledge.readers.contracts import Source
from tenants.knowledge.readers.web import read_html


def read(body: str, *, head: str = "", address: str = "https://shop.example/help/", **said):
    page = f"<!doctype html><html lang='en'><head>{head}</head><body>{body}</body></html>"
    return read_html(Source(content=page.encode(), address=address, **said))


def text_of(body: str, **said) -> str:
    return read(f"<main><p>Open daily.</p>{body}</main>", **said).text.removeprefix("Open daily.").strip()


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display: none">x</p>',
        '<p style="color:red;VISIBILITY:hidden">x</p>',
        '<p style="opacity:0">x</p>',
        '<p style="opacity: 0.0; color: red">x</p>',
        '<p style="font-size:0px">x</p>',
        '<p style="position:absolute;left:-5000px">x</p>',
        '<p style="color:#FFF; background: #fff">x</p>',
        '<p class="sr-only">x</p>',
        '<p class="hidden">x</p>',
        "<p hidden>x</p>",
        "<p aria-hidden='true'>x</p>",
        "<dialog>x</dialog>",
        "<!-- x -->",
        "<template><p>x</p></template>",
        "<noscript>x</noscript>",
        "<script>x</script>",
        "<style>.secret { display:none }</style><p class='big secret'>x</p>",
        "<style>a{} #s , .t{visibility:hidden}</style><p id='s'>x</p>",
        "<p>\U000e0078\u200b\u202e</p>",
    ],
)
def test_what_nobody_sees_is_left_out(hidden):
    assert text_of(hidden) == ""


@pytest.mark.parametrize(
    "shown",
    [
        '<p style="opacity:0.9">x</p>',
        '<p style="font-size:0.9em">x</p>',
        '<p style="color:#fff; background:#000">x</p>',
        '<p class="hidden md:block">x</p>',
        '<p class="d-none d-lg-block">x</p>',
        "<style>@media (max-width: 9px) { .wide { display:none } } .b{color:red}</style><p class='wide'>x</p>",
        '<button aria-controls="more"></button><p id="more" hidden>x</p>',
        '<a href="#more"></a><div id="more" style="display:none">x</div>',
        '<div role="tabpanel" aria-labelledby="tab" hidden>x</div>',
        '<p hidden="until-found">x</p>',
    ],
)
def test_what_can_be_seen_or_opened_stays(shown):
    assert text_of(shown) == "x"


def test_a_banner_about_cookies_goes_and_a_page_about_cookies_stays():
    banner = '<div id="CybotCookiebotDialog" class="cookie-banner">We use cookies.</div>'
    policy = (
        '<div class="cookie-policy"><h1>Cookies</h1><p>We set one cookie for the basket and none for others.</p></div>'
    )

    assert read(f"{banner}<p>Open daily from nine to six, and on Sundays too.</p>").text.startswith("Open daily")
    assert read(policy).text.startswith("# Cookies\n\nWe set one cookie")


def test_tables_that_frame_a_page_are_read_as_text_and_others_as_tables():
    frame = "<table><tr><td><h2>Left</h2></td><td><p>Right</p></td></tr></table>"
    figures = (
        "<table><tr><th>Size</th><th>Price</th></tr><tr><td rowspan=2>S</td><td>3</td></tr><tr><td>4</td></tr></table>"
    )

    assert text_of(frame) == "## Left\n\nRight"
    assert text_of(figures) == "| Size | Price |\n| --- | --- |\n| S | 3 |\n| S | 4 |"


def test_links_lead_somewhere_or_are_only_words():
    body = (
        '<p><a href="a(1).html">one</a>, <a href="javascript:x()">two</a>, <a href="mailto:us@shop.example">three</a>, '
        '<a href="https://shop.example/">https://shop.example</a>, <a href="#top">top</a></p>'
    )

    assert text_of(body) == (
        "[one](https://shop.example/help/a(1%29.html), two, [three](mailto:us@shop.example), https://shop.example, top"
    )


def test_addresses_are_absolute_without_fragments_and_once_each():
    body = '<a href="b?x=1#y">.</a><a href="b?x=1">.</a><a href="//cdn.example/c">.</a><a href="ftp://a/b">.</a><a href="http://[">.</a>'

    found = read(body, head='<base href="/other/">').links

    assert found == ("https://shop.example/other/b?x=1", "https://cdn.example/c")


def test_at_most_two_thousand_links_are_named():
    assert len(read("".join(f'<a href="{n}">.</a>' for n in range(3000))).links) == 2000


@pytest.mark.parametrize(
    ("robots", "hidden", "follows"),
    [("noindex", True, True), ("NoFollow, noarchive", False, False), ("none", True, False), ("all", False, True)],
)
def test_what_a_page_asks_of_robots_is_told(robots, hidden, follows):
    found = read("<p>Open daily.</p>", head=f'<META NAME="Robots" content="{robots}">')

    assert (found.is_hidden_from_search, found.follows_links) == (hidden, follows)


@pytest.mark.parametrize(
    ("given", "colour"),
    [
        ("#ABC", ("#aabbcc",)),
        ("rgb(1, 20, 255)", ("#0114ff",)),
        ("#11223344", ("#112233",)),
        ("red", ()),
        ("url(x)", ()),
    ],
)
def test_theme_colours_have_one_form(given, colour):
    assert read("<p>Hi</p>", head=f'<meta name="theme-color" content="{given}">').colours == colour


def test_a_charset_is_taken_from_the_header_before_the_page():
    page = "<html><meta charset='utf-8'><body><p>Привет, мир</p>".encode("koi8-r")

    assert read_html(Source(content=page, media_type="text/html; charset=KOI8-R")).text == "Привет, мир"


def test_a_page_without_landmarks_is_read_by_what_is_most_of_its_text():
    story = "".join(f"<p>Sentence number {n} about the workshop and its tools, told at length.</p>" for n in range(12))
    links = "".join(f"<li><a href='/p{n}'>Other page {n}</a></li>" for n in range(8))

    found = read(f"<div class=menu><ul>{links}</ul></div><div class=body><div><h2>Tools</h2>{story}</div></div>").text

    assert found.startswith("## Tools\n\nSentence number 0 about")
    assert found.endswith("Sentence number 11 about the workshop and its tools, told at length.")


def test_signs_to_point_at_headings_are_left_out():
    assert text_of("<h2>Prices<a href='#prices'>#</a></h2>") == "## Prices"


def test_a_list_of_twenty_thousand_items_is_numbered_in_time():
    assert text_of(f"<ol>{'<li>x' * 20_000}</ol>").endswith("\n20000. x")


def test_what_a_page_says_of_its_looks_is_kept():
    head = "<meta property='og:site_name' content=' Rosa  Flowers '><style>a { color: #a12 }</style><style>b{}</style>"
    head += "<link rel='stylesheet' href='/a.css?v=1'><link rel='alternate stylesheet' href='/b.css'>"
    head += (
        "<link rel='Stylesheet preload' href='https://cdn.example/c.css'><link rel=stylesheet href='data:text/css,a'>"
    )
    head += "<link rel='stylesheet' media='print' href='/print.css'><link rel='icon' href='/i.png'>"

    found = read("<main><p>Open daily.</p></main>", head=head)

    assert (found.site_name, found.styles) == ("Rosa Flowers", "a { color: #a12 }\nb{}")
    assert found.stylesheets == ("https://shop.example/a.css?v=1", "https://cdn.example/c.css")


def test_of_looks_without_end_a_part_is_kept():
    sheets = "".join(f"<link rel=stylesheet href='/{number}.css'>" for number in range(50))

    found = read("<p>Open daily.</p>", head=f"<style>{'a{}' * 100_000}</style>{sheets}")

    assert (len(found.styles), len(found.stylesheets)) == (100_000, 8)
