"""What becomes of conversations in which nobody does anything: visitors who wait in vain are told so, all colleagues
are called before that, and who has gone leaves a conversation to others."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from tenants.config import load_config
from tenants.texts import choose_language
from widget.engine import live
from widget.engine.asking import form_if_unknown
from widget.models import Handoff, Message, Session
from widget.services.promises import promise
from widget.services.standing import STANDING, call_colleagues, close_call, put, settle, standing_of
from widget.services.transcript import append
from widget.services.unanswered import leave_to_assistant

log = logging.getLogger(__name__)
MOST = 200  # of each kind in one go: the next comes soon


def watch_conversations(*, now: datetime) -> None:
    """Each conversation in a transaction of its own; one that somebody works on is looked at next time."""
    going_on = Handoff.objects.filter(closed_at=None, session__ended_at=None, session__tenant__is_active=True)
    in_vain = going_on.filter(due_at__lte=now, taken_at=None)
    _each(in_vain.order_by("due_at").values_list("session", flat=True), _tell_nobody_is_free, now)
    unheard = going_on.filter(escalates_at__lte=now)
    _each(unheard.order_by("escalates_at").values_list("session", flat=True), _call_all, now)
    persons = Session.objects.filter(ended_at=None, mode=Session.Mode.PERSON, tenant__is_active=True)
    left = persons.filter(Q(owner=None) | Q(owner_until__lte=now))
    _each(left.order_by("pk").values_list("pk", flat=True), _leave_to_others, now)


def _each(keys: QuerySet, act: Callable[[Session, datetime], None], now: datetime) -> None:
    for key in list(keys[:MOST]):
        with transaction.atomic():
            rows = Session.objects.select_for_update(skip_locked=True, of=("self",)).select_related("tenant", "visitor")
            session = rows.filter(pk=key, ended_at=None).first()
            if session is not None:
                act(session, now)


def _tell_nobody_is_free(session: Session, now: datetime) -> None:
    call = session.handoffs.filter(closed_at=None, taken_at=None, due_at__lte=now).first()
    if call is None or session.mode != Session.Mode.WAITING:
        return  # somebody has come meanwhile
    config = load_config(session.tenant)
    put(session, live.give_up(standing_of(session)))
    close_call(session, Handoff.Outcome.MISSED, now)
    words = promise(session, config, call, now, key="handoff_missed")
    language = choose_language(session.language, config.language)
    form = form_if_unknown(config.behavior, is_known=session.lead_id is not None, language=language)
    actions = [asdict(action) for action in form]
    append(session, role=Message.Role.ASSISTANT, content=words, suggested_actions=actions, now=now)
    session.save(update_fields=["last_sequence", *STANDING])
    call_colleagues(session, "missed", now, promised_by=call.promised_by)
    log.info("handoff.missed conversation=%s", session.reference)


def _call_all(session: Session, now: datetime) -> None:
    taken = session.handoffs.filter(closed_at=None, escalates_at__lte=now).update(escalates_at=None)
    if taken and session.awaiting_since is not None:
        call_colleagues(session, "escalation", now)


def _leave_to_others(session: Session, now: datetime) -> None:
    if settle(session, load_config(session.tenant), now):
        session.save(update_fields=STANDING)
        leave_to_assistant(session, now)
        log.info("handoff.lapsed conversation=%s", session.reference)
