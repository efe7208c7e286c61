"""From a visitor's message to a finished answer, whatever the model does."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from widget.engine import pricing
from widget.engine.asking import ask_in
from widget.engine.contracts import Reply, ReplyRequest, Usage
from widget.engine.guard import LONGEST_CONTENT, guard_reply
from widget.engine.model import ChatModel, ModelReply, ModelUnavailable
from widget.engine.offline import answer_offline
from widget.engine.prompt import build_prompt
from widget.engine.schema import InvalidReply, parse_reply
from widget.engine.streaming import VisibleText

logger = logging.getLogger(__name__)

_LEAST_SECONDS = 0.1


def generate(
    request: ReplyRequest,
    *,
    model: ChatModel | None,
    deadline_seconds: float = 20.0,
    on_delta: Callable[[str], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Reply:
    """Return the answer to `request`: the model's where there is one, else what the knowledge says.

    Never raises for anything the model does. `on_delta` gets the visible text piece by piece, without its links; the
    reply replaces what it got. It may raise: then nothing more is passed on, and the answer is finished all the same.
    """
    started_at = clock()
    reason = request.no_model_reason or ("" if model is not None else "no_key")
    usage: Usage | None = None
    reply: Reply | None = None
    if model is not None and not reason:
        reply, reason, usage = _ask(request, model, deadline_seconds, on_delta)
    if reply is None:
        reply = answer_offline(request, fallback_reason=reason)
    return replace(
        ask_in(reply, request),
        usage=usage,
        cost_microusd=pricing.cost_microusd(usage),
        duration_ms=max(0, round((clock() - started_at) * 1000)),
    )


def estimate_ceiling(request: ReplyRequest) -> int:
    """Return the most, in millionths of a US dollar, that `generate` can spend on `request`, its retry included."""
    if request.no_model_reason:
        return 0
    return pricing.ceiling_microusd(build_prompt(request))


def _ask(
    request: ReplyRequest, model: ChatModel, deadline_seconds: float, on_delta: Callable[[str], None] | None
) -> tuple[Reply | None, str, Usage | None]:
    """Return the model's guarded answer, or why there is none, and what it used."""
    usage: Usage | None = None
    audience = _Audience(on_delta) if on_delta else None
    try:
        answer = model.complete(
            build_prompt(request),
            deadline_seconds=max(deadline_seconds, _LEAST_SECONDS),
            on_delta=audience.add if audience else None,
        )
        usage = answer.usage
        if audience:
            audience.finish()
        return _guarded(request, answer), "", usage
    except ModelUnavailable as error:
        return None, error.reason, error.usage
    except InvalidReply as error:
        logger.warning("reply.invalid tenant_id=%s field=%s", request.config.tenant_id, error)
        return None, "invalid_reply", usage
    except Exception as error:  # noqa: BLE001  a visitor gets an answer even where a library breaks its promises
        logger.error("reply.model_failed tenant_id=%s error=%s", request.config.tenant_id, type(error).__name__)
        return None, "unreachable", usage


def _guarded(request: ReplyRequest, answer: ModelReply) -> Reply:
    guarded = guard_reply(parse_reply(answer.text), request)
    return Reply(
        content=guarded.content,
        answered_by="ai",
        intent=guarded.intent,
        confidence=guarded.confidence,
        suggested_actions=guarded.suggested_actions,
        sources=guarded.sources,
        is_unanswered=guarded.is_unanswered,
        passages_used=guarded.passages_used,
        name=guarded.name,
        company=guarded.company,
    )


class _Audience:
    """Whoever watches the answer grow. They may leave; the answer goes on."""

    def __init__(self, on_delta: Callable[[str], None]) -> None:
        self._on_delta: Callable[[str], None] | None = on_delta
        self._visible = VisibleText(self._show, most_characters=LONGEST_CONTENT)

    def add(self, piece: str) -> None:
        self._visible.add(piece)

    def finish(self) -> None:
        self._visible.finish()

    def _show(self, text: str) -> None:
        if self._on_delta is None:
            return
        try:
            self._on_delta(text)
        except Exception as error:  # noqa: BLE001  whatever ails the connection must not cost the visitor the answer
            logger.info("reply.audience_left error=%s", type(error).__name__)
            self._on_delta = None
