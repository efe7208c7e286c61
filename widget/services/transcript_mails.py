"""The conversation by mail, for a visitor who asks for it."""

from datetime import datetime

from django.db import transaction

from caty.lib import throttling
from caty.lib.errors import CatyError
from leads import services as lead_services
from leads.contracts import LetterLine, VisitorLetter
from tenants.contracts import WidgetConfig
from tenants.models import Tenant
from tenants.texts import choose_language
from widget.contracts import Caller
from widget.models import Message, Session
from widget.queries import attachment_names, get_session, words_with
from widget.services.contacts import leads_window
from widget.services.resuming import resume_link
from widget.wording import standard_texts

MOST_LINES = 200
MOST_MAILS = 3  # of a conversation
DAY = 86_400


class NoAddress(CatyError):
    message = "Enter the e-mail address that the conversation should go to."


def mail_transcript(
    *, tenant: Tenant, config: WidgetConfig, session_id: str, email: str, caller: Caller, now: datetime
) -> None:
    """Send the conversation to the address that the visitor has typed now, else to the one they left before.

    No lead comes of it. Raises SessionNotFound, NoAddress, and RateLimited beyond three mails a conversation and
    what an address may hand in as contact details.
    """
    session = get_session(tenant=tenant, session_id=session_id, now=now)
    to = _address(session, config, email)
    mails = throttling.Window(scope="transcripts", subject=str(session.pk), limit=MOST_MAILS, seconds=DAY)
    throttling.require(mails, leads_window(config, caller))
    letter = VisitorLetter(
        kind="transcript",
        to=to,
        language=choose_language(session.language, config.language),
        about=f"{session.reference}:transcript:{now.isoformat()}",
        business=config.business_name,
        lines=_lines(session, config),
        link=resume_link(session, config),
        conversation_reference=session.reference,
    )
    with transaction.atomic():
        lead_services.mail_visitor(letter, tenant_id=tenant.pk, now=now)


def _address(session: Session, config: WidgetConfig, typed: str) -> str:
    """Raises NoAddress."""
    if not typed and session.lead and session.lead.email:
        return session.lead.email
    found = lead_services.find_contacts(typed, country=config.country).emails
    if len(found) != 1:
        raise NoAddress(details=[{"field": "email", "error": NoAddress.message}])
    return found[0]


def _lines(session: Session, config: WidgetConfig) -> tuple[LetterLine, ...]:
    """The last lines, oldest first."""
    rows = list(session.messages.order_by("-sequence")[:MOST_LINES])[::-1]
    names = attachment_names([row.pk for row in rows])
    return tuple(
        LetterLine(
            who=_who(row, session, config), text=words_with(row.content, names.get(row.pk, ())), at=row.created_at
        )
        for row in rows
    )


def _who(row: Message, session: Session, config: WidgetConfig) -> str:
    """By the names that the visitor read in the chat."""
    if row.role == Message.Role.VISITOR:
        return standard_texts(choose_language(session.language, config.language))["you"]
    if row.role == Message.Role.STAFF:
        return row.author_name or config.business_name
    return config.persona.name
