"""How visitors see a colleague: their name and their face."""

from tenants.models import Face, Membership
from tenants.pictures import Picture
from tenants.services.avatars import StoredAvatar, columns_of, find_picture


def set_shown_name(membership: Membership, name: str) -> None:
    """Call them so from now on; "" for the first name of their account. What was written before keeps its name."""
    membership.display_name = name.strip()
    membership.save(update_fields=["display_name"])


def set_face(membership: Membership, picture: Picture) -> None:
    """Take this picture in place of the one before."""
    Face.objects.update_or_create(membership=membership, defaults=columns_of(picture))


def remove_face(membership: Membership) -> None:
    """Have no picture."""
    Face.objects.filter(membership=membership).delete()


def find_face(digest: str) -> StoredAvatar | None:
    """The picture with this digest, whose ever it is: visitors see them on public pages."""
    return find_picture(Face, digest)
