"""What goes into the study and what comes out. Frozen, plain, no Django."""

from dataclasses import dataclass, field
from datetime import datetime

from tenants.contracts import Found, FoundPassage, WidgetConfig

ACTION_KINDS = ("link", "handoff", "message", "lead_form", "dismiss")
HANDOFF_REASONS = ("keyword", "user_request", "complaint", "low_confidence", "hot_lead")
BUILT_IN_INTENTS = (
    "pricing_inquiry",
    "purchase_intent",
    "support_needed",
    "information_seeking",
    "complaint",
    "human_request",
    "greeting",
    "browsing",
)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One earlier message. `role` is visitor, assistant or staff. `has_form`: it offered the contact form.
    `is_unsure`: it was an answer that did not answer, or hardly."""

    role: str
    content: str
    has_form: bool = False
    is_unsure: bool = False


@dataclass(frozen=True, kw_only=True)
class Action:
    """A button under an answer. `action` is one of ACTION_KINDS; only a link has a `url`."""

    label: str
    action: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class AnswerSource:
    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens of one model call, as the API counts them, and the model that was used."""

    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


@dataclass(frozen=True, kw_only=True)
class ReplyRequest:
    """One visitor message and all that is known around it.

    `whole_knowledge` holds every passage while the knowledge is small, else it is empty and `found` is what there is.
    `knowledge_version` is that of the knowledge asked, None while a newer one is being read in.
    `can_search`: there are more passages than those given, and the model may ask for some, once; `looked_up` is what it
    asked for, and what that found is among `found`.
    `has_left_contact` is true where the message holds an address or number, which is the team's by now, `is_known`
    where the visitor left one earlier, `has_asked_for_person` where they asked for one. `is_hot` is true where the
    conversation scores as a hot lead and no person was offered for that yet. `messages` counts the visitor's own, this
    one among them.
    `no_model_reason` says why no model may be asked ("" when one may): no_key, no_budget, resting, rate_limited.
    `confidence_curve` is what was measured of the model that is asked: points of what it says of its certainty and of
    the share that was right; none where nobody measured.
    `asked_at` (aware) lets the model speak of today and of opening hours; without it no date is told.
    """

    config: WidgetConfig
    message: str
    turns: tuple[Turn, ...] = ()
    page_url: str = ""
    found: Found = field(default_factory=Found)
    whole_knowledge: tuple[FoundPassage, ...] = ()
    knowledge_version: int | None = None
    no_model_reason: str = ""
    has_left_contact: bool = False
    is_known: bool = False
    has_asked_for_person: bool = False
    is_hot: bool = False
    messages: int = 1
    can_search: bool = False
    looked_up: str = ""
    confidence_curve: tuple[tuple[float, float], ...] = ()
    asked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A finished, guarded answer.

    `answered_by` is ai or knowledge. `confidence` 0–1 is how likely the answer is grounded in the tenant's knowledge.
    `is_unanswered` is true where the visitor's question could not be answered. `fallback_reason` is "" for a model's
    answer, else no_key, no_budget, resting, rate_limited, timeout, overloaded, unreachable, rejected, invalid_reply or
    refused.
    `handoff_reason` is why a person is offered with it, one of HANDOFF_REASONS, "" where none is for a reason of ours.
    `passages_used` are references of passages. `cost_microusd` is millionths of a US dollar, also when the call failed
    after it was billed. `name` and `company` are what the visitor said of themselves.
    """

    content: str
    answered_by: str
    intent: str
    confidence: float
    suggested_actions: tuple[Action, ...] = ()
    sources: tuple[AnswerSource, ...] = ()
    is_unanswered: bool = False
    handoff_reason: str = ""
    fallback_reason: str = ""
    passages_used: tuple[str, ...] = ()
    usage: Usage | None = None
    cost_microusd: int = 0
    duration_ms: int = 0
    name: str = ""
    company: str = ""
