"""A question asked by staff, to see what a visitor would get and why. Nothing of it is kept but its cost."""

from dataclasses import dataclass
from datetime import datetime

from tenants import budget, knowledge
from tenants.config import load_config
from tenants.contracts import Found
from tenants.models import Tenant
from widget.engine.contracts import Reply, ReplyRequest
from widget.engine.offline import answer_offline
from widget.services.clock import Clock
from widget.services.thinking import MODEL_SECONDS, STORING_SECONDS, ask, find_model


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What was found, what knowledge alone says, and what the model says where there is one.

    `no_model_reason` is why it was not asked, or its answer not taken (no_key, no_budget, timeout …), else "".
    """

    found: Found
    offline: Reply
    reply: Reply | None
    no_model_reason: str


def try_question(tenant: Tenant, question: str, *, now: datetime) -> Trial:
    """Answer as for a visitor who asks this first, and who has just come."""
    config = load_config(tenant)
    is_cautious = config.behavior.is_cautious
    consulted = knowledge.consult(tenant, question, is_cautious=is_cautious)
    request = ReplyRequest(
        config=config,
        message=question,
        found=consulted.found,
        whole_knowledge=consulted.whole,
        can_search=consulted.is_large,
        asked_at=now,
    )
    reply, reason = _ask(tenant, request, now)
    offline = answer_offline(request, fallback_reason="no_key")
    return Trial(found=consulted.found, offline=offline, reply=reply, no_model_reason=reason)


def _ask(tenant: Tenant, request: ReplyRequest, now: datetime) -> tuple[Reply | None, str]:
    """The model's answer, paid for like any other, or why there is none."""
    model = find_model()
    if model is None:
        return None, "no_key"
    try:
        reply = ask(tenant, request, model, clock=Clock(now, MODEL_SECONDS + STORING_SECONDS))
    except budget.BudgetExceeded:
        return None, "no_budget"
    return (None, reply.fallback_reason) if reply.fallback_reason else (reply, "")
