"""Every text of the widget that a business may word otherwise, and how it is worded by standard."""

import json
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

from tenants.texts import FALLBACK, launcher_texts, own_texts

PACK = "widget/texts/{language}.json"
LAUNCHER = "launcher."


@cache
def standard_texts(language: str) -> dict[str, str]:
    """Each text by its key; in English where the language has none. `consent_text` is empty: there is no standard."""
    found = {f"{LAUNCHER}{key}": text for key, text in launcher_texts(language).items()}
    return {**found, **own_texts(language), "consent_text": "", **_pack(FALLBACK), **_pack(language)}


def _pack(language: str) -> dict[str, str]:
    path = finders.find(PACK.format(language=language))
    return json.loads(Path(path).read_text("utf-8")) if path else {}
