"""Answers that other conversations may get."""

from django.db import models

from tenants.models import Tenant
from tenants.querysets import TenantQuerySet


class RepeatableAnswer(models.Model):
    """What a model answered to the first question of a conversation, for others that begin with it on the same page."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="repeatable_answers")
    fingerprint = models.CharField(max_length=64)  # SHA-256 of all that the answer rests on
    reply = models.JSONField()
    expires_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "fingerprint"], name="repeatable_answer_once")]
        indexes = [models.Index(fields=["expires_at"])]

    def __str__(self):
        return self.fingerprint
