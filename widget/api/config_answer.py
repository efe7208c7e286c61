"""The widget's configuration as the browser gets it, rendered once a process, version and language."""

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import chain
from typing import Literal
from urllib.parse import urljoin

import brotli
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from pydantic import Field

from tenants import texts
from tenants.conditions import EVENT
from tenants.contracts import (
    AppearanceConfig,
    BehaviorConfig,
    PersonaConfig,
    RuleConfig,
    WidgetConfig,
)
from tenants.palettes import palettes
from widget.api.answers import Answer, Success
from widget.api.browser_rules import BrowserRule, browser_rules

PANEL = "widget/panel.js"
PEOPLE = "widget/people.js"
ELSEWHERE = (*texts.OWN_KEYS, "consent_text")  # texts that are said by other parts of the answer, or by other answers
PACK = "widget/texts/{language}.json"
BROTLI = re.compile(r"\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")


class BusinessAnswer(Answer):
    name: str = Field(description="The business's name.")
    type: str = Field(description="ecommerce, saas, services or other.")


class PersonaAnswer(Answer):
    name: str = Field(description="Who the visitor talks to.")
    role: str = Field(description="What that is, such as AI Assistant.")
    tone: str = Field(description="friendly, professional or casual.")
    avatar_url: str = Field(description="Their picture; empty where there is none, and an initial stands in for it.")


class ColorsAnswer(Answer):
    primary: str = Field(description="Main colour, #rrggbb.")
    secondary: str = Field(description="Second colour.")
    background: str = Field(description="Background.")
    text: str = Field(description="Text on the background.")
    on_primary: str = Field(description="Text on the main colour, chosen to be readable.")


class PaletteAnswer(Answer):
    """Every colour of the widget, as #rrggbb; all that is read has a contrast of 4.5:1 or more where it stands."""

    primary: str = Field(description="Main colour, of buttons and the visitor's own messages.")
    on_primary: str = Field(description="Text on it.")
    accent: str = Field(description="The main colour as text, made readable on background and surface.")
    background: str = Field(description="Ground of the panel.")
    surface: str = Field(description="Ground of what lies on it, such as the assistant's messages.")
    text: str = Field(description="Text on both grounds.")
    muted: str = Field(description="Text of less weight, on both grounds.")
    line: str = Field(description="Edges of what can be filled in, 3:1 on both grounds.")


class PalettesAnswer(Answer):
    light: PaletteAnswer = Field(description="For light pages and devices.")
    dark: PaletteAnswer = Field(description="For dark ones.")


class AppearanceAnswer(Answer):
    theme: Literal["light", "dark", "auto"] = Field(description="auto follows the visitor's device.")
    position: Literal["bottom-right", "bottom-left"] = Field(description="Corner of the page.")
    colors: ColorsAnswer = Field(description="The business's own colours, all as #rrggbb.")
    palettes: PalettesAnswer = Field(description="All colours made of these, for light and dark.")


class GreetingConfig(Answer):
    enabled: bool = Field(description="Whether visitors are greeted.")
    message: str = Field(description="The greeting.")
    delay_ms: int = Field(description="Milliseconds after which it is shown.")


class ProactiveConfig(Answer):
    enabled: bool = Field(description="Whether the widget may speak first.")
    delay_ms: int = Field(description="Not before so many milliseconds on the page.")
    cooldown_ms: int = Field(description="Least pause between two messages.")
    max_per_session: int = Field(description="Most messages a conversation.")
    mobile_enabled: bool = Field(description="Whether also on phones.")
    rules: list[BrowserRule] = Field(
        description="Rules the browser must watch itself; the server watches the others. None where it may not speak."
    )
    events: list[str] = Field(description="Names of events that some rule asks for: `track` those at once.")


class BehaviorAnswer(Answer):
    greeting: GreetingConfig = Field(description="The first words.")
    proactive: ProactiveConfig = Field(description="Speaking first.")
    tracking: Literal["off", "consent", "on"] = Field(
        description="Whether to tell what visitors do: never, once they have agreed, or unless they object."
    )
    quick_replies: list[str] = Field(max_length=4, description="Questions to offer under the greeting.")
    feedback: bool = Field(description="Whether answers can be rated.")
    attachments: bool = Field(description="Whether files can be sent to a person.")


