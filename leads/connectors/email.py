"""Plain-text mail to staff. What visitors typed stands in the body alone, quoted; headers are ours."""

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, field_validator

from leads import mails
from leads.connectors.base import Connector, Form, NoSecrets, Outcome, OutgoingMessage
from leads.contact import ContactInvalid, normalise_email
from leads.events import CAPTURED, HANDOFF, UPDATED
from leads.mails import LONGEST_LINE
from leads.text import one_line

MOST_RECIPIENTS = 20


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
    events = (CAPTURED, HANDOFF)
    offers = (CAPTURED, UPDATED, HANDOFF)  # nobody reads a mail for each line of a conversation
    Settings = EmailSettings
    Secrets = NoSecrets

    def deliver(self, message: OutgoingMessage, settings: EmailSettings, secrets: NoSecrets) -> Outcome:
        mail = EmailMessage(
            subject=_subject(message),
            body=_body(message),
            to=settings.recipients,
            reply_to=_reply_to(message),
            headers={"Message-ID": mails.message_id(message.delivery_id)},
        )
        return mails.send(mail)

    def check(self, message: OutgoingMessage, settings: EmailSettings, secrets: NoSecrets) -> Outcome:
        """Sends a mail that says it is a test."""
        return self.deliver(message, settings, secrets)


def _subject(message: OutgoingMessage) -> str:
    """Fixed words, numbers and the business's own name."""
    name = one_line(message.business_name, 80)
    if message.event == HANDOFF:
        return _("A visitor asks for a person · %s") % name
    if message.lead is None:
        return _("News from your chat · %s") % name
    bands = {"hot": _("Hot lead"), "warm": _("Warm lead"), "cold": _("New lead")}
    words = _("Lead changed") if message.event == "lead.updated" else bands[message.lead.band]
    return f"{words} ({message.lead.score}/100) · {name}"


def _reply_to(message: OutgoingMessage) -> list[str]:
    address = message.lead.email if message.lead else (message.data.get("visitor") or {}).get("email") or ""
    return mails.reply_to(address)


def _body(message: OutgoingMessage) -> str:
    if message.event == "connection.test":
        return _("This is a test. Leads will arrive like this mail.")
    parts = mails.lead_lines(message.lead, message.lead.reasons) if message.lead else _event_lines(message.data)
    url = message.lead.conversation_url if message.lead else message.data.get("conversation_url")
    if url:
        words = _("Answer: %s") if message.event == HANDOFF else _("Conversation: %s")
        parts.append(words % one_line(str(url), LONGEST_LINE))
    return "\n".join(parts) + "\n"


def _event_lines(data: dict) -> list[str]:
    known = [
        (_("E-mail"), (data.get("visitor") or {}).get("email")),
        (_("Reason"), data.get("reason")),
        (_("Last message"), data.get("last_message") or data.get("message")),
    ]
    return [*[f"{name}: {one_line(str(value), LONGEST_LINE)}" for name, value in known if value], ""]
