"""The way back into a conversation from a mail: a link to the business's page, good for a week, for that visitor alone.

The token stands behind the #, which browsers send nowhere, and the widget takes it out of the address at once.
"""

from datetime import datetime, timedelta
from urllib.parse import urldefrag, urlsplit

from django.core import signing
from django.db import transaction

from caty.lib import throttling
from caty.lib.errors import NotFound
from tenants.contracts import WidgetConfig
from tenants.models import Tenant
from widget.contracts import Caller, StartedSession
from widget.limits import HOUR, address_window
from widget.models import Session
from widget.services.sessions import greeting_of
from widget.services.standing import ring

GUESSES_PER_HOUR = 20
SALT = "caty.resume"
GOOD_FOR = timedelta(days=7)
MARK = "caty-resume="


class ResumeNotFound(NotFound):
    message = "This link is too old, or not one of ours."


def resume_link(session: Session, config: WidgetConfig) -> str:
    """The page the visitor was on last, where it is one of the business's, else its website; "" where it has none."""
    page = urldefrag(session.page_url).url
    parts = urlsplit(page)
    is_ours = parts.scheme in ("http", "https") and parts.hostname in config.hosts
    target = page if is_ours else config.website
    return f"{target}#{MARK}{_token(session)}" if target else ""


def find_by_token(tenant: Tenant, token: str) -> Session | None:
    """The conversation of this business that the token is for, ended or not; None for one that is forged, foreign or
    too old."""
    try:
        key = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    return Session.objects.for_tenant(tenant).select_related("visitor").filter(pk=key).first()


def resume_session(
    *, tenant: Tenant, config: WidgetConfig, token: str, caller: Caller, now: datetime
) -> StartedSession:
    """The conversation that this token leads back into, ended or not: it goes on.

    Raises ResumeNotFound and, for an address that guesses, RateLimited.
    """
    guesses = address_window(config, caller, scope="resume_guesses", limit=GUESSES_PER_HOUR, seconds=HOUR)
    if not (allowance := throttling.look(guesses)).is_allowed:
        raise throttling.RateLimited(retry_after=allowance.reset_seconds)
    found = find_by_token(tenant, token)
    if found is None:
        throttling.require(guesses)
        raise ResumeNotFound
    with transaction.atomic():
        session = Session.objects.select_for_update(of=("self",)).select_related("visitor").filter(pk=found.pk).first()
        if session is None:
            raise ResumeNotFound  # erased meanwhile
        session.ended_at, session.last_heard_at = None, now
        session.save(update_fields=["ended_at", "last_heard_at"])
        ring(session)
    return StartedSession(
        session_id=session.public_id,
        visitor_id=session.visitor.public_id,
        greeting=greeting_of(config, session),
        is_new=False,
    )


def _token(session: Session) -> str:
    return signing.dumps(session.pk, salt=SALT)
