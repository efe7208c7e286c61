"""What colleagues wrote to visitors who have gone, by mail, with a link back into the conversation."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max

from leads import services as lead_services
from leads.contracts import LetterLine, VisitorLetter
from tenants.config import load_config
from widget.models import Message, Session
from widget.queries import attachment_names
from widget.services.resuming import resume_link

log = logging.getLogger(__name__)
UNREAD_FOR = timedelta(minutes=2)
LONGEST_WAIT = timedelta(minutes=10)  # for a colleague who writes on and on: what they say comes in one mail
WITHIN = timedelta(days=3)  # what could not be mailed for longer is no answer any more
MOST = 200  # conversations in one go: the next comes soon


def mail_unread_replies(*, now: datetime) -> int:
    """A mail for each conversation in which colleagues' words have not reached the visitor's browser for two minutes,
    where it has an address to write to; how many. Each reply is mailed once."""
    count = 0
    for key in _find_unread(now):
        with transaction.atomic():
            rows = Session.objects.select_for_update(skip_locked=True, of=("self",))
            session = rows.select_related("tenant", "lead").filter(pk=key).first()
            if session is not None and session.lead and session.lead.email:
                count += _mail(session, now)
    return count


def _find_unread(now: datetime) -> list[int]:
    unread = Message.objects.filter(
        role=Message.Role.STAFF,
        created_at__gt=now - WITHIN,
        created_at__lte=now - UNREAD_FOR,
        sequence__gt=F("session__visitor_read_sequence"),
        session__lead__email__gt="",
        session__tenant__is_active=True,
    ).filter(sequence__gt=F("session__mailed_sequence"))
    return list(unread.order_by("session").values_list("session", flat=True).distinct()[:MOST])


def _mail(session: Session, now: datetime) -> bool:
    """Of a locked conversation: whether there was something to mail."""
    replies = list(_unseen(session))
    if not replies or not _is_said(replies, now):
        return False
    letter = VisitorLetter(
        kind="replies",
        to=session.lead.email,
        language=session.language,
        about=f"{session.reference}:{replies[-1].sequence}",
        business=session.tenant.name,
        lines=tuple(_lines(replies)),
        link=resume_link(session, load_config(session.tenant)),
        conversation_reference=session.reference,
    )
    session.mailed_sequence = replies[-1].sequence
    session.save(update_fields=["mailed_sequence"])
    try:
        return lead_services.mail_visitor(letter, tenant_id=session.tenant_id, now=now)
    except lead_services.ContactInvalid:  # an address that staff have typed, or one of long ago
        log.warning("replies.no_address conversation=%s", session.reference)
        return False


def _unseen(session: Session):
    """Colleagues' words since the visitor was last seen: by their browser, or by what they wrote."""
    wrote = session.messages.filter(role=Message.Role.VISITOR).aggregate(last=Max("sequence"))["last"] or 0
    seen = max(session.visitor_read_sequence, session.mailed_sequence, wrote)
    return session.messages.filter(role=Message.Role.STAFF, sequence__gt=seen).order_by("sequence")


def _is_said(replies: list[Message], now: datetime) -> bool:
    """Whether they have been left unread for long enough, the last one as well."""
    first, last = replies[0].created_at, replies[-1].created_at
    return last <= now - UNREAD_FOR or first <= now - LONGEST_WAIT


def _lines(replies: list[Message]) -> list[LetterLine]:
    """What was said, with the names of what was sent along, which the link leads to."""
    names = attachment_names([one.pk for one in replies])
    return [
        LetterLine(who=one.author_name, text=_words(one.content, names.get(one.pk, [])), at=one.created_at)
        for one in replies
    ]


def _words(content: str, names: list[str]) -> str:
    return "\n".join(filter(None, (content, *(f"[{name}]" for name in names))))
