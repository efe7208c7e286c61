"""Whether each event has arrived, and every try."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models.connections import Connection
from leads.models.ids import new_delivery_id
from leads.models.leads import Lead
from tenants.models import Tenant
from tenants.querysets import TenantQuerySet


class Delivery(models.Model):
    """One event on its way to one connection. The row is the truth; Celery only moves it.

    `lease_until` bounds a send; `attempts` is the fencing token of whoever holds the lease; `failures` counts those
    since it was last put in the queue, at `queued_at`. `is_ambiguous`: a try may have arrived without our hearing of
    it. Ids grow with time: of two deliveries the older has the smaller id.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        DELIVERED = "delivered", _("Delivered")
        HELD = "held", _("Held for your release")
        PAUSED = "paused", _("Connection paused")
        DEAD = "dead", _("Given up")
        CANCELLED = "cancelled", _("Cancelled")
        SUPERSEDED = "superseded", _("Sent with a newer one")

    id = models.UUIDField(primary_key=True, default=new_delivery_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="deliveries", verbose_name=_("business"))
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="deliveries", verbose_name=_("connection"))
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, related_name="deliveries", verbose_name=_("lead"))
    event = models.CharField(_("event"), max_length=40)
    event_id = models.CharField(max_length=80)  # the same for all connections that get this event
    payload = models.TextField()  # the exact body, frozen when the event happened
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    failures = models.PositiveIntegerField(default=0, editable=False)
    is_ambiguous = models.BooleanField(db_default=False, default=False, editable=False)
    created_at = models.DateTimeField(_("since"))
    queued_at = models.DateTimeField(db_default=Now(), default=timezone.now, editable=False)
    due_at = models.DateTimeField(_("next try"))
    lease_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    remote_id = models.CharField(max_length=200, blank=True)
    remote_url = models.CharField(max_length=1000, blank=True)
    last_error = models.CharField(_("what went wrong"), max_length=500, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["connection", "event_id"], name="delivery_once"),
            # A slow destination holds one worker at most, and its events arrive one after the other.
            models.UniqueConstraint(fields=["connection"], condition=Q(state="sending"), name="delivery_one_in_flight"),
        ]
        indexes = [
            models.Index(fields=["connection", "due_at", "id"], condition=Q(state="pending"), name="delivery_due"),
            models.Index(
                fields=["connection", "lead", "id"],
                condition=Q(state__in=["pending", "sending", "held", "paused"]),
                name="delivery_open",
            ),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="delivery_leased"),
            models.Index(fields=["connection", "created_at"], condition=Q(state="dead"), name="delivery_dead"),
            models.Index(fields=["tenant", "-created_at"]),
        ]

    def __str__(self):
        return str(self.connection)


class DeliveryAttempt(models.Model):
    """One try: when, how long, what came back. Secrets and personal data are left out of `answer_excerpt`."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    number = models.PositiveIntegerField(_("try"))
    started_at = models.DateTimeField(_("when"))
    duration_ms = models.PositiveIntegerField(_("milliseconds"))
    outcome = models.CharField(_("outcome"), max_length=20)
    status_code = models.PositiveSmallIntegerField(_("status"), null=True)
    message = models.CharField(_("message"), max_length=500, blank=True)
    answer_excerpt = models.CharField(_("answer"), max_length=1024, blank=True)

    class Meta:
        verbose_name = _("try")
        verbose_name_plural = _("tries")
        indexes = [models.Index(fields=["delivery", "started_at"])]

    def __str__(self):
        return f"{self.number}: {self.outcome}"