class LeadFormAnswer(Answer):
    enabled: bool = Field(description="Whether contact details may be asked for.")
    title: str = Field(description="What the form says.")
    fields: list[str] = Field(description="name, email, phone, company, in this order.")
    required: list[str] = Field(description="Those that must be filled in.")
    before_handoff: bool = Field(description="Whether it is shown to who asks for a person and has left no details.")


class ConsentAnswer(Answer):
    required: bool = Field(description="Whether a box must be ticked before details are sent.")
    text: str = Field(description="What the box says.")
    url: str = Field(description="The privacy page; empty where there is none.")


class HandoffConfig(Answer):
    enabled: bool = Field(description="Whether visitors may ask for a person.")


class LauncherTexts(Answer):
    open: str = Field(description="Name of the button that opens the chat.")
    close: str = Field(description="Name of the button that closes it.")
    unread: str = Field(description="How many new messages there are, {count}.")
    dismiss: str = Field(description="Name of the button that closes a proactive message.")
    says: str = Field(description="Who it is from, {name}.")


class TextsAnswer(Answer):
    """What the widget says in the language asked for by `lang`."""

    language: str = Field(description="The language spoken: the one asked for, else the business's, else en.")
    direction: Literal["ltr", "rtl"] = Field(description="Which way it is written.")
    launcher: LauncherTexts = Field(description="What is needed before the chat is opened.")
    url: str = Field(description="All other texts of that language, JSON; empty for those the panel brings itself.")
    own: dict[str, str] = Field(description="The business's own wording, laid over these, by key.")


class WidgetConfigAnswer(Answer):
    widget_id: str = Field(description="The widget's public id.")
    business: BusinessAnswer = Field(description="Whose widget it is.")
    persona: PersonaAnswer = Field(description="Who speaks.")
    appearance: AppearanceAnswer = Field(description="How it looks.")
    behavior: BehaviorAnswer = Field(description="How it behaves.")
    language: str = Field(description="The business's language, BCP 47.")
    panel_url: str = Field(description="The script of the chat panel, loaded when it is first opened.")
    people_url: str = Field(description="The script of what only a talk with a person needs, loaded when there is one.")
    lead_form: LeadFormAnswer = Field(description="The form for contact details.")
    consent: ConsentAnswer = Field(description="The box beside that form.")
    handoff: HandoffConfig = Field(description="Asking for a person.")
    texts: TextsAnswer = Field(description="What the widget says.")


class ConfigAnswer(Answer):
    """Everything the widget needs to show itself."""

    success: Success = True
    config: WidgetConfigAnswer = Field(description="The configuration.")


@dataclass(frozen=True)
class ConfigVersion:
    """A configuration in one language, known by its tenant and version."""

    tenant_id: int
    version: int
    language: str
    config: WidgetConfig = field(compare=False)


@dataclass(frozen=True)
class RenderedConfig:
    """The answer's bytes as they are sent; `encoding` is br, or empty for plain JSON."""

    body: bytes
    etag: str
    encoding: str = ""


def rendered_config(config: WidgetConfig, language: str = "", accepted: str = "") -> RenderedConfig:
    """The answer, kept in the process for the 2,000 tenants and languages used last.

    `language` is what was asked for, see `tenants.texts.choose_language`; `accepted` the caller's Accept-Encoding.
    """
    spoken = texts.choose_language(language, config.language)
    plain, packed = _render(ConfigVersion(config.tenant_id, config.version, spoken, config))
    return packed if BROTLI.search(accepted) else plain


