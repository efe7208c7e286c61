"""What answers have cost and may still cost, in millionths of a US dollar."""

from django.db import models
from django.db.models import Q

from tenants.models.tenant import Tenant


class Spending(models.Model):
    """One account a tenant (or the installation, where tenant is empty) and day or month."""

    class Period(models.TextChoices):
        DAY = "day"
        MONTH = "month"

    tenant = models.ForeignKey(Tenant, models.CASCADE, null=True, related_name="spendings")
    period = models.CharField(max_length=5, choices=Period)
    begins_on = models.DateField()
    reserved_microusd = models.BigIntegerField(default=0)
    spent_microusd = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "period", "begins_on"], name="spending_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(reserved_microusd__gte=0, spent_microusd__gte=0), name="spending_not_negative"
            ),
        ]

    def __str__(self):
        return f"{self.tenant_id} {self.period} {self.begins_on}"


class Reservation(models.Model):
    """Money set aside for one model call until it is settled. One whose process died is settled in full by a sweep."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="reservations")
    amount_microusd = models.PositiveBigIntegerField()
    day = models.DateField()
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], condition=Q(settled_at=None), name="reservation_open"),
        ]

    def __str__(self):
        return f"{self.tenant_id} {self.amount_microusd}"
