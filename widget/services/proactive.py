"""Speaking first: which rule, which text, once per rule and session. Nothing here asks a model."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from caty.lib.errors import NotFound
from tenants.contracts import RuleConfig, WidgetConfig
from tenants.models import ProactiveRule, Tenant
from widget.contracts import ProactiveAnswer, ProactiveMessage, TrackedEvent
from widget.engine.asking import form_on_exit
from widget.engine.contracts import Action
from widget.engine.proactive import ProactiveFacts, ProactiveHistory, decide
from widget.models import Message, PageView, ProactiveShowing, ProactiveText, Session
from widget.pages import page_key
from widget.queries import as_actions, find_last_view, get_session
from widget.services.transcript import append

ACTIONS = (Action(label="Tell me more", action="message"), Action(label="No thanks", action="dismiss"))
MOST_IDLE_SECONDS = 86_400


class ProactiveNotFound(NotFound):
    message = "There is no such message in this conversation."


@dataclass(frozen=True, kw_only=True)
class Signals:
    """What only the visitor's browser can see, as told by its events."""

    exit_intent: bool = False
    form_idle_seconds: float = 0.0


def signals_in(events: Iterable[TrackedEvent]) -> Signals:
    """`exit_intent` events, and `form_abandonment` events, whose data may be {"idle_seconds": 20}."""
    exit_intent, idle = False, 0.0
    for event in events:
        if event.type == "exit_intent":
            exit_intent = True
        elif event.type == "form_abandonment":
            idle = max(idle, _idle_seconds(event.data))
    return Signals(exit_intent=exit_intent, form_idle_seconds=idle)


def _idle_seconds(data: object) -> float:
    told = data.get("idle_seconds") if isinstance(data, dict) else data
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    # The browser says that a form was abandoned; without a number it has waited its own 15 seconds.
    return min(max(float(told), 0.0), MOST_IDLE_SECONDS) if is_number else 15.0


def find_announcement(
    session: Session, config: WidgetConfig, view: PageView | None, signals: Signals, now: datetime
) -> ProactiveMessage | None:
    """What to say now by any rule, stored as said; None where nothing triggers. The session is locked and unsaved."""
    if not config.rules:
        return None
    facts = _facts(session, view, now, signals=signals)
    decision = decide(config.rules, facts, _history(session, config), config.behavior, now)
    return _show(session, config, decision.rule, facts.page_url, now) if decision.rule else None


@transaction.atomic
def get_proactive(
    *, tenant: Tenant, config: WidgetConfig, session_id: str, trigger_type: str, page_url: str, now: datetime
) -> ProactiveAnswer:
    """The message of this trigger: the one announced, or a new one where the rule allows it, else the reason why not.

    Asked again, it gives the same message. Raises SessionNotFound.
    """
    session = get_session(tenant=tenant, session_id=session_id, now=now, lock=True)
    shown = session.proactive_showings.select_related("message").filter(trigger_type=trigger_type).first()
    if shown is not None:
        return _shown_again(shown, now)
    view = find_last_view(session)
    facts = _facts(session, view, now, page_url=page_url)
    decision = decide(config.rules, facts, _history(session, config), config.behavior, now, trigger_type=trigger_type)
    session.last_heard_at = now
    if decision.rule is None:
        session.save(update_fields=["last_heard_at"])
        return ProactiveAnswer(message=None, reason=decision.reason)
    message = _show(session, config, decision.rule, facts.page_url, now)
    session.proactive_showings.filter(trigger_type=trigger_type).update(collected_at=now)
    session.save()
    return ProactiveAnswer(message=message)


@transaction.atomic
def dismiss_proactive(*, tenant: Tenant, session_id: str, message_id: str, now: datetime) -> None:
    """Note that the visitor waved this message away. Raises SessionNotFound and ProactiveNotFound."""
    session = get_session(tenant=tenant, session_id=session_id, now=now, lock=True)
    shown = session.proactive_showings.filter(message__public_id=message_id).first()
    if shown is None:
        raise ProactiveNotFound
    if shown.dismissed_at is None:
        shown.dismissed_at = now
        shown.save(update_fields=["dismissed_at"])


