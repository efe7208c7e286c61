"""Starting points for new rules. Each fills in the form; nothing is saved before somebody says so."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tenants.contracts import ConditionConfig
from tenants.models import ProactiveRule

Kind = ProactiveRule.MessageType
Once = ProactiveRule.OncePer


@dataclass(frozen=True, kw_only=True)
class Preset:
    """`conditions` are (kind, operator, value), of which all must hold; those in `any_of` are enough one by one."""

    key: str
    name: str
    why: str
    text: str
    conditions: tuple[tuple[str, str, str | int], ...] = ()
    any_of: tuple[tuple[str, str, str | int], ...] = ()
    message_type: str = Kind.CONTEXTUAL
    once_per: str = Once.SESSION
    once_days: int = 30
    priority: int = 50

    def rule_fields(self) -> dict:
        """What the form of the rule starts with."""
        names = ("message_type", "once_per", "once_days", "priority")
        return {"name": str(self.name), "text": str(self.text), **{name: getattr(self, name) for name in names}}

    def asked(self) -> tuple[ConditionConfig, ...]:
        placed = [*((one, "all") for one in self.conditions), *((one, "any") for one in self.any_of)]
        return tuple(
            ConditionConfig(kind=kind, operator=operator, value=value, place=place)
            for (kind, operator, value), place in placed
        )


PRESETS = (
    Preset(
        key="cart",
        name=_("Hesitates at the basket"),
        why=_("Offers help to those who stay at the basket or checkout without finishing."),
        text=_("Is there something I can clear up before you order? Delivery, payment, returns: just ask."),
        conditions=(("visible_seconds", "at_least", 40), ("has_chatted", "is_not", "")),
        any_of=(("page_url", "contains", "cart"), ("page_url", "contains", "checkout")),
        once_per=Once.DAYS,
        once_days=7,
        priority=75,
    ),
    Preset(
        key="pricing",
        name=_("Compares prices"),
        why=_("For those who look at prices for a while, at a computer, while somebody is there to take over."),
        text=_("Comparing prices? Tell me what you need and I'll help you find what fits."),
        conditions=(
            ("page_url", "contains", "pricing"),
            ("visible_seconds", "at_least", 20),
            ("has_chatted", "is_not", ""),
            ("device", "is", "computer"),
            ("hours", "is", "open"),
        ),
        message_type=Kind.PRICING_HELP,
        priority=65,
    ),
    Preset(
        key="product",
        name=_("Reads a product page closely"),
        why=_("For those who read most of a page about a product, and take their time."),
        text=_("Would you like to know more about this? I can tell you about sizes, delivery and alternatives."),
        conditions=(
            ("page_url", "contains", "product"),
            ("scroll_percent", "at_least", 60),
            ("visible_seconds", "at_least", 45),
        ),
        once_per=Once.SESSION,
    ),
    Preset(
        key="third_visit",
        name=_("Back for the third time"),
        why=_("Those who keep coming back have a reason. Asks once, and not those who have left their details."),
        text=_("Good to see you again! Is there something you're still unsure about?"),
        conditions=(("visits", "at_least", 3), ("lead_known", "is_not", "")),
        message_type=Kind.WELCOME_BACK,
        once_per=Once.VISITOR,
        priority=45,
    ),
    Preset(
        key="campaign",
        name=_("Came by a campaign"),
        why=_("Greets those whom your newsletter or advertisement brought, in its words."),
        text=_("You come from our newsletter, welcome! Shall I show you what it was about?"),
        conditions=(("utm_source", "is", "newsletter"), ("visible_seconds", "at_least", 10)),
        once_per=Once.DAYS,
        priority=55,
    ),
    Preset(
        key="after_hours",
        name=_("Comes while you are closed"),
        why=_("Says that nobody is there, and that they can leave their details. Needs your opening hours."),
        text=_("Our team is away right now. Ask me, or leave your e-mail and we'll answer when we're back."),
        conditions=(
            ("hours", "is", "closed"),
            ("visible_seconds", "at_least", 30),
            ("lead_known", "is_not", ""),
            ("has_chatted", "is_not", ""),
        ),
        once_per=Once.DAYS,
        once_days=7,
    ),
    Preset(
        key="event",
        name=_("Added something to the basket"),
        why=_('After something that your own site tells us, such as a button with data-caty-event="added_to_cart".'),
        text=_("Good choice! Do you have any questions about delivery or payment?"),
        conditions=(("event", "is", "added_to_cart"), ("idle_seconds", "at_least", 30)),
        once_per=Once.SESSION,
        priority=60,
    ),
    Preset(
        key="rage",
        name=_("Clicks and nothing happens"),
        why=_("For those who click the same spot again and again: something doesn't work for them."),
        text=_("Is something not working? Tell me what you were trying to do."),
        conditions=(("event", "is", "rage_click"),),
        once_per=Once.SESSION,
        priority=70,
    ),
    Preset(
        key="many_pages",
        name=_("Looks around without finding"),
        why=_("For those who have opened many pages and haven't asked anything."),
        text=_("Looking for something in particular? Tell me, and I'll take you there."),
        conditions=(("pages", "at_least", 5), ("has_chatted", "is_not", "")),
        once_per=Once.SESSION,
    ),
    Preset(
        key="exit_basket",
        name=_("About to leave the basket"),
        why=_("A last word to those who have a basket and move to close the page."),
        text=_("Before you go: shall I answer a question about your order?"),
        conditions=(("exit_intent", "is", ""),),
        any_of=(("page_url", "contains", "cart"), ("page_url", "contains", "checkout")),
        message_type=Kind.EXIT_OFFER,
        once_per=Once.DAYS,
        once_days=7,
        priority=85,
    ),
)


def find_preset(key: str) -> Preset | None:
    return next((preset for preset in PRESETS if preset.key == key), None)
