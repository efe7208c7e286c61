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


SCRIPTS = ("panel.js", "people.js")


def carried_by(name: str) -> dict:
    script = (STATIC / name).read_text()
    return json.loads(re.search(r"^export const ENGLISH = (\{.*?^\});$", script, re.DOTALL | re.MULTILINE)[1])


def test_scripts_carry_the_english_texts_themselves():
    carried = [carried_by(name) for name in SCRIPTS]

    assert list(ENGLISH.items()) == [pair for texts in carried for pair in texts.items()]


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_english_text_is_used_by_the_script_that_carries_it(name):
    script = (STATIC / name).read_text().partition("};")[2]

    assert [key for key in carried_by(name) if not re.search(rf'["`]{key}["`]|\b{key}:', script)] == []


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_translation_has_the_same_keys_and_placeholders(path):
    texts = json.loads(path.read_text())

    assert list(texts) == list(ENGLISH)
    assert {key: placeholders(text) for key, text in texts.items()} == {
        key: placeholders(text) for key, text in ENGLISH.items()
    }
    assert all(text.strip() == text != "" for text in texts.values())
