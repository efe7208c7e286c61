import json

import pytest

from widget.engine.streaming import FirstStringReader, VisibleText


def read(text: str, size: int = 1) -> str:
    reader = FirstStringReader("content")
    return "".join(reader.feed(text[start : start + size]) for start in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
@pytest.mark.parametrize(
    "content", ['He said "hi"\n\ttab \\ slash / ü', "😀🇩🇪 family 👨‍👩‍👧", "\u0000\u001f", "", "a" * 500]
)
@pytest.mark.parametrize("is_ascii", [True, False])
def test_any_string_in_pieces_of_any_size_is_decoded(content, size, is_ascii):
    text = json.dumps({"content": content, "sources": ["not this"]}, ensure_ascii=is_ascii)

    assert read(text, size) == content


def test_nothing_after_the_first_property_is_shown():
    assert read('{ "content" :"a", "name": "Bob", "content": "b"}') == "a"


def test_other_first_property_is_not_shown():
    assert read('{"sources": ["p1"], "content": "hello"}' + " " * 300) == ""


def test_half_an_escape_waits_for_its_rest():
    reader = FirstStringReader("content")

    assert reader.feed('{"content": "a\\ud83d') == "a"
    assert reader.feed("\\ud") == ""
    assert reader.feed("e00!") == "😀!"


@pytest.mark.parametrize(
    ("escaped", "expected"),
    [("\\ud83dx", "\ufffdx"), ("\\ude00x", "\ufffdx"), ("\\ud83d\\n", "\ufffd\n"), ("\\q", "\ufffd")],
)
def test_broken_escapes_become_replacement_characters(escaped, expected):
    assert read(f'{{"content": "{escaped} end"}}') == f"{expected} end"


def watch(text: str, size: int = 1, most_characters: int = 4000) -> list[str]:
    shown: list[str] = []
    visible = VisibleText(shown.append, most_characters=most_characters)
    for start in range(0, len(text), size):
        visible.add(text[start : start + size])
    visible.finish()
    return shown


def test_words_appear_as_they_are_finished():
    assert watch("We ship today") == ["We ", "ship ", "today"]


@pytest.mark.parametrize("size", [1, 4, 11, 1000])
def test_links_are_left_for_the_finished_answer(size):
    text = "See [our page](https://evil.example/x y) or https://evil.example/a?b=c or www.evil.example now"

    assert "".join(watch(text, size)) == "See our page or  or  now"


def test_markup_is_never_shown():
    assert "".join(watch("a <img src=x onerror=alert(1)> b <b>c</b> d")) == "a  b c d"


def test_brackets_that_are_no_link_are_shown():
    assert "".join(watch("Sizes [S, M] and (L) 1 < 2 end")) == "Sizes [S, M] and (L) 1 < 2 end"


def test_languages_without_spaces_are_shown_as_they_grow():
    assert watch("我们两天内发货")[:3] == ["我", "们", "两"]


def test_endless_bracket_is_not_held_back_for_ever():
    assert len("".join(watch("[" + "word " * 200, 5)[:-1])) > 300


def test_what_is_shown_is_bounded():
    assert len("".join(watch("word " * 2000, 50, most_characters=4000))) == 4000
