"""API keys: made, shown once, revoked."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from tenants import authentication
from tenants.models import ApiKey, Tenant


@dataclass(frozen=True)
class NewApiKey:
    """`key` is the key itself: it is stored nowhere and can't be shown again."""

    row: ApiKey
    key: str


def create_api_key(tenant: Tenant, *, name: str = "Website") -> NewApiKey:
    key = authentication.new_key()
    beginning = key[: len(authentication.PREFIX) + 4]
    row = ApiKey.objects.create(tenant=tenant, name=name, beginning=beginning, digest=authentication.digest_key(key))
    return NewApiKey(row, key)


def revoke_api_key(key: ApiKey) -> None:
    """Refuse the key from now on: here at once, in other processes within 30 seconds. It stays revoked."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    authentication.forget_tenant(key.tenant_id)
    # Once more: a request may read the key before the commit.
    transaction.on_commit(lambda: authentication.forget_tenant(key.tenant_id))
