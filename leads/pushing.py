"""Notices on colleagues' devices, through the push service of each browser (RFC 8030, 8188, 8291 and 8292).

The service sees who is told and when; what is told it can't read. What encrypts and signs is loaded where something is
sent, which is in workers alone.
"""

import base64
import json
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils.translation import gettext as _

from caty.lib import http
from leads.connectors.base import Delivered, Gone, Misconfigured, Outcome, judge, unreachable

TIMEOUT_SECONDS = 10.0
GOOD_FOR_SECONDS = 900  # how long a push service keeps a notice for a device that is away
SIGNED_FOR = timedelta(hours=12)
MOST_BYTES = 3000


class VapidKeyInvalid(ValueError):
    """VAPID_PRIVATE_KEY is no P-256 key: 32 bytes in URL-safe base64."""


def is_on() -> bool:
    """Whether the installation has a key to sign notices with."""
    return bool(settings.VAPID_PRIVATE_KEY)


def public_key() -> str:
    """What browsers subscribe with; "" without a key. Raises VapidKeyInvalid."""
    return _public_key(settings.VAPID_PRIVATE_KEY) if is_on() else ""


def new_private_key() -> str:
    """A key for VAPID_PRIVATE_KEY."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


def send(subscription: dict, payload: dict, *, topic: str, now: datetime) -> Outcome:
    """Have `payload` shown on the device of this subscription ({endpoint, p256dh, auth}). Of notices about the same
    `topic` that a device has not been given yet, only the newest is kept."""
    endpoint = subscription["endpoint"]
    try:
        content = _encrypted(subscription, payload)
    except ValueError:  # a key that is no point of the curve: nothing can ever be encrypted with it
        return Gone(reason=_("The keys of this device can't be used."))
    headers = {
        "Authorization": _authorization(endpoint, now),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(GOOD_FOR_SECONDS),
        "Topic": topic_of(topic),
        "Urgency": "high",
    }
    try:
        answer = http.request("POST", endpoint, headers=headers, content=content, timeout_seconds=TIMEOUT_SECONDS)
    except http.OutboundRefused:
        return Gone(reason=_("Notices may not be sent to the address of this device."))
    except http.OutboundFailed as error:
        return unreachable(error)
    return _outcome(answer, now)


def topic_of(text: str) -> str:
    """At most 32 characters of URL-safe base64 (RFC 8030, §5.4), from which nothing can be read."""
    return base64.urlsafe_b64encode(blake2b(text.encode(), digest_size=18).digest()).decode()


def _outcome(answer: http.HttpAnswer, now: datetime) -> Outcome:
    if answer.status in (404, 410):
        return Gone(reason=_("This device takes no notices any more."), status=answer.status)
    if answer.status in (400, 413):
        return Misconfigured(reason=_("The push service did not accept this notice."), status=answer.status)
    outcome = judge(answer, now=now)
    return Delivered(status=answer.status) if isinstance(outcome, Delivered) else outcome


def _encrypted(subscription: dict, payload: dict) -> bytes:
    """Raises ValueError where the keys are none."""
    from pywebpush import WebPusher  # brings aiohttp along, which no web process needs

    keys = {"p256dh": subscription["p256dh"], "auth": subscription["auth"]}
    pusher = WebPusher({"endpoint": subscription["endpoint"], "keys": keys})
    return pusher.encode(json.dumps(payload, ensure_ascii=False).encode())["body"]


def _authorization(endpoint: str, now: datetime) -> str:
    """The signature by which a push service knows whose notices these are: https://www.rfc-editor.org/rfc/rfc8292"""
    from py_vapid import Vapid02  # as above

    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + SIGNED_FOR).timestamp()),
        "sub": _contact(),
    }
    signed = Vapid02.from_raw(settings.VAPID_PRIVATE_KEY.rstrip("=").encode()).sign(claims)
    return signed["Authorization"]


def _contact() -> str:
    """Whom a push service may turn to."""
    if settings.SITE_URL.startswith("https://"):
        return settings.SITE_URL
    return "mailto:" + settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">")


@lru_cache(maxsize=4)
def _public_key(private_key: str) -> str:
    try:
        number = int.from_bytes(_bytes_of(private_key), "big")
        point = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    except ValueError as error:
        raise VapidKeyInvalid from error
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes_of(private_key: str) -> bytes:
    """Raises ValueError."""
    raw = base64.urlsafe_b64decode(private_key + "=" * (-len(private_key) % 4))
    if len(raw) != 32:
        raise ValueError("not 32 bytes")
    return raw
