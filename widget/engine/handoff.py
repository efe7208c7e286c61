"""When a person is offered unasked: a button on top of the others, which only the visitor can press. Pure."""

import re
from dataclasses import replace

from widget.engine.asking import MOST_ACTIONS
from widget.engine.contracts import Action, Reply, ReplyRequest
from widget.engine.language import guess_language
from widget.engine.phrases import PHRASES

UNSURE = 0.4  # an answer of less confidence counts as none
HANDOFF = "handoff"
HOT_LEAD = "hot_lead"


def offer_person(reply: Reply, request: ReplyRequest) -> Reply:
    """The reply with a person offered first and the reason for it, where there is one.

    Nobody is offered where the business has no handoff, or to those who have asked for a person already.
    """
    if not request.config.behavior.handoff_enabled or request.has_asked_for_person:
        return reply
    reason = find_reason(reply, request)
    if not reason:
        return reply
    offered = next((action for action in reply.suggested_actions if action.action == HANDOFF), None)
    others = [action for action in reply.suggested_actions if action.action != HANDOFF]
    first = offered or _button(request)
    return replace(reply, suggested_actions=(first, *others[: MOST_ACTIONS - 1]), handoff_reason=reason)


def find_reason(reply: Reply, request: ReplyRequest) -> str:
    """One of HANDOFF_REASONS: the business's own words, the visitor's wish, a complaint, two answers in a row that were
    none, or a lead worth a person's time; "" without a reason."""
    if any(stands_in(word, request.message) for word in request.config.behavior.handoff_words):
        return "keyword"
    if reply.intent == "human_request":
        return "user_request"
    if reply.intent == "complaint":
        return "complaint"
    if _is_unsure(reply) and _was_unsure(request):
        return "low_confidence"
    return HOT_LEAD if request.is_hot else ""


def stands_in(words: str, text: str) -> bool:
    """Whether the words stand in a text, in any case and spacing, and not inside of another word."""
    wanted = " ".join(words.casefold().split())
    if not wanted:
        return False
    before = r"(?<!\w)" if wanted[0].isascii() else ""
    after = r"(?!\w)" if wanted[-1].isascii() else ""
    return bool(re.search(before + re.escape(wanted) + after, " ".join(text.casefold().split())))


def _is_unsure(reply: Reply) -> bool:
    return reply.is_unanswered or reply.confidence < UNSURE


def _was_unsure(request: ReplyRequest) -> bool:
    answers = [turn for turn in request.turns if turn.role == "assistant"]
    return bool(answers) and answers[-1].is_unsure


def _button(request: ReplyRequest) -> Action:
    language = guess_language(request.message, fallback=request.config.language)
    return Action(label=PHRASES[language]["label_handoff"], action=HANDOFF)
