"""What rules for speaking first would have done in the course of a visit, and why not. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from tenants.contracts import BehaviorConfig, RuleConfig
from widget.engine.conditions import Check, ProactiveFacts, check_rule, decide_by
from widget.engine.proactive import ProactiveHistory, Showing, decide, is_held_out, why_not, why_nothing

OUTDONE = "outdone"  # beside the reasons of the engine: another rule spoke at that moment


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A point in a visit with what was known then. `what` is "opened", "looking", "left" (of the page) or the name of
    what happened; `page_key`, `last_visitor_message_at` and `is_with_person` are those of ProactiveHistory."""

    at: datetime
    facts: ProactiveFacts
    what: str = ""
    page_key: str = ""
    last_visitor_message_at: datetime | None = None
    is_with_person: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one rule: at `moment` it would have spoken (`reason` "" or, to somebody who hears nothing,
    held_out), or else came nearest to it, with the reason why not: not_yet where nothing but its conditions was in the
    way."""

    rule: RuleConfig
    moment: Moment
    reason: str
    checks: tuple[Check, ...] = field(default=())

    @property
    def has_fired(self) -> bool:
        return self.reason in ("", "held_out")

    @property
    def holds(self) -> bool:
        return decide_by(self.checks)


def replay(
    rules: Iterable[RuleConfig],
    moments: Iterable[Moment],
    behavior: BehaviorConfig,
    *,
    earlier: tuple[Showing, ...] = (),
    really: Mapping[int, Showing] | None = None,
    silent: Collection[int] = (),
) -> tuple[Outcome, ...]:
    """Return an outcome for each rule, in their order, having gone through the moments in order of time.

    `earlier` is what this visitor had heard before; `really`, by rule, what was said in this visit, which tells how
    they take what is said here. Rules whose ids are `silent` are judged as if they were on, but keep others from
    nothing. Without moments there are no outcomes.
    """
    rules = tuple(rules)
    speaking = [rule for rule in rules if rule.id not in silent]
    heard, found = list(earlier), {}
    for moment in sorted(moments, key=lambda moment: moment.at):
        history = ProactiveHistory(
            showings=tuple(heard),
            page_key=moment.page_key,
            last_visitor_message_at=moment.last_visitor_message_at,
            is_with_person=moment.is_with_person,
        )
        checks = {rule.id: check_rule(rule, moment.facts) for rule in rules}
        ready = [rule for rule in speaking if decide_by(checks[rule.id])]
        speaker = decide(ready, moment.facts, history, behavior, moment.at).rule if ready else None
        for rule in rules:
            reason = _judge(rule, moment, history, behavior, speaker, is_silent=rule.id in silent)
            outcome = Outcome(rule=rule, moment=moment, reason=reason, checks=checks[rule.id])
            found[rule.id] = _nearer(found.get(rule.id), outcome)
        if speaker:
            heard.append(_showing(speaker, moment, (really or {}).get(speaker.id)))
    return tuple(found[rule.id] for rule in rules if rule.id in found)


def _judge(
    rule: RuleConfig,
    moment: Moment,
    history: ProactiveHistory,
    behavior: BehaviorConfig,
    speaker: RuleConfig | None,
    *,
    is_silent: bool,
) -> str:
    facts, now = moment.facts, moment.at
    reason = why_nothing(facts, history, behavior, now) or why_not(rule, facts, history, behavior, now)
    if not reason and not is_silent and speaker != rule:
        reason = OUTDONE
    return "held_out" if not reason and is_held_out(rule, facts.visitor) else reason


def _nearer(before: Outcome | None, outcome: Outcome) -> Outcome:
    """What can be told best: the first moment at which all held, or the last at which most did."""
    if before is None or _nearness(outcome) > _nearness(before):
        return outcome
    is_as_near = _nearness(outcome) == _nearness(before)
    return outcome if is_as_near and not outcome.holds else before


def _nearness(outcome: Outcome) -> tuple[bool, bool, int, bool]:
    met = sum(check.is_met for check in outcome.checks)
    return outcome.has_fired, outcome.holds, met, outcome.reason == "not_yet"


def _showing(rule: RuleConfig, moment: Moment, real: Showing | None) -> Showing:
    said = real or Showing(rule_id=rule.id, at=moment.at)
    return replace(
        said,
        at=moment.at,
        is_this_session=True,
        page_key=moment.page_key if rule.once_per == "page" else "",
        is_held_out=is_held_out(rule, moment.facts.visitor),
    )
