"""Colleagues, for tests of who is told what."""

from django.contrib.auth.models import User

from leads.models import MailChoice
from tenants.models import Membership


def colleague(tenant, role="owner", *, name="", **choice) -> Membership:
    """Of that role, with an address that tells the tenant; `choice` are columns of theirs, off where not named."""
    address = f"{name or role}@{tenant.slug}.example"
    user, _ = User.objects.get_or_create(username=address, defaults={"email": address, "is_staff": True})
    membership = Membership.objects.create(tenant=tenant, user=user, role=role)
    if choice:
        columns = {"hot_leads": False, "pauses": False, **choice}
        MailChoice.objects.create(tenant=tenant, membership=membership, **columns)
    return membership
