"""The page for whoever writes what our webhooks are sent to. It shows no row and no secret."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.admin.words import EVENTS
from leads.backoff import LONGEST_REST_SECONDS, WEBHOOK
from leads.connectors.base import LONGEST_WAIT_SECONDS, OutgoingMessage
from leads.connectors.webhook import WebhookConnector, headers_of
from leads.event_examples import OCCURRED_AT, example_of
from leads.events import CAPTURED
from leads.events import EVENTS as ALL_EVENTS
from leads.settling import SWITCHED_OFF_AFTER

RECEIVERS = Path(__file__).parent / "receivers"
EXAMPLE_SECRET = "whsec_VGhpcyBpcyBhbiBleGFtcGxlLCBuZXZlciB1c2UgaXQh"  # noqa: S105  “This is an example, never use it!”
MEANINGS = {
    "Content-Type": gettext_lazy("The body is JSON in plain ASCII."),
    "User-Agent": gettext_lazy("May change: don't check it."),
    "X-Caty-Event": gettext_lazy("The event, as in the body."),
    "X-Caty-Signature": gettext_lazy("The signature of the body alone."),
    "webhook-id": gettext_lazy("The id of this message, as in the body. It stays the same when it is sent again."),
    "webhook-timestamp": gettext_lazy("When this try was sent, in seconds since 1970."),
    "webhook-signature": gettext_lazy("The signature of id, time and body."),
}


@dataclass(frozen=True)
class Language:
    """How one language checks both signatures; `name` is also the ending of its files."""

    title: str
    name: str
    install: str

    @cached_property
    def caty(self) -> str:
        return (RECEIVERS / f"caty.{self.name}").read_text()

    @cached_property
    def standard(self) -> str:
        return (RECEIVERS / f"standard.{self.name}").read_text()


LANGUAGES = (
    Language("Python", "py", "pip install standardwebhooks"),
    Language("Node", "mjs", "npm install standardwebhooks"),
    Language("PHP", "php", "composer require standard-webhooks/standard-webhooks"),
)


class ReceivingPage:
    """For the admin of connections: mix in before ScopedAdmin."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.receiving_view)
        return [path("receiving/", view, name="leads_connection_receiving"), *super().get_urls()]

    def receiving_view(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": _("Receiving webhooks"), **facts()}
        return TemplateResponse(request, "admin/leads/receiving.html", context)

    def guide_to(self, kind: str, guide: str) -> str:
        """The connector's own, and where the rest is told."""
        if kind != "webhook":
            return guide
        link = format_html('<a class="caty-link" href="{}">', reverse("admin:leads_connection_receiving"))
        return format_html("{} {}{}</a>", guide, link, _("For whoever writes the receiver"))


def facts() -> dict:
    """All that the page says, from where it is decided."""
    body = example_of(CAPTURED)
    message = OutgoingMessage(
        delivery_id=json.loads(body)["id"],
        event=CAPTURED,
        body=body,
        data={},
        business_name="",
        occurred_at=OCCURRED_AT,
        sent_at=OCCURRED_AT,
    )
    headers = headers_of(message, EXAMPLE_SECRET)
    return {
        "headers": [(name, value, MEANINGS[name]) for name, value in headers.items()],
        "secret": EXAMPLE_SECRET,
        "body": body,
        "languages": LANGUAGES,
        "waits": [in_words(seconds) for seconds in WEBHOOK.waits],
        "most_tries": len(WEBHOOK.waits) + 1,
        "jitter_percent": round(WEBHOOK.jitter * 100),
        "timeout_seconds": round(WebhookConnector.timeout_seconds),
        "longest_wait": in_words(LONGEST_WAIT_SECONDS),
        "longest_rest": in_words(LONGEST_REST_SECONDS),
        "switched_off_days": SWITCHED_OFF_AFTER // timedelta(days=1),
        "examples": [
            (event, EVENTS[event], json.dumps(json.loads(example_of(event)), indent=2)) for event in ALL_EVENTS
        ],
    }


def indented(body: str) -> str:
    return json.dumps(json.loads(body), indent=2)


def in_words(seconds: int) -> str:
    """5 s, 30 min, 2 h."""
    if seconds < 60:
        return _("%d s") % seconds
    return _("%d min") % (seconds // 60) if seconds < 3600 else _("%d h") % (seconds // 3600)
