"""Every query for tenant data starts here."""

from django.db import models


class TenantQuerySet(models.QuerySet):
    """Rows with a `tenant` column."""

    def for_tenant(self, tenant):
        return self.filter(tenant=tenant)

    def for_staff(self, user):
        """Rows of the tenants this person works for; all rows for the operator."""
        if user.is_superuser:
            return self
        return self.filter(tenant__memberships__user=user)
