"""The five proactive rules every business starts with. Staff may edit them and switch them off."""

from tenants.models import ProactiveRule, Tenant

Kind = ProactiveRule.MessageType
STARTING_RULES = (  # the most important first
    {
        "trigger_type": "exit_intent",
        "name": "About to leave",
        "priority": 80,
        "message_type": Kind.EXIT_OFFER,
        "on_exit_intent": True,
        "text": "Before you go: is there a question I can answer for you?",
    },
    {
        "trigger_type": "form_abandonment",
        "name": "Stopped in a form",
        "priority": 70,
        "message_type": Kind.FORM_HELP,
        "form_idle_seconds": 15,
        "text": "Is something in the form unclear? Ask me, I'm glad to help.",
    },
    {
        "trigger_type": "pricing_page",
        "name": "Looks at prices",
        "priority": 60,
        "message_type": Kind.PRICING_HELP,
        "url_contains": "pricing",
        "text": "Comparing prices? Tell me what you need and I'll help you find what fits.",
    },
    {
        "trigger_type": "high_engagement",
        "name": "Reads with interest",
        "priority": 50,
        "message_type": Kind.CONTEXTUAL,
        "min_scroll_percent": 60,
        "min_time_seconds": 30,
        "text": "You're reading closely. Is there anything I can explain?",
    },
    {
        "trigger_type": "return_visitor",
        "name": "Comes back",
        "priority": 40,
        "message_type": Kind.WELCOME_BACK,
        "min_visits": 2,
        "text": "Welcome back! Can I help you pick up where you left off?",
    },
)


def starting_rules(tenant: Tenant) -> list[ProactiveRule]:
    """Unsaved rows, the most important first."""
    return [ProactiveRule(tenant=tenant, is_built_in=True, **columns) for columns in STARTING_RULES]
