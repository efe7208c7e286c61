"""Mails to visitors."""

from datetime import datetime

from caty.lib import tasks
from leads.contact import normalise_email
from leads.contracts import VisitorLetter
from leads.models import VisitorMail
from leads.text import bounded, one_line

MOST_LINES = 200
LONGEST_LINE = 4000
LONGEST_NAME = 120
LONGEST_LINK = 3000


def mail_visitor(letter: VisitorLetter, *, tenant_id: int, now: datetime) -> bool:
    """Write down a mail to a visitor; whether it is new. Belongs in the transaction in which it is wanted.

    Of many lines the last are sent. Raises ContactInvalid where `to` is no address that mail can be sent to.
    """
    to = normalise_email(letter.to)
    lines = [
        {"who": one_line(one.who, LONGEST_NAME), "text": bounded(one.text, LONGEST_LINE), "at": one.at.isoformat()}
        for one in letter.lines[-MOST_LINES:]
    ]
    mail = VisitorMail(
        tenant_id=tenant_id,
        kind=VisitorMail.Kind(letter.kind),
        about=letter.about,
        conversation_reference=letter.conversation_reference,
        to_address=to.text,
        to_key=to.key,
        contents={
            "language": letter.language,
            "business": one_line(letter.business, LONGEST_NAME),
            "link": letter.link if _is_link(letter.link) else "",
            "lines": lines,
        },
        created_at=now,
        due_at=now,
    )
    VisitorMail.objects.bulk_create([mail], ignore_conflicts=True)
    if not VisitorMail.objects.filter(pk=mail.pk).exists():
        return False
    tasks.hint("leads.mail_visitor", mail_id=str(mail.pk))
    return True


def _is_link(text: str) -> bool:
    return text.startswith(("https://", "http://")) and len(text) <= LONGEST_LINK
