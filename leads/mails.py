"""What all mail to staff has in common: plain text in which the words of visitors are quoted, and headers of ours."""

import smtplib
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from leads.connectors.base import Delivered, Misconfigured, Outcome, Rejected, TryLater
from leads.contact import ContactInvalid, normalise_email
from leads.text import bounded, one_line

LAST_LINES = 12
LONGEST_LINE = 1000


def send(mail: EmailMessage) -> Outcome:
    """Hand it to the mail server. No status: the server was not reached, and no other mail would fare better now."""
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


def message_id(key: str) -> str:
    """The same over all tries, so that mail programs show a repeat once."""
    return f"<{key}@{urlsplit(settings.SITE_URL).hostname}>"


def reply_to(address: str) -> list[str]:
    """The visitor, where their address has the form of one and plain letters."""
    try:
        normal = normalise_email(address).text
    except ContactInvalid:
        return []
    return [normal] if normal.isascii() else []


def lead_lines(lead, reasons: Iterable[tuple[str, int]]) -> list[str]:
    """Who a lead is, its score with (reason, points), and the last messages; an empty line at the end.

    `lead` is a row or the snapshot that connectors get.
    """
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
    lines += [f"  {points:+d}  {one_line(reason, 300)}" for reason, points in reasons]
    if lead.transcript:
        lines += ["", _("Last messages:"), *[_quoted(line) for line in lead.transcript[-LAST_LINES:]]]
    return [*lines, ""]


def _quoted(line: dict) -> str:
    """A message as quoted lines, so that none can pass for a line of ours."""
    who = {"visitor": _("Visitor"), "staff": _("Colleague")}.get(line["role"], _("Assistant"))
    said = "\n> ".join(bounded(line["content"], LONGEST_LINE).splitlines())
    return f"> {who}: {said}"
