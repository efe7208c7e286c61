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
    "lead.note": _("The conversation, as a note"),
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
    State.SUPERSEDED: "success",
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
    "quota_spent": _("Its daily allowance is used up"),
    "rejected": _("Refused by the receiver"),
    "misconfigured": _("The connection needs you"),
    "gone": _("The receiver is gone"),
}


NETWORKS = {
    "google": _("An advertisement on Google"),
    "microsoft": _("An advertisement on Bing"),
    "meta": _("A link on Facebook or Instagram"),
    "tiktok": _("A link on TikTok"),
    "linkedin": _("An advertisement on LinkedIn"),
    "x": _("A link on X"),
    "pinterest": _("A link on Pinterest"),
    "reddit": _("An advertisement on Reddit"),
    "snapchat": _("An advertisement on Snapchat"),
    "yandex": _("An advertisement on Yandex"),
}
CLAIMED = {
    "name": _("Name"),
    "company": _("Company"),
    "phone": _("Phone"),
    "custom_fields": _("Further details"),
    "consent": _("Agreed to"),
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
