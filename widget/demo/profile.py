"""What the owner of the demo business would have typed into the admin."""

from django.conf import settings

NAME = "Wren & Wheel"
ADMIN_LOGIN = "admin"
OWNER_LOGIN = "owner"
TENANT = {"business_type": "ecommerce", "country": "GB", "language": "en", "timezone": "Europe/London"}
PERSONA = {
    "name": "Pip",
    "role": "the assistant of Wren & Wheel",
    "tone": "friendly",
    "instructions": (
        "Prices are in pounds and include VAT unless an article says otherwise. Never promise a repair slot, a rental "
        "bike or a delivery date yourself: take a name and a number, and say that the shop confirms it. "
        "For anything urgent on the road, give the phone number 0117 496 0142."
    ),
}
APPEARANCE = {
    "theme": "light",
    "primary": "#14532d",
    "secondary": "#9a3412",
    "background": "#fffdf8",
    "text": "#1f2937",
}
BEHAVIOR = {
    "greeting_message": "Hello! I'm Pip. Ask me about repairs, rentals, monthly plans or your order.",
    "quick_replies": ["What does a service cost?", "How do the monthly plans work?", "When are you open?"],
    "lead_form_fields": ["name", "email", "phone", "company"],
    "lead_form_title": "Leave your details, and somebody from the shop gets back to you.",
    "lead_thanks_message": "Thank you! Somebody from the shop will be in touch today.",
    "handoff_message": "I've called the shop. Somebody answers right here in a moment.",
}
EARLIER_HANDOFF_MESSAGE = "I've told the shop. Leave an e-mail address or a number, and they get back to you."
RULE_TEXTS = {
    "high_engagement": "Found a bike you like? Ask me about sizes, range or delivery.",
    "exit_intent": "Before you go: a test ride is free and takes 45 minutes. Shall I tell you how it works?",
    "pricing_page": "Comparing prices? Tell me how you ride, and I'll say what fits.",
    "return_visitor": "Welcome back! Is there a question left from last time?",
    "form_abandonment": "Not sure what to write? Tell me what the bike does, and I'll help.",
}


def website() -> str:
    """The shop's own address."""
    return f"{settings.SITE_URL}/demo/"
