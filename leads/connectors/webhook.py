"""Signed webhooks, for a server of one's own and for Zapier, Make and n8n.

Two signatures ride on the same bytes: X-Caty-Signature, and those of Standard Webhooks (standardwebhooks.com).
"""

import base64
import hashlib
import hmac
import secrets as random
from datetime import UTC
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, field_validator
from standardwebhooks import Webhook

from caty.lib import http
from leads.connectors.base import Connector, Form, Misconfigured, Outcome, OutgoingMessage, judge, unreachable
from leads.events import EVENTS

MOST_ANSWER_BYTES = 64 * 1024
SECRET_PREFIX = "whsec_"  # noqa: S105  the public prefix of Standard Webhooks
SECRET_BYTES = range(24, 65)


def new_signing_secret() -> str:
    """`whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(random.token_bytes(32)).decode()


class WebhookSettings(Form):
    url: str = Field(
        title=gettext_lazy("Address"),
        description=gettext_lazy("Where events are sent, beginning with https://."),
        max_length=1000,
    )

    @field_validator("url")
    @classmethod
    def _has_scheme_and_host(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or not url.isprintable():
            raise ValueError("Enter a whole address, such as https://example.com/hook.")
        return url


class WebhookSecrets(Form):
    signing_secret: str = Field(
        default_factory=new_signing_secret,
        title=gettext_lazy("Signing secret"),
        description=gettext_lazy("Made for you. The receiver uses it to check that a message is ours."),
        max_length=200,
    )

    @field_validator("signing_secret")
    @classmethod
    def _has_key(cls, secret: str) -> str:
        try:
            key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except ValueError:
            key = b""
        if not secret.startswith(SECRET_PREFIX) or len(key) not in SECRET_BYTES:
            raise ValueError("A secret is whsec_ and 24 to 64 bytes in base64.")
        return secret


class WebhookConnector(Connector):
    label = gettext_lazy("Webhook (Zapier, Make, n8n)")
    guide = gettext_lazy(
        "Paste the address that Zapier (“Webhooks by Zapier: Catch Hook”), Make (“Custom webhook”), n8n (“Webhook”) or "
        "your own server gives you. What isn't accepted there at once is tried again for about a day."
    )
    events = ("lead.captured", "lead.updated")
    offers = EVENTS
    reads_lead = False
    timeout_seconds = 15.0
    Settings = WebhookSettings
    Secrets = WebhookSecrets

    def deliver(self, message: OutgoingMessage, settings: WebhookSettings, secrets: WebhookSecrets) -> Outcome:
        try:
            answer = http.request(
                "POST",
                settings.url,
                headers=headers_of(message, secrets.signing_secret),
                content=message.body.encode(),
                timeout_seconds=self.timeout_seconds,
                max_answer_bytes=MOST_ANSWER_BYTES,
            )
        except http.OutboundRefused as error:
            return Misconfigured(reason=_("We may not send to this address: %s") % error)
        except http.OutboundFailed as error:
            return unreachable(error)
        return judge(answer, now=message.sent_at)

    def check(self, message: OutgoingMessage, settings: WebhookSettings, secrets: WebhookSecrets) -> Outcome:
        """Posts a signed `connection.test`."""
        return self.deliver(message, settings, secrets)


def headers_of(message: OutgoingMessage, secret: str) -> dict[str, str]:
    """What a message is sent with: both signatures, and what they are made of."""
    # The package reads any time as UTC, whatever its zone.
    sent_at = message.sent_at.astimezone(UTC)
    digest = hmac.new(secret.encode(), message.body.encode(), hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "Caty-Webhooks/1",
        "X-Caty-Event": message.event,
        "X-Caty-Signature": f"sha256={digest}",
        "webhook-id": message.delivery_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message.delivery_id, sent_at, message.body),
    }
