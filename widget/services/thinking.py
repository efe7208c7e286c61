"""Asking the model: which one, with whose money, for how long, and who steps in where it fails."""

import logging
from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.db import DatabaseError
from django.utils.module_loading import import_string

from caty.lib import throttling
from caty.lib.breaker import Breaker
from caty.lib.database import release_connection
from tenants import budget, knowledge
from tenants.contracts import Found, WidgetConfig
from tenants.models import Tenant
from widget.contracts import Caller
from widget.engine import reply as engine
from widget.engine.contracts import Reply, ReplyRequest
from widget.engine.model import ChatModel
from widget.limits import HOUR, address_window
from widget.services.clock import Clock

log = logging.getLogger(__name__)

MODEL_SECONDS = 20.0
STORING_SECONDS = 2.0  # kept back from the request's time for what comes after the model
FIRST_SHARE = 0.6  # of that time, where another model could still step in
LEAST_SECONDS = 4.0  # with less than this nobody else is asked
FAILED = ("timeout", "overloaded", "unreachable")  # of the model's making, not of the question's
HEALTH = Breaker("model")


def find_model() -> ChatModel | None:
    """The chat model of this installation; None without a key."""
    return import_string(settings.CHAT_MODEL)(api_key=settings.ANTHROPIC_API_KEY, base_url=settings.ANTHROPIC_BASE_URL)


def ask(
    tenant: Tenant,
    request: ReplyRequest,
    model: ChatModel,
    *,
    clock: Clock,
    share: float = 1.0,
    on_delta: Callable[[str], None] | None = None,
) -> Reply:
    """The model's answer, or that of knowledge where it fails; paid for, and without a database connection meanwhile.

    `share` is its part of the time that is left. Raises BudgetExceeded.
    """
    curve = settings.CONFIDENCE_CURVES.get(request.config.model, ())
    request = replace(request, confidence_curve=tuple(map(tuple, curve)))
    ceiling = engine.estimate_ceiling(request)
    reservation = budget.reserve(tenant=tenant, ceiling_microusd=ceiling, now=clock.now())
    release_connection()
    seconds = min(MODEL_SECONDS, clock.left() - STORING_SECONDS) * share
    reply = engine.generate(
        request,
        model=model,
        deadline_seconds=seconds,
        on_delta=on_delta,
        look_up=lambda query: _look_up(tenant, query),
    )
    budget.settle(reservation, cost_microusd=reply.cost_microusd, now=clock.now())
    return reply


def _look_up(tenant: Tenant, query: str) -> Found:
    """What knowledge holds for a model's own words; nothing where the database can't be asked."""
    try:
        return knowledge.search(tenant, query)
    except DatabaseError as error:
        log.warning("answer.look_up_failed tenant=%s error=%s", tenant.slug, type(error).__name__)
        return Found()
    finally:
        release_connection()


def think(
    tenant: Tenant,
    request: ReplyRequest,
    *,
    caller: Caller,
    clock: Clock,
    on_delta: Callable[[str], None] | None = None,
) -> Reply:
    """The answer to a visitor: of the first model that may be asked, of the second where that one fails, or else of
    knowledge. Never raises for anything a model does, nor for money.
    """
    model, request = _choose_model(request, caller, clock)
    if model is not None:
        audience = _Audience(on_delta)
        try:
            return _ask_models(tenant, request, model, clock, audience)
        except budget.BudgetExceeded as error:
            log.warning("answer.no_budget tenant=%s account=%s", tenant.slug, error.which)
            request = replace(request, no_model_reason="no_budget")
    release_connection()
    return engine.generate(request, model=None)


class _Audience:
    """Whoever watches the answer grow, and whether they have seen any of it: then nobody else may begin anew."""

    def __init__(self, on_delta: Callable[[str], None] | None):
        self._on_delta = on_delta
        self.has_seen = False

    @property
    def watch(self) -> Callable[[str], None] | None:
        return self._show if self._on_delta else None

    def _show(self, text: str) -> None:
        self.has_seen = True
        self._on_delta(text)


def _choose_model(request: ReplyRequest, caller: Caller, clock: Clock) -> tuple[ChatModel | None, ReplyRequest]:
    """The model, and the request with its name in it; or None, and the request with the reason."""
    model = find_model()
    if model is None:
        return None, replace(request, no_model_reason="no_key")
    if clock.left() < STORING_SECONDS + 1:
        return None, replace(request, no_model_reason="timeout")
    names = filter(None, (request.config.model, _other_model(request)))
    name = next(filter(HEALTH.may_ask, names), None)
    if name is None:
        return None, replace(request, no_model_reason="resting")
    request = _for_model(request, name)
    if not throttling.spend(_answers_window(request.config, caller)).is_allowed:
        return None, replace(request, no_model_reason="rate_limited")
    return model, request


def _ask_models(tenant: Tenant, request: ReplyRequest, model: ChatModel, clock: Clock, audience: _Audience) -> Reply:
    """The answer of this model or of the one beside it; the cost is that of both. Raises BudgetExceeded."""
    other = _other_model(request)
    share = FIRST_SHARE if other else 1.0
    first = _ask_noting(tenant, request, model, clock=clock, share=share, on_delta=audience.watch)
    if first.fallback_reason not in FAILED or audience.has_seen or not other:
        return first
    if clock.left() < STORING_SECONDS + LEAST_SECONDS or not HEALTH.may_ask(other):
        return first
    try:
        second = _ask_noting(tenant, _for_model(request, other), model, clock=clock, on_delta=audience.watch)
    except budget.BudgetExceeded:
        return first
    log.info("answer.other_model tenant=%s reason=%s ended=%s", tenant.slug, first.fallback_reason, second.answered_by)
    spent = {"cost_microusd": first.cost_microusd + second.cost_microusd}
    return replace(second, **spent, duration_ms=first.duration_ms + second.duration_ms)


def _ask_noting(tenant: Tenant, request: ReplyRequest, model: ChatModel, **options) -> Reply:
    """`ask`, and tell all processes how the model is."""
    reply = ask(tenant, request, model, **options)
    if reply.fallback_reason in FAILED:
        HEALTH.note_failure(request.config.model)
    elif not reply.fallback_reason:
        HEALTH.note_success(request.config.model)
    return reply


def _other_model(request: ReplyRequest) -> str:
    """The one that this business would take in place of the request's; "" for none."""
    other = request.config.fallback_model
    return other if other != request.config.model else ""


def _for_model(request: ReplyRequest, name: str) -> ReplyRequest:
    return replace(request, config=replace(request.config, model=name))


def _answers_window(config: WidgetConfig, caller: Caller) -> throttling.Window:
    limit = config.limits.answers_per_hour
    return address_window(config, caller, scope="answers", limit=limit, seconds=HOUR)
