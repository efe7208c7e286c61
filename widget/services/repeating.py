"""The same first question, asked in another conversation: its answer may be given again without asking the model."""

import hashlib
import json
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from tenants.models import Tenant
from widget.engine.contracts import Action, AnswerSource, Reply, ReplyRequest
from widget.engine.handoff import UNSURE
from widget.models import RepeatableAnswer

# An answer may speak of today and of opening hours.
KEPT = timedelta(hours=1)
MOST_FORGOTTEN = 500


def find_repeat(tenant: Tenant, request: ReplyRequest, *, now: datetime) -> Reply | None:
    """What was answered to this in the last hour, on the same page and from the same texts and settings; else None.

    One indexed read, where the business allows repeating and the question has no context.
    """
    if not _is_without_context(request):
        return None
    kept = RepeatableAnswer.objects.for_tenant(tenant).filter(fingerprint=_fingerprint(request), expires_at__gt=now)
    stored = kept.values_list("reply", flat=True).first()
    return _read(stored) if stored else None


def keep_for_repeats(tenant: Tenant, request: ReplyRequest, reply: Reply, *, now: datetime) -> None:
    """Keep a good answer of a model, where others may get it; a newer one takes the place of an older."""
    if not _is_without_context(request) or not _is_good(reply):
        return
    row = RepeatableAnswer(
        tenant=tenant, fingerprint=_fingerprint(request), reply=_written(reply), expires_at=now + KEPT
    )
    RepeatableAnswer.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["tenant", "fingerprint"],
        update_fields=["reply", "expires_at"],
    )


def forget_expired(*, now: datetime) -> None:
    """Delete what nobody gets any more."""
    expired = RepeatableAnswer.objects.filter(expires_at__lte=now).order_by("expires_at").values("pk")[:MOST_FORGOTTEN]
    RepeatableAnswer.objects.filter(pk__in=expired).delete()


def _is_without_context(request: ReplyRequest) -> bool:
    is_first = not request.turns and request.messages <= 1
    is_plain = not (request.has_left_contact or request.is_known or request.has_asked_for_person or request.is_hot)
    is_settled = request.knowledge_version is not None
    return request.config.behavior.repeat_answers and is_first and is_plain and is_settled


def _is_good(reply: Reply) -> bool:
    is_personal = bool(reply.name or reply.company or reply.handoff_reason)
    is_answer = bool(reply.sources or reply.passages_used) and not reply.is_unanswered and reply.confidence >= UNSURE
    return reply.answered_by == "ai" and is_answer and not is_personal


def _fingerprint(request: ReplyRequest) -> str:
    config, page = request.config, urlsplit(request.page_url)
    words = " ".join(request.message.casefold().split())
    basis = [config.version, request.knowledge_version, config.model, page.netloc, page.path, words]
    return hashlib.sha256(json.dumps(basis).encode()).hexdigest()


def _written(reply: Reply) -> dict:
    """What the visitor sees of it; what it cost was paid once."""
    kept = replace(reply, usage=None, cost_microusd=0, duration_ms=0)
    return asdict(kept)


def _read(stored: dict) -> Reply:
    actions = tuple(Action(**action) for action in stored["suggested_actions"])
    sources = tuple(AnswerSource(**source) for source in stored["sources"])
    used = tuple(stored["passages_used"])
    return Reply(**{**stored, "suggested_actions": actions, "sources": sources, "passages_used": used})
