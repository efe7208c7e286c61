"""The script on customers' pages: one address for good, and headers that let any page load it."""

import gzip
import hashlib
from pathlib import Path

import brotli
import pytest
from django.test import Client

from widget.tests.collecting import FILES, collect

SOURCE = FILES / "widget" / "caty.js"


@pytest.fixture(params=["collected", "sources", "development"])
def script(request, settings, tmp_path) -> Path:
    """The file that a fresh server gives out: as in production, as in a test, and as under `make run`."""
    settings.DEBUG = settings.WHITENOISE_USE_FINDERS = request.param == "development"
    if request.param != "collected":
        return SOURCE
    collect(settings, tmp_path)
    return tmp_path / "widget" / "caty.js"


@pytest.fixture
def served(script):
    return Client()


def body(response) -> bytes:
    return b"".join(response)


def test_script_is_served_from_its_file_whatever_is_asked_with_it(served, script):
    for address in ("/widget.js", "/widget.js?key=caty_anything&v=1"):
        response = served.get(address)
        assert (response.status_code, body(response)) == (200, script.read_bytes())


def test_script_may_be_kept_for_an_hour_and_loaded_by_any_page(served):
    response = served.get("/widget.js")

    assert response["Cache-Control"] == "public, max-age=3600, stale-while-revalidate=604800"
    assert response["Content-Type"] == 'text/javascript; charset="utf-8"'
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_script_is_the_same_for_every_cookie_and_language(served):
    response = served.get("/widget.js", headers={"Accept-Language": "de", "Cookie": "sessionid=1"})

    assert response.get("Vary") in (None, "Accept-Encoding")
    assert not response.cookies


def test_known_script_is_not_sent_again(served, script):
    etag = served.get("/widget.js")["ETag"]

    response = served.get("/widget.js", headers={"If-None-Match": etag})

    assert etag == f'W/"{hashlib.sha256(script.read_bytes()).hexdigest()[:32]}"'
    assert (response.status_code, body(response)) == (304, b"")


def test_script_cannot_be_posted_to(served):
    assert served.post("/widget.js").status_code == 405


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, deflate, br", "br"), ("gzip", "gzip")])
def test_collected_script_comes_compressed(settings, tmp_path, accepted, encoding):
    collect(settings, tmp_path)

    response = Client().get("/widget.js", headers={"Accept-Encoding": accepted})

    assert (response["Content-Encoding"], response["Vary"]) == (encoding, "Accept-Encoding")
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress}[encoding]
    assert unpack(body(response)) == (tmp_path / "widget" / "caty.js").read_bytes()


def test_other_files_keep_their_own_caching(settings, tmp_path):
    collect(settings, tmp_path)
    client = Client()
    (hashed,) = (tmp_path / "widget").glob("panel.????????????.js")

    assert client.get(f"/static/widget/{hashed.name}")["Cache-Control"] == "max-age=315360000, public, immutable"
    assert client.get("/static/widget/panel.js")["Cache-Control"] == "max-age=60, public"
