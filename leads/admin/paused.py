"""Above a list: which destinations take nothing at the moment."""

from leads import services
from tenants.staff import staff_of


class PausedBanner:
    """Mix in before ScopedAdmin."""

    def changelist_view(self, request, extra_context=None):
        staff = staff_of(request)
        paused = services.find_paused(staff.tenant_ids(self.roles_to_view))
        context = {"paused": paused, "shows_business": len(staff.names) > 1}
        return super().changelist_view(request, {**(extra_context or {}), **context})
