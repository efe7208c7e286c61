"""What collectstatic makes of the widget's scripts."""

from importlib.util import find_spec

import brotli
import pytest
from django.core.management import call_command

from caty.static_storage import StaticStorage

SOURCE = """/* What this is. */
(() => {
  // Why this is.
  const address = `https://example.com/${1 + 1}  //  ${"/*"}`;
  const pattern = /[/*"]\\/\\//g;
  return `a
    b`.replace(pattern, (found) => found + address);
})();
"""


@pytest.fixture
def storage(tmp_path, settings):
    (tmp_path / "source" / "widget").mkdir(parents=True)
    (tmp_path / "source" / "widget" / "caty.js").write_text(SOURCE)
    (tmp_path / "source" / "other.js").write_text(SOURCE)
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "caty.static_storage.StaticStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return StaticStorage()


def read(storage, name):
    with storage.open(name) as file:
        return file.read()


@pytest.mark.skipif(not find_spec("minify"), reason="no minifier on this kind of machine: see requirements.txt")
def test_comments_indentation_and_long_names_go_and_words_stay(storage):
    collected = read(storage, "widget/caty.js").decode()

    assert "What this is" not in collected
    assert "Why this is" not in collected
    assert "pattern" not in collected
    assert "found" not in collected
    assert '`https://example.com/${1+1}  //  ${"/*"}`' in collected
    assert '/[/*"]\\/\\//g' in collected
    assert "`a\n    b`" in collected


def test_hashed_and_compressed_copies_hold_the_same(storage):
    collected = read(storage, "widget/caty.js")
    hashed = storage.stored_name("widget/caty.js")

    assert hashed != "widget/caty.js"
    assert read(storage, hashed) == collected
    assert brotli.decompress(read(storage, f"{hashed}.br")) == collected


def test_other_scripts_and_the_source_stay_as_they_are(storage, settings):
    assert read(storage, "other.js").decode() == SOURCE
    assert (settings.STATICFILES_DIRS[0] / "widget" / "caty.js").read_text() == SOURCE
