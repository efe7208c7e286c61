"""What visitors do in a talk with people beside writing: they type, and say afterwards how it was."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from caty.lib.errors import CatyError
from tenants.contracts import WidgetConfig
from tenants.models import Tenant
from widget.models import Session
from widget.queries import SessionNotFound, get_mode, sessions_named
from widget.services import presence
from widget.services.standing import ring

RATED_AFTER = timedelta(days=7)  # the end


class NothingToRate(CatyError):
    message = "Nobody of the team has answered in this conversation yet."


def note_visitor_typing(*, tenant: Tenant, session_id: str, now: datetime) -> None:
    """Colleagues see that the visitor writes, where one answers or is waited for. Raises SessionNotFound."""
    key, mode = get_mode(tenant=tenant, session_id=session_id, now=now)
    if mode != Session.Mode.ASSISTANT:
        presence.note_typing(key, presence.VISITOR)


@transaction.atomic
def rate_conversation(*, tenant: Tenant, config: WidgetConfig, session_id: str, rating: str, now: datetime) -> None:
    """Keep how it was for the visitor: good, okay or bad, instead of what they said before.

    While it goes on and for a week after its end. Raises SessionNotFound, and NothingToRate where no person answered
    or the business doesn't ask.
    """
    recent = Q(ended_at=None) | Q(ended_at__gt=now - RATED_AFTER)
    session = sessions_named(tenant, session_id).filter(recent).select_for_update(of=("self",)).first()
    if session is None:
        raise SessionNotFound
    was_answered = session.handoffs.filter(first_reply_at__isnull=False).exists()
    if not (config.behavior.satisfaction_enabled and was_answered):
        raise NothingToRate
    session.satisfaction = rating
    session.save(update_fields=["satisfaction"])
    ring(session)
