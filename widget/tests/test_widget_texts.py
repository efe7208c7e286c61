"""The panel's texts: every language has all of them, and each is used."""

import json
import re

import pytest

from widget.tests.collecting import FILES

STATIC = FILES / "widget"
ENGLISH = json.loads((STATIC / "texts" / "en.json").read_text())
OTHERS = sorted(path for path in (STATIC / "texts").glob("*.json") if path.stem != "en")


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", text))


def test_panel_carries_the_english_texts_itself():
    script = (STATIC / "panel.js").read_text()
    carried = re.search(r"^export const ENGLISH = (\{.*?^\});$", script, re.DOTALL | re.MULTILINE)

    assert json.loads(carried[1]) == ENGLISH


def test_every_english_text_is_used_by_the_panel():
    script = (STATIC / "panel.js").read_text().partition("};")[2]

    assert [key for key in ENGLISH if not re.search(rf'["`]{key}["`]|\b{key}:', script)] == []


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_translation_has_the_same_keys_and_placeholders(path):
    texts = json.loads(path.read_text())

    assert list(texts) == list(ENGLISH)
    assert {key: placeholders(text) for key, text in texts.items()} == {
        key: placeholders(text) for key, text in ENGLISH.items()
    }
    assert all(text.strip() == text != "" for text in texts.values())
