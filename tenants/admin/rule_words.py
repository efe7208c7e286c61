"""Rules for speaking first, as sentences that a shop owner reads."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from tenants import conditions as words
from tenants.contracts import ConditionConfig, RuleConfig

TEXTS = {  # where something stands that is compared
    "page_url": gettext_lazy("the page's address"),
    "page_title": gettext_lazy("the page's title"),
    "referrer": gettext_lazy("the page they came from"),
    "utm_source": gettext_lazy("the campaign's source"),
    "utm_medium": gettext_lazy("the campaign's medium"),
    "utm_campaign": gettext_lazy("the campaign's name"),
    "language": gettext_lazy("the browser's language"),
}
COMPARISONS = {
    "contains": gettext_lazy("%(what)s contains “%(value)s”"),
    "contains_not": gettext_lazy("%(what)s does not contain “%(value)s”"),
    "is": gettext_lazy("%(what)s is “%(value)s”"),
    "is_not": gettext_lazy("%(what)s is not “%(value)s”"),
    "starts_with": gettext_lazy("%(what)s begins with “%(value)s”"),
}
NUMBERS = {
    "at_least": {
        "visible_seconds": ngettext_lazy(
            "they have been on the page for %d second", "they have been on the page for %d seconds"
        ),
        "scroll_percent": gettext_lazy("they have scrolled through %d %% of the page"),
        "idle_seconds": ngettext_lazy("they have done nothing for %d second", "they have done nothing for %d seconds"),
        "form_idle_seconds": ngettext_lazy(
            "they have hesitated in a form for %d second", "they have hesitated in a form for %d seconds"
        ),
        "clicks": ngettext_lazy("they have clicked on the page", "they have clicked %d times on the page"),
        "pages": ngettext_lazy("they have seen a page in this visit", "they have seen at least %d pages in this visit"),
        "visits": gettext_lazy("this is at least visit number %d"),
        "engagement": gettext_lazy("their engagement score is at least %d"),
    },
    "at_most": {
        "visible_seconds": ngettext_lazy(
            "they have been on the page for at most %d second", "they have been on the page for at most %d seconds"
        ),
        "scroll_percent": gettext_lazy("they have scrolled through at most %d %% of the page"),
        "idle_seconds": ngettext_lazy(
            "they have done nothing for at most %d second", "they have done nothing for at most %d seconds"
        ),
        "form_idle_seconds": ngettext_lazy(
            "they have hesitated in a form for at most %d second",
            "they have hesitated in a form for at most %d seconds",
        ),
        "clicks": ngettext_lazy(
            "they have clicked at most %d time on the page", "they have clicked at most %d times on the page"
        ),
        "pages": ngettext_lazy(
            "they have seen at most %d page in this visit", "they have seen at most %d pages in this visit"
        ),
        "visits": gettext_lazy("this is visit number %d at most"),
        "engagement": gettext_lazy("their engagement score is at most %d"),
    },
}
FLAGS = {
    "is": {
        "exit_intent": gettext_lazy("they are about to leave"),
        "lead_known": gettext_lazy("they have left contact details"),
        "has_chatted": gettext_lazy("they have written in this visit"),
    },
    "is_not": {
        "exit_intent": gettext_lazy("they are not about to leave"),
        "lead_known": gettext_lazy("they haven't left contact details"),
        "has_chatted": gettext_lazy("they haven't written in this visit"),
    },
}
CHOICES = {
    "phone": gettext_lazy("they are on a phone"),
    "computer": gettext_lazy("they are on a computer"),
    "open": gettext_lazy("you are open"),
    "closed": gettext_lazy("you are closed"),
}


def clause_of(condition: ConditionConfig) -> str:
    """One condition, such as “they have been on the page for 20 seconds”."""
    kind, operator, value = condition.kind, condition.operator, condition.value
    if kind in words.NUMBERS:
        return NUMBERS[operator][kind] % value
    if kind in words.FLAGS:
        return str(FLAGS[operator][kind])
    if kind in words.CHOICES:
        others = [choice for choice in words.CHOICES[kind] if choice != value]  # of two, the other one
        return str(CHOICES[value if operator == "is" else others[0]])
    if kind == words.EVENT:
        happened = _("“%s” has happened in this visit")
        return (happened if operator == "is" else _("“%s” hasn't happened in this visit")) % value
    return COMPARISONS[operator] % {"what": TEXTS[kind], "value": value}


def when_of(rule: RuleConfig) -> str:
    """All conditions as one sentence, such as “When they are about to leave and you are open”."""
    needed = [clause_of(one) for one in rule.conditions if one.place == words.ALL]
    enough = [clause_of(one) for one in rule.conditions if one.place == words.ANY]
    parts = [_list(needed, _("and")), _list(enough, _("or"))]
    if all(parts):
        return _("When %(all)s, and if %(any)s") % {"all": parts[0], "any": parts[1]}
    said = "".join(parts)
    return _("When %s") % said if said else _("Never: nothing is asked")


def how_often(rule: RuleConfig) -> str:
    """Such as “once a visit”."""
    if rule.once_per == "days":
        return ngettext("once in %d day", "once in %d days", rule.once_days) % rule.once_days
    return {
        "page": _("once on each page of a visit"),
        "visitor": _("once for each visitor"),
    }.get(rule.once_per, _("once a visit"))


def sentence_of(rule: RuleConfig) -> str:
    """The whole rule: when, what is said, and how often."""
    return _("%(when)s, say “%(text)s”, %(often)s.") % {
        "when": when_of(rule),
        "text": rule.text,
        "often": how_often(rule),
    }


def _list(clauses: list[str], joined_by: str) -> str:
    if len(clauses) < 2:
        return "".join(clauses)
    return f"{', '.join(clauses[:-1])} {joined_by} {clauses[-1]}"
