"""Speaking first: which rule, which text, as often as the rule may. Nothing here asks a model."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from caty.lib.errors import NotFound
from leads.source import source_of
from tenants.contracts import RuleConfig, WidgetConfig
from tenants.hours import is_open
from tenants.models import Tenant
from tenants.texts import choose_language
from widget.contracts import ProactiveAnswer, ProactiveMessage, TrackedEvent
from widget.engine.asking import form_on_exit
from widget.engine.conditions import ProactiveFacts
from widget.engine.contracts import Action
from widget.engine.proactive import Decision, ProactiveHistory, Showing, decide
from widget.models import Message, PageView, ProactiveShowing, Session
from widget.pages import page_key
from widget.queries import as_actions, find_last_view, get_session
from widget.services.speaking import Saying, in_turn, say
from widget.services.told import Told, read_told

ACTIONS = (Action(label="Tell me more", action="message"), Action(label="No thanks", action="dismiss"))
MOST_IDLE_SECONDS = 86_400
TAGS = ("utm_source", "utm_medium", "utm_campaign")


class ProactiveNotFound(NotFound):
    message = "There is no such message in this conversation."


@dataclass(frozen=True, kw_only=True)
class Signals:
    """What only the visitor's browser can see, as told by its events."""

    exit_intent: bool = False
    form_idle_seconds: float = 0.0
    idle_seconds: float = 0.0


def signals_in(events: Iterable[TrackedEvent]) -> Signals:
    """`exit_intent` events, and `form_abandonment` and `idle` events, whose data may be {"idle_seconds": 20}."""
    exit_intent, form_idle, idle = False, 0.0, 0.0
    for event in events:
        if event.type == "exit_intent":
            exit_intent = True
        elif event.type == "form_abandonment":
            form_idle = max(form_idle, _idle_seconds(event.data, otherwise=15.0))
        elif event.type == "idle":
            idle = max(idle, _idle_seconds(event.data, otherwise=60.0))
    return Signals(exit_intent=exit_intent, form_idle_seconds=form_idle, idle_seconds=idle)


def _idle_seconds(data: object, *, otherwise: float) -> float:
    """What the browser says, or, where it gives no number, how long it waits by itself before it says so."""
    told = data.get("idle_seconds") if isinstance(data, dict) else data
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return min(max(float(told), 0.0), MOST_IDLE_SECONDS) if is_number else otherwise


def events_asked_for(config: WidgetConfig) -> frozenset[str]:
    """Names of the events that some rule asks for."""
    conditions = (condition for rule in config.rules for condition in rule.conditions)
    return frozenset(str(condition.value) for condition in conditions if condition.kind == "event")


def find_announcement(
    session: Session, config: WidgetConfig, view: PageView | None, signals: Signals, told: Told, now: datetime
) -> Saying | None:
    """What to say now by any rule, for the caller to store; None where nothing triggers. The session is locked."""
    if not config.rules:
        return None
    facts = facts_of(session, config, view, now, signals=signals)
    history = _history(session, config, told, facts.page_url)
    decision = decide(config.rules, facts, history, config.behavior, now)
    return _saying(session, config, decision, told, facts.page_url) if decision.rule else None


@in_turn
def get_proactive(
    *, tenant: Tenant, config: WidgetConfig, session_id: str, trigger_type: str, page_url: str, now: datetime
) -> ProactiveAnswer:
    """The message of this trigger: the one announced, or a new one where the rule allows it, else the reason why not.

    Asked again, it gives the same message. Raises SessionNotFound.
    """
    session = get_session(tenant=tenant, session_id=session_id, now=now, lock=True)
    facts = facts_of(session, config, find_last_view(session), now, page_url=page_url)
    shown = _find_shown(session, trigger_type, facts.page_url)
    if shown is not None:
        return _shown_again(shown, now)
    told = read_told(session, now)
    history = _history(session, config, told, facts.page_url)
    decision = decide(config.rules, facts, history, config.behavior, now, trigger_type=trigger_type)
    if decision.rule is None:
        session.last_heard_at = now
        session.save(update_fields=["last_heard_at"])
        return ProactiveAnswer(message=None, reason=decision.reason)
    message = say(session, _saying(session, config, decision, told, facts.page_url), now)
    return ProactiveAnswer(message=message, reason=decision.reason)


