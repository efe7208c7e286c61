"""Sitemaps as sites have them, and as somebody hostile would."""

import gzip
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.knowledge.crawler.sitemap import MOST_BYTES, Sitemap, SitemapPage, SitemapUnreadable, read_sitemap

SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
PAGES = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="/sitemap.xsl"?>
<urlset xmlns="{SPACE}" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"
        xmlns:xhtml="http://www.w3.org/1999/xhtml">
  <url>
    <loc> https://Shop.example/help?utm_source=map&amp;a=1 </loc>
    <lastmod>2026-03-04T12:00:00+02:00</lastmod>
    <image:image><image:loc>https://shop.example/lamp.jpg</image:loc></image:image>
    <xhtml:link rel="alternate" hreflang="de" href="https://shop.example/hilfe"/>
  </url>
  <url><loc><![CDATA[https://shop.example/größe]]></loc><lastmod>2026-03-04</lastmod></url>
  <url><loc>https://shop.example/help?a=1</loc></url>
  <url><loc>mailto:lea@shop.example</loc></url>
  <url><lastmod>2026</lastmod></url>
  <url><loc>https://shop.example/old</loc><lastmod>last week</lastmod></url>
</urlset>
"""
READ = Sitemap(
    pages=(
        SitemapPage("https://shop.example/help?a=1", datetime(2026, 3, 4, 10, 0, tzinfo=UTC)),
        SitemapPage("https://shop.example/gr%C3%B6%C3%9Fe", datetime(2026, 3, 4, tzinfo=UTC)),
        SitemapPage("https://shop.example/old"),
    )
)
INDEX = f"""\
<sitemapindex xmlns="{SPACE}">
  <sitemap><loc>https://shop.example/pages.xml.gz</loc><lastmod>2026-03-04</lastmod></sitemap>
  <sitemap><loc>https://shop.example/map.php?from=1&amp;to=2</loc></sitemap>
</sitemapindex>
"""
LAUGHS = """\
<!DOCTYPE urlset [
<!ENTITY a "ha"> <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"> <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"> <!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">
]>
<urlset><url><loc>https://shop.example/&e;</loc></url></urlset>
"""
STRANGER = """\
<!DOCTYPE urlset [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<urlset><url><loc>https://shop.example/&secret;</loc></url></urlset>
"""
BROKEN = "The sitemap can't be read: its XML is broken or not allowed."


@pytest.mark.parametrize(
    "content",
    [
        PAGES.encode(),
        b"\xef\xbb\xbf" + PAGES.encode(),
        b"\n\n  " + PAGES.encode(),
        PAGES.replace("UTF-8", "UTF-16").encode("utf-16"),
        PAGES.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        PAGES.replace(f' xmlns="{SPACE}"', "").encode(),
        gzip.compress(PAGES.encode()),
    ],
    ids=["utf-8", "mark", "blanks", "utf-16", "latin-1", "no-namespace", "gzip"],
)
def test_pages_are_listed_with_the_time_they_changed(content):
    assert read_sitemap(content) == READ


def test_an_index_names_further_sitemaps():
    assert read_sitemap(INDEX.encode()) == Sitemap(
        sitemaps=("https://shop.example/pages.xml.gz", "https://shop.example/map.php?from=1&to=2")
    )


def test_a_plain_list_is_a_sitemap():
    content = b"\xef\xbb\xbfhttps://shop.example/a\r\n\r\n# more\nhttps://shop.example/b"

    assert read_sitemap(content).pages == (SitemapPage("https://shop.example/a"), SitemapPage("https://shop.example/b"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-04T05:06Z", datetime(2026, 3, 4, 5, 6, tzinfo=UTC)),
        ("2026-03-04T05:06:07.5", datetime(2026, 3, 4, 5, 6, 7, 500_000, tzinfo=UTC)),
        ("0001-01-01T00:00:00+09:00", None),
        ("2026-13-01", None),
        ("", None),
    ],
)
def test_times_are_written_in_many_ways(written, read):
    content = f"<urlset><url><loc>https://shop.example/</loc><lastmod>{written}</lastmod></url></urlset>"

    assert read_sitemap(content.encode()).pages == (SitemapPage("https://shop.example/", read),)


def test_an_empty_sitemap_lists_nothing():
    assert read_sitemap(b"<urlset/>") == Sitemap()


def test_no_more_than_50_000_addresses_are_read():
    urls = "".join(f"<url><loc>https://shop.example/{number}</loc></url>" for number in range(50_010))

    assert len(read_sitemap(f"<urlset>{urls}</urlset>".encode()).pages) == 50_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "There is no address of a page in the sitemap."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "There is no address of a page in the sitemap."),
        (b"<html><body>Not found</body></html>", "This is not a sitemap but something else."),
        (b"<!doctype html><p>Not found", BROKEN),
        (b"<urlset><url>", BROKEN),
        (b"<urlset><url><loc>https://shop.example/?a=1&b=2</loc></url></urlset>", BROKEN),
        (b'<?xml version="1.0" encoding="nonsense"?><urlset/>', BROKEN),
        (LAUGHS.encode(), BROKEN),
        (STRANGER.encode(), BROKEN),
        (b"<urlset>" + b"<url>" * 100 + b"</url>" * 100 + b"</urlset>", BROKEN),
        (gzip.compress(PAGES.encode())[:-20], "The sitemap is packed in a way that can't be unpacked."),
        (b"\x1f\x8bnonsense", "The sitemap is packed in a way that can't be unpacked."),
    ],
)
def test_what_is_no_sitemap_is_told(content, message):
    with pytest.raises(SitemapUnreadable) as refused:
        read_sitemap(content)

    assert refused.value.message == message


def test_a_gzip_bomb_is_not_unpacked_beyond_the_bound():
    bomb = gzip.compress(b"\n" * MOST_BYTES) * 6
    tracemalloc.start()

    with pytest.raises(SitemapUnreadable) as refused:
        read_sitemap(bomb)

    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.message == "The sitemap is larger than 50 MB."
    assert peak_bytes < 3 * MOST_BYTES


def test_a_sitemap_of_nothing_but_tags_is_not_read_to_its_end():
    last = b"<url><loc>https://shop.example/</loc></url></urlset>"

    assert read_sitemap(b"<urlset>" + b"<url/>" * 2_000_000 + last) == Sitemap()


@given(st.one_of(st.binary(), st.text(alphabet="<>/urlset loc&;!").map(lambda text: f"<urlset>{text}".encode())))
def test_no_file_does_more_than_be_refused(content):
    with suppress(SitemapUnreadable):
        assert len(read_sitemap(content).pages) <= len(content)
