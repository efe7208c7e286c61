"""What visitors were promised: to hear from the business by a time."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.leads import Lead
from tenants.models import Tenant
from tenants.querysets import TenantQuerySet


class CallbackPromise(models.Model):
    """That the business gets back to a lead by `due_at`; one open promise a lead.

    `warn_at` is when a colleague is reminded of it, `warned_at` and `overdue_told_at` when that was done; `kept_at` is
    when the lead heard from a person.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="promises", verbose_name=_("business"))
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="promises", verbose_name=_("lead"))
    conversation_reference = models.CharField(_("conversation"), max_length=40)
    made_at = models.DateTimeField(_("promised"))
    due_at = models.DateTimeField(_("by"))
    warn_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True)
    overdue_told_at = models.DateTimeField(null=True)
    kept_at = models.DateTimeField(_("kept"), null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("promise to get back to somebody")
        verbose_name_plural = _("promises to get back to somebody")
        constraints = [models.UniqueConstraint(fields=["lead"], condition=Q(kept_at=None), name="promise_one_open")]
        indexes = [
            models.Index(fields=["warn_at"], condition=Q(kept_at=None, warned_at=None), name="promise_to_warn_of"),
            models.Index(fields=["due_at"], condition=Q(kept_at=None, overdue_told_at=None), name="promise_due"),
        ]

    def __str__(self):
        return f"{self.lead_id} {self.due_at:%Y-%m-%d %H:%M}"
