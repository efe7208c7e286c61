"""The script on customers' pages: one address for good, and headers that let any page load it."""

import hashlib
from pathlib import Path

import brotli
import pytest
from django.core.management import call_command
from django.test import Client

FILES = Path(__file__).resolve().parents[1] / "static"
SOURCE = FILES / "widget" / "caty.js"


def collect(settings, folder: Path) -> None:
    """The widget's files as a release collects them: hashed, with compressed forms beside them."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    settings.STATIC_ROOT = str(folder)
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [FILES]
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(params=["collected", "sources", "development"])
def served(request, settings, tmp_path):
    """A fresh server as in production, as in a test, and as under `make run`."""
    if request.param == "collected":
        collect(settings, tmp_path)
    settings.DEBUG = settings.WHITENOISE_USE_FINDERS = request.param == "development"
    return Client()


def body(response) -> bytes:
    return b"".join(response)


def test_script_is_served_from_its_file_whatever_is_asked_with_it(served):
    for address in ("/widget.js", "/widget.js?key=caty_anything&v=1"):
        response = served.get(address)
        assert (response.status_code, body(response)) == (200, SOURCE.read_bytes())


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


def test_known_script_is_not_sent_again(served):
    etag = served.get("/widget.js")["ETag"]

    response = served.get("/widget.js", headers={"If-None-Match": etag})

    assert etag == f'"{hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:32]}"'
    assert (response.status_code, body(response)) == (304, b"")


def test_script_cannot_be_posted_to(served):
    assert served.post("/widget.js").status_code == 405


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, deflate, br", "br"), ("gzip", "gzip")])
def test_collected_script_comes_compressed(settings, tmp_path, accepted, encoding):
    collect(settings, tmp_path)

    response = Client().get("/widget.js", headers={"Accept-Encoding": accepted})

    assert (response["Content-Encoding"], response["Vary"]) == (encoding, "Accept-Encoding")
    if encoding == "br":
        assert brotli.decompress(body(response)) == SOURCE.read_bytes()


def test_other_files_keep_their_own_caching(settings, tmp_path):
    collect(settings, tmp_path)
    client = Client()
    (hashed,) = (tmp_path / "widget").glob("panel.????????????.js")

    assert client.get(f"/static/widget/{hashed.name}")["Cache-Control"] == "max-age=315360000, public, immutable"
    assert client.get("/static/widget/panel.js")["Cache-Control"] == "max-age=60, public"