def _shown_again(shown: ProactiveShowing, now: datetime) -> ProactiveAnswer:
    if shown.dismissed_at is not None:
        return ProactiveAnswer(message=None, reason="dismissed")
    if shown.collected_at is None:
        shown.collected_at = now
        shown.save(update_fields=["collected_at"])
    return ProactiveAnswer(message=_as_message(shown.message, shown.trigger_type))


def _facts(
    session: Session, view: PageView | None, now: datetime, *, signals: Signals | None = None, page_url: str = ""
) -> ProactiveFacts:
    signals = signals or Signals()
    return ProactiveFacts(
        page_url=page_url or session.page_url,
        time_on_page_ms=view.time_on_page_ms if view else 0,
        scroll_depth=view.scroll_depth if view else 0,
        click_count=view.click_count if view else 0,
        visits=session.visit_number,
        engagement_score=session.engagement_score,
        exit_intent=signals.exit_intent,
        form_idle_seconds=signals.form_idle_seconds,
        is_mobile=session.is_mobile,
        session_age_ms=(now - session.started_at).total_seconds() * 1000,
    )


def _history(session: Session, config: WidgetConfig) -> ProactiveHistory:
    rows = session.proactive_showings.values_list("rule_id", "trigger_type", "dismissed_at")
    # A rule that staff deleted and made anew under its name has spoken already.
    named = {rule.trigger_type: rule.id for rule in config.rules}
    shown = [(rule_id or named.get(trigger_type), dismissed_at) for rule_id, trigger_type, dismissed_at in rows]
    last_message = None
    if session.message_count:
        spoken = session.messages.filter(role=Message.Role.VISITOR).order_by("-sequence")
        last_message = spoken.values_list("created_at", flat=True).first()
    return ProactiveHistory(
        fired_rule_ids=frozenset(rule_id for rule_id, _ in shown if rule_id),
        dismissed_rule_ids=frozenset(rule_id for rule_id, dismissed_at in shown if rule_id and dismissed_at),
        shown_count=session.proactive_count,
        last_shown_at=session.proactive_at,
        last_visitor_message_at=last_message,
    )


def _show(session: Session, config: WidgetConfig, rule: RuleConfig, page_url: str, now: datetime) -> ProactiveMessage:
    message = append(
        session,
        role=Message.Role.PROACTIVE,
        content=_text(config, rule, page_url),
        suggested_actions=[asdict(action) for action in (*_form(session, config, rule), *ACTIONS)],
        page_url=page_url,
        now=now,
    )
    # The rules at hand may be half a minute old: one deleted since then still speaks, but is no longer referred to.
    is_there = ProactiveRule.objects.filter(pk=rule.id).exists()
    ProactiveShowing.objects.create(
        session=session,
        rule_id=rule.id if is_there else None,
        trigger_type=rule.trigger_type,
        message=message,
        announced_at=now,
    )
    session.proactive_count += 1
    session.proactive_at = now
    return _as_message(message, rule.trigger_type)


def _form(session: Session, config: WidgetConfig, rule: RuleConfig) -> tuple[Action, ...]:
    return form_on_exit(
        config.behavior,
        is_exit=rule.on_exit_intent,
        is_known=session.lead_id is not None,
        language=session.language or config.language,
    )


def _text(config: WidgetConfig, rule: RuleConfig, page_url: str) -> str:
    """The text written for this page, if it knows the rule and the knowledge of today; else the rule's own."""
    if rule.write_with_ai:
        written = ProactiveText.objects.filter(
            rule_id=rule.id,
            page_key=page_key(page_url),
            config_version=config.version,
            knowledge_version=config.knowledge_version,
        ).first()
        if written is not None and written.content:
            return written.content
    return rule.text


def _as_message(message: Message, trigger_type: str) -> ProactiveMessage:
    return ProactiveMessage(
        message_id=message.public_id,
        trigger_type=trigger_type,
        content=message.content,
        suggested_actions=as_actions(message.suggested_actions),
    )
