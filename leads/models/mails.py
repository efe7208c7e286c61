"""Who wants which mail, and every mail on its way to a colleague."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.ids import new_delivery_id
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
    budgets = models.BooleanField(_("budgets nearly used"), null=True)  # empty: never asked

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


class StaffMail(models.Model):
    """One mail on its way to one colleague. The row is the truth; Celery only moves it.

    `about` says what a person is told of once: a lead, a day, an hour, a week, a connection's pause, a budget.
    `lease_until` bounds a send; `attempts` is the fencing token of whoever holds the lease. A digest tells what
    happened until `covers_until`; what has been gathered is told by the mail in `gathered_into`. `contents` are the
    figures of a mail that tells how something stood when it was written down, until it has ended.
    """

    class Kind(models.TextChoices):
        HOT = "hot", _("Hot lead")
        MORE = "more", _("More hot leads")
        DIGEST = "digest", _("Daily digest")
        PAUSED = "paused", _("Connection stopped")
        WEEKLY = "weekly", _("Weekly mail")
        BUDGET = "budget", _("Budget nearly used")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        GATHERED = "gathered", _("Told in a later mail")
        SKIPPED = "skipped", _("Not needed any more")
        DEAD = "dead", _("Given up")

    id = models.UUIDField(primary_key=True, default=new_delivery_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="staff_mails", verbose_name=_("business"))
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="staff_mails", verbose_name=_("colleague"))
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    about = models.CharField(max_length=80, editable=False)
    lead = models.ForeignKey(
        "leads.Lead", models.CASCADE, null=True, related_name="staff_mails", verbose_name=_("lead")
    )
    connection = models.ForeignKey(
        "leads.Connection", models.CASCADE, null=True, related_name="staff_mails", verbose_name=_("connection")
    )
    gathered_into = models.ForeignKey("self", models.SET_NULL, null=True, related_name="gathered", editable=False)
    covers_until = models.DateTimeField(null=True, editable=False)
    contents = models.JSONField(null=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    failures = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("since"))
    due_at = models.DateTimeField(_("next try"))
    lease_until = models.DateTimeField(null=True, editable=False)
    tried_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True)
    last_error = models.CharField(_("what went wrong"), max_length=300, blank=True)

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
