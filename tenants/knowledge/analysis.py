"""From text to terms: folding, words, stems. The same steps for a passage and for a question about it."""

import re
import unicodedata
from functools import cached_property

import snowballstemmer

from tenants.knowledge.stopwords import ELIDING_LANGUAGES, POINTING_WORDS, STOP_WORDS

LONGEST_WORD = 64
LETTERS_WITHOUT_STEMMER = 6
REMEMBERED_WORDS = 5_000
# What the optional model for meaning was trained on; in others it finds less than words alone do.
LANGUAGES_OF_MEANING = frozenset({"en"})

SNOWBALL = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}

APOSTROPHES = re.compile("['\u2018\u2019\u02bc\uff07]")
# Accents and vowel points that people leave out when typing. Vowel signs of Indic scripts stay: words differ by them.
MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")
# Scripts written without spaces between words: Thai to Khmer, kana, Han, Hangul.
UNSPACED = "\u0e01-\u0e3a\u0e40-\u0eff\u1000-\u109f\u1780-\u17d3\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
# `\w` leaves out the vowel signs inside Indic words, so their blocks are named (without the danda, a full stop).
WORD = re.compile(f"[{UNSPACED}]+|(?:(?![{UNSPACED}])(?:[^\\W_]|[\u0900-\u0963\u0966-\u0dff]))+")
IS_UNSPACED = re.compile(f"[{UNSPACED}]")


def fold(text: str, *, apostrophe: str = "") -> str:
    """Lower case, without accents, compatibility forms made plain. Apostrophes become `apostrophe`."""
    text = APOSTROPHES.sub(apostrophe, text)
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", MARKS.sub("", decomposed))


def primary_language(language: str) -> str:
    """The language of a BCP 47 tag without its region: "pt-BR" gives "pt"."""
    return language.replace("_", "-").split("-")[0].lower()


def character_grams(words: list[str], size: int = 4) -> dict[str, None]:
    """The distinct pieces of ` word `, in order of appearance (a set's order would differ between processes)."""
    grams = {}
    for word in words:
        padded = f" {word} "
        for start in range(max(1, len(padded) - size + 1)):
            grams[padded[start : start + size]] = None
    return grams


class Analyzer:
    """Turns text of one language into terms. Unknown languages are served by cutting words to six letters.

    Keeps the stems of the words it saw last; make one per index. Stemming takes no lock: it never switches greenlets,
    and of two threads each computes the same stem with a stemmer of its own.
    """

    def __init__(self, language: str, *, most_remembered: int = REMEMBERED_WORDS) -> None:
        self.language = primary_language(language)
        self._most_remembered = most_remembered
        self._apostrophe = " " if self.language in ELIDING_LANGUAGES else ""
        self._stems: dict[str, str] = {}

    def words(self, text: str) -> list[str]:
        """The folded words in order; scripts without spaces give overlapping pairs of characters."""
        found = []
        for word in WORD.findall(fold(text, apostrophe=self._apostrophe)):
            if IS_UNSPACED.match(word):
                found.extend(word[start : start + 2] for start in range(max(1, len(word) - 1)))
            else:
                found.append(word[:LONGEST_WORD])
        return found

    def term(self, word: str) -> str:
        """The stem under which a folded word is filed."""
        stem = self._stems.get(word)
        if stem is None:
            if len(self._stems) >= self._most_remembered:
                self._stems.clear()
            stem = self._stems[word] = self._stem(word)
        return stem

    def terms(self, text: str) -> list[str]:
        """The terms of a text in order, with repetitions and stop words."""
        return [self.term(word) for word in self.words(text)]

    @cached_property
    def stop_terms(self) -> frozenset[str]:
        """The stems of this language's stop words."""
        return frozenset(self.terms(STOP_WORDS.get(self._list_name, "")))

    @cached_property
    def pointing_words(self) -> frozenset[str]:
        """Folded words that point back at an earlier turn ("it", "those")."""
        return frozenset(self.words(POINTING_WORDS.get(self._list_name, "")))

    @property
    def _list_name(self) -> str:
        return "nb" if self.language in ("no", "nn") else self.language

    def _stem(self, word: str) -> str:
        algorithm = SNOWBALL.get(self.language)
        if any(map(str.isdigit, word)):
            return word
        if algorithm is None:
            return word if IS_UNSPACED.match(word) else word[:LETTERS_WITHOUT_STEMMER]
        # A stemmer keeps the word it works on in itself; a new one costs a microsecond and shares nothing.
        return snowballstemmer.stemmer(algorithm).stemWord(word)
