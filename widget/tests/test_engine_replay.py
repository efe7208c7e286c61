"""Rules told a visit again: who would have spoken, when, and why the others not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from widget.engine.conditions import ProactiveFacts
from widget.engine.proactive import REASONS, Showing
from widget.engine.replay import OUTDONE, Moment, replay
from widget.tests.engine_cast import BEHAVIOR, make_rule

BEGAN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SCROLLS = make_rule(1, "scrolls", conditions=[("scroll_percent", "at_least", 60)])
WAITS = make_rule(2, "waits", conditions=[("visible_seconds", "at_least", 20)], priority=40)


def moment(seconds: int, **facts) -> Moment:
    known = {
        "session_age_ms": seconds * 1000,
        "time_on_page_ms": seconds * 1000,
        "page_url": "/",
        "visitor": "person_x",
    }
    return Moment(at=BEGAN + timedelta(seconds=seconds), facts=ProactiveFacts(**{**known, **facts}))


VISIT = [moment(0), moment(20), moment(50, scroll_depth=70), moment(90, scroll_depth=80)]


def outcomes(rules, moments=VISIT, behavior=BEHAVIOR, **options) -> list[tuple]:
    found = replay(rules, moments, behavior, **options)
    return [(one.rule.trigger_type, one.reason, int((one.moment.at - BEGAN).total_seconds())) for one in found]


def test_each_rule_speaks_at_the_first_moment_that_allows_it():
    assert outcomes([SCROLLS, WAITS]) == [("scrolls", "", 50), ("waits", "", 20)]


def test_moments_are_taken_in_order_of_time():
    assert outcomes([SCROLLS, WAITS], VISIT[::-1]) == outcomes([SCROLLS, WAITS])


def test_what_is_said_in_the_replay_holds_up_what_follows():
    few = replace(BEHAVIOR, proactive_max_per_session=1)
    assert outcomes([SCROLLS, WAITS], behavior=few) == [("scrolls", "cap", 50), ("waits", "", 20)]
    slow = replace(BEHAVIOR, proactive_cooldown_ms=60_000)
    assert outcomes([SCROLLS, WAITS], behavior=slow) == [("scrolls", "", 90), ("waits", "", 20)]


def test_of_two_at_once_the_more_important_speaks():
    early = [moment(50, scroll_depth=70)]
    assert outcomes([SCROLLS, WAITS], early) == [("scrolls", "", 50), ("waits", OUTDONE, 50)]


def test_a_rule_that_does_not_speak_tells_of_the_moment_nearest_to_it():
    rule = make_rule(3, "both", conditions=[("scroll_percent", "at_least", 60), ("page_url", "contains", "pricing")])
    (found,) = replay([rule], VISIT, BEHAVIOR)
    assert (found.reason, found.moment) == ("not_yet", VISIT[3])
    assert [(check.is_met, check.seen) for check in found.checks] == [(True, 80), (False, "/")]


def test_a_rule_that_was_held_up_tells_of_that_rather_than_of_an_earlier_lack():
    late = make_rule(1, "scrolls", conditions=[("scroll_percent", "at_least", 60)], delay_seconds=600)
    assert outcomes([late]) == [("scrolls", "delay", 50)]


def test_one_that_is_off_is_judged_but_keeps_nobody_from_speaking():
    few = replace(BEHAVIOR, proactive_max_per_session=1)
    found = outcomes([SCROLLS, WAITS], behavior=few, silent={WAITS.id})
    assert found == [("scrolls", "", 50), ("waits", "", 20)]


def test_what_was_heard_before_counts():
    again = replace(WAITS, once_per="visitor")
    heard = Showing(rule_id=again.id, at=BEGAN - timedelta(days=3), is_this_session=False, was_heeded=True)
    assert outcomes([again], earlier=(heard,)) == [("waits", "already_shown", 20)]


def test_a_message_that_was_waved_away_counts_as_that_when_it_is_said_again():
    on_pages = replace(WAITS, once_per="page")
    pages = [replace(moment(at), page_key=f"page{at}") for at in (20, 80)]
    waved = {on_pages.id: Showing(rule_id=on_pages.id, at=BEGAN, is_dismissed=True)}
    first = make_rule(9, "first", conditions=[("visible_seconds", "at_least", 80)])
    assert outcomes([on_pages, first], pages, really=waved) == [("waits", "", 20), ("first", "", 80)]
    twice = waved | {first.id: Showing(rule_id=first.id, at=BEGAN, is_dismissed=True)}
    third = make_rule(10, "third", conditions=[("visible_seconds", "at_least", 200)])
    assert outcomes([on_pages, first, third], [*pages, moment(200)], really=twice)[2] == ("third", "dismissed", 200)


def test_somebody_who_is_to_hear_nothing_is_told_apart():
    rule = replace(WAITS, holdout_percent=50)
    names = {outcomes([rule], [moment(30, visitor=f"person_{number}")])[0][1] for number in range(40)}
    assert names == {"", "held_out"}


def test_without_moments_nothing_is_said_of_any_rule():
    assert replay([SCROLLS], [], BEHAVIOR) == ()


def test_no_reason_of_the_engine_has_the_name_of_ours():
    assert OUTDONE not in REASONS
