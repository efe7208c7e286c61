"""A browser that is told something: what it gives away when it subscribes, and what it reads of what it is sent."""

import base64
import json
import os

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from leads.models import PushSubscription
from leads.services.devices import Device
from leads.tests.conftest import NOON

VAPID_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Browser:
    def __init__(self, endpoint: str = "https://push.example/one") -> None:
        self.endpoint = endpoint
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)

    @property
    def device(self) -> Device:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Device(endpoint=self.endpoint, p256dh=_text(point), auth=_text(self.auth))

    def read(self, body: bytes) -> dict:
        """What the device shows. Only who has its private key can tell."""
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"))

    def subscribe(self, membership, now=NOON) -> PushSubscription:
        """Without the page, also for an address that no browser would give."""
        device = self.device
        return PushSubscription.objects.create(
            tenant_id=membership.tenant_id,
            membership=membership,
            digest=device.digest,
            secrets={"endpoint": device.endpoint, "p256dh": device.p256dh, "auth": device.auth},
            device="Firefox, Windows",
            created_at=now,
        )


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
