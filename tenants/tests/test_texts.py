"""Which language is spoken, and what the launcher says in it."""

import re

import pytest

from tenants.texts import LANGUAGES, choose_language, direction, launcher_texts, own_texts, translated


@pytest.mark.parametrize(
    ("asked", "own", "spoken"),
    [
        ("de", "en", "de"),
        ("pt-BR", "en", "pt"),
        ("DE_at", "en", "de"),
        ("iw", "en", "he"),
        ("ja", "fr-CA", "fr"),
        ("", "it", "it"),
        ("ja", "fi", "en"),
        ("<script>", "", "en"),
    ],
)
def test_language_is_the_one_asked_for_or_the_business_s_own_or_english(asked, own, spoken):
    assert choose_language(asked, own) == spoken


def test_arabic_and_hebrew_run_from_right_to_left():
    assert {code for code in LANGUAGES if direction(code) == "rtl"} == {"ar", "he"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_all_texts_with_the_same_blanks_to_fill(language):
    spoken, english = launcher_texts(language), launcher_texts("en")

    assert {key: re.findall(r"{\w+}", text) for key, text in spoken.items()} == {
        key: re.findall(r"{\w+}", text) for key, text in english.items()
    }
    assert all(text == text.strip() and 0 < len(text) <= 40 for text in spoken.values())
    assert language == "en" or not set(spoken.values()) & set(english.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_words_what_a_business_may_word_itself(language):
    spoken, english = own_texts(language), own_texts("en")

    assert spoken.keys() == english.keys()
    assert all(text == text.strip() and 0 < len(text) <= 300 for text in spoken.values())
    assert language == "en" or not set(spoken.values()) & set(english.values())


def test_only_words_that_a_business_left_as_they_came_are_translated():
    left = own_texts("en")["thanks"]

    assert translated("thanks", "de", left) == "Vielen Dank! Wir melden uns in Kürze."
    assert translated("thanks", "en", left) == left
    assert translated("thanks", "de", "Cheers!") == "Cheers!"
    assert translated("consent_text", "de", "Call me") == "Call me"


def test_wording_is_set_as_each_language_sets_it():
    assert launcher_texts("fr")["unread"] == "Nouveaux messages\u00a0: {count}"
    assert "'" not in "".join(launcher_texts("he").values())
