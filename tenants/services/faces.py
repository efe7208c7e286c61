"""How visitors see a colleague: their name and their face."""

import hashlib

from tenants.models import Face, Membership
from tenants.pictures import Picture
from tenants.services.avatars import StoredAvatar


def set_shown_name(membership: Membership, name: str) -> None:
    """Call them so from now on; "" for the first name of their account. What was written before keeps its name."""
    membership.display_name = name.strip()
    membership.save(update_fields=["display_name"])


def set_face(membership: Membership, picture: Picture) -> None:
    """Take this picture in place of the one before."""
    digest = hashlib.sha256(picture.content).hexdigest()[:32]
    columns = {"content": picture.content, "content_type": picture.content_type, "digest": digest}
    Face.objects.update_or_create(membership=membership, defaults=columns)


def remove_face(membership: Membership) -> None:
    """Have no picture."""
    Face.objects.filter(membership=membership).delete()


def find_face(digest: str) -> StoredAvatar | None:
    """The picture with this digest, whose ever it is: visitors see them on public pages."""
    row = Face.objects.filter(digest=digest).values_list("content", "content_type").first()
    return StoredAvatar(bytes(row[0]), row[1]) if row else None
