"""When a visitor is asked for contact details: one rule for answers and for what is said unasked. Pure."""

from dataclasses import replace

from tenants.contracts import BehaviorConfig
from widget.engine.contracts import Action, Reply, ReplyRequest
from widget.engine.language import guess_language
from widget.engine.phrases import PHRASES

WANTING = ("pricing_inquiry", "purchase_intent")
MOST_ACTIONS = 4
FORM = "lead_form"


def is_time_to_ask(behavior: BehaviorConfig, *, intent: str, messages: int) -> bool:
    """Whether the business wants somebody asked who has written so many messages and wants this."""
    if not behavior.lead_form_enabled:
        return False
    has_said_enough = 0 < behavior.lead_ask_after_messages <= messages
    return has_said_enough or (behavior.lead_ask_after_intent and intent in WANTING)


def ask_in(reply: Reply, request: ReplyRequest) -> Reply:
    """The reply with a button to the form where it is time for one, and without one for who has left their details.

    Once in a conversation; what the model offers by itself stays.
    """
    actions = reply.suggested_actions
    if request.is_known or request.has_left_contact:
        return replace(reply, suggested_actions=tuple(action for action in actions if action.action != FORM))
    was_asked = any(turn.has_form for turn in request.turns) or any(action.action == FORM for action in actions)
    if was_asked or not is_time_to_ask(request.config.behavior, intent=reply.intent, messages=request.messages):
        return reply
    language = guess_language(request.message, fallback=request.config.language)
    return replace(reply, suggested_actions=(*actions[: MOST_ACTIONS - 1], _form(language)))


def form_on_exit(behavior: BehaviorConfig, *, is_exit: bool, is_known: bool, language: str) -> tuple[Action, ...]:
    """The button that a message to somebody who is about to leave has besides its others. `language` is BCP 47."""
    is_wanted = is_exit and behavior.lead_ask_on_exit
    return form_if_unknown(behavior, is_known=is_known, language=language) if is_wanted else ()


def form_if_unknown(behavior: BehaviorConfig, *, is_known: bool, language: str) -> tuple[Action, ...]:
    """The button to the form, where the business has one and nobody knows yet where to answer. `language` is BCP 47."""
    return (_form(language),) if behavior.lead_form_enabled and not is_known else ()


def _form(language: str) -> Action:
    phrases = PHRASES.get(language.partition("-")[0].casefold(), PHRASES["en"])
    return Action(label=phrases["label_form"], action=FORM)
