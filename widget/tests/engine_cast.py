"""Values for tests of the study: a believable tenant, its passages, and a visitor's message."""

from dataclasses import replace
from typing import Any

from tenants.contracts import (
    AppearanceConfig,
    BehaviorConfig,
    ConditionConfig,
    Found,
    FoundPassage,
    PersonaConfig,
    RuleConfig,
    WidgetConfig,
)
from widget.engine.contracts import ReplyRequest
from widget.engine.model import Prompt
from widget.engine.schema import REPLY_SCHEMA

PROMPT = Prompt(model="claude-haiku-5-5", max_output_tokens=500, rules="r" * 400, message="a" * 40, schema=REPLY_SCHEMA)
BEHAVIOR = BehaviorConfig(
    greeting_enabled=True,
    greeting_message="Hi! How can I help you today?",
    greeting_delay_ms=3000,
    proactive_enabled=True,
    proactive_delay_ms=5000,
    proactive_cooldown_ms=30_000,
    proactive_max_per_session=3,
    proactive_mobile_enabled=True,
    lead_form_enabled=True,
    lead_form_fields=("name", "email"),
    lead_form_title="Leave your details.",
    lead_thanks_message="Thanks!",
    consent_text="",
    consent_url="",
    handoff_enabled=True,
    handoff_message="I've told the team.",
    answer_caution="normal",
)
CONFIG = WidgetConfig(
    tenant_id=1,
    version=1,
    knowledge_version=1,
    widget_id="widget_acme",
    slug="acme",
    business_name="Acme",
    business_type="services",
    website="https://acme.example",
    country="US",
    language="en",
    timezone="Europe/Berlin",
    model="claude-haiku-5-5",
    max_output_tokens=800,
    hosts=("acme.example", "*.acme.example"),
    origins=("https://acme.example",),
    persona=PersonaConfig(name="Caty", role="the assistant", tone="friendly"),
    appearance=AppearanceConfig(
        theme="light",
        position="bottom-right",
        primary="#112233",
        secondary="#445566",
        background="#ffffff",
        text="#000000",
        on_primary="#ffffff",
    ),
    behavior=BEHAVIOR,
    rules=(),
)


def make_config(*, behavior: dict[str, Any] | None = None, persona: dict[str, Any] | None = None, **fields: Any):
    """CONFIG with some fields replaced, also of its behaviour and persona."""
    return replace(
        CONFIG,
        behavior=replace(BEHAVIOR, **(behavior or {})),
        persona=replace(CONFIG.persona, **(persona or {})),
        **fields,
    )


def make_passage(reference: str = "p1", **fields: Any) -> FoundPassage:
    """A question with its answer on a page of its own."""
    values = {
        "article_id": 1,
        "question": "How long does shipping take?",
        "heading": "",
        "title": "Shipping",
        "body": "We ship within two days.",
        "url": "https://acme.example/shipping",
        **fields,
    }
    return FoundPassage(reference=reference, **values)


def make_found(*passages: FoundPassage, zone: str = "answer", probability: float = 0.8) -> Found:
    return Found(passages=passages, probability=probability, zone=zone)


def make_request(message: str = "How long does shipping take?", **fields: Any) -> ReplyRequest:
    values = {"config": CONFIG, "found": make_found(make_passage()), **fields}
    return ReplyRequest(message=message, **values)


def make_condition(kind: str, operator: str, value: str | int = "", place: str = "all") -> ConditionConfig:
    return ConditionConfig(kind=kind, operator=operator, value=value, place=place)


def make_rule(rule_id: int = 1, trigger_type: str = "high_engagement", **fields: Any) -> RuleConfig:
    values = {
        "name": "Rule",
        "priority": 50,
        "message_type": "contextual",
        "text": "Can I help?",
        "write_with_ai": True,
        **fields,
        "conditions": tuple(make_condition(*one) for one in fields.get("conditions", ())),
    }
    return RuleConfig(id=rule_id, trigger_type=trigger_type, **values)
