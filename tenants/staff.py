"""Who is looking at a staff page: which tenants a member of staff works for, and as what."""

from collections.abc import Collection
from dataclasses import dataclass

from django.http import HttpRequest

from tenants.models import Membership, Tenant

EVERYONE = frozenset(Membership.Role.values)
EDITORS = frozenset({Membership.Role.OWNER.value, Membership.Role.EDITOR.value})
OWNERS = frozenset({Membership.Role.OWNER.value})
OPERATOR = frozenset()  # no role is enough; the operator needs none
NOBODY = None


@dataclass(frozen=True)
class Staff:
    """Roles and business names by tenant id. The operator has no roles, needs none, and has every name."""

    is_operator: bool
    roles: dict[int, str]
    names: dict[int, str]
    timezone: str = "UTC"  # of the business, where there is one

    def tenant_ids(self, roles: Collection[str] | None) -> list[int]:
        """The tenants in which this person has one of `roles`; all of them for the operator."""
        if roles is NOBODY:
            return []
        if self.is_operator:
            return list(self.names)
        return [tenant_id for tenant_id, role in self.roles.items() if role in roles]

    def has_role(self, roles: Collection[str] | None, tenant_id: int | None = None) -> bool:
        """Whether one of `roles` is held at this tenant, or, without one, at any."""
        if roles is NOBODY or self.is_operator:
            return roles is not NOBODY
        held = self.roles.values() if tenant_id is None else [self.roles.get(tenant_id)]
        return any(role in roles for role in held)


def staff_of(request: HttpRequest) -> Staff:
    """The person behind this request; asked of the database once a request."""
    if not hasattr(request, "_staff"):
        request._staff = _look_up(request.user)
    return request._staff


def _look_up(user) -> Staff:
    if not (user.is_active and user.is_staff):
        return Staff(False, {}, {})
    if user.is_superuser:
        rows = Tenant.objects.order_by("name").values_list("pk", "name", "timezone")
        return Staff(True, {}, {pk: name for pk, name, _ in rows}, _shared([zone for *_, zone in rows]))
    rows = Membership.objects.filter(user=user).order_by("tenant__name")
    rows = rows.values_list("tenant", "role", "tenant__name", "tenant__timezone")
    roles = {pk: role for pk, role, *_ in rows}
    return Staff(False, roles, {pk: name for pk, _, name, _ in rows}, _shared([zone for *_, zone in rows]))


def _shared(zones: list[str]) -> str:
    """The zone that all of them are in, else UTC."""
    return zones[0] if len(set(zones)) == 1 else "UTC"
