import pytest

from tenants.knowledge.builder import build
from tenants.knowledge.index import Entry
from tenants.knowledge.likeness import Comparer, comparer_for, find_group, likeness

SHIPPING = ("Do you ship to Malta?", "shipping to malta", "is it possible to ship to Malta")
GIFTS = ("Do you sell gift cards?", "gift card")


def alike(one: str, other: str, language: str = "en") -> float:
    comparer = Comparer(language)
    return likeness(comparer.read(one), comparer.read(other))


def group_of(question: str, *groups: tuple[str, ...], language: str = "en") -> int | None:
    comparer = Comparer(language)
    return find_group(comparer.read(question), [[comparer.read(one) for one in group] for group in groups])


def test_the_same_words_in_another_order_and_case_are_alike():
    assert alike("Ship to Malta?", "ship to malta") == pytest.approx(1.0)
    assert alike("Malta shipping", "shipping, Malta") == pytest.approx(1.0)


def test_stop_words_make_nobody_alike():
    assert alike("Do you have bees?", "Do you have stamps?") < 0.4


def test_a_question_of_stop_words_alone_is_compared_by_them():
    assert alike("how much", "How much?") == pytest.approx(1.0)


@pytest.mark.parametrize("nothing", ["", "???", "\0"])
def test_what_has_no_words_is_like_nothing(nothing):
    assert alike(nothing, nothing) == 0.0
    assert group_of(nothing, (nothing,)) is None


def test_a_question_finds_its_group():
    assert group_of("can you ship this to malta", GIFTS, SHIPPING) == 1
    assert group_of("giftcards?", SHIPPING, ("giftcard", "gift cards")) == 1
    assert group_of("Who won the cup?", SHIPPING, GIFTS) is None


def test_a_question_like_one_wording_and_unlike_the_others_stays_out():
    creeping = ("gift wrap paper", "paper bags in red", "red shoes", "shoes for children")

    assert group_of("Do you sell gift wrapping?", ("gift wrapping",)) == 0
    assert group_of("Do you sell gift wrapping?", creeping) is None


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "Liefert ihr nach Österreich?", "Lieferung nach Osterreich"),
        ("ar", "هل توصلون إلى مالطا؟", "التوصيل إلى مالطا"),
        ("xx", "kan jy dit na Malta stuur", "stuur na Malta"),
    ],
)
def test_languages_with_and_without_stemmer_are_compared(language, one, other):
    assert group_of(one, (other,), language=language) == 0


def test_rare_words_tell_more_than_frequent_ones():
    entries = [Entry((), f"lamp number {n}") for n in range(20)] + [Entry((), "warranty")]
    comparer = comparer_for(build(entries, language="en"), language="en")
    lamps, warranty, asked = map(comparer.read, ("a lamp", "a warranty", "lamp warranty"))

    assert likeness(asked, warranty) > likeness(asked, lamps)
