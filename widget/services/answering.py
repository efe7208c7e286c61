"""Making an answer: gather, let go of the database, think, store. Also for what a dead process left behind."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from caty.lib import tasks
from leads import services as lead_services
from tenants import knowledge
from tenants.config import load_config
from tenants.contracts import WidgetConfig
from tenants.models import Tenant
from widget.contracts import Caller, PostedAnswer
from widget.engine.contracts import Reply, ReplyRequest, Usage
from widget.engine.handoff import HOT_LEAD
from widget.message_queries import lock_for_answer, turns_before
from widget.models import Answer, Message, Session
from widget.queries import as_actions, as_sources
from widget.services.clock import Clock
from widget.services.contacts import score
from widget.services.growing import until_taken_over
from widget.services.learning import note_question
from widget.services.repeating import find_repeat, keep_for_repeats
from widget.services.standing import ring
from widget.services.thinking import MODEL_SECONDS, STORING_SECONDS, think
from widget.services.transcript import append
from widget.services.unanswered import is_for_person, leave_to_person

log = logging.getLogger(__name__)

# Longer than any request may take, and by little: who sends a message again whose process died waits for this.
LEASE = timedelta(seconds=26)
MOST_ATTEMPTS = 3
FORGOTTEN_AFTER = timedelta(hours=1)
# What an answer changes. A row written whole costs as much again.
ANSWER_CHANGES = ("intent", "last_heard_at", "lead_score", "last_sequence")
USAGE_COLUMNS = (
    "model",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cost_microusd",
    "duration_ms",
    "fallback_reason",
    "is_unanswered",
    "passages_used",
    "handoff_reason",
    "is_repeat",
    "draft",
)
BUYING = {"purchase_intent": "Wants to buy", "pricing_inquiry": "Asked about prices"}


def take_turn(work: Answer, now: datetime) -> bool:
    """Become the one who answers, if nobody else is at work in this session. The given row is brought up to date.

    Where a person has the conversation nobody becomes it, and what waited for its turn is the person's.
    """
    with transaction.atomic():
        session = Session.objects.select_for_update().get(pk=work.session_id)
        others = Answer.objects.filter(session_id=work.session_id, state=Answer.State.RUNNING).exclude(pk=work.pk)
        work.refresh_from_db(fields=["state", "lease_until", "attempts", "message"])
        is_free = work.state in (Answer.State.WAITING, Answer.State.ABANDONED) or (
            work.state == Answer.State.RUNNING and work.lease_until <= now
        )
        if is_free and session.mode == Session.Mode.PERSON:
            work.state = Answer.State.SKIPPED
            work.save(update_fields=["state"])
            leave_to_person(session, work.question, load_config(session.tenant), now)
            return False
        if not is_free or others.filter(lease_until__gt=now).exists():
            return False
        others.update(state=Answer.State.ABANDONED)
        work.state, work.lease_until, work.attempts = Answer.State.RUNNING, now + LEASE, work.attempts + 1
        work.save(update_fields=["state", "lease_until", "attempts"])
    return True


def answer(
    work: Answer,
    config: WidgetConfig,
    *,
    caller: Caller,
    clock: Clock,
    on_delta: Callable[[str], None] | None = None,
) -> PostedAnswer:
    """Answer the question that this work, taken by us, is about. Never raises for anything the model does."""
    tenant = work.session.tenant
    with until_taken_over(work.session_id, on_delta) as show:
        request = _gather(work, tenant, config, clock.now())
        repeat = find_repeat(tenant, request, now=clock.now())
        work.is_repeat = repeat is not None
        reply = repeat or think(tenant, request, caller=caller, clock=clock, on_delta=show)
    posted = _store(work, config, reply, clock.now())
    if repeat is None:
        keep_for_repeats(tenant, request, reply, now=clock.now())
    return posted


def _gather(work: Answer, tenant: Tenant, config: WidgetConfig, now: datetime) -> ReplyRequest:
    question = work.question
    turns = turns_before(question)
    contacts = lead_services.find_contacts(question.content, country=config.country)
    earlier = [turn.content for turn in turns if turn.role == "visitor"]
    consulted = knowledge.consult(
        tenant,
        question.content,
        history=earlier[-2:],
        is_cautious=config.behavior.is_cautious,
    )
    return ReplyRequest(
        config=config,
        message=question.content,
        turns=turns,
        page_url=question.page_url,
        found=consulted.found,
        whole_knowledge=consulted.whole,
        knowledge_version=consulted.version,
        can_search=consulted.is_large,
        asked_at=now,
        has_left_contact=bool(contacts.emails or contacts.phones),
        is_known=work.session.lead_id is not None,
        has_asked_for_person=work.session.handoff_requested_at is not None,
        is_hot=_is_hot(work.session),
        messages=work.session.message_count,
    )


def _is_hot(session: Session) -> bool:
    """Whether it scores as a hot lead, and no person was offered for that yet."""
    is_hot = lead_services.band_of(session.lead_score) == "hot"
    return is_hot and not session.answers.filter(handoff_reason=HOT_LEAD).exists()


def _store(work: Answer, config: WidgetConfig, reply: Reply, now: datetime) -> PostedAnswer:
    """Transaction 2: answer, usage and score, if the work is still ours and no person has taken over meanwhile."""
    with transaction.atomic():
        session, is_ours = lock_for_answer(work)
        if not is_ours:
            log.warning("answer.lease_lost conversation=%s", session.reference)
            return as_posted(Answer.objects.select_related("question", "message").get(pk=work.pk))
        session.tenant = work.session.tenant
        _note_usage(work, reply)
        if is_for_person(session, work.question):
            work.state, work.draft = Answer.State.SKIPPED, reply.content
            leave_to_person(session, work.question, config, now)
            ring(session)
        else:
            work.message = _append_answer(session, config, reply, now)
            work.state, work.draft = Answer.State.DONE, ""
            note_question(session, work.question, reply, now)
            session.save(update_fields=ANSWER_CHANGES)
        work.save(update_fields=["state", "message", *USAGE_COLUMNS])
    return as_posted(work)


def _note_usage(work: Answer, reply: Reply) -> None:
    """With what a draft has cost before, where this one takes its place."""
    usage = reply.usage or Usage(model="")
    work.model = usage.model[:80]
    work.input_tokens, work.output_tokens = usage.input_tokens, usage.output_tokens
    work.cache_read_tokens, work.cache_write_tokens = usage.cache_read_tokens, usage.cache_write_tokens
    work.cost_microusd, work.duration_ms = work.cost_microusd + reply.cost_microusd, reply.duration_ms
    work.fallback_reason, work.is_unanswered = reply.fallback_reason, reply.is_unanswered
    work.passages_used = list(reply.passages_used)
    work.handoff_reason = reply.handoff_reason


def _append_answer(session: Session, config: WidgetConfig, reply: Reply, now: datetime) -> Message:
    session.intent = reply.intent[:60]
    session.last_heard_at = max(session.last_heard_at, now)
    if reply.intent in BUYING:
        score(session, config, "purchase_intent", BUYING[reply.intent], now)
    if reply.name or reply.company:
        lead_services.complete_lead(
            tenant=session.tenant,
            conversation_reference=session.reference,
            name=reply.name,
            company=reply.company,
            now=now,
        )
    return append(
        session,
        role=Message.Role.ASSISTANT,
        content=reply.content,
        suggested_actions=[asdict(action) for action in reply.suggested_actions],
        sources=[asdict(source) for source in reply.sources],
        intent=session.intent,
        confidence=reply.confidence,
        lead_score=session.lead_score,
        answered_by=reply.answered_by,
        now=now,
    )


def as_posted(work: Answer) -> PostedAnswer:
    """The stored answer as the visitor gets it; an empty one while a person has taken over."""
    message = work.message
    if message is None:
        return PostedAnswer(
            message_id=work.question.public_id,
            content="",
            intent=work.session.intent or "browsing",
            confidence=0.0,
            lead_score=work.session.lead_score,
            answered_by="none",
        )
    return PostedAnswer(
        message_id=message.public_id,
        content=message.content,
        intent=message.intent,
        confidence=message.confidence or 0.0,
        lead_score=message.lead_score or 0,
        answered_by=message.answered_by,
        suggested_actions=as_actions(message.suggested_actions),
        sources=as_sources(message.sources),
    )


def hint_unanswered(*, now: datetime, limit: int = 100) -> int:
    """Hint a task for every answer whose process died; gives their number. What nobody waits for is given up."""
    stale = Answer.objects.filter(state__in=Answer.OPEN, lease_until__lte=now)
    stale.exclude(_awaited(), created_at__gt=now - FORGOTTEN_AFTER).update(state=Answer.State.ABANDONED)
    ids = list(stale.order_by("lease_until").values_list("pk", flat=True)[:limit])
    for pk in ids:
        tasks.hint("widget.answer_again", answer_id=pk)
    return len(ids)


def answer_again(*, answer_id: int, now: datetime) -> None:
    """Answer in place of a process that died, if somebody still waits; the visitor finds it in the transcript."""
    awaited = Answer.objects.select_related("question", "message", "session__tenant").filter(_awaited(), message=None)
    work = awaited.filter(pk=answer_id).first()
    if work is None or not take_turn(work, now):
        return
    if work.attempts > MOST_ATTEMPTS:
        log.error("answer.given_up conversation=%s", work.session.reference)
        Answer.objects.filter(pk=work.pk).update(state=Answer.State.ABANDONED)
        return
    config = load_config(work.session.tenant)
    caller = Caller(address=f"sweep:{work.session_id}")
    answer(work, config, caller=caller, clock=Clock(now, MODEL_SECONDS + STORING_SECONDS))


def _awaited() -> Q:
    """Of a conversation that goes on, with a business that is not switched off."""
    return Q(session__ended_at=None, session__tenant__is_active=True)
