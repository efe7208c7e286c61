"""When the assistant speaks first: rules, their conditions, and the hours in which the business is open."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tenants import conditions as words
from tenants.models.tenant import Tenant
from tenants.querysets import TenantQuerySet


class ProactiveRule(models.Model):
    """When to speak first, what to say, and how often."""

    class MessageType(models.TextChoices):
        CONTEXTUAL = "contextual", _("About the page")
        EXIT_OFFER = "exit_offer", _("Before they leave")
        PRICING_HELP = "pricing_help", _("Help with prices")
        WELCOME_BACK = "welcome_back", _("Welcome back")
        FORM_HELP = "form_help", _("Help with a form")

    class OncePer(models.TextChoices):
        PAGE = "page", _("Once on each page of a visit")
        SESSION = "session", _("Once a visit")
        DAYS = "days", _("Once in so many days")
        VISITOR = "visitor", _("Once for each visitor")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="proactive_rules", verbose_name=_("business"))
    trigger_type = models.SlugField(
        _("short name"), max_length=40, help_text=_("Small letters, digits and _, such as big_basket.")
    )
    name = models.CharField(_("name"), max_length=80)
    is_enabled = models.BooleanField(_("on"), default=True)
    is_built_in = models.BooleanField(_("built in"), default=False, editable=False)
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        default=50,
        help_text=_("If several rules fit, the one with the highest number speaks."),
        validators=[MaxValueValidator(100)],
    )
    message_type = models.CharField(
        _("kind of message"), max_length=20, choices=MessageType, default=MessageType.CONTEXTUAL
    )
    text = models.CharField(
        _("message"),
        max_length=240,
        help_text=_("What the assistant says. Claude's version stands in for it where there is one."),
    )
    write_with_ai = models.BooleanField(
        _("let Claude fit it to the page"),
        default=True,
        help_text=_("For pages that several visitors have seen. Until it is written, yours is used."),
    )
    once_per = models.CharField(
        _("how often"), max_length=8, choices=OncePer, db_default=OncePer.SESSION, default=OncePer.SESSION
    )
    once_days = models.PositiveSmallIntegerField(
        _("days"), db_default=30, default=30, validators=[MinValueValidator(1), MaxValueValidator(90)]
    )
    delay_seconds = models.PositiveIntegerField(
        _("not before (seconds)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(3600)],
        help_text=_("Of the visit. Empty: as under “Behaviour”."),
    )
    cooldown_seconds = models.PositiveIntegerField(
        _("pause after another message (seconds)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(86_400)],
        help_text=_("Empty: as under “Behaviour”."),
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    holdout_percent = models.PositiveSmallIntegerField(
        _("share who don't hear it (%)"),
        db_default=0,
        default=0,
        validators=[MaxValueValidator(50)],
        help_text=_("Some visitors are left alone, to find out whether the message helps. 10 to 20 is a good share."),
    )
    review_first = models.BooleanField(
        _("show me what Claude wrote before visitors see it"), db_default=False, default=False
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules for speaking first")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "trigger_type"], name="proactive_rule_once"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="proactive_rule_ends_after_it_starts",
            ),
        ]

    def __str__(self):
        return self.name


class RuleCondition(models.Model):
    """One thing a rule asks of a visitor: `text` or `number` by the kind, neither for what only is or is not."""

    class Place(models.TextChoices):
        ALL = words.ALL, _("must hold")
        ANY = words.ANY, _("one of these is enough")

    class Kind(models.TextChoices):
        PAGE_URL = "page_url", _("the page's address")
        PAGE_TITLE = "page_title", _("the page's title")
        REFERRER = "referrer", _("the page they came from")
        UTM_SOURCE = "utm_source", _("the campaign's source")
        UTM_MEDIUM = "utm_medium", _("the campaign's medium")
        UTM_CAMPAIGN = "utm_campaign", _("the campaign's name")
        LANGUAGE = "language", _("the browser's language")
        VISIBLE_SECONDS = "visible_seconds", _("seconds on the page")
        SCROLL_PERCENT = "scroll_percent", _("share of the page scrolled (%)")
        IDLE_SECONDS = "idle_seconds", _("seconds without doing anything")
        FORM_IDLE_SECONDS = "form_idle_seconds", _("seconds of hesitating in a form")
        CLICKS = "clicks", _("clicks on the page")
        PAGES = "pages", _("pages in this visit")
        VISITS = "visits", _("visits, with this one")
        ENGAGEMENT = "engagement", _("engagement score")
        EXIT_INTENT = "exit_intent", _("about to leave")
        LEAD_KNOWN = "lead_known", _("has left contact details")
        HAS_CHATTED = "has_chatted", _("has written in this visit")
        DEVICE = "device", _("the device")
        HOURS = "hours", _("opening hours")
        EVENT = "event", _("an event of your site")

    class Operator(models.TextChoices):
        CONTAINS = "contains", _("contains")
        CONTAINS_NOT = "contains_not", _("does not contain")
        IS = "is", _("is")
        IS_NOT = "is_not", _("is not")
        STARTS_WITH = "starts_with", _("begins with")
        AT_LEAST = "at_least", _("at least")
        AT_MOST = "at_most", _("at most")

    rule = models.ForeignKey(ProactiveRule, models.CASCADE, related_name="conditions", verbose_name=_("rule"))
    place = models.CharField(_("how"), max_length=3, choices=Place, default=Place.ALL)
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    operator = models.CharField(_("comparison"), max_length=12, choices=Operator)
    text = models.CharField(_("value"), max_length=200, blank=True)
    number = models.PositiveIntegerField(_("number"), null=True, blank=True, validators=[MaxValueValidator(86_400)])

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=words.NUMBERS, number__isnull=False, text="")
                | Q(kind__in=words.FLAGS, number__isnull=True, text="")
                | Q(kind__in=(*words.TEXTS, *words.CHOICES, words.EVENT), number__isnull=True, text__gt=""),
                name="rule_condition_has_its_value",
            )
        ]

    def __str__(self):
        return self.kind


class OpeningTime(models.Model):
    """A stretch of a weekday in which somebody is there, in the business's time zone. Monday is 0."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="opening_times", verbose_name=_("business"))
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    opens_at = models.TimeField(_("from"))
    closes_at = models.TimeField(_("until"))

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("opening time")
        verbose_name_plural = _("opening times")
        ordering = ["weekday", "opens_at"]
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="opening_time_has_length"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="opening_time_weekday"),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


class ClosedDay(models.Model):
    """A day on which nobody is there, whatever the weekday."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="closed_days", verbose_name=_("business"))
    day = models.DateField(_("day"))
    name = models.CharField(_("why"), max_length=80, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["tenant", "day"], name="closed_day_once")]

    def __str__(self):
        return str(self.day)
