"""The persona's picture: kept, given out by its digest, removed."""

import hashlib
from dataclasses import dataclass

from tenants.models import Avatar, Tenant
from tenants.models.pictures import SmallPicture
from tenants.pictures import Picture


@dataclass(frozen=True)
class StoredAvatar:
    content: bytes
    content_type: str


def set_avatar(tenant: Tenant, picture: Picture) -> None:
    """Take this picture in place of the one before. Whoever calls also calls `bump_config`."""
    Avatar.objects.update_or_create(tenant=tenant, defaults=columns_of(picture))


def remove_avatar(tenant: Tenant) -> None:
    """Have no picture. Whoever calls also calls `bump_config`."""
    Avatar.objects.for_tenant(tenant).delete()


def find_avatar(digest: str) -> StoredAvatar | None:
    """The picture with this digest, whose ever it is: they stand on public pages."""
    return find_picture(Avatar, digest)


def columns_of(picture: Picture) -> dict:
    """What a row that keeps this picture has in its columns."""
    digest = hashlib.sha256(picture.content).hexdigest()[:32]
    return {"content": picture.content, "content_type": picture.content_type, "digest": digest}


def find_picture(kind: type[SmallPicture], digest: str) -> StoredAvatar | None:
    row = kind.objects.filter(digest=digest).values_list("content", "content_type").first()
    return StoredAvatar(bytes(row[0]), row[1]) if row else None