def describe(config: WidgetConfig, language: str) -> WidgetConfigAnswer:
    """The configuration as the widget reads it, in one of `tenants.texts.LANGUAGES`."""
    behavior, own_text = config.behavior, partial(config.own_text, language=language)
    own = {key: text for key, text in config.texts.get(language, {}).items() if key not in ELSEWHERE}
    return WidgetConfigAnswer(
        widget_id=config.widget_id,
        business=BusinessAnswer(name=config.business_name, type=config.business_type),
        persona=_describe_persona(config.persona),
        appearance=_describe_look(config.appearance),
        behavior=_describe_behavior(behavior, config.rules, own_text("greeting", otherwise=behavior.greeting_message)),
        language=config.language,
        panel_url=_static(PANEL),
        people_url=_static(PEOPLE),
        lead_form=LeadFormAnswer(
            enabled=behavior.lead_form_enabled,
            title=own_text("lead_title", otherwise=behavior.lead_form_title),
            fields=list(behavior.lead_form_fields),
            required=list(behavior.lead_required_fields),
            before_handoff=behavior.lead_ask_before_handoff,
        ),
        consent=_describe_consent(behavior, own_text("consent_text", otherwise=behavior.consent_text)),
        handoff=HandoffConfig(enabled=behavior.handoff_enabled),
        texts=_describe_texts(language, own),
    )


@lru_cache(maxsize=2000)
def _render(at: ConfigVersion) -> tuple[RenderedConfig, RenderedConfig]:
    body = ConfigAnswer(config=describe(at.config, at.language)).model_dump_json().encode()
    digest = hashlib.sha256(body).hexdigest()[:32]
    return RenderedConfig(body, f'"{digest}"'), RenderedConfig(brotli.compress(body), f'"{digest}-br"', "br")


def _describe_persona(persona: PersonaConfig) -> PersonaAnswer:
    picture = f"{settings.SITE_URL}/widget/avatar/{persona.avatar}" if persona.avatar else ""
    return PersonaAnswer(name=persona.name, role=persona.role, tone=persona.tone, avatar_url=picture)


def _describe_look(look: AppearanceConfig) -> AppearanceAnswer:
    return AppearanceAnswer(
        theme=look.theme,
        position=look.position,
        colors=ColorsAnswer.model_validate(look),
        palettes=PalettesAnswer.model_validate(palettes(look)),
    )


def _describe_behavior(behavior: BehaviorConfig, rules: tuple[RuleConfig, ...], greeting: str) -> BehaviorAnswer:
    asked = rules if behavior.proactive_enabled else ()
    events = {str(one.value) for rule in asked for one in rule.conditions if one.kind == EVENT}
    return BehaviorAnswer(
        greeting=GreetingConfig(
            enabled=behavior.greeting_enabled, message=greeting, delay_ms=behavior.greeting_delay_ms
        ),
        proactive=ProactiveConfig(
            enabled=behavior.proactive_enabled,
            delay_ms=behavior.proactive_delay_ms,
            cooldown_ms=behavior.proactive_cooldown_ms,
            max_per_session=behavior.proactive_max_per_session,
            mobile_enabled=behavior.proactive_mobile_enabled,
            rules=list(chain.from_iterable(map(browser_rules, asked))),
            events=sorted(events),
        ),
        tracking=behavior.tracking,
        quick_replies=list(behavior.quick_replies),
        feedback=behavior.feedback_enabled,
        attachments=behavior.attachments_enabled,
    )


def _describe_consent(behavior: BehaviorConfig, text: str) -> ConsentAnswer:
    """A box is asked for by the business's own text; in other languages it is only worded otherwise."""
    required = bool(behavior.consent_text)
    return ConsentAnswer(required=required, text=text if required else "", url=behavior.consent_url)


def _describe_texts(language: str, own: dict[str, str]) -> TextsAnswer:
    launcher = {key: own.pop(f"launcher.{key}", text) for key, text in texts.launcher_texts(language).items()}
    return TextsAnswer(
        language=language,
        direction=texts.direction(language),
        launcher=LauncherTexts(**launcher),
        url=_pack_url(language),
        own=own,
    )


def _pack_url(language: str) -> str:
    """English is in the panel itself, and stands in for a language without a file."""
    path = PACK.format(language=language)
    return _static(path) if language != texts.FALLBACK and finders.find(path) else ""


def _static(path: str) -> str:
    """The file's whole address; with its content's hash in production, so that browsers may keep it for good."""
    return urljoin(f"{settings.SITE_URL}/", static(path))
