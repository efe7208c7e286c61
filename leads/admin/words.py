"""What the post office stores, in words for staff."""

from django.utils.translation import gettext_lazy as _

from leads.models import Delivery, Lead

State = Delivery.State
EVENTS = {
    "lead.captured": _("New lead"),
    "lead.updated": _("Lead changed"),
    "conversation.started": _("Conversation began"),
    "conversation.ended": _("Conversation ended"),
    "message.received": _("Visitor's message"),
    "handoff.requested": _("Visitor asks for a person"),
    "test": _("Test"),
}
STATE_COLORS = {
    State.PENDING: "info",
    State.SENDING: "info",
    State.DELIVERED: "success",
    State.HELD: "warning",
    State.PAUSED: "warning",
    State.DEAD: "danger",
    State.CANCELLED: "",
}
INTENTS = {
    "pricing_inquiry": _("Asks about prices"),
    "purchase_intent": _("Wants to buy"),
    "support_needed": _("Needs help"),
    "information_seeking": _("Looks for information"),
    "complaint": _("Complains"),
    "human_request": _("Asks for a person"),
    "greeting": _("Says hello"),
    "browsing": _("Looks around"),
}
OUTCOMES = {
    "delivered": _("Delivered"),
    "try_later": _("Will be tried again"),
    "rejected": _("Refused by the receiver"),
    "misconfigured": _("The connection needs you"),
    "gone": _("The receiver is gone"),
}


def event_in_words(event: str) -> str:
    return EVENTS.get(event, event)


def intent_in_words(intent: str) -> str:
    return INTENTS.get(intent) or intent.replace("_", " ").capitalize()


def arrival_in_words(lead: Lead) -> str:
    """Whether it has arrived where it should. `lead` is one of the admin's list, which asks for its deliveries."""
    if lead.held_reason:
        return _("Held")
    if lead.has_failed:
        return _("Not delivered")
    if lead.has_waiting:
        return _("On the way")
    return _("Delivered") if lead.has_arrived else ""
