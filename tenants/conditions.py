"""What a rule for speaking first can ask, and how: the words that rows, configurations and the study share. Pure."""

TEXTS = ("page_url", "page_title", "referrer", "utm_source", "utm_medium", "utm_campaign", "language")
NUMBERS = (
    "visible_seconds",
    "scroll_percent",
    "idle_seconds",
    "form_idle_seconds",
    "clicks",
    "pages",
    "visits",
    "engagement",
)
FLAGS = ("exit_intent", "lead_known", "has_chatted")
CHOICES = {"device": ("phone", "computer"), "hours": ("open", "closed")}
EVENT = "event"
KINDS = (*TEXTS, *NUMBERS, *FLAGS, *CHOICES, EVENT)

TEXT_OPERATORS = ("contains", "contains_not", "is", "is_not", "starts_with")
NUMBER_OPERATORS = ("at_least", "at_most")
FLAG_OPERATORS = ("is", "is_not")
OPERATORS = (*TEXT_OPERATORS, *NUMBER_OPERATORS)

# What only the visitor's browser sees in the moment it happens; all else the server knows.
WATCHED = ("visible_seconds", "scroll_percent", "idle_seconds", "form_idle_seconds", "clicks", "exit_intent")

ALL, ANY = "all", "any"
PLACES = (ALL, ANY)


def operators_of(kind: str) -> tuple[str, ...]:
    """Those that make sense for a kind."""
    if kind in NUMBERS:
        return NUMBER_OPERATORS
    return TEXT_OPERATORS if kind in TEXTS else FLAG_OPERATORS


def needs_text(kind: str) -> bool:
    """Whether something must be filled in beside the operator, other than a number."""
    return kind in TEXTS or kind in CHOICES or kind == EVENT
