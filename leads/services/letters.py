"""Mails to visitors."""

from datetime import datetime

from leads.contracts import VisitorLetter


def mail_visitor(letter: VisitorLetter, *, tenant_id: int, now: datetime) -> bool:
    """Write down a mail to a visitor; whether it is new. Belongs in the transaction in which it is wanted.

    Raises ContactInvalid where `to` is no address that mail can be sent to.
    """
    return False
