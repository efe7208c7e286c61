"""How a tenant's widget looks, speaks and behaves. Columns, because people edit them."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models.pictures import SmallPicture
from tenants.models.tenant import Tenant
from tenants.querysets import TenantQuerySet
from tenants.texts import FALLBACK, own_texts

ENGLISH = own_texts(FALLBACK)

hex_color = RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", _("Write a colour as # and six digits, such as #4f46e5."))


def color(default: str, label) -> models.CharField:
    return models.CharField(label, max_length=7, default=default, validators=[hex_color])


class Persona(models.Model):
    """Who the visitor talks to."""

    class Tone(models.TextChoices):
        FRIENDLY = "friendly", _("Friendly")
        PROFESSIONAL = "professional", _("Professional")
        CASUAL = "casual", _("Casual")

    tenant = models.OneToOneField(Tenant, models.CASCADE, related_name="persona", verbose_name=_("business"))
    name = models.CharField(_("name"), max_length=40, default="Caty")
    role = models.CharField(_("role"), max_length=60, default="AI Assistant")
    tone = models.CharField(_("tone"), max_length=20, choices=Tone, default=Tone.FRIENDLY)
    instructions = models.TextField(
        _("instructions"),
        max_length=4000,
        blank=True,
        help_text=_(
            "What the assistant should always keep in mind, in your own words. Nothing that visitors must not learn."
        ),
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("persona")
        verbose_name_plural = _("personas")

    def __str__(self):
        return self.name


class Avatar(SmallPicture):
    """The persona's picture."""

    tenant = models.OneToOneField(Tenant, models.CASCADE, related_name="avatar", verbose_name=_("business"))

    objects = TenantQuerySet.as_manager()

    class Meta(SmallPicture.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")


class Appearance(models.Model):
    """Colours and place of the widget."""

    class Theme(models.TextChoices):
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")
        AUTO = "auto", _("As the visitor's device")

    class Position(models.TextChoices):
        RIGHT = "bottom-right", _("Bottom right")
        LEFT = "bottom-left", _("Bottom left")

    tenant = models.OneToOneField(Tenant, models.CASCADE, related_name="appearance", verbose_name=_("business"))
    theme = models.CharField(_("theme"), max_length=10, choices=Theme, default=Theme.LIGHT)
    position = models.CharField(_("position"), max_length=20, choices=Position, default=Position.RIGHT)
    primary = color("#4f46e5", _("main colour"))
    secondary = color("#0f766e", _("second colour"))
    background = color("#ffffff", _("background"))
    text = color("#1f2937", _("text"))

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("appearance")
        verbose_name_plural = _("appearances")

    def __str__(self):
        return self.primary


def lead_form_default() -> list[str]:
    return ["name", "email"]


class Behavior(models.Model):
    """Greeting, proactive pace, lead form and handoff."""

    class Caution(models.TextChoices):
        NORMAL = "normal", _("Normal")
        CAUTIOUS = "cautious", _("Careful: rather say “I don't know”")

    class LeadField(models.TextChoices):
        NAME = "name", _("Name")
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")
        COMPANY = "company", _("Company")

    class Tracking(models.TextChoices):
        ON = "on", _("Note what visitors look at")
        CONSENT = "consent", _("Only once a visitor has agreed")
        OFF = "off", _("Note nothing")

    class NoticeShows(models.TextChoices):
        NOTHING = "nothing", _("Only that a visitor waits")
        REASON = "reason", _("Why they ask for a person")
        WORDS = "words", _("What they wrote last")

    MOST_QUICK_REPLIES = 4
    MOST_HANDOFF_WORDS = 20

    tenant = models.OneToOneField(Tenant, models.CASCADE, related_name="behavior", verbose_name=_("business"))
    greeting_enabled = models.BooleanField(_("greet visitors"), default=True)
    greeting_message = models.CharField(_("greeting"), max_length=500, default=ENGLISH["greeting"])
    greeting_delay_ms = models.PositiveIntegerField(
        _("greet after (ms)"), default=3000, validators=[MaxValueValidator(600_000)]
    )
    proactive_enabled = models.BooleanField(_("speak first"), default=True)
    proactive_delay_ms = models.PositiveIntegerField(
        _("not before (ms)"), default=5000, validators=[MaxValueValidator(600_000)]
    )
    proactive_cooldown_ms = models.PositiveIntegerField(
        _("pause between two (ms)"), default=30_000, validators=[MaxValueValidator(86_400_000)]
    )
    proactive_max_per_session = models.PositiveIntegerField(
        _("most per conversation"), default=3, validators=[MaxValueValidator(20)]
    )
    proactive_mobile_enabled = models.BooleanField(_("also on phones"), default=True)
    proactive_max_per_week = models.PositiveIntegerField(
        _("most per visitor and week"),
        db_default=6,
        default=6,
        validators=[MaxValueValidator(50)],
        help_text=_("Over all visits. Who has ignored three in a row hears one a week at most."),
    )
    lead_form_enabled = models.BooleanField(_("ask for contact details"), default=True)
    lead_form_fields = ArrayField(
        models.CharField(max_length=20, choices=LeadField),
        verbose_name=_("fields"),
        default=lead_form_default,
    )
    lead_form_title = models.CharField(_("what the form says"), max_length=200, default=ENGLISH["lead_title"])
    lead_thanks_message = models.CharField(_("thanks"), max_length=300, default=ENGLISH["thanks"])
    consent_text = models.CharField(
        _("consent"),
        max_length=500,
        blank=True,
        help_text=_("Shown beside a box that must be ticked. Empty: no box."),
    )
    consent_url = models.URLField(_("privacy page"), max_length=500, blank=True)
    handoff_enabled = models.BooleanField(_("visitors may ask for a person"), default=True)
    handoff_message = models.CharField(_("what they are told"), max_length=300, default=ENGLISH["handoff"])
    answer_caution = models.CharField(
        _("answers without Claude"), max_length=10, choices=Caution, default=Caution.NORMAL
    )
    # `db_default` from here on: processes of before a deploy go on inserting rows without these.
    tracking = models.CharField(
        _("what visitors do on your pages"),
        max_length=10,
        choices=Tracking,
        db_default=Tracking.ON,
        default=Tracking.ON,
    )
    quick_replies = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("questions to start with"),
        db_default=[],
        default=list,
        blank=True,
    )
    feedback_enabled = models.BooleanField(_("let visitors rate answers"), db_default=True, default=True)
    consent_version = models.PositiveIntegerField(db_default=1, default=1, editable=False)  # grows with each new text
    lead_required_fields = ArrayField(
        models.CharField(max_length=20, choices=LeadField),
        verbose_name=_("must be filled in"),
        db_default=[],
        default=list,
        blank=True,
        help_text=_("An e-mail address or a phone number is needed in any case."),
    )
    lead_ask_after_intent = models.BooleanField(
        _("when somebody asks about prices or wants to buy"), db_default=True, default=True
    )
    lead_ask_after_messages = models.PositiveSmallIntegerField(
        _("after so many messages"),
        db_default=0,
        default=0,
        validators=[MaxValueValidator(50)],
        help_text=_("0: not for that reason."),
    )
    lead_ask_before_handoff = models.BooleanField(
        _("before somebody is handed over to a person"), db_default=False, default=False
    )
    lead_ask_on_exit = models.BooleanField(_("when somebody is about to leave"), db_default=False, default=False)
    handoff_words = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("words that call for a person"),
        db_default=[],
        default=list,
        blank=True,
    )
    repeat_answers = models.BooleanField(
        _("give the same answer to the same first question"),
        db_default=False,
        default=False,
        help_text=_(
            "Saves the cost of asking Claude again when a conversation begins with a question that another one began "
            "with on the same page. An answer is repeated for an hour at most, and no longer once your texts or "
            "settings have changed."
        ),
    )

    live_enabled = models.BooleanField(
        _("colleagues answer visitors here"),
        db_default=True,
        default=True,
        help_text=_("Off: whoever asks for a person leaves their details and is told when you get back to them."),
    )
    handoff_wait_minutes = models.PositiveSmallIntegerField(
        _("wait for a colleague for (minutes)"),
        db_default=5,
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("After that the visitor is told that nobody is free, and asked for an address."),
    )
    handoff_closed_message = models.CharField(
        _("outside your opening hours"),
        max_length=300,
        db_default=ENGLISH["handoff_closed"],
        default=ENGLISH["handoff_closed"],
        help_text=_("{time} stands for the time you promise."),
    )
    handoff_missed_message = models.CharField(
        _("when nobody is free"),
        max_length=300,
        db_default=ENGLISH["handoff_missed"],
        default=ENGLISH["handoff_missed"],
        help_text=_("{time} stands for the time you promise."),
    )
    promise_hours = models.PositiveSmallIntegerField(
        _("get back to visitors within (opening hours)"),
        db_default=4,
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("The time you promise. Hours in which you are closed are not counted."),
    )
    notice_shows = models.CharField(
        _("what a notice to colleagues tells"),
        max_length=8,
        choices=NoticeShows,
        db_default=NoticeShows.REASON,
        default=NoticeShows.REASON,
        help_text=_("Notices appear on locked screens."),
    )
    attachments_enabled = models.BooleanField(
        _("pictures and PDFs in conversations with colleagues"), db_default=True, default=True
    )
    satisfaction_enabled = models.BooleanField(
        _("ask visitors how it was, after a colleague has answered"), db_default=True, default=True
    )
    kept_days = models.PositiveSmallIntegerField(
        _("keep what visitors did on your pages for (days)"),
        db_default=90,
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("Conversations and leads are kept until you erase them."),
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("behaviour")
        verbose_name_plural = _("behaviours")
        constraints = [
            models.CheckConstraint(condition=models.Q(quick_replies__len__lte=4), name="behavior_few_quick_replies"),
            models.CheckConstraint(condition=models.Q(handoff_words__len__lte=20), name="behavior_few_handoff_words"),
        ]

    def __str__(self):
        return self.greeting_message
