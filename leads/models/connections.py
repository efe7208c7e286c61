"""Where leads go, what goes into which field there, and where each lead stands."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from caty.lib.encryption import EncryptedJSONField
from leads.models.leads import Lead
from tenants.models import Tenant
from tenants.querysets import TenantQuerySet


class Connection(models.Model):
    """A destination of leads and events: a webhook, staff's mail, a CRM. Secrets are encrypted and write-only."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Working")
        PAUSED = "paused", _("Paused")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="connections", verbose_name=_("business"))
    kind = models.CharField(_("kind"), max_length=30)
    name = models.CharField(_("name"), max_length=80)
    is_enabled = models.BooleanField(_("on"), default=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE, editable=False)
    paused_reason = models.CharField(_("paused because"), max_length=300, blank=True, editable=False)
    settings = models.JSONField(default=dict, blank=True)  # shape: the connector's own Settings
    secrets = EncryptedJSONField(default=dict, blank=True)
    events = ArrayField(models.CharField(max_length=40), verbose_name=_("events"), default=list, blank=True)
    failures = models.PositiveIntegerField(default=0, editable=False)  # in a row, over all deliveries
    failing_since = models.DateTimeField(null=True, editable=False)  # the first of them
    resting_until = models.DateTimeField(null=True, editable=False)  # nothing is sent before
    paused_at = models.DateTimeField(null=True, editable=False)
    last_delivered_at = models.DateTimeField(_("last delivered"), null=True, editable=False)
    window_began_at = models.DateTimeField(null=True, editable=False)  # of the few minutes whose tries are counted
    window_tries = models.PositiveIntegerField(db_default=0, default=0, editable=False)
    window_failures = models.PositiveIntegerField(db_default=0, default=0, editable=False)
    # What the CRM said it has, [{name, label, kind}], and when it was asked.
    remote_fields = models.JSONField(db_default=[], default=list, blank=True, editable=False)
    remote_fields_read_at = models.DateTimeField(null=True, editable=False)
    # “Send earlier leads”, while it is under way: those captured since then, by their key; the last one written; and
    # from when on all leads have been written, also those whose deliveries are no longer kept.
    earlier_from = models.DateTimeField(null=True, editable=False)
    earlier_after = models.BigIntegerField(db_default=0, default=0, editable=False)
    had_from = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")

    def __str__(self):
        return self.name


class FieldMapping(models.Model):
    """A row of a connection's mapping: which detail of a lead goes into which field of the CRM."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("business"))
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="mapping")
    field = models.CharField(_("our detail"), max_length=80)  # one of leads.mapping.FIELDS, or custom:NAME
    remote_field = models.CharField(_("their field"), max_length=200)
    overwrite = models.BooleanField(
        _("replace what is there"),
        default=False,
        help_text=_("Otherwise it is only filled in where their field is empty."),
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("field")
        verbose_name_plural = _("fields")
        constraints = [
            models.UniqueConstraint(fields=["connection", "field", "remote_field"], name="field_mapping_once")
        ]

    def __str__(self):
        return f"{self.field} → {self.remote_field}"


class RemoteLead(models.Model):
    """Where a lead stands at a connection. `extra` holds further ids, as its kind needs them."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="remote_leads")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="remote_leads")
    remote_id = models.CharField(max_length=200)
    url = models.CharField(max_length=1000, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "lead"], name="remote_lead_once")]

    def __str__(self):
        return self.remote_id
