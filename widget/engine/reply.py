"""From a visitor's message to a finished answer, whatever the model does."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from tenants.contracts import Found
from widget.engine import pricing
from widget.engine.asking import ask_in
from widget.engine.contracts import Reply, ReplyRequest, Usage
from widget.engine.guard import LONGEST_CONTENT, guard_reply
from widget.engine.handoff import offer_person
from widget.engine.model import ChatModel, ModelReply, ModelUnavailable, Search, add_usage
from widget.engine.offline import answer_offline
from widget.engine.prompt import build_prompt, with_looked_up
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
    look_up: Callable[[str], Found] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Reply:
    """Return the answer to `request`: the model's where there is one, else what the knowledge says.

    Never raises for anything the model does. A model that may search and wants to is asked once more, with what
    `look_up` finds for its words. `on_delta` gets the visible text piece by piece, without its links; the
    reply replaces what it got. It may raise: then nothing more is passed on, and the answer is finished all the same.
    """
    started_at = clock()
    reason = request.no_model_reason or ("" if model is not None else "no_key")
    reply: Reply | None = None

    def seconds_left() -> float:
        return deadline_seconds - (clock() - started_at)

    conversation = _Asking(request, on_delta=on_delta, look_up=look_up)
    if model is not None and not reason:
        reply, reason = conversation.ask(model, deadline_seconds, seconds_left)
    request, usage = conversation.request, conversation.usage
    if reply is None:
        reply = answer_offline(request, fallback_reason=reason)
    return replace(
        ask_in(offer_person(reply, request), request),
        usage=usage,
        cost_microusd=pricing.cost_microusd(usage),
        duration_ms=max(0, round((clock() - started_at) * 1000)),
    )


def estimate_ceiling(request: ReplyRequest) -> int:
    """Return the most, in millionths of a US dollar, that `generate` can spend on `request`, with its retries and with
    the second question of a model that searches."""
    if request.no_model_reason:
        return 0
    return pricing.ceiling_microusd(build_prompt(request))


class _Asking:
    """One message put to a model: `request` as it was asked last, `usage` of all calls together."""

    def __init__(
        self,
        request: ReplyRequest,
        *,
        on_delta: Callable[[str], None] | None,
        look_up: Callable[[str], Found] | None,
    ) -> None:
        self.request = request if look_up else replace(request, can_search=False)
        self.usage: Usage | None = None
        self._audience = _Audience(on_delta) if on_delta else None
        self._look_up = look_up

    def ask(self, model: ChatModel, seconds: float, left: Callable[[], float]) -> tuple[Reply | None, str]:
        """Return the model's guarded answer, or why there is none. `left` of the `seconds` is for a second question."""
        try:
            answer = self._complete(model, seconds)
            if answer.search and self._look_up and build_prompt(self.request).search == Search.OFFERED:
                self.request = with_looked_up(self.request, answer.search, self._look_up(answer.search))
                answer = self._complete(model, left())
            if self._audience:
                self._audience.finish()
            return _guarded(self.request, answer), ""
        except ModelUnavailable as error:
            self.usage = add_usage(self.usage, error.usage)
            return None, error.reason
        except InvalidReply as error:
            logger.warning("reply.invalid tenant_id=%s field=%s", self.request.config.tenant_id, error)
            return None, "invalid_reply"
        except Exception as error:  # noqa: BLE001  a visitor gets an answer even where a library breaks its promises
            logger.error(
                "reply.model_failed tenant_id=%s error=%s", self.request.config.tenant_id, type(error).__name__
            )
            return None, "unreachable"

    def _complete(self, model: ChatModel, seconds: float) -> ModelReply:
        answer = model.complete(
            build_prompt(self.request),
            deadline_seconds=max(seconds, _LEAST_SECONDS),
            on_delta=self._audience.add if self._audience else None,
        )
        self.usage = add_usage(self.usage, answer.usage)
        return answer


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
