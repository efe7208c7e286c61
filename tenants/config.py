"""A tenant's whole configuration as one frozen value, kept in the process by version."""

from collections import defaultdict
from dataclasses import replace
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F

from caty.lib.memory import ShortMemory
from tenants import origins
from tenants.contracts import (
    AppearanceConfig,
    BehaviorConfig,
    ConditionConfig,
    EngagementWeights,
    LimitsConfig,
    PersonaConfig,
    RuleConfig,
    ScoreWeights,
    WidgetConfig,
)
from tenants.contrast import readable_on
from tenants.hours import HoursConfig
from tenants.models import (
    Appearance,
    Behavior,
    ClosedDay,
    OpeningTime,
    Origin,
    Persona,
    ProactiveRule,
    RuleCondition,
    Tenant,
    TextOverride,
)
from tenants.models.limits import SCORE_COLUMNS

# The version decides what is stale; the time only frees what nobody asks for any more.
_configs = ShortMemory(size=1000, seconds=3600)


def load_config(tenant: Tenant) -> WidgetConfig:
    """The tenant's configuration at `tenant.config_version` or newer; six or seven queries when the process lacks it.

    Whoever changes a row that counts here calls `services.bump_config`.
    """
    config = _configs.find(tenant.pk)
    if config is None or config.version < tenant.config_version:
        config = _read(tenant.pk)
        _configs.put(tenant.pk, config)
    if config.knowledge_version < tenant.knowledge_version:
        config = replace(config, knowledge_version=tenant.knowledge_version)
        _configs.put(tenant.pk, config)
    return config


def config_with(tenant: Tenant, *, persona: Persona, appearance: Appearance, behavior: Behavior) -> WidgetConfig:
    """The tenant's configuration as it would be with these rows, which nobody need have saved."""
    config = load_config(tenant)
    return replace(
        config,
        persona=_persona(persona, config.persona.avatar),
        appearance=_appearance(appearance),
        behavior=_behavior(behavior),
    )


def forget(tenant_id: int) -> None:
    """Have this process read the tenant's configuration anew."""
    _configs.forget(tenant_id)


def forget_all() -> None:
    _configs.clear()


def _read(tenant_id: int) -> WidgetConfig:
    rows = Tenant.objects.select_related("persona", "appearance", "behavior")
    tenant = rows.annotate(avatar_digest=F("avatar__digest")).get(pk=tenant_id)  # the digest, without the picture
    patterns = tuple(Origin.objects.for_tenant(tenant).order_by("id").values_list("pattern", flat=True))
    return WidgetConfig(
        tenant_id=tenant.pk,
        version=tenant.config_version,
        knowledge_version=tenant.knowledge_version,
        widget_id=tenant.widget_id,
        slug=tenant.slug,
        business_name=tenant.name,
        business_type=tenant.business_type,
        website=tenant.website,
        country=tenant.country,
        language=tenant.language,
        timezone=tenant.timezone,
        model=tenant.model or settings.ANTHROPIC_MODEL,
        fallback_model=tenant.fallback_model,
        max_output_tokens=tenant.max_output_tokens,
        hosts=_hosts(tenant.website, patterns),
        origins=patterns,
        persona=_persona(tenant.persona, tenant.avatar_digest or ""),
        appearance=_appearance(tenant.appearance),
        behavior=_behavior(tenant.behavior),
        rules=_rules(tenant),
        hours=_hours(tenant),
        engagement_weights=_engagement_weights(tenant),
        score_weights=score_weights_of(tenant),
        limits=_limits(tenant),
        texts=_texts(tenant),
    )


