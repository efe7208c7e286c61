import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.knowledge.builder import build
from tenants.knowledge.calibration import calibrate
from tenants.knowledge.evidence import Evidence
from tenants.knowledge.index import Entry, Thresholds
from tenants.knowledge.probability import confidence, probability, zone
from tenants.knowledge.ranking import rank

ENTRIES = (
    Entry(("How long does delivery take?", "When will my parcel arrive?"), "Two to three working days."),
    Entry(("Can I return a lamp?",), "Any lamp may come back within 30 days for a refund."),
    Entry(("Which bulbs fit the Aurora lamp?",), "E27 bulbs of up to 40 watts."),
    Entry((), "Workshop\nVisits\nThe showroom in Leipzig is open on Saturdays."),
    Entry((), "Workshop\nHistory\nFounded by two sisters, who still run the workshop and its training."),
)
INDEX = build(ENTRIES, language="en")


def first(text: str, **options) -> int:
    return rank(INDEX, text, **options).passages[0][0]


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("how long is delivery", 0),
        ("parcel arrive when??", 0),
        ("RETURN my lamps", 1),
        ("bulbs for aurora", 2),
        ("is the showroom open on saturday", 3),
        ("who founded it", 4),
    ],
)
def test_the_passage_meant_comes_first(text, passage):
    assert first(text) == passage


@pytest.mark.parametrize(("text", "passage"), [("delivry time", 0), ("auorra bulbs", 2), ("showrom", 3)])
def test_a_typo_still_finds_its_passage(text, passage):
    assert first(text) == passage


def test_part_of_a_compound_finds_it():
    index = build([Entry((), "Die Geschwindigkeitsbegrenzung gilt."), Entry((), "Andere Dinge.")], language="de")

    assert rank(index, "geschwindigkeit").passages[0][0] == 0


def test_words_nobody_wrote_find_nothing():
    ranked = rank(INDEX, "zqxwv")

    assert ranked.passages == ()
    assert ranked.evidence is None


def test_an_earlier_turn_moves_ranks_but_not_the_evidence_of_a_passage():
    alone = rank(INDEX, "and lamp?")
    followed = rank(INDEX, "and lamp?", earlier="which bulbs fit")

    assert first("and lamp?", earlier="which bulbs fit") == 2
    assert followed.evidence.covered_by_question == alone.evidence.covered_by_question
    assert followed.evidence.margin <= 0 < alone.evidence.margin


def test_passages_left_out_are_never_found():
    numbers = [number for number, _ in rank(INDEX, "return the aurora lamp", without={1}).passages]

    assert numbers == [2]


def test_no_more_passages_than_asked_for():
    assert len(rank(INDEX, "lamp delivery workshop", limit=2).passages) == 2


def test_equal_scores_keep_the_order_of_the_passages():
    index = build([Entry((), "same words")] * 3, language="en")

    assert [number for number, _ in rank(index, "same").passages] == [0, 1, 2]


def test_an_empty_knowledge_base_finds_nothing():
    assert rank(build([], language="en"), "anything").passages == ()


def test_common_terms_of_bodies_are_pruned_but_harmless():
    entries = [Entry((), f"lamp model{number}x") for number in range(1200)]
    index = build(entries, language="en")

    assert rank(index, "lamp").passages == ()
    assert rank(index, "lamp model7x").passages[0][0] == 7


def test_a_stored_question_asked_word_for_word_is_answered():
    ranked = rank(INDEX, "Which bulbs fit the Aurora lamp?")

    assert zone(ranked.evidence, probability(ranked.evidence), Thresholds()) == "answer"


def test_what_the_business_never_wrote_of_is_refused():
    ranked = rank(INDEX, "do you sell gift vouchers for my nephew?")

    assert zone(ranked.evidence, probability(ranked.evidence), Thresholds()) == "refuse"


def evidence(**changes) -> Evidence:
    values = {
        "has_question": True,
        "has_content": True,
        "covered": 1.0,
        "covered_by_question": 1.0,
        "overlap": 1.0,
        "spelling": 1.0,
        "margin": 1.0,
        "unmatched": 0.0,
        "content_words": 0.5,
        "strength": 1.0,
    }
    return Evidence(**{**values, **changes})


def test_probability_follows_the_fitted_weights():
    assert probability(evidence()) == pytest.approx(0.98890, abs=1e-5)
    assert probability(evidence(has_question=False)) == pytest.approx(0.99989, abs=1e-5)


@pytest.mark.parametrize(
    ("likelihood", "told"), [(0, 0), (0.25, 0.25), (0.7, 0.7), (0.81, 0.75), (0.92, 0.8), (0.96, 0.9), (1, 1)]
)
def test_high_likelihoods_are_told_as_less(likelihood, told):
    assert confidence(likelihood) == pytest.approx(told)


@pytest.mark.parametrize(
    ("likelihood", "decided"), [(0.60, "answer"), (0.5999, "suggest"), (0.25, "suggest"), (0.2499, "refuse")]
)
def test_zones_begin_at_their_thresholds(likelihood, decided):
    assert zone(evidence(), likelihood, Thresholds(question=0.60)) == decided


def test_no_content_word_matched_is_never_an_answer():
    assert zone(evidence(has_content=False), 0.99, Thresholds()) == "suggest"


def test_a_short_message_mostly_unknown_is_never_an_answer():
    assert zone(evidence(content_words=2 / 8, covered=0.49), 0.99, Thresholds()) == "suggest"
    assert zone(evidence(content_words=2 / 8, covered=0.5), 0.99, Thresholds()) == "answer"
    assert zone(evidence(content_words=3 / 8, covered=0.49), 0.99, Thresholds()) == "answer"


def test_a_chunk_needs_more_than_a_question():
    assert zone(evidence(has_question=False), 0.62, Thresholds()) == "suggest"


def test_a_cautious_tenant_asks_for_more():
    assert zone(evidence(), 0.65, Thresholds(), is_cautious=True) == "suggest"


def test_thresholds_rise_where_entries_are_near_twins():
    twins = [Entry(("How do I change the red shade?",), ""), Entry(("How do I change the shade, red?",), "")]
    index = build([*ENTRIES, *twins], language="en")

    assert calibrate(index, [*ENTRIES, *twins]).question == 0.85
    assert calibrate(INDEX, ENTRIES).question == 0.60


def test_thresholds_of_prose_alone_are_the_usual_ones():
    assert calibrate(build(ENTRIES[3:], language="en"), ENTRIES[3:]) == Thresholds()


@given(st.text(max_size=300), st.text(max_size=100))
def test_any_message_is_ranked_the_same_way_twice(text, earlier):
    ranked = rank(INDEX, text, earlier=earlier)

    assert ranked == rank(INDEX, text, earlier=earlier)
    if ranked.evidence:
        assert 0 <= probability(ranked.evidence) <= 1


def test_a_very_long_message_is_bounded():
    assert first("how long does delivery take? " + "unheard word " * 1000) == 0
