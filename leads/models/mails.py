"""Who wants which mail and notice, and each on its way to a colleague or a visitor."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.push import PushSubscription
from leads.models.sending import Sendable
from tenants.models import Membership, Spending, Tenant
from tenants.querysets import TenantQuerySet


class MailChoice(models.Model):
    """What a colleague has chosen to get from one business. Without a row, and where a column is empty, their role
    decides."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="mail_choices")
    membership = models.OneToOneField(Membership, models.CASCADE, related_name="mail_choice")
    hot_leads = models.BooleanField(_("hot leads at once"))
    digest_from = models.DateTimeField(_("daily digest since"), null=True)  # empty: none
    pauses = models.BooleanField(_("connections that stop"))
    weekly_from = models.DateTimeField(_("weekly mail since"), null=True)  # empty: none
    # From here on empty says that they were never asked.
    budgets = models.BooleanField(_("budgets nearly used"), null=True)
    calls_on_devices = models.BooleanField(_("visitors who wait, on devices"), null=True)
    calls = models.BooleanField(_("visitors who wait"), null=True)
    own_calls = models.BooleanField(_("visitors who write to them"), null=True)
    escalations = models.BooleanField(_("visitors nobody comes to"), null=True)
    missed = models.BooleanField(_("visitors who waited in vain"), null=True)
    promises = models.BooleanField(_("promises to get back to somebody"), null=True)
    # By the business's clock; nothing is said at once between these. Both or none.
    quiet_from = models.TimeField(_("quiet from"), null=True)
    quiet_until = models.TimeField(_("quiet until"), null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice of mails")
        verbose_name_plural = _("choices of mails")
        indexes = [
            models.Index(fields=["digest_from"], condition=Q(digest_from__isnull=False), name="mail_choice_digest"),
            models.Index(fields=["weekly_from"], condition=Q(weekly_from__isnull=False), name="mail_choice_weekly"),
        ]

    def __str__(self):
        return str(self.membership_id)


class StaffMail(Sendable):
    """One mail on its way to one colleague, or one notice on its way to one of their devices.

    `about` says what a person is told of once: a lead, a day, an hour, a week, a connection's pause, a budget, a call
    to a conversation, a promise. A digest tells what happened until `covers_until`; what has been gathered is told by
    the mail in `gathered_into`. `contents` are what a mail tells of how something stood when it was written down,
    until it has ended. `subscription` is the device of a notice.
    """

    class Kind(models.TextChoices):
        HOT = "hot", _("Hot lead")
        MORE = "more", _("More hot leads")
        DIGEST = "digest", _("Daily digest")
        PAUSED = "paused", _("Connection stopped")
        WEEKLY = "weekly", _("Weekly mail")
        BUDGET = "budget", _("Budget nearly used")
        HANDOFF = "handoff", _("A visitor waits")
        OWN = "own", _("Their visitor wrote")
        ESCALATION = "escalation", _("Nobody has come")
        MISSED = "missed", _("Waited in vain")
        PROMISE = "promise", _("Promise to get back")
        PUSH = "push", _("Notice on a device")

    State = Sendable.State

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="staff_mails", verbose_name=_("business"))
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="staff_mails", verbose_name=_("colleague"))
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    about = models.CharField(max_length=120, editable=False)
    lead = models.ForeignKey(
        "leads.Lead", models.CASCADE, null=True, related_name="staff_mails", verbose_name=_("lead")
    )
    connection = models.ForeignKey(
        "leads.Connection", models.CASCADE, null=True, related_name="staff_mails", verbose_name=_("connection")
    )
    subscription = models.ForeignKey(
        PushSubscription, models.SET_NULL, null=True, related_name="notices", editable=False
    )
    conversation_reference = models.CharField(
        _("conversation"), max_length=40, blank=True, db_default="", default="", editable=False
    )
    gathered_into = models.ForeignKey("self", models.SET_NULL, null=True, related_name="gathered", editable=False)
    covers_until = models.DateTimeField(null=True, editable=False)
    contents = models.JSONField(null=True, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail to a colleague")
        verbose_name_plural = _("mails to colleagues")
        constraints = [models.UniqueConstraint(fields=["membership", "kind", "about"], name="staff_mail_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="staff_mail_due"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="staff_mail_leased"),
            models.Index(fields=["membership", "kind", "tried_at"], name="staff_mail_tried"),
            models.Index(fields=["tenant", "-created_at"], name="staff_mail_newest"),
            models.Index(
                fields=["conversation_reference"], condition=~Q(conversation_reference=""), name="staff_mail_called"
            ),
        ]

    def __str__(self):
        return self.get_kind_display()


class VisitorMail(Sendable):
    """One mail on its way to a visitor who left an address or asked for it, told once a business and `about`.

    `contents` are the letter's language, business, lines and link, until it has ended. `to_key` stands for the address
    wherever it is counted.
    """

    class Kind(models.TextChoices):
        REPLIES = "replies", _("What colleagues wrote")
        TRANSCRIPT = "transcript", _("The conversation")

    State = Sendable.State

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="visitor_mails", verbose_name=_("business"))
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    about = models.CharField(max_length=120, editable=False)
    conversation_reference = models.CharField(_("conversation"), max_length=40, blank=True, editable=False)
    to_address = models.CharField(_("to"), max_length=254)
    to_key = models.CharField(max_length=254, editable=False)
    contents = models.JSONField(null=True, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail to a visitor")
        verbose_name_plural = _("mails to visitors")
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "about"], name="visitor_mail_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="visitor_mail_due"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="visitor_mail_leased"),
            models.Index(fields=["tenant", "to_key", "tried_at"], name="visitor_mail_tried"),
            models.Index(fields=["tenant", "-created_at"], name="visitor_mail_newest"),
            models.Index(fields=["conversation_reference"], name="visitor_mail_of"),
        ]

    def __str__(self):
        return self.get_kind_display()


class BudgetWarning(models.Model):
    """That an account's budget of `limit_microusd` was nearly used, with what was used when that was found.

    One of these is one telling. `tenant` is empty for the installation.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, null=True, related_name="budget_warnings")
    period = models.CharField(max_length=5, choices=Spending.Period)
    begins_on = models.DateField()
    limit_microusd = models.BigIntegerField()
    used_microusd = models.BigIntegerField()
    found_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "period", "begins_on", "limit_microusd"],
                name="budget_warned_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self):
        return f"{self.tenant_id} {self.period} {self.begins_on}"
