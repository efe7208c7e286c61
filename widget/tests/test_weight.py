"""What the widget weighs on the wire: each file alone, as collectstatic leaves it, after brotli at its best.

The configuration is weighed in test_api_config.py.
"""

from importlib.util import find_spec

import brotli
import pytest
from django.contrib.staticfiles.storage import staticfiles_storage

from widget.tests.collecting import collect


@pytest.fixture
def collected(settings, tmp_path):
    collect(settings, tmp_path)


def weight(content: bytes) -> int:
    return len(brotli.compress(content, quality=11))


@pytest.mark.skipif(not find_spec("minify"), reason="no minifier on this kind of machine: see requirements.txt")
@pytest.mark.parametrize(("name", "most"), [("caty.js", 7000), ("panel.js", 11_000), ("people.js", 3500)])
def test_script_is_light(name, most, collected):
    with staticfiles_storage.open(f"widget/{name}") as script:
        assert weight(script.read()) <= most
