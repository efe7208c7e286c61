"""Whether to speak to a visitor unasked: which rule fires, and why not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from tenants.contracts import BehaviorConfig, RuleConfig

REASONS = (
    "disabled",
    "mobile_disabled",
    "unknown_trigger",
    "conversation",
    "dismissed",
    "cap",
    "already_shown",
    "delay",
    "cooldown",
    "not_yet",
)
_CONVERSATION_LASTS = timedelta(minutes=5)
_DISMISSALS_THAT_MEAN_STOP = 2
# Where several rules are asked, the reason of the one that came nearest to firing tells most.
_NEARNESS = {"not_yet": 2, "already_shown": 1, "dismissed": 0}


@dataclass(frozen=True, kw_only=True)
class ProactiveFacts:
    """What is known of a visitor now. The first four are of the page view at hand, `scroll_depth` in percent.

    `signalled` are trigger types whose moment the visitor's own browser has seen: what it watches itself (time,
    scrolling, the way out, an idle form) counts as seen for them. Address, visits and score are always judged here.
    """

    page_url: str = ""
    time_on_page_ms: float = 0
    scroll_depth: float = 0
    click_count: float = 0
    visits: int = 1
    engagement_score: int = 0
    exit_intent: bool = False
    form_idle_seconds: float = 0
    is_mobile: bool = False
    session_age_ms: float = 0
    signalled: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ProactiveHistory:
    """What has been said unasked in this session, and when the visitor wrote last (aware datetimes, None for never)."""

    fired_rule_ids: frozenset[int] = frozenset()
    dismissed_rule_ids: frozenset[int] = frozenset()
    shown_count: int = 0
    last_shown_at: datetime | None = None
    last_visitor_message_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`rule` is the one to show, with `reason` ""; else None, with one of REASONS."""

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
    reason = _why_nothing(asked, facts, history, behavior, now, is_named=trigger_type is not None)
    if reason:
        return Decision(reason=reason)
    signalled = facts.signalled | ({trigger_type} if trigger_type else set())
    refusals = []
    for rule in asked:
        refusal = _why_not(rule, facts, history, signalled)
        if not refusal:
            return Decision(rule=rule)
        refusals.append(refusal)
    nearest = max(refusals, key=lambda refusal: _NEARNESS[refusal], default="not_yet")
    return Decision(reason=nearest)


def _why_nothing(
    asked: list[RuleConfig],
    facts: ProactiveFacts,
    history: ProactiveHistory,
    behavior: BehaviorConfig,
    now: datetime,
    *,
    is_named: bool,
) -> str:
    """Return why no rule at all may speak now, or ""."""
    if not behavior.proactive_enabled:
        return "disabled"
    if facts.is_mobile and not behavior.proactive_mobile_enabled:
        return "mobile_disabled"
    if is_named and not asked:
        return "unknown_trigger"
    if _is_within(history.last_visitor_message_at, now, _CONVERSATION_LASTS):
        return "conversation"
    if len(history.dismissed_rule_ids) >= _DISMISSALS_THAT_MEAN_STOP:
        return "dismissed"
    if history.shown_count >= behavior.proactive_max_per_session:
        return "cap"
    if facts.session_age_ms < behavior.proactive_delay_ms:
        return "delay"
    if _is_within(history.last_shown_at, now, timedelta(milliseconds=behavior.proactive_cooldown_ms)):
        return "cooldown"
    return ""


def _why_not(rule: RuleConfig, facts: ProactiveFacts, history: ProactiveHistory, signalled: frozenset[str]) -> str:
    if rule.id in history.dismissed_rule_ids:
        return "dismissed"
    if rule.id in history.fired_rule_ids:
        return "already_shown"
    is_judged_here = (
        _contains(facts.page_url, rule.url_contains)
        and _reaches(facts.visits, rule.min_visits)
        and _reaches(facts.engagement_score, rule.min_engagement)
    )
    if not is_judged_here:
        return "not_yet"
    is_seen = rule.trigger_type in signalled or _is_seen(rule, facts)
    return "" if is_seen else "not_yet"


def _is_seen(rule: RuleConfig, facts: ProactiveFacts) -> bool:
    least_ms = None if rule.min_time_seconds is None else rule.min_time_seconds * 1000
    return (
        _reaches(facts.time_on_page_ms, least_ms)
        and _reaches(facts.scroll_depth, rule.min_scroll_percent)
        and _reaches(facts.form_idle_seconds, rule.form_idle_seconds)
        and (facts.exit_intent or not rule.on_exit_intent)
    )


def _reaches(amount: float, least: float | None) -> bool:
    return least is None or amount >= least


def _contains(url: str, part: str) -> bool:
    """Return whether the path and query of an address contain `part`, upper and lower case alike."""
    if not part:
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return part.casefold() in f"{parts.path}?{parts.query}".casefold()


def _is_within(moment: datetime | None, now: datetime, length: timedelta) -> bool:
    return moment is not None and now - moment < length
