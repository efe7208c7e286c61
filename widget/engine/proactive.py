"""Whether to speak to a visitor unasked: which rule fires, and why not. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tenants.contracts import BehaviorConfig, RuleConfig
from widget.engine.conditions import ProactiveFacts, holds

REASONS = (
    "disabled",
    "mobile_disabled",
    "unknown_trigger",
    "handed_over",
    "conversation",
    "dismissed",
    "cap",
    "weekly_cap",
    "ignored",
    "already_shown",
    "not_now",
    "delay",
    "cooldown",
    "not_yet",
    "held_out",
)
CONVERSATION_LASTS = timedelta(minutes=5)
REMEMBERED = timedelta(days=90)  # what was said to a visitor longer ago is forgotten
DISMISSALS_THAT_MEAN_STOP = 2
STOPPED_FOR = timedelta(days=30)
IGNORED_THAT_MEAN_LESS = 3
WEEK = timedelta(days=7)
# Where several rules are asked, the reason of the one that came nearest to firing tells most.
_NEARNESS = {"not_yet": 5, "cooldown": 4, "delay": 3, "not_now": 2, "already_shown": 1, "dismissed": 0}


@dataclass(frozen=True, kw_only=True)
class Showing:
    """That a rule spoke to this visitor, or, where they are `is_held_out`, would have. `was_heeded`: they opened the
    chat upon it, or answered."""

    rule_id: int
    at: datetime
    is_this_session: bool = True
    page_key: str = ""
    is_held_out: bool = False
    is_dismissed: bool = False
    was_heeded: bool = False


@dataclass(frozen=True, kw_only=True)
class ProactiveHistory:
    """What was said unasked to this visitor, in any order, `page_key` being that of the page at hand; when they wrote
    last (aware, None for never), and whether they have asked for a person or talk to one."""

    showings: tuple[Showing, ...] = ()
    page_key: str = ""
    last_visitor_message_at: datetime | None = None
    is_with_person: bool = False

    @property
    def heard(self) -> list[Showing]:
        """What was really said, the newest first."""
        said = (showing for showing in self.showings if not showing.is_held_out)
        return sorted(said, key=lambda showing: showing.at, reverse=True)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`rule` is the one whose moment has come, with `reason` ""; else None, with one of REASONS. Where the visitor is
    among those who hear nothing, both: the rule, and held_out."""

    rule: RuleConfig | None = None
    reason: str = ""


def decide(
    rules: Iterable[RuleConfig],
    facts: ProactiveFacts,
    history: ProactiveHistory,
    behavior: BehaviorConfig,
    now: datetime,
    *,
    trigger_type: str | None = None,
) -> Decision:
    """Return which rule speaks now. The highest priority wins, then the rule made first.

    With `trigger_type` only rules of that type are asked, and the asking is taken as the browser's signal for it.
    """
    asked = sorted(
        (rule for rule in rules if trigger_type is None or rule.trigger_type == trigger_type),
        key=lambda rule: (-rule.priority, rule.id),
    )
    if trigger_type is not None and not asked:
        return Decision(reason="unknown_trigger")
    if reason := why_nothing(facts, history, behavior, now):
        return Decision(reason=reason)
    if trigger_type is not None:
        facts = replace(facts, signalled=facts.signalled | {trigger_type})
    refusals = []
    for rule in asked:
        refusal = why_not(rule, facts, history, behavior, now)
        if not refusal:
            return Decision(rule=rule, reason="held_out" if is_held_out(rule, facts.visitor) else "")
        refusals.append(refusal)
    return Decision(reason=max(refusals, key=lambda refusal: _NEARNESS[refusal], default="not_yet"))


def why_nothing(facts: ProactiveFacts, history: ProactiveHistory, behavior: BehaviorConfig, now: datetime) -> str:
    """Return why no rule at all may speak now, or ""."""
    if not behavior.proactive_enabled:
        return "disabled"
    if facts.is_mobile and not behavior.proactive_mobile_enabled:
        return "mobile_disabled"
    if history.is_with_person:
        return "handed_over"
    if _is_within(history.last_visitor_message_at, now, CONVERSATION_LASTS):
        return "conversation"
    return _why_enough(history.heard, behavior, now)


def _why_enough(heard: list[Showing], behavior: BehaviorConfig, now: datetime) -> str:
    dismissed = [one for one in heard if one.is_dismissed and _is_within(one.at, now, STOPPED_FOR)]
    if len(dismissed) >= DISMISSALS_THAT_MEAN_STOP:
        return "dismissed"
    if sum(one.is_this_session for one in heard) >= behavior.proactive_max_per_session:
        return "cap"
    lately = [one for one in heard if _is_within(one.at, now, WEEK)]
    if len(lately) >= behavior.proactive_max_per_week:
        return "weekly_cap"
    last = heard[:IGNORED_THAT_MEAN_LESS]
    is_ignoring = len(last) == IGNORED_THAT_MEAN_LESS and not any(one.was_heeded for one in last)
    return "ignored" if is_ignoring and lately else ""


def why_not(
    rule: RuleConfig, facts: ProactiveFacts, history: ProactiveHistory, behavior: BehaviorConfig, now: datetime
) -> str:
    """Return why this rule may not speak now, or ""."""
    own = [one for one in history.showings if one.rule_id == rule.id]
    if any(one.is_dismissed for one in own):
        return "dismissed"
    if any(_counts(one, rule, history, now) for one in own):
        return "already_shown"
    if (rule.starts_at and now < rule.starts_at) or (rule.ends_at and now >= rule.ends_at):
        return "not_now"
    delay_ms = behavior.proactive_delay_ms if rule.delay_seconds is None else rule.delay_seconds * 1000
    if facts.session_age_ms < delay_ms:
        return "delay"
    cooldown_ms = behavior.proactive_cooldown_ms if rule.cooldown_seconds is None else rule.cooldown_seconds * 1000
    heard = history.heard
    if heard and _is_within(heard[0].at, now, timedelta(milliseconds=cooldown_ms)):
        return "cooldown"
    return "" if holds(rule, facts) else "not_yet"


def is_held_out(rule: RuleConfig, visitor: str) -> bool:
    """Whether this visitor is among those who never hear this rule: always the same ones, as many as it says."""
    if not rule.holdout_percent:
        return False
    digest = hashlib.sha256(f"{rule.id}:{visitor}".encode()).digest()
    return int.from_bytes(digest[:4]) % 100 < rule.holdout_percent


def _counts(showing: Showing, rule: RuleConfig, history: ProactiveHistory, now: datetime) -> bool:
    """Whether the rule has had its turn by this showing."""
    if rule.once_per == "visitor":
        return True
    if rule.once_per == "days":
        return _is_within(showing.at, now, timedelta(days=rule.once_days))
    if rule.once_per == "page":
        return showing.is_this_session and showing.page_key == history.page_key
    return showing.is_this_session


def _is_within(moment: datetime | None, now: datetime, length: timedelta) -> bool:
    return moment is not None and now - moment < length
