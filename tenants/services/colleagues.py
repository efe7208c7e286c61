"""Who works for a business, and as what. A business never loses its last owner."""

from django.db import transaction

from caty.lib.errors import CatyError
from tenants.models import Membership, Tenant


class NotAllowed(CatyError):
    status = 403
    code = "NOT_ALLOWED"
    message = "Only an owner of the business can do this."


class AlreadyColleague(CatyError):
    status = 409
    code = "ALREADY_COLLEAGUE"
    message = "This person works for the business already."


class NotAColleague(CatyError):
    status = 404
    code = "NOT_A_COLLEAGUE"
    message = "This person doesn't work for the business."


class LastOwner(CatyError):
    status = 409
    code = "LAST_OWNER"
    message = "A business needs an owner. Make somebody else an owner first."


def add_colleague(*, tenant: Tenant, user, role: str) -> Membership:
    """The person's membership, a new one if there was none, and the right to enter the admin."""
    with transaction.atomic():
        membership, _ = Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": role})
        if not user.is_staff:
            user.is_staff = True
            user.save(update_fields=["is_staff"])
    return membership


def change_role(*, membership: Membership, role: str, changed_by) -> None:
    """Raises NotAllowed unless an owner (or the operator) asks, LastOwner, and ValueError for an unknown role."""
    role = Membership.Role(role)
    with transaction.atomic():
        _lock(membership.tenant_id)
        require_owner(membership.tenant_id, changed_by)
        if role != Membership.Role.OWNER:
            _require_another_owner(membership)
        Membership.objects.filter(pk=membership.pk).update(role=role)
    membership.role = role


def remove_colleague(*, membership: Membership, removed_by) -> None:
    """Raises NotAllowed unless an owner (or the operator) asks, and LastOwner."""
    with transaction.atomic():
        _lock(membership.tenant_id)
        require_owner(membership.tenant_id, removed_by)
        _require_another_owner(membership)
        Membership.objects.filter(pk=membership.pk).delete()


def get_colleague(membership_pk: int, *, tenant: Tenant) -> Membership:
    """A colleague, who stays one until the transaction has ended: so that something can be put in their name.

    Raises NotAColleague.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    membership = Membership.objects.for_tenant(tenant).filter(pk=membership_pk).select_related("user").first()
    if membership is None:
        raise NotAColleague
    return membership


def is_last_owner(membership: Membership) -> bool:
    owners = Membership.objects.filter(tenant=membership.tenant_id, role=Membership.Role.OWNER)
    return membership.role == Membership.Role.OWNER and not owners.exclude(pk=membership.pk).exists()


def require_owner(tenant_id: int, user) -> None:
    """Raises NotAllowed for anybody but the business's owners and the operator."""
    owners = Membership.objects.filter(tenant=tenant_id, role=Membership.Role.OWNER)
    if not (user.is_active and (user.is_superuser or owners.filter(user=user).exists())):
        raise NotAllowed


def _lock(tenant_id: int) -> None:
    """Two owners who leave at the same moment must not both find the other still there."""
    Tenant.objects.select_for_update().get(pk=tenant_id)


def _require_another_owner(membership: Membership) -> None:
    if is_last_owner(Membership.objects.get(pk=membership.pk)):
        raise LastOwner
