"""The five proactive rules every business starts with. Staff may edit them and switch them off."""

from collections.abc import Iterable

from tenants.conditions import NUMBERS
from tenants.models import ProactiveRule, RuleCondition, Tenant

Kind = ProactiveRule.MessageType
STARTING_RULES = (  # the most important first
    {
        "trigger_type": "exit_intent",
        "name": "About to leave",
        "priority": 80,
        "message_type": Kind.EXIT_OFFER,
        "conditions": [("exit_intent", "is", "")],
        "text": "Before you go: is there a question I can answer for you?",
    },
    {
        "trigger_type": "form_abandonment",
        "name": "Stopped in a form",
        "priority": 70,
        "message_type": Kind.FORM_HELP,
        "conditions": [("form_idle_seconds", "at_least", 15)],
        "text": "Is something in the form unclear? Ask me, I'm glad to help.",
    },
    {
        "trigger_type": "pricing_page",
        "name": "Looks at prices",
        "priority": 60,
        "message_type": Kind.PRICING_HELP,
        "conditions": [("page_url", "contains", "pricing")],
        "text": "Comparing prices? Tell me what you need and I'll help you find what fits.",
    },
    {
        "trigger_type": "high_engagement",
        "name": "Reads with interest",
        "priority": 50,
        "message_type": Kind.CONTEXTUAL,
        "conditions": [("scroll_percent", "at_least", 60), ("visible_seconds", "at_least", 30)],
        "text": "You're reading closely. Is there anything I can explain?",
    },
    {
        "trigger_type": "return_visitor",
        "name": "Comes back",
        "priority": 40,
        "message_type": Kind.WELCOME_BACK,
        "conditions": [("visits", "at_least", 2)],
        "text": "Welcome back! Can I help you pick up where you left off?",
    },
)


def make_starting_rules(tenant: Tenant) -> None:
    """Store the five with their conditions, the most important first."""
    rules, conditions = [], []
    for columns in STARTING_RULES:
        others = {name: value for name, value in columns.items() if name != "conditions"}
        rules.append(ProactiveRule(tenant=tenant, is_built_in=True, **others))
        conditions += _conditions(rules[-1], columns["conditions"])
    ProactiveRule.objects.bulk_create(rules)
    RuleCondition.objects.bulk_create(conditions)


def make_rule(tenant: Tenant, conditions: Iterable[tuple[str, str, str | int]], **columns) -> ProactiveRule:
    """Store a rule with conditions (kind, operator, value) that all must hold."""
    rule = ProactiveRule.objects.create(tenant=tenant, **columns)
    RuleCondition.objects.bulk_create(_conditions(rule, conditions))
    return rule


def _conditions(rule: ProactiveRule, conditions: Iterable[tuple[str, str, str | int]]) -> list[RuleCondition]:
    return [
        RuleCondition(
            rule=rule,
            kind=kind,
            operator=operator,
            number=value if kind in NUMBERS else None,
            text="" if kind in NUMBERS else value,
        )
        for kind, operator, value in conditions
    ]
