"""Beginning and ending a conversation."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from caty.lib import throttling
from leads import services as lead_services
from tenants.contracts import WidgetConfig
from tenants.models import Tenant
from widget.contracts import Browser, Caller, Greeting, PageSeen, StartedSession
from widget.engine import live
from widget.limits import HOUR, address_window
from widget.models import Handoff, IdempotencyRecord, Session, Visitor
from widget.pages import LONGEST
from widget.queries import IDLE_AFTER, find_visitor, get_session, is_running, transcript_lines
from widget.services.consent import may_note_page, note_told
from widget.services.events import announce_ended
from widget.services.standing import STANDING, close_call, put, standing_of

MOST_SILENT = 5000


def start_session(
    *,
    tenant: Tenant,
    config: WidgetConfig,
    visitor_id: str,
    page: PageSeen,
    browser: Browser,
    caller: Caller,
    now: datetime,
) -> StartedSession:
    """Give back the known visitor's running session, or start one. Raises RateLimited for too many new ones.

    The page is noted where the visitor's behaviour may be.
    """
    visitor = find_visitor(tenant=tenant, visitor_id=visitor_id)
    if not may_note_page(visitor, config.behavior.tracking, browser):
        page = PageSeen()
    running = _resume(visitor, page, now) if visitor else None
    if running is None:
        throttling.require(_sessions_window(config, caller))
        running, is_new = _begin(tenant, visitor, page, browser, now)
    else:
        is_new = False
    note_told(running.visitor, config.behavior.tracking, browser, now)
    return StartedSession(
        session_id=running.public_id,
        visitor_id=running.visitor.public_id,
        greeting=greeting_of(config, running),
        is_new=is_new,
    )


def _sessions_window(config: WidgetConfig, caller: Caller) -> throttling.Window:
    limit = config.limits.sessions_per_hour
    return address_window(config, caller, scope="sessions", limit=limit, seconds=HOUR)


def greeting_of(config: WidgetConfig, session: Session) -> Greeting | None:
    behavior = config.behavior
    if not behavior.greeting_enabled:
        return None
    words = config.own_text("greeting", language=session.language, otherwise=behavior.greeting_message)
    return Greeting(content=words, timestamp=session.started_at)


def _running(visitor: Visitor, now: datetime) -> Session | None:
    return (
        Session.objects.select_related("visitor")
        .filter(is_running(now), visitor=visitor)
        .order_by("-last_heard_at")
        .first()
    )


def _resume(visitor: Visitor, page: PageSeen, now: datetime) -> Session | None:
    session = _running(visitor, now)
    if session is not None:
        seen = {"page_url": page.url[:LONGEST]} if page.url else {}
        Session.objects.filter(pk=session.pk).update(last_heard_at=now, **seen)
    return session


@transaction.atomic
def _begin(
    tenant: Tenant, visitor: Visitor | None, page: PageSeen, browser: Browser, now: datetime
) -> tuple[Session, bool]:
    if visitor is None:
        visitor = Visitor.objects.create(tenant=tenant, first_seen_at=now, last_seen_at=now)
    else:
        # Two tabs opened at once wait here for one another, and the second finds the first one's session.
        visitor = Visitor.objects.select_for_update().get(pk=visitor.pk)
        running = _running(visitor, now)
        if running is not None:
            return running, False
    Visitor.objects.filter(pk=visitor.pk).update(visit_count=F("visit_count") + 1, last_seen_at=now)
    session = Session.objects.create(
        tenant=tenant,
        visitor=visitor,
        started_at=now,
        last_heard_at=now,
        first_page_url=page.url[:LONGEST],
        first_page_title=page.title[:300],
        page_url=page.url[:LONGEST],
        page_count=1 if page.url else 0,
        referrer=page.referrer[:LONGEST],
        user_agent=browser.user_agent[:400],
        is_mobile="Mobi" in browser.user_agent,
        language=browser.language[:35],
        visit_number=visitor.visit_count + 1,
    )
    return session, True


@transaction.atomic
def end_session(*, tenant: Tenant, session_id: str, now: datetime) -> None:
    """End the visitor's own session; raises SessionNotFound where there is none running."""
    end(get_session(tenant=tenant, session_id=session_id, now=now, lock=True), now)


def end_idle_sessions(*, now: datetime, limit: int = 1000) -> int:
    """End sessions nothing was heard of for 30 minutes, or a day where a person answers; gives their number.

    At most `limit` of those in which something was said, each in a transaction of its own: locks on their leads are
    held for one of them only.
    """
    idle = Session.objects.filter(~is_running(now), ended_at=None, last_heard_at__lte=now - IDLE_AFTER)
    idle = idle.order_by("last_heard_at")
    silent = Q(message_count=0, mode=Session.Mode.ASSISTANT)
    ended = _end_silent(idle.filter(silent), now)
    for pk in list(idle.exclude(silent).values_list("pk", flat=True)[:limit]):
        ended += _end_spoken(idle.filter(pk=pk), now)
    return ended


@transaction.atomic
def _end_silent(silent: QuerySet, now: datetime) -> int:
    """Nobody is told of these, so they end all at once. One that is in use now is looked at next time."""
    keys = list(silent.select_for_update(skip_locked=True).values_list("pk", flat=True)[:MOST_SILENT])
    IdempotencyRecord.objects.filter(session__in=keys).delete()
    return Session.objects.filter(pk__in=keys).update(ended_at=now)


@transaction.atomic
def _end_spoken(idle: QuerySet, now: datetime) -> int:
    locked = idle.select_for_update(skip_locked=True, of=("self",)).select_related("tenant", "visitor", "lead")
    session = locked.first()
    if session is None:
        return 0
    end(session, now)
    return 1


def end(session: Session, now: datetime) -> None:
    """End a locked session, whoever answers it, and tell whoever asked to hear of it."""
    session.ended_at = now
    put(session, live.end(standing_of(session), now))
    session.save(update_fields=["ended_at", *STANDING])
    close_call(session, Handoff.Outcome.ENDED, now)
    session.idempotency_records.all().delete()
    if not session.message_count:
        return  # nothing was said: no conversation began that could end
    announce_ended(session.tenant, session, now)
    if session.lead_id:
        lead_services.refresh_snapshot(
            tenant=session.tenant,
            conversation_reference=session.reference,
            transcript=transcript_lines(session),
            now=now,
        )
