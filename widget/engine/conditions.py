"""Whether the conditions of a rule hold for a visitor now, one by one, so that each can be told. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tenants import conditions as words
from tenants.contracts import ConditionConfig, RuleConfig


@dataclass(frozen=True, kw_only=True)
class ProactiveFacts:
    """What is known of a visitor now. Title, time, scrolling, clicks and idling are of the page view at hand,
    `scroll_depth` in percent.

    `utm` holds the tags of the first page by name (utm_source …), `events` the names of what happened in this visit and
    some rule asks for. `signalled` are trigger types whose moment the visitor's own browser has seen: what it watches
    itself (see tenants.conditions.WATCHED) counts as seen for them; all else is always judged here.
    """

    page_url: str = ""
    page_title: str = ""
    referrer: str = ""
    utm: dict[str, str] = field(default_factory=dict, hash=False)
    language: str = ""
    time_on_page_ms: float = 0
    scroll_depth: float = 0
    click_count: float = 0
    pages: int = 1
    visits: int = 1
    engagement_score: int = 0
    exit_intent: bool = False
    idle_seconds: float = 0
    form_idle_seconds: float = 0
    is_mobile: bool = False
    is_known: bool = False
    has_chatted: bool = False
    is_open: bool = True
    events: frozenset[str] = frozenset()
    session_age_ms: float = 0
    signalled: frozenset[str] = frozenset()
    visitor: str = ""  # whose name decides who hears nothing


@dataclass(frozen=True)
class Check:
    """One condition, whether it holds, and what was seen of the visitor: a text, a number, or True and False."""

    condition: ConditionConfig
    is_met: bool
    seen: str | float | bool


_SEEN: dict[str, Callable[[ProactiveFacts], str | float | bool]] = {
    "page_url": lambda facts: path_of(facts.page_url),
    "page_title": lambda facts: facts.page_title,
    "referrer": lambda facts: facts.referrer,
    "utm_source": lambda facts: facts.utm.get("utm_source", ""),
    "utm_medium": lambda facts: facts.utm.get("utm_medium", ""),
    "utm_campaign": lambda facts: facts.utm.get("utm_campaign", ""),
    "language": lambda facts: facts.language,
    "visible_seconds": lambda facts: facts.time_on_page_ms / 1000,
    "scroll_percent": lambda facts: facts.scroll_depth,
    "idle_seconds": lambda facts: facts.idle_seconds,
    "form_idle_seconds": lambda facts: facts.form_idle_seconds,
    "clicks": lambda facts: facts.click_count,
    "pages": lambda facts: facts.pages,
    "visits": lambda facts: facts.visits,
    "engagement": lambda facts: facts.engagement_score,
    "exit_intent": lambda facts: facts.exit_intent,
    "lead_known": lambda facts: facts.is_known,
    "has_chatted": lambda facts: facts.has_chatted,
    "device": lambda facts: "phone" if facts.is_mobile else "computer",
    "hours": lambda facts: "open" if facts.is_open else "closed",
}
_COMPARE: dict[str, Callable] = {
    "contains": lambda seen, value: value in seen,
    "contains_not": lambda seen, value: value not in seen,
    "is": lambda seen, value: seen == value,
    "is_not": lambda seen, value: seen != value,
    "starts_with": lambda seen, value: seen.startswith(value),
    "at_least": lambda seen, value: seen >= value,
    "at_most": lambda seen, value: seen <= value,
}


def check_rule(rule: RuleConfig, facts: ProactiveFacts) -> tuple[Check, ...]:
    """Every condition of the rule, in its order."""
    is_signalled = rule.trigger_type in facts.signalled
    return tuple(_check(condition, facts, is_signalled=is_signalled) for condition in rule.conditions)


def holds(rule: RuleConfig, facts: ProactiveFacts) -> bool:
    """Whether all that must hold does, and at least one of those of which any is enough. Without a condition, never."""
    return decide_by(check_rule(rule, facts))


def decide_by(checks: tuple[Check, ...]) -> bool:
    """What the checks of one rule come to."""
    needed = [check.is_met for check in checks if check.condition.place == words.ALL]
    enough = [check.is_met for check in checks if check.condition.place == words.ANY]
    return bool(checks) and all(needed) and (any(enough) or not enough)


def may_speak_on(rule: RuleConfig, url: str, title: str) -> bool:
    """Whether nothing that the rule asks of the page itself speaks against this one."""
    facts = ProactiveFacts(page_url=url, page_title=title)
    about_pages = (check for check in check_rule(rule, facts) if check.condition.kind in ("page_url", "page_title"))
    return all(check.is_met for check in about_pages if check.condition.place == words.ALL)


def path_of(url: str) -> str:
    """The path and query of an address; "" for what is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _check(condition: ConditionConfig, facts: ProactiveFacts, *, is_signalled: bool) -> Check:
    if condition.kind == words.EVENT:
        has_happened = condition.value in facts.events
        return Check(condition, has_happened == (condition.operator == "is"), has_happened)
    seen = _SEEN[condition.kind](facts)
    if is_signalled and condition.kind in words.WATCHED and condition.operator in ("at_least", "is"):
        return Check(condition, True, seen)
    if condition.kind in words.FLAGS:
        return Check(condition, bool(seen) == (condition.operator == "is"), seen)
    compare = _COMPARE[condition.operator]
    if condition.kind in words.NUMBERS:
        return Check(condition, compare(seen, condition.value), seen)
    return Check(condition, compare(str(seen).casefold(), str(condition.value).casefold()), seen)
