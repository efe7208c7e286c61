import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.knowledge.analysis import SNOWBALL, Analyzer, character_grams, fold
from tenants.knowledge.expansion import edit_distance
from tenants.knowledge.stopwords import STOP_WORDS


def test_accents_case_and_apostrophes_are_folded():
    assert fold("Don’t pay the Café’s Straße ﬁrst") == "dont pay the cafes strasse first"


def test_english_words_are_stemmed():
    assert Analyzer("en").terms("Deliveries delivered 3 lamps") == ["deliveri", "deliv", "3", "lamp"]


def test_region_of_a_language_is_ignored():
    assert Analyzer("de-AT").terms("Öffnungszeiten") == ["offnungszeit"]


def test_french_elision_separates_words():
    assert Analyzer("fr").words("L'heure d’été") == ["l", "heure", "d", "ete"]


def test_unknown_language_cuts_words_but_not_numbers():
    assert Analyzer("xx").terms("lieferungen 12345678") == ["liefer", "12345678"]


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("ja", "東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("ja", "iPhoneを買う", ["iphone", "を買", "買う"]),
        ("ko", "배송 기간", ["배송", "기간"]),
        ("zh", "退", ["退"]),
        ("hi", "डिलीवरी कितने", ["डिलीवरी", "कितने"]),
        ("ar", "مَرحَبا", ["مرحبا"]),
    ],
)
def test_other_scripts_give_words_or_pairs(language, text, words):
    assert Analyzer(language).words(text) == words


def test_stop_words_are_known_by_their_stems():
    assert {"how", "doe", "im", "veri"} <= Analyzer("en").stop_terms
    assert "uber" in Analyzer("de").stop_terms


@pytest.mark.parametrize("language", sorted({*SNOWBALL, *STOP_WORDS}))
def test_every_listed_language_can_be_analysed(language):
    assert Analyzer(language).terms("internet") != []


def test_an_endless_word_is_cut():
    assert Analyzer("en").words("a" * 10_000) == ["a" * 64]


def test_grams_keep_their_order():
    assert list(character_grams(["led", "lamp"])) == [" led", "led ", " lam", "lamp", "amp "]


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [("lamp", "lamp", 0), ("lamp", "lamps", 1), ("lmap", "lamp", 1), ("deliverry", "delivary", 2), ("lamp", "bulb", 3)],
)
def test_edit_distance_counts_swaps_as_one_and_stops_above_its_limit(left, right, distance):
    assert edit_distance(left, right, limit=2) == distance


@given(st.text(max_size=200), st.sampled_from(["en", "fr", "th", "xx"]))
def test_any_text_gives_words_without_spaces_or_line_ends(text, language):
    assert all(word and not any(map(str.isspace, word)) for word in Analyzer(language).words(text))
