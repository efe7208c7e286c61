"""What a visitor is promised where nobody answers: to hear from the business by a time, once it knows where."""

from datetime import datetime

from django.utils import formats, translation

from leads import services as lead_services
from tenants.contracts import WidgetConfig
from tenants.hours import after_open_hours
from tenants.texts import choose_language
from tenants.zones import zone_named
from widget.models import Handoff, Session

BROKEN = (Handoff.Outcome.MISSED, Handoff.Outcome.CLOSED)


def promise(session: Session, config: WidgetConfig, call: Handoff, now: datetime, *, key: str) -> str:
    """Promise to get back to the visitor, and how they are told: the business's own text `key` with the time in it."""
    call.promised_by = after_open_hours(config.hours, now, count=config.behavior.promise_hours)
    call.save(update_fields=["promised_by"])
    if session.lead_id:
        _hand_over(session, call, now)
    return promise_again(session, config, call, key=key)


def promise_again(session: Session, config: WidgetConfig, call: Handoff, *, key: str) -> str:
    """The words of what was promised before."""
    words = config.own_text(key, language=session.language, otherwise=getattr(config.behavior, f"{key}_message"))
    return words.replace("{time}", _in_words(call.promised_by, session, config))


def keep_open_promise(session: Session, now: datetime) -> None:
    """The visitor has just left an address: what they were promised becomes the lead's."""
    call = find_promise(session, now)
    if call is not None:
        _hand_over(session, call, now)


def find_promise(session: Session, now: datetime) -> Handoff | None:
    """The call that nobody heard and whose promise still holds."""
    return session.handoffs.filter(outcome__in=BROKEN, promised_by__gt=now).order_by("-pk").first()


def _hand_over(session: Session, call: Handoff, now: datetime) -> None:
    lead_services.promise_callback(
        session.lead_id,
        tenant_id=session.tenant_id,
        due_at=call.promised_by,
        conversation_reference=session.reference,
        now=now,
    )


def _in_words(at: datetime, session: Session, config: WidgetConfig) -> str:
    """Such as "Monday 10:00 (CET)", in the visitor's language and the business's time."""
    local = at.astimezone(zone_named(config.timezone))
    with translation.override(choose_language(session.language, config.language)):
        return f"{formats.date_format(local, 'l H:i')} ({local:%Z})"
