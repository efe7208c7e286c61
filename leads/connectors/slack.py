"""Leads in a channel of Slack, by an incoming webhook.

A webhook can't be asked what it took: where Slack doesn't answer in time, the message is sent again, may stand there
twice, and says so itself.
"""

import json
import re
from urllib.parse import urlsplit

from django.conf import settings as site
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, field_validator

from caty.lib import http
from leads.connectors.api import is_host_within
from leads.connectors.base import (
    Connector,
    Form,
    Gone,
    Misconfigured,
    NoSecrets,
    Outcome,
    OutgoingMessage,
    Pace,
    Rejected,
    TryLater,
    judge,
    unreachable,
)
from leads.connectors.slack_message import payload_of
from leads.events import CAPTURED, HANDOFF, UPDATED


class SlackSecrets(Form):
    webhook_url: str = Field(
        title=gettext_lazy("Webhook URL"),
        description=gettext_lazy("Begins with https://hooks.slack.com/services/. Whoever has it can write there."),
        max_length=300,
    )

    @field_validator("webhook_url")
    @classmethod
    def _is_slacks(cls, url: str) -> str:
        words = _("Paste the whole address that Slack gives you: https://hooks.slack.com/services/…")
        try:
            parts, is_theirs = urlsplit(url), is_host_within(url, tuple(site.SLACK_HOSTS))
        except ValueError as error:
            raise ValueError(words) from error
        is_whole = parts.scheme in ("https", "http") and parts.path.startswith("/services/")
        if not is_theirs or not is_whole or "@" in parts.netloc or not re.fullmatch(r"[!-~]+", url):
            raise ValueError(words)
        return url


class SlackConnector(Connector):
    label = gettext_lazy("Slack")
    guide = gettext_lazy(
        "At api.slack.com/apps make an app “From scratch” for your workspace, switch on “Incoming Webhooks”, choose "
        "“Add New Webhook to Workspace” and a channel, and paste the address that you get. Each lead arrives with its "
        "score, the reasons for it, the last messages and a link. If Slack is slow to answer, one may come twice."
    )
    events = (CAPTURED, HANDOFF)
    offers = (CAPTURED, UPDATED, HANDOFF)
    pace = Pace(deliveries=1, seconds=1)
    sends_current_lead = True
    timeout_seconds = 15.0
    Settings = NoSecrets
    Secrets = SlackSecrets

    def deliver(self, message: OutgoingMessage, settings: Form, secrets: SlackSecrets) -> Outcome:
        try:
            answer = http.request(
                "POST",
                secrets.webhook_url,
                headers={"Content-Type": "application/json"},
                content=json.dumps(payload_of(message)).encode(),
                timeout_seconds=self.timeout_seconds,
            )
        except http.OutboundRefused as error:
            return Misconfigured(reason=_("We may not send to this address: %s") % error)
        except http.OutboundFailed as error:
            return unreachable(error)
        return _outcome(answer, message)

    def check(self, message: OutgoingMessage, settings: Form, secrets: SlackSecrets) -> Outcome:
        """Writes into the channel that this is a test."""
        return self.deliver(message, settings, secrets)


def _outcome(answer: http.HttpAnswer, message: OutgoingMessage) -> Outcome:
    """https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors"""
    told = {"status": answer.status, "answer": answer.body[:200].decode("utf-8", "replace").strip()}
    if answer.status in (404, 410):
        return Gone(reason=_what_is_gone(told["answer"]), **told)
    if answer.status in (401, 403):
        return Misconfigured(reason=_what_is_forbidden(told["answer"]), **told)
    if answer.status == 400:
        return Rejected(reason=_("Slack did not accept this message (answer 400)."), **told)
    outcome = judge(answer, now=message.sent_at)
    if answer.status >= 500:
        return TryLater(reason=outcome.reason, is_ambiguous=True, **told)
    return outcome


def _what_is_gone(code: str) -> str:
    words = {
        "channel_is_archived": _("The channel is archived. Bring it back, or make a webhook for another channel."),
        "channel_not_found": _("The channel no longer exists. Make a webhook for another one and paste its address."),
        "no_team": _("The Slack workspace no longer exists. Make a webhook in another one and paste its address."),
        "team_disabled": _("The Slack workspace is closed. Make a webhook in another one and paste its address."),
    }
    return words.get(code) or _("Slack no longer knows this webhook. Make a new one and paste its address.")


def _what_is_forbidden(code: str) -> str:
    if code in ("action_prohibited", "posting_to_general_channel_denied"):
        return _("Slack does not let this webhook write into its channel. Ask whoever manages your workspace.")
    return _("Slack does not accept this webhook. Make a new one and paste its address.")
