"""What leaves the cellar: frozen values without Django, so that the engine can be handed them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tenants.hours import HoursConfig
from tenants.texts import choose_language, translated


@dataclass(frozen=True, kw_only=True)
class PersonaConfig:
    """Who the visitor talks to. `tone` is friendly, professional or casual; `instructions` are the tenant's own.

    `avatar` is the digest its picture is known by, empty where there is none.
    """

    name: str
    role: str
    tone: str
    instructions: str = ""
    avatar: str = ""


@dataclass(frozen=True, kw_only=True)
class AppearanceConfig:
    """`theme` is light, dark or auto; `position` bottom-right or bottom-left; colours are #rrggbb."""

    theme: str
    position: str
    primary: str
    secondary: str
    background: str
    text: str
    on_primary: str


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Every colour of the widget on one side, light or dark, as #rrggbb. `accent` is the main colour made readable."""

    primary: str
    on_primary: str
    accent: str
    background: str
    surface: str
    text: str
    muted: str
    line: str


@dataclass(frozen=True, kw_only=True)
class Palettes:
    light: Palette
    dark: Palette


@dataclass(frozen=True, kw_only=True)
class BehaviorConfig:
    """Greeting, proactive pace, lead form, handoff and tracking. Times in milliseconds."""

    greeting_enabled: bool
    greeting_message: str
    greeting_delay_ms: int
    proactive_enabled: bool
    proactive_delay_ms: int
    proactive_cooldown_ms: int
    proactive_max_per_session: int
    proactive_mobile_enabled: bool
    proactive_max_per_week: int = 6  # for one visitor, over all visits
    lead_form_enabled: bool
    lead_form_fields: tuple[str, ...]
    lead_form_title: str
    lead_thanks_message: str
    consent_text: str
    consent_url: str
    handoff_enabled: bool
    handoff_message: str
    answer_caution: str  # "normal" or "cautious"
    tracking: str = "on"  # or "consent", "off"
    quick_replies: tuple[str, ...] = ()
    feedback_enabled: bool = True
    consent_version: int = 1  # of consent_text, in whatever language it is worded
    lead_required_fields: tuple[str, ...] = ()
    lead_ask_after_intent: bool = True
    lead_ask_after_messages: int = 0  # 0: however many
    lead_ask_before_handoff: bool = False
    lead_ask_on_exit: bool = False
    handoff_words: tuple[str, ...] = ()  # in a message, they call for a person
    repeat_answers: bool = False
    live_enabled: bool = True
    handoff_wait_minutes: int = 5
    handoff_closed_message: str = ""
    handoff_missed_message: str = ""
    promise_hours: int = 4  # of opening
    attachments_enabled: bool = True
    satisfaction_enabled: bool = True

    @property
    def is_cautious(self) -> bool:
        """Whether knowledge alone is to say rather nothing than something doubtful."""
        return self.answer_caution == "cautious"


@dataclass(frozen=True, kw_only=True)
class ConditionConfig:
    """One thing asked of a visitor; kinds, operators and places are those of tenants.conditions. `value` is a number
    for NUMBERS, "" for FLAGS, else text. All in the place "all" must hold, and one of those in the place "any"."""

    kind: str
    operator: str
    value: str | int = ""
    place: str = "all"


@dataclass(frozen=True, kw_only=True)
class RuleConfig:
    """One proactive rule.

    It speaks once per `once_per`: page, session, visitor, or so many days as `once_days` says. `delay_seconds` and
    `cooldown_seconds` stand in for the business's own pace, None where that holds. Between `starts_at` and `ends_at`,
    each None where it is open. Of `holdout_percent` visitors nobody hears it, to tell whether it helps.
    """

    id: int
    trigger_type: str
    name: str
    priority: int
    message_type: str
    text: str
    write_with_ai: bool
    conditions: tuple[ConditionConfig, ...] = ()
    once_per: str = "session"
    once_days: int = 30
    delay_seconds: int | None = None
    cooldown_seconds: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    holdout_percent: int = 0
    review_first: bool = False


@dataclass(frozen=True, kw_only=True)
class EngagementWeights:
    """Most points each part of the engagement score can give; the four add up to 100 by default."""

    time_on_page: int = 40
    scroll_depth: int = 30
    clicks: int = 20
    visits: int = 10


@dataclass(frozen=True, kw_only=True)
class ScoreWeights:
    """Points each rule adds to a lead's score, once."""

    purchase_intent: int = 30
    several_pages: int = 10
    engaged_with_proactive: int = 15
    gave_email: int = 20
    gave_phone: int = 25
    long_engagement: int = 10


@dataclass(frozen=True, kw_only=True)
class LimitsConfig:
    """Counts per window; see the tenant's own columns."""

    requests_per_minute: int = 100
    messages_per_minute: int = 20
    sessions_per_hour: int = 20
    answers_per_hour: int = 60
    leads_per_hour: int = 10
    events_per_session: int = 2000


@dataclass(frozen=True, kw_only=True)
class WidgetConfig:
    """Everything the widget and the engine need to know of a tenant, at one version."""

    tenant_id: int
    version: int
    knowledge_version: int
    widget_id: str
    slug: str
    business_name: str
    business_type: str
    website: str
    country: str  # ISO 3166-1 alpha-2, for phone numbers
    language: str  # BCP 47, the business's own
    timezone: str
    model: str
    fallback_model: str = ""
    max_output_tokens: int
    hosts: tuple[str, ...]  # where links may point; "*.example.com" allowed
    origins: tuple[str, ...]
    persona: PersonaConfig
    appearance: AppearanceConfig
    behavior: BehaviorConfig
    rules: tuple[RuleConfig, ...]
    hours: HoursConfig = field(default_factory=HoursConfig)
    engagement_weights: EngagementWeights = field(default_factory=EngagementWeights)
    score_weights: ScoreWeights = field(default_factory=ScoreWeights)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    # Own wording, by language and key. Configurations are keys of caches, and a mapping has no hash.
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)

    def own_text(self, key: str, *, language: str, otherwise: str) -> str:
        """The business's wording of a text for a visitor whose browser asks for `language` (BCP 47).

        `otherwise` is how its configuration words it; left there as it comes, it is translated.
        """
        spoken = choose_language(language, self.language)
        return self.texts.get(spoken, {}).get(key) or translated(key, spoken, otherwise)


@dataclass(frozen=True, kw_only=True)
class FoundPassage:
    """A passage of a tenant's knowledge. `reference` is stable ("p12"); `question` is empty for a chunk of prose."""

    reference: str
    article_id: int
    question: str
    heading: str
    title: str
    body: str
    url: str
    category: str = ""
    score: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search found, best first. `probability` (0–1) is that the first passage answers the question;
    `zone` is answer, suggest or refuse."""

    passages: tuple[FoundPassage, ...] = ()
    probability: float = 0.0
    zone: str = "refuse"
