"""The persona's picture: kept, given out by its digest, removed."""

import hashlib
from dataclasses import dataclass

from tenants.models import Avatar, Face, Tenant
from tenants.pictures import Picture


@dataclass(frozen=True)
class StoredAvatar:
    content: bytes
    content_type: str


def set_avatar(tenant: Tenant, picture: Picture) -> None:
    """Take this picture in place of the one before. Whoever calls also calls `bump_config`."""
    digest = hashlib.sha256(picture.content).hexdigest()[:32]
    columns = {"content": picture.content, "content_type": picture.content_type, "digest": digest}
    Avatar.objects.update_or_create(tenant=tenant, defaults=columns)


def remove_avatar(tenant: Tenant) -> None:
    """Have no picture. Whoever calls also calls `bump_config`."""
    Avatar.objects.for_tenant(tenant).delete()


def find_avatar(digest: str) -> StoredAvatar | None:
    """The picture of a persona or a colleague with this digest, whose ever it is: they stand on public pages."""
    pictures = (model.objects.filter(digest=digest).values_list("content", "content_type") for model in (Avatar, Face))
    row = next(filter(None, (found.first() for found in pictures)), None)
    return StoredAvatar(bytes(row[0]), row[1]) if row else None