def _find_shown(session: Session, trigger_type: str, page_url: str) -> ProactiveShowing | None:
    """What this trigger has said in this visit, where it speaks once a page on this page."""
    rows = session.proactive_showings.select_related("message").filter(trigger_type=trigger_type)
    return rows.filter(page_key__in=("", page_key(page_url))).order_by("-announced_at").first()


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


def note_opened(session: Session, message_ids: Iterable[str], now: datetime) -> None:
    """Note that the chat was opened upon these messages."""
    rows = session.proactive_showings.filter(message__public_id__in=list(message_ids)[:20], opened_at=None)
    rows.update(opened_at=now)


def _shown_again(shown: ProactiveShowing, now: datetime) -> ProactiveAnswer:
    if shown.is_held_out:
        return ProactiveAnswer(message=None, reason="held_out")
    if shown.dismissed_at is not None:
        return ProactiveAnswer(message=None, reason="dismissed")
    if shown.collected_at is None:
        shown.collected_at = now
        shown.save(update_fields=["collected_at"])
    return ProactiveAnswer(message=_as_message(shown.message, shown.trigger_type))


def facts_of(
    session: Session,
    config: WidgetConfig,
    view: PageView | None,
    now: datetime,
    *,
    signals: Signals | None = None,
    page_url: str = "",
) -> ProactiveFacts:
    """What is known of the visitor of a session, on the page view at hand."""
    signals = signals or Signals()
    source = source_of(session.first_page_url)
    return ProactiveFacts(
        page_url=page_url or session.page_url,
        page_title=view.title if view else session.first_page_title,
        referrer=session.referrer,
        utm={name: getattr(source, name) for name in TAGS},
        language=session.language,
        time_on_page_ms=view.time_on_page_ms if view else 0,
        scroll_depth=view.scroll_depth if view else 0,
        click_count=view.click_count if view else 0,
        pages=max(1, session.page_count),
        visits=session.visit_number,
        engagement_score=session.engagement_score,
        exit_intent=signals.exit_intent,
        idle_seconds=signals.idle_seconds,
        form_idle_seconds=signals.form_idle_seconds,
        is_mobile=session.is_mobile,
        is_known=session.lead_id is not None,
        has_chatted=session.message_count > 0,
        is_open=is_open(config.hours, now),
        events=frozenset(session.happened),
        session_age_ms=(now - session.started_at).total_seconds() * 1000,
        visitor=session.visitor.reference,
    )


def read_history(session: Session, config: WidgetConfig, page_url: str, now: datetime) -> ProactiveHistory:
    """What was said unasked to this visitor in all visits of late. One statement."""
    return _history(session, config, read_told(session, now), page_url)


def _history(session: Session, config: WidgetConfig, told: Told, page_url: str) -> ProactiveHistory:
    # A rule that staff deleted and made anew under its name has spoken already.
    named = {rule.trigger_type: rule.id for rule in config.rules}
    return ProactiveHistory(
        showings=tuple(
            Showing(
                rule_id=one.rule_id or named.get(one.trigger_type, 0),
                at=one.at,
                is_this_session=one.session_key == session.pk,
                page_key=one.page_key,
                is_held_out=one.is_held_out,
                is_dismissed=one.is_dismissed,
                was_heeded=one.was_heeded,
            )
            for one in told.showings
        ),
        page_key=page_key(page_url),
        last_visitor_message_at=told.last_visitor_message_at,
        is_with_person=session.handoff_requested_at is not None or session.mode == Session.Mode.PERSON,
    )


def _saying(session: Session, config: WidgetConfig, decision: Decision, told: Told, page_url: str) -> Saying:
    return Saying(
        rule=decision.rule,
        is_held_out=decision.reason == "held_out",
        spoken_count=told.spoken_count,
        page_url=page_url,
        suggested_actions=(*_form(session, config, decision.rule), *ACTIONS),
        language=choose_language(session.language or config.language, config.language),
        config_version=config.version,
        knowledge_version=config.knowledge_version,
    )


def _form(session: Session, config: WidgetConfig, rule: RuleConfig) -> tuple[Action, ...]:
    return form_on_exit(
        config.behavior,
        is_exit=any(condition.kind == "exit_intent" for condition in rule.conditions),
        is_known=session.lead_id is not None,
        language=session.language or config.language,
    )


def _as_message(message: Message, trigger_type: str) -> ProactiveMessage:
    return ProactiveMessage(
        message_id=message.public_id,
        trigger_type=trigger_type,
        content=message.content,
        suggested_actions=as_actions(message.suggested_actions),
    )
