"""Where a key may be used."""

from rest_framework.permissions import BasePermission

from caty.lib.errors import CatyError
from tenants import origins


class OriginNotAllowed(CatyError):
    status = 403
    code = "ORIGIN_NOT_ALLOWED"
    message = "This site is not one of those the key may be used on. Add it to the allowed sites in the admin."


class OriginAllowed(BasePermission):
    """The page's origin is one of the tenant's sites, or a server calls, which sends none."""

    def has_permission(self, request, view) -> bool:
        """Always true; raises OriginNotAllowed."""
        if request.user is not None and not origins.is_allowed(request.user.origin, request.user.config.origins):
            raise OriginNotAllowed
        return True
