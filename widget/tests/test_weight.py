"""What the widget weighs on the wire: each file alone, as collectstatic leaves it, after brotli at its best."""

from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from widget.tests.door import Door

FILES = Path(__file__).resolve().parents[1] / "static"


@pytest.fixture
def collected(settings, tmp_path):
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [FILES]
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "caty.static_storage.StaticStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)


def weight(content: bytes) -> int:
    return len(brotli.compress(content, quality=11))


@pytest.mark.parametrize(("name", "most"), [("caty.js", 7000), ("panel.js", 11_000)])
def test_script_is_light(name, most, collected):
    with staticfiles_storage.open(f"widget/{name}") as script:
        assert weight(script.read()) <= most


def test_configuration_is_light(acme):
    assert weight(Door(acme).get("config").content) <= 1500
