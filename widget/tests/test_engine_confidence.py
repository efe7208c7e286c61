import json

import pytest

from widget.engine.confidence import MOST_UNMEASURED, calibrate
from widget.engine.guard import guard_reply
from widget.engine.schema import parse_reply
from widget.tests.engine_cast import make_found, make_passage, make_request
from widget.tests.scripted_model import answer

CURVE = ((0.5, 0.3), (0.9, 0.7), (1.0, 0.9))


@pytest.mark.parametrize(
    ("stated", "measured"),
    [(0.0, 0.3), (0.5, 0.3), (0.7, 0.5), (0.9, 0.7), (0.95, 0.8), (1.0, 0.9)],
)
def test_a_measured_model_is_as_sure_as_it_was_right(stated, measured):
    assert calibrate(stated, CURVE) == pytest.approx(measured)


@pytest.mark.parametrize(("stated", "expected"), [(0.3, 0.3), (0.95, MOST_UNMEASURED), (1.0, MOST_UNMEASURED)])
def test_what_nobody_measured_never_counts_as_sure(stated, expected):
    assert calibrate(stated, ()) == expected


@pytest.mark.parametrize(("stated", "backing", "expected"), [(0.99, 0.93, 0.93), (0.85, 0.93, 0.85), (0.2, 0.93, 0.2)])
def test_a_claim_counts_as_far_as_knowledge_finds_the_same(stated, backing, expected):
    assert calibrate(stated, (), backing=backing) == expected


def confidence_of(*, sources, probability=0.93, curve=(), **fields) -> float:
    found = make_found(make_passage("p1"), make_passage("p2"), probability=probability)
    raw = parse_reply(json.dumps(answer(sources=sources, **fields)))
    return guard_reply(raw, make_request(found=found, confidence_curve=curve)).confidence


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        (confidence_of(sources=["p1"], confidence=0.95), 0.93),
        (confidence_of(sources=["p2"], confidence=0.9), MOST_UNMEASURED),
        (confidence_of(sources=["p2"], confidence=0.9, curve=CURVE), 0.7),
        (confidence_of(sources=["p9"], confidence=0.9), 0.4),
        (confidence_of(sources=[], confidence=0.9, curve=CURVE), 0.4),
        (confidence_of(sources=["p1"], confidence=1.0, is_answered=False), 0.2),
        (confidence_of(sources=["p1"], confidence=-3.0), 0.0),
        (confidence_of(sources=["p1"], confidence=99.0, probability=0.1), MOST_UNMEASURED),
    ],
)
def test_confidence_rests_on_what_was_named(confidence, expected):
    assert confidence == pytest.approx(expected)
