"""The devices on which a colleague is told."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from django.db import transaction

from caty.lib.errors import CatyError
from leads import calls, notifying, pushing
from leads.mail_choices import ANSWERS, wishes_of
from leads.models import PushSubscription, StaffMail
from leads.services.locks import lock_person
from tenants.models import Membership

LONGEST_ENDPOINT = 1500
KEY_BYTES = 65  # an uncompressed point on P-256
SECRET_BYTES = 16
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


class DeviceInvalid(CatyError):
    """A browser sent something else than a subscription to notices."""

    message = "This browser can't be told. Try once more, or another browser."


@dataclass(frozen=True, kw_only=True)
class Device:
    """A subscription as a browser gives it: the address at its push service, and two keys in URL-safe base64."""

    endpoint: str
    p256dh: str
    auth: str

    @property
    def digest(self) -> str:
        return sha256(self.endpoint.encode()).hexdigest()


def add_device(device: Device, *, user_pk: int, user_agent: str, now: datetime) -> int:
    """Tell this person on this device from now on, for each business where they answer visitors; how many these are.

    Nobody else is told on it any more: whoever subscribed last is in front of it. Of too many, the oldest go.
    Raises DeviceInvalid.
    """
    _require_valid(device)
    with transaction.atomic():
        lock_person(user_pk)
        PushSubscription.objects.filter(digest=device.digest).exclude(membership__user=user_pk).delete()
        memberships = list(Membership.objects.filter(ANSWERS, user=user_pk).order_by("pk"))
        for membership in memberships:
            columns = {
                "tenant_id": membership.tenant_id,
                "secrets": {"endpoint": device.endpoint, "p256dh": device.p256dh, "auth": device.auth},
                "device": device_in_words(user_agent),
            }
            PushSubscription.objects.update_or_create(
                membership=membership,
                digest=device.digest,
                defaults=columns,
                create_defaults={**columns, "created_at": now},
            )
            newest = membership.push_subscriptions.order_by("-created_at", "-pk").values_list("pk", flat=True)
            too_many = list(newest[PushSubscription.MOST :])
            PushSubscription.objects.filter(pk__in=too_many).delete()
    return len(memberships)


def find_devices(members: Iterable[Membership]) -> dict[int, list[int]]:
    """Subscriptions by membership, of those among them who want to be called on their devices."""
    wanting = [one.pk for one in members if wishes_of(one).calls_on_devices]
    found: dict[int, list[int]] = {}
    if wanting and pushing.is_on():
        rows = PushSubscription.objects.filter(membership__in=wanting).order_by("pk")
        for membership_pk, pk in rows.values_list("membership", "pk"):
            found.setdefault(membership_pk, []).append(pk)
    return found


def remove_device(digest: str, *, user_pk: int) -> int:
    """This person is no longer told on it, at no business; how many these were."""
    _count, by_model = PushSubscription.objects.filter(digest=digest, membership__user=user_pk).delete()
    return by_model.get(PushSubscription._meta.label, 0)


def try_device(digest: str, *, user_pk: int, now: datetime) -> bool:
    """Send this person a notice on this device of theirs; whether there is such a device."""
    own = PushSubscription.objects.filter(digest=digest, membership__user=user_pk).order_by("pk").first()
    if own is None:
        return False
    with transaction.atomic():
        notifying.write(
            [
                StaffMail(
                    tenant_id=own.tenant_id,
                    membership_id=own.membership_id,
                    kind=StaffMail.Kind.PUSH,
                    about=f"{calls.TEST}:{own.pk}:{now.isoformat()}",
                    subscription_id=own.pk,
                    contents={"call": calls.TEST},
                    created_at=now,
                    due_at=now,
                )
            ]
        )
    return True


def device_in_words(user_agent: str) -> str:
    """Such as “Firefox, Windows”."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return ", ".join(filter(None, (browser, system))) or "A browser"


def _require_valid(device: Device) -> None:
    """Raises DeviceInvalid. Where it leads is judged when something is sent there."""
    try:
        parts = urlsplit(device.endpoint)
        is_address = parts.scheme == "https" and bool(parts.hostname) and device.endpoint.isascii()
        key, secret = _decoded(device.p256dh), _decoded(device.auth)
    except (ValueError, binascii.Error) as error:
        raise DeviceInvalid from error
    is_key = len(key) == KEY_BYTES and key[:1] == b"\x04" and len(secret) == SECRET_BYTES
    if not (is_address and is_key and len(device.endpoint) <= LONGEST_ENDPOINT):
        raise DeviceInvalid


def _decoded(text: str) -> bytes:
    if len(text) > 200:
        raise ValueError("too long")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
