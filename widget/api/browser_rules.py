"""What the browser is to watch for the rules for speaking first, and what it is told of them."""

from collections.abc import Iterator

from pydantic import Field

from tenants.conditions import ALL, WATCHED
from tenants.contracts import ConditionConfig, RuleConfig
from widget.api.answers import Answer


def _asked(description: str) -> int | None:
    """What most rules don't ask for, and then say nothing of."""
    return Field(None, exclude_if=lambda value: value is None, description=description)


class BrowserRule(Answer):
    """A rule that asks for something which the browser sees first. Once all of it holds, `track` at once: the server
    decides. What a rule doesn't ask for is left out. Where one of several things is enough, there is one for
    each."""

    trigger_type: str = Field(description="The rule's name, as `proactive` takes it.")
    on_exit_intent: bool = Field(description="When the visitor is about to leave.")
    form_idle_seconds: int | None = _asked("When a focused form field rests for so long.")
    url_contains: str = Field(description="Only on pages whose address, in small letters, contains this; or empty.")
    visible_seconds: int | None = _asked("When the page has been looked at for so long.")
    scroll_percent: int | None = _asked("When so much of the page was scrolled.")
    idle_seconds: int | None = _asked("When nothing was done for so long.")
    clicks: int | None = _asked("When something was clicked so often.")


def browser_rules(rule: RuleConfig) -> Iterator[BrowserRule]:
    """What the browser is to watch for a rule: all that must hold, with each of those of which one is enough. Nothing
    where it has nothing to see that the server does not."""
    needed = [one for one in rule.conditions if one.place == ALL]
    enough = [one for one in rule.conditions if one.place != ALL]
    cases = [[*needed, one] for one in enough] or [needed]
    yield from filter(None, (_browser_rule(rule, conditions) for conditions in cases))


def _browser_rule(rule: RuleConfig, conditions: list[ConditionConfig]) -> BrowserRule | None:
    seen = {one.kind: one.value for one in conditions if one.kind in WATCHED and one.operator in ("at_least", "is")}
    if not seen:
        return None
    pages = (str(one.value) for one in conditions if (one.kind, one.operator) == ("page_url", "contains"))
    url_contains = next(pages, "").lower()
    is_leaving = seen.pop("exit_intent", None) is not None
    return BrowserRule(trigger_type=rule.trigger_type, url_contains=url_contains, on_exit_intent=is_leaving, **seen)