def _hosts(website: str, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Each host once, the website's own first."""
    hosts = [urlsplit(website).hostname or "", *(origins.host_of(pattern) for pattern in patterns)]
    return tuple(dict.fromkeys(host for host in hosts if host))


def _persona(row: Persona, avatar: str) -> PersonaConfig:
    return PersonaConfig(name=row.name, role=row.role, tone=row.tone, instructions=row.instructions, avatar=avatar)


def _appearance(row: Appearance) -> AppearanceConfig:
    return AppearanceConfig(
        theme=row.theme,
        position=row.position,
        primary=row.primary,
        secondary=row.secondary,
        background=row.background,
        text=row.text,
        on_primary=readable_on(row.primary),
    )


def _behavior(row: Behavior) -> BehaviorConfig:
    return BehaviorConfig(
        greeting_enabled=row.greeting_enabled,
        greeting_message=row.greeting_message,
        greeting_delay_ms=row.greeting_delay_ms,
        proactive_enabled=row.proactive_enabled,
        proactive_delay_ms=row.proactive_delay_ms,
        proactive_cooldown_ms=row.proactive_cooldown_ms,
        proactive_max_per_session=row.proactive_max_per_session,
        proactive_mobile_enabled=row.proactive_mobile_enabled,
        proactive_max_per_week=row.proactive_max_per_week,
        lead_form_enabled=row.lead_form_enabled,
        lead_form_fields=tuple(row.lead_form_fields),
        lead_form_title=row.lead_form_title,
        lead_required_fields=tuple(name for name in row.lead_form_fields if name in row.lead_required_fields),
        lead_ask_after_intent=row.lead_ask_after_intent,
        lead_ask_after_messages=row.lead_ask_after_messages,
        lead_ask_before_handoff=row.lead_ask_before_handoff,
        lead_ask_on_exit=row.lead_ask_on_exit,
        lead_thanks_message=row.lead_thanks_message,
        consent_text=row.consent_text,
        consent_url=row.consent_url,
        handoff_enabled=row.handoff_enabled,
        handoff_message=row.handoff_message,
        handoff_words=tuple(row.handoff_words),
        repeat_answers=row.repeat_answers,
        live_enabled=row.live_enabled,
        handoff_wait_minutes=row.handoff_wait_minutes,
        handoff_closed_message=row.handoff_closed_message,
        handoff_missed_message=row.handoff_missed_message,
        promise_hours=row.promise_hours,
        attachments_enabled=row.attachments_enabled,
        satisfaction_enabled=row.satisfaction_enabled,
        answer_caution=row.answer_caution,
        tracking=row.tracking,
        quick_replies=tuple(row.quick_replies),
        feedback_enabled=row.feedback_enabled,
        consent_version=row.consent_version,
    )


def _rules(tenant: Tenant) -> tuple[RuleConfig, ...]:
    """Those switched on, the most important first."""
    rows = ProactiveRule.objects.for_tenant(tenant).filter(is_enabled=True).order_by("-priority", "id")
    return tuple(rule_config(row) for row in rows.prefetch_related("conditions"))


def rule_config(row: ProactiveRule) -> RuleConfig:
    """A rule with its conditions, as its rows are."""
    return RuleConfig(
        id=row.pk,
        trigger_type=row.trigger_type,
        name=row.name,
        priority=row.priority,
        message_type=row.message_type,
        text=row.text,
        write_with_ai=row.write_with_ai,
        conditions=tuple(_condition(condition) for condition in row.conditions.all()),
        once_per=row.once_per,
        once_days=row.once_days,
        delay_seconds=row.delay_seconds,
        cooldown_seconds=row.cooldown_seconds,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        holdout_percent=row.holdout_percent,
        review_first=row.review_first,
    )


def _condition(row: RuleCondition) -> ConditionConfig:
    value = row.text if row.number is None else row.number
    return ConditionConfig(kind=row.kind, operator=row.operator, value=value, place=row.place)


def _hours(tenant: Tenant) -> HoursConfig:
    times = OpeningTime.objects.for_tenant(tenant).values_list("weekday", "opens_at", "closes_at")
    days = ClosedDay.objects.for_tenant(tenant).values_list("day", flat=True) if times else ()
    return HoursConfig(timezone=tenant.timezone, weekly=tuple(times), closed_days=frozenset(days))


def _texts(tenant: Tenant) -> dict[str, dict[str, str]]:
    found = defaultdict(dict)
    for row in TextOverride.objects.for_tenant(tenant):
        found[row.language][row.key] = row.text
    return dict(found)


def _engagement_weights(tenant: Tenant) -> EngagementWeights:
    return EngagementWeights(
        time_on_page=tenant.engagement_time,
        scroll_depth=tenant.engagement_scroll,
        clicks=tenant.engagement_clicks,
        visits=tenant.engagement_visits,
    )


def score_weights_of(tenant: Tenant) -> ScoreWeights:
    """As the row has them, which may be newer than the configuration."""
    return ScoreWeights(**{rule: getattr(tenant, column) for rule, column in SCORE_COLUMNS.items()})


def _limits(tenant: Tenant) -> LimitsConfig:
    return LimitsConfig(
        requests_per_minute=tenant.requests_per_minute,
        messages_per_minute=tenant.messages_per_minute,
        sessions_per_hour=tenant.sessions_per_hour,
        answers_per_hour=tenant.answers_per_hour,
        leads_per_hour=tenant.leads_per_hour,
        events_per_session=tenant.events_per_session,
    )
