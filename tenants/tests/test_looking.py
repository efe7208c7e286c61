"""How a site presents itself: what is fetched for that, and what never is."""

import pytest

from tenants.knowledge import looking
from tenants.knowledge.looking import SiteLook, look_at
from tenants.models import Source, Tenant
from tenants.tests.crawler.website import Page, publishing, redirect

pytestmark = pytest.mark.django_db
HOME = (
    "<html lang='de'><head><title>Rosa – Blumen</title><meta name='theme-color' content='#a12'>"
    "<meta name='description' content='Sträuße'><meta property='og:site_name' content='Rosa'>"
    "<style>body{{}}</style>{links}</head><body><main><h1>Rosa</h1><p>Blumen am Markt.</p></main></body></html>"
)


@pytest.fixture
def site(settings, acme):
    with publishing() as published:
        settings.OUTBOUND_ALLOW = [f"127.0.0.1:{published.port}", f"localhost:{published.port}"]
        Tenant.objects.filter(pk=acme.pk).update(website=published.url("/", "127.0.0.1"))
        acme.refresh_from_db()
        yield published


@pytest.fixture
def source(acme, site):
    return Source.objects.create(tenant=acme, address=site.url("/", "127.0.0.1"))


def home(*sheets: str) -> Page:
    links = "".join(f"<link rel=stylesheet href='{sheet}'>" for sheet in sheets)
    return Page(HOME.format(links=links).encode())


def css(text: str) -> Page:
    return Page(text.encode(), media_type="text/css")


def test_a_site_says_who_it_is_and_how_it_looks(site, source):
    site.pages = {"/": home("/a.css"), "/a.css": css("a{color:red}")}

    look = look_at(source)

    assert (look.site_name, look.title, look.language, look.description) == ("Rosa", "Rosa", "de", "Sträuße")
    assert look.colours == ("#aa1122",)
    assert look.styles == "body{}\na{color:red}"


def test_only_style_sheets_of_ones_own_sites_are_fetched(site, source):
    elsewhere = site.url("/evil.css", "localhost")
    site.pages = {"/": home(elsewhere, "/away.css", "/own.css"), "/own.css": css("b{}")}
    site.pages |= {"/away.css": redirect(elsewhere), "/evil.css": css("evil{}")}

    assert look_at(source).styles == "body{}\nb{}"
    assert "/evil.css" not in site.paths


def test_style_sheets_that_are_not_to_be_read_are_left_alone(site, source):
    robots = Page(b"User-agent: *\nDisallow: /own.css", media_type="text/plain")
    site.pages = {"/": home("/own.css"), "/own.css": css("b{}"), "/robots.txt": robots}

    assert look_at(source).styles == "body{}"
    assert "/own.css" not in site.paths


def test_three_style_sheets_are_enough(site, source):
    site.pages = {"/": home(*(f"/{number}.css" for number in range(6)))}

    look_at(source)

    assert [path for path in site.paths if path.endswith(".css")] == ["/0.css", "/1.css", "/2.css"]


def test_a_long_style_sheet_is_cut(site, source):
    site.pages = {"/": home("/a.css"), "/a.css": css("a{}" * 500_000)}

    assert len(look_at(source).styles) == len("body{}\n") + 512 * 1024


def test_a_style_sheet_without_end_is_not_waited_for(site, source, settings, monkeypatch):
    monkeypatch.setattr(looking, "SECONDS", 1.5)
    site.pages = {"/": home("/a.css", "/b.css"), "/a.css": Page(drips=True), "/b.css": css("b{}")}

    assert look_at(source).language == "de"


@pytest.mark.parametrize("pages", [{}, {"/": Page(status=500)}, {"/": Page(b"")}])
def test_of_a_site_that_is_not_there_nothing_is_known(site, source, pages):
    site.pages = pages

    assert look_at(source) == SiteLook()


def test_a_text_has_no_looks(acme):
    assert look_at(Source(tenant=acme, kind="text")) == SiteLook()
