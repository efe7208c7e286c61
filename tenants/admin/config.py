"""For pages whose rows are part of a tenant's configuration: every change makes a new version of it."""

from tenants import services
from tenants.admin.scope import tenant_id_of
from tenants.models import Tenant


class BumpsConfig:
    """Mix in before ScopedAdmin."""

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        self._bump({tenant_id_of(form.instance)})

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        self._bump({tenant_id_of(obj)})

    def delete_queryset(self, request, queryset):
        tenant_ids = {tenant_id_of(row) for row in queryset}
        super().delete_queryset(request, queryset)
        self._bump(tenant_ids)

    def _bump(self, tenant_ids: set[int]) -> None:
        for tenant in Tenant.objects.filter(pk__in=tenant_ids):
            services.bump_config(tenant)
