"""What stands in a mail to a visitor, in their language and the business's time."""

from datetime import datetime
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format

from leads import mails
from leads.mailing.visitor_words import words_in
from leads.models import VisitorMail
from leads.text import one_line
from tenants.texts import choose_language, direction
from tenants.zones import zone_named

LONGEST_NAME = 80
TEMPLATE = "mails/visitor.html"


def compose(mail: VisitorMail) -> EmailMultiAlternatives:
    """The mail as it is to be sent. Headers are ours but for the business's name, which is one line there."""
    contents = mail.contents
    language = choose_language(contents["language"], mail.tenant.language)
    with translation.override(language), timezone.override(zone_named(mail.tenant.timezone)):
        lines = [{**one, "when": _in_words(one["at"])} for one in contents["lines"]]
    business = one_line(contents["business"] or mail.tenant.name, LONGEST_NAME)
    words = {key: text.replace("{business}", business) for key, text in words_in(language, mail.kind).items()}
    message = EmailMultiAlternatives(
        subject=words["subject"],
        body=_plain(words, lines, contents["link"]),
        from_email=formataddr((business, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[mail.to_address],
        headers={"Message-ID": mails.message_id(str(mail.pk)), "Auto-Submitted": "auto-generated"},
    )
    shown = {"words": words, "lines": lines, "link": contents["link"], "business": business}
    page = render_to_string(TEMPLATE, {**shown, "language": language, "direction": direction(language)})
    message.attach_alternative(page, "text/html")
    return message


def _plain(words: dict[str, str], lines: list[dict], link: str) -> str:
    """What was said stands quoted, so that none of it can pass for a line of ours."""
    parts = [words["intro"]]
    for one in lines:
        quoted = "\n".join(f"> {line}" for line in one["text"].splitlines() or [""])
        parts.append(f"{one['who']} ({one['when']}):\n{quoted}")
    if link:
        parts.append(f"{words['back']}\n{link}")
    parts.append(words["why"])
    return "\n\n".join(parts) + "\n"


def _in_words(at: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(at)), "SHORT_DATETIME_FORMAT")
