"""The widget's configuration as the browser gets it, rendered once a process and version."""

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from django.conf import settings
from pydantic import Field

from tenants.contracts import BehaviorConfig, RuleConfig, WidgetConfig
from widget.api.answers import Answer, Success


class BusinessAnswer(Answer):
    name: str = Field(description="The business's name.")
    type: str = Field(description="ecommerce, saas, services or other.")


class PersonaAnswer(Answer):
    name: str = Field(description="Who the visitor talks to.")
    role: str = Field(description="What that is, such as AI Assistant.")
    tone: str = Field(description="friendly, professional or casual.")


class ColorsAnswer(Answer):
    primary: str = Field(description="Main colour, #rrggbb.")
    secondary: str = Field(description="Second colour.")
    background: str = Field(description="Background.")
    text: str = Field(description="Text on the background.")
    on_primary: str = Field(description="Text on the main colour, chosen to be readable.")


class AppearanceAnswer(Answer):
    theme: Literal["light", "dark", "auto"] = Field(description="auto follows the visitor's device.")
    position: Literal["bottom-right", "bottom-left"] = Field(description="Corner of the page.")
    colors: ColorsAnswer = Field(description="Colours, all as #rrggbb.")


class GreetingConfig(Answer):
    enabled: bool = Field(description="Whether visitors are greeted.")
    message: str = Field(description="The greeting.")
    delay_ms: int = Field(description="Milliseconds after which it is shown.")


class BrowserRule(Answer):
    """A rule whose condition only the browser can see; it asks `proactive` when it holds."""

    trigger_type: str = Field(description="What to send as trigger_type.")
    on_exit_intent: bool = Field(description="Holds when the visitor is about to leave.")
    form_idle_seconds: int | None = Field(description="Holds when a focused form field rests for so long; else null.")
    url_contains: str = Field(description="Only on pages whose address contains this; empty for all.")


class ProactiveConfig(Answer):
    enabled: bool = Field(description="Whether the widget may speak first.")
    delay_ms: int = Field(description="Not before so many milliseconds on the page.")
    cooldown_ms: int = Field(description="Least pause between two messages.")
    max_per_session: int = Field(description="Most messages a conversation.")
    mobile_enabled: bool = Field(description="Whether also on phones.")
    rules: list[BrowserRule] = Field(description="Rules the browser must watch itself; the server watches the others.")


class BehaviorAnswer(Answer):
    greeting: GreetingConfig = Field(description="The first words.")
    proactive: ProactiveConfig = Field(description="Speaking first.")


class LeadFormAnswer(Answer):
    enabled: bool = Field(description="Whether contact details may be asked for.")
    title: str = Field(description="What the form says.")
    fields: list[str] = Field(description="name, email, phone, company, in this order.")


class ConsentAnswer(Answer):
    required: bool = Field(description="Whether a box must be ticked before details are sent.")
    text: str = Field(description="What the box says.")
    url: str = Field(description="The privacy page; empty where there is none.")


class HandoffConfig(Answer):
    enabled: bool = Field(description="Whether visitors may ask for a person.")


class WidgetConfigAnswer(Answer):
    widget_id: str = Field(description="The widget's public id.")
    business: BusinessAnswer = Field(description="Whose widget it is.")
    persona: PersonaAnswer = Field(description="Who speaks.")
    appearance: AppearanceAnswer = Field(description="How it looks.")
    behavior: BehaviorAnswer = Field(description="How it behaves.")
    language: str = Field(description="The business's language, BCP 47.")
    panel_url: str = Field(description="The script of the chat panel, loaded when it is first opened.")
    lead_form: LeadFormAnswer = Field(description="The form for contact details.")
    consent: ConsentAnswer = Field(description="The box beside that form.")
    handoff: HandoffConfig = Field(description="Asking for a person.")


class ConfigAnswer(Answer):
    """Everything the widget needs to show itself."""

    success: Success = True
    config: WidgetConfigAnswer = Field(description="The configuration.")


@dataclass(frozen=True)
class ConfigVersion:
    """A configuration, known by its tenant and version alone."""

    tenant_id: int
    version: int
    config: WidgetConfig = field(compare=False)


@dataclass(frozen=True)
class RenderedConfig:
    body: bytes
    etag: str


def rendered_config(config: WidgetConfig) -> RenderedConfig:
    """The answer's bytes and their ETag, kept in the process for the 1,000 tenants used last."""
    return _render(ConfigVersion(config.tenant_id, config.version, config))


@lru_cache(maxsize=1000)
def _render(at: ConfigVersion) -> RenderedConfig:
    body = ConfigAnswer(config=_describe(at.config)).model_dump_json().encode()
    return RenderedConfig(body=body, etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _describe(config: WidgetConfig) -> WidgetConfigAnswer:
    look, behavior = config.appearance, config.behavior
    return WidgetConfigAnswer(
        widget_id=config.widget_id,
        business=BusinessAnswer(name=config.business_name, type=config.business_type),
        persona=PersonaAnswer.model_validate(config.persona),
        appearance=AppearanceAnswer(theme=look.theme, position=look.position, colors=ColorsAnswer.model_validate(look)),
        behavior=_describe_behavior(behavior, config.rules),
        language=config.language,
        panel_url=f"{settings.SITE_URL}{settings.STATIC_URL}widget/panel.js",
        lead_form=LeadFormAnswer(
            enabled=behavior.lead_form_enabled,
            title=behavior.lead_form_title,
            fields=list(behavior.lead_form_fields),
        ),
        consent=ConsentAnswer(
            required=bool(behavior.consent_text), text=behavior.consent_text, url=behavior.consent_url
        ),
        handoff=HandoffConfig(enabled=behavior.handoff_enabled),
    )


def _describe_behavior(behavior: BehaviorConfig, rules: tuple[RuleConfig, ...]) -> BehaviorAnswer:
    watched = [rule for rule in rules if rule.on_exit_intent or rule.form_idle_seconds is not None]
    return BehaviorAnswer(
        greeting=GreetingConfig(
            enabled=behavior.greeting_enabled,
            message=behavior.greeting_message,
            delay_ms=behavior.greeting_delay_ms,
        ),
        proactive=ProactiveConfig(
            enabled=behavior.proactive_enabled,
            delay_ms=behavior.proactive_delay_ms,
            cooldown_ms=behavior.proactive_cooldown_ms,
            max_per_session=behavior.proactive_max_per_session,
            mobile_enabled=behavior.proactive_mobile_enabled,
            rules=[BrowserRule.model_validate(rule) for rule in watched],
        ),
    )
