"""Plain-text mail to staff. What visitors typed stands in the body alone, quoted; headers are ours."""

import smtplib
from urllib.parse import urlsplit

from django.conf import settings as site
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, field_validator

from leads.connectors.base import (
    Connector,
    Delivered,
    Form,
    Misconfigured,
    NoSecrets,
    Outcome,
    OutgoingMessage,
    Rejected,
    TryLater,
)
from leads.contact import ContactInvalid, normalise_email
from leads.events import EVENTS
from leads.text import bounded, one_line

MOST_RECIPIENTS = 20
LAST_LINES = 12
LONGEST_LINE = 1000


class EmailSettings(Form):
    recipients: list[str] = Field(
        title=gettext_lazy("Recipients"),
        description=gettext_lazy("E-mail addresses of colleagues, each on a line."),
        min_length=1,
        max_length=MOST_RECIPIENTS,
    )

    @field_validator("recipients")
    @classmethod
    def _have_form(cls, recipients: list[str]) -> list[str]:
        try:
            return [normalise_email(recipient).text for recipient in recipients]
        except ContactInvalid as error:
            raise ValueError(error.message) from error


class EmailConnector(Connector):
    label = gettext_lazy("E-mail to colleagues")
    guide = gettext_lazy(
        "Enter who should be told. Each lead arrives as a mail with its score, the reasons for it, the last messages "
        "and a link to the conversation. Answering the mail writes to the visitor."
    )
    events = ("lead.captured", "handoff.requested")
    offers = EVENTS
    Settings = EmailSettings
    Secrets = NoSecrets

    def deliver(self, message: OutgoingMessage, settings: EmailSettings, secrets: NoSecrets) -> Outcome:
        mail = EmailMessage(
            subject=_subject(message),
            body=_body(message),
            to=settings.recipients,
            reply_to=_reply_to(message),
            # The same over all tries, so that mail programs show a repeat once.
            headers={"Message-ID": f"<{message.delivery_id}@{urlsplit(site.SITE_URL).hostname}>"},
        )
        return _send(mail)

    def check(self, message: OutgoingMessage, settings: EmailSettings, secrets: NoSecrets) -> Outcome:
        """Sends a mail that says it is a test."""
        return self.deliver(message, settings, secrets)


def _send(mail: EmailMessage) -> Outcome:
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _answer in error.recipients.values()]
        if all(code >= 500 for code in codes):
            return Misconfigured(reason=_("The mail server refuses these recipients."), status=max(codes))
        return TryLater(reason=_("The mail server takes no mail for these recipients now."), status=max(codes))
    except smtplib.SMTPDataError as error:
        if error.smtp_code >= 500:
            return Rejected(reason=_("The mail server refused this mail."), status=error.smtp_code)
        return TryLater(reason=_("The mail server takes no mail now."), status=error.smtp_code)
    except smtplib.SMTPResponseException as error:
        # Log-in and sender are the installation's; no tenant can mend them, and they heal for all at once.
        return TryLater(reason=_("The installation's mail server refuses us."), status=error.smtp_code)
    except (smtplib.SMTPException, OSError) as error:
        return TryLater(reason=_("The mail server can't be reached: %s") % type(error).__name__)
    return Delivered()


def _subject(message: OutgoingMessage) -> str:
    """Fixed words, numbers and the business's own name."""
    name = one_line(message.business_name, 80)
    if message.event == "handoff.requested":
        return _("A visitor asks for a person · %s") % name
    if message.lead is None:
        return _("News from your chat · %s") % name
    bands = {"hot": _("Hot lead"), "warm": _("Warm lead"), "cold": _("New lead")}
    words = _("Lead changed") if message.event == "lead.updated" else bands[message.lead.band]
    return f"{words} ({message.lead.score}/100) · {name}"


def _reply_to(message: OutgoingMessage) -> list[str]:
    """The visitor, where their address has the form of one and plain letters."""
    address = message.lead.email if message.lead else (message.data.get("visitor") or {}).get("email") or ""
    try:
        normal = normalise_email(address).text
    except ContactInvalid:
        return []
    return [normal] if normal.isascii() else []


def _body(message: OutgoingMessage) -> str:
    if message.event == "connection.test":
        return _("This is a test. Leads will arrive like this mail.")
    parts = _lead_lines(message.lead) if message.lead else _event_lines(message.data)
    url = message.lead.conversation_url if message.lead else message.data.get("conversation_url")
    if url:
        parts.append(_("Conversation: %s") % one_line(str(url), LONGEST_LINE))
    return "\n".join(parts) + "\n"


def _lead_lines(lead) -> list[str]:
    known = [
        (_("Name"), lead.name),
        (_("E-mail"), lead.email),
        (_("Phone"), lead.phone),
        (_("Company"), lead.company),
        (_("Wants"), lead.intent.replace("_", " ")),
        (_("Page"), lead.page_url),
        *lead.custom_fields.items(),
    ]
    lines = [f"{one_line(str(name), 60)}: {one_line(str(value), LONGEST_LINE)}" for name, value in known if value]
    lines += ["", _("Score: %d of 100") % lead.score]
    lines += [f"  {points:+d}  {one_line(reason, 300)}" for reason, points in lead.reasons]
    if lead.transcript:
        lines += ["", _("Last messages:"), *[_quoted(line) for line in lead.transcript[-LAST_LINES:]]]
    return [*lines, ""]


def _event_lines(data: dict) -> list[str]:
    known = [
        (_("E-mail"), (data.get("visitor") or {}).get("email")),
        (_("Reason"), data.get("reason")),
        (_("Last message"), data.get("last_message") or data.get("message")),
    ]
    return [*[f"{name}: {one_line(str(value), LONGEST_LINE)}" for name, value in known if value], ""]


def _quoted(line: dict) -> str:
    """A message as quoted lines, so that none can pass for a line of ours."""
    who = {"visitor": _("Visitor"), "staff": _("Colleague")}.get(line["role"], _("Assistant"))
    said = bounded(line["content"], LONGEST_LINE).replace("\r", "\n").replace("\n", "\n> ")
    return f"> {who}: {said}"
