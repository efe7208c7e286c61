"""Who answers: every way from one standing to the next, and every way that there is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from widget.engine import live
from widget.engine.live import ENDED, LEASE, PERSON, WAITING, NotPossible, Standing

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
GONE = NOW + LEASE
ANN, BEN, CAT = 1, 2, 3
AI = Standing()
WAITS = Standing(mode=WAITING, awaiting_since=NOW)
ANNS = Standing(mode=PERSON, owner=ANN, owner_until=GONE)
UNANSWERED = replace(ANNS, awaiting_since=LATER)
LEFT = replace(ANNS, owner=None)  # she works here no longer
OVER = Standing(mode=ENDED)


@pytest.mark.parametrize(
    ("before", "step", "after"),
    [
        pytest.param(AI, lambda it: live.ask(it, NOW), WAITS, id="ask"),
        pytest.param(WAITS, lambda it: live.ask(it, LATER), WAITS, id="ask again"),
        pytest.param(ANNS, lambda it: live.ask(it, LATER), ANNS, id="ask of a person"),
        pytest.param(WAITS, live.give_up, AI, id="nobody came"),
        pytest.param(ANNS, live.give_up, ANNS, id="somebody came"),
        pytest.param(AI, lambda it: live.take(it, ANN, NOW), ANNS, id="take unasked"),
        pytest.param(WAITS, lambda it: live.take(it, ANN, NOW), replace(ANNS, awaiting_since=NOW), id="take who waits"),
        pytest.param(
            ANNS, lambda it: live.take(it, ANN, LATER), replace(ANNS, owner_until=LATER + LEASE), id="take one's own"
        ),
        pytest.param(
            ANNS,
            lambda it: live.take(it, BEN, GONE),
            replace(ANNS, owner=BEN, owner_until=GONE + LEASE),
            id="take what was left",
        ),
        pytest.param(
            LEFT,
            lambda it: live.take(it, BEN, NOW),
            replace(ANNS, owner=BEN),
            id="take of who works here no longer",
        ),
        pytest.param(
            ANNS,
            lambda it: live.take(it, BEN, LATER, is_insisting=True),
            replace(ANNS, owner=BEN, owner_until=LATER + LEASE),
            id="insist",
        ),
        pytest.param(ANNS, lambda it: live.assign(it, ANN, BEN, NOW), replace(ANNS, owner=BEN), id="give on"),
        pytest.param(AI, lambda it: live.assign(it, ANN, BEN, NOW), replace(ANNS, owner=BEN), id="give unasked"),
        pytest.param(
            ANNS, lambda it: live.renew(it, ANN, LATER), replace(ANNS, owner_until=LATER + LEASE), id="still there"
        ),
        pytest.param(
            replace(ANNS, owner_until=LATER + LEASE),
            lambda it: live.renew(it, ANN, NOW),
            replace(ANNS, owner_until=LATER + LEASE),
            id="still there, by a clock that is behind",
        ),
        pytest.param(ANNS, lambda it: live.renew(it, BEN, LATER), ANNS, id="another is there"),
        pytest.param(ANNS, lambda it: live.renew(it, ANN, GONE), ANNS, id="there too late"),
        pytest.param(UNANSWERED, lambda it: live.hand_back(it, ANN, LATER), AI, id="hand back"),
        pytest.param(ANNS, lambda it: live.hand_back(it, BEN, GONE), AI, id="hand back what was left"),
        pytest.param(WAITS, lambda it: live.hand_back(it, BEN, NOW), AI, id="hand back who waits"),
        pytest.param(AI, lambda it: live.note_visitor(it, NOW), AI, id="visitor writes to the assistant"),
        pytest.param(ANNS, lambda it: live.note_visitor(it, LATER), UNANSWERED, id="visitor writes"),
        pytest.param(UNANSWERED, lambda it: live.note_visitor(it, GONE), UNANSWERED, id="visitor writes again"),
        pytest.param(
            UNANSWERED,
            lambda it: live.note_person(it, ANN, LATER),
            replace(ANNS, owner_until=LATER + LEASE),
            id="person writes",
        ),
        pytest.param(ANNS, lambda it: live.lapse(it, LATER), ANNS, id="not gone"),
        pytest.param(ANNS, lambda it: live.lapse(it, GONE), AI, id="gone, nobody waits"),
        pytest.param(UNANSWERED, lambda it: live.lapse(it, GONE), replace(WAITS, awaiting_since=LATER), id="gone"),
        pytest.param(LEFT, lambda it: live.lapse(it, NOW), AI, id="left the business"),
        pytest.param(WAITS, lambda it: live.lapse(it, GONE), WAITS, id="nobody to go"),
        pytest.param(AI, lambda it: live.end(it, NOW), OVER, id="visitor ends"),
        pytest.param(ANNS, lambda it: live.end(it, NOW), OVER, id="visitor ends with a person"),
        pytest.param(ANNS, lambda it: live.end(it, NOW, ANN), OVER, id="person ends"),
        pytest.param(ANNS, lambda it: live.end(it, GONE, BEN), OVER, id="another ends what was left"),
        pytest.param(OVER, lambda it: live.end(it, NOW, ANN), OVER, id="ended again"),
    ],
)
def test_step(before, step, after):
    assert step(before) == after


@pytest.mark.parametrize(
    ("before", "step", "why"),
    [
        pytest.param(ANNS, lambda it: live.take(it, BEN, LATER), "taken", id="two at once"),
        pytest.param(ANNS, lambda it: live.assign(it, BEN, CAT, LATER), "taken", id="give what is another's"),
        pytest.param(ANNS, lambda it: live.hand_back(it, BEN, LATER), "taken", id="hand another's back"),
        pytest.param(ANNS, lambda it: live.end(it, LATER, BEN), "taken", id="end another's"),
        pytest.param(ANNS, lambda it: live.note_person(it, BEN, LATER), "not_yours", id="write in another's"),
        pytest.param(ANNS, lambda it: live.note_person(it, ANN, GONE), "not_yours", id="write too late"),
        pytest.param(AI, lambda it: live.note_person(it, ANN, NOW), "not_yours", id="write beside the assistant"),
        pytest.param(WAITS, lambda it: live.note_person(it, ANN, NOW), "not_yours", id="write before taking"),
        pytest.param(OVER, lambda it: live.ask(it, NOW), "over", id="ask when it is over"),
        pytest.param(OVER, lambda it: live.take(it, ANN, NOW, is_insisting=True), "over", id="take when it is over"),
        pytest.param(OVER, lambda it: live.hand_back(it, ANN, NOW), "over", id="hand back when it is over"),
        pytest.param(OVER, lambda it: live.note_person(it, ANN, NOW), "over", id="write when it is over"),
    ],
)
def test_no_step(before, step, why):
    with pytest.raises(NotPossible) as refused:
        step(before)

    assert refused.value.why == why


@pytest.mark.parametrize(("standing", "may"), [(AI, True), (WAITS, True), (ANNS, False), (LEFT, False), (OVER, False)])
def test_assistant_is_silent_while_a_person_has_it(standing, may):
    assert live.may_assistant_speak(standing) is may
