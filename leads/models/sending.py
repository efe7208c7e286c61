"""What everything that is sent by itself has in common."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.models.ids import new_delivery_id


class Sendable(models.Model):
    """One thing on its way to one receiver. The row is the truth; Celery only moves it.

    `lease_until` bounds a send; `attempts` is the fencing token of whoever holds the lease.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        GATHERED = "gathered", _("Told in a later mail")
        SKIPPED = "skipped", _("Not needed any more")
        DEAD = "dead", _("Given up")

    id = models.UUIDField(primary_key=True, default=new_delivery_id, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    failures = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("since"))
    due_at = models.DateTimeField(_("next try"))
    lease_until = models.DateTimeField(null=True, editable=False)
    tried_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True)
    last_error = models.CharField(_("what went wrong"), max_length=300, blank=True)

    class Meta:
        abstract = True
