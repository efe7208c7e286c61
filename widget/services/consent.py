"""Whether a visitor's behaviour on the pages may be noted."""

from datetime import datetime

from django.db import transaction

from tenants.models import Tenant
from widget.contracts import Browser
from widget.models import PageEvent, PageView, Session, Visitor
from widget.queries import get_session


@transaction.atomic
def set_tracking_consent(*, tenant: Tenant, session_id: str, is_granted: bool, now: datetime) -> None:
    """Note what the visitor decided. A refusal erases what was noted of their behaviour so far, in all their visits.

    What they said and gave in conversations stays, with the pages it was said on. Raises SessionNotFound.
    """
    session = get_session(tenant=tenant, session_id=session_id, now=now)
    Visitor.objects.filter(pk=session.visitor_id).update(tracking_refused_at=None if is_granted else now)
    if not is_granted:
        _erase(session.visitor_id)


def _erase(visitor_key: int) -> None:
    # Locked after the refusal was written down: whoever is noting something ends first, and it goes with the rest.
    sessions = Session.objects.filter(visitor_id=visitor_key).select_for_update().order_by("pk")
    began = dict(sessions.values_list("pk", "started_at"))
    PageEvent.objects.filter(day__in={at.date() for at in began.values()}, session_id__in=began).delete()
    PageView.objects.filter(session__in=began).delete()
    mine = Session.objects.filter(pk__in=began)
    mine.update(engagement_score=0, page_count=0)
    mine.filter(message_count=0).update(first_page_url="", first_page_title="", referrer="", page_url="")


def may_note_page(visitor: Visitor | None, tracking: str, browser: Browser) -> bool:
    """Whether a session may note the page it begins on; `visitor` is None for one never seen before."""
    if tracking == "on":
        return visitor is None or visitor.tracking_refused_at is None
    return tracking == "consent" and browser.has_agreed


def note_told(visitor: Visitor, tracking: str, browser: Browser, now: datetime) -> None:
    """Where visitors must agree first, whoever isn't said to have agreed counts as one who refused, until they do."""
    has_refused = visitor.tracking_refused_at is not None
    if tracking == "consent" and has_refused == browser.has_agreed:
        visitor.tracking_refused_at = None if browser.has_agreed else now
        visitor.save(update_fields=["tracking_refused_at"])
