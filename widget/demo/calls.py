"""The demo's calls for a person: who asked, who came, and how the visitor found it. A few bulk inserts."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction

from tenants.models import Membership, Tenant
from widget.demo.content import HERE
from widget.demo.story import LOCAL_TIME
from widget.models import Handoff, Message, PageView, Session, Visitor
from widget.pages import page_key

BEFORE = timedelta(seconds=40)  # so long they have looked at the page before they write


def load_calls() -> list[dict]:
    """As `calls.json` holds them: oldest first, with a local time `at`; inside in seconds after the first words. Lines
    are (seconds, who, text), where who may be a colleague's short name."""
    return json.loads((HERE / "calls.json").read_text("utf-8"))


def add_calls(tenant: Tenant, colleagues: Mapping[str, Membership], *, now: datetime) -> None:
    """Insert them, answered by these colleagues; nothing without any."""
    if not colleagues:
        return
    told = load_calls()
    begun = [_begun(one, now) for one in told]
    visitors = [Visitor(tenant=tenant, visit_count=1, first_seen_at=at, last_seen_at=at) for at in begun]
    with transaction.atomic():
        Visitor.objects.bulk_create(visitors)
        sessions = [_session(*each, tenant) for each in zip(told, begun, visitors, strict=True)]
        Session.objects.bulk_create(sessions)
        pairs = list(zip(told, sessions, strict=True))
        PageView.objects.bulk_create(_view(one, session) for one, session in pairs)
        Message.objects.bulk_create(
            message for one, session in pairs for message in _messages(one, session, colleagues)
        )
        Handoff.objects.bulk_create(_call(one["call"], session, colleagues) for one, session in pairs)


def _begun(told: Mapping, now: datetime) -> datetime:
    day = now.astimezone(LOCAL_TIME).date() - timedelta(days=told["days_ago"])
    return datetime.combine(day, time.fromisoformat(told["at"]), LOCAL_TIME)


def _session(told: Mapping, at: datetime, visitor: Visitor, tenant: Tenant) -> Session:
    said, call = told["said"], told["call"]
    url = settings.SITE_URL + told["path"]
    last = max(said[-1][0], call["closed"])
    was_asked = call["reason"] != "taken"
    return Session(
        tenant=tenant,
        visitor=visitor,
        started_at=at - BEFORE,
        last_heard_at=at + timedelta(seconds=last),
        ended_at=at + timedelta(seconds=last, minutes=0 if call["outcome"] == "ended" else 30),
        first_page_url=url,
        page_url=url,
        page_count=1,
        message_count=sum(who == "visitor" for _at, who, _text in said),
        last_sequence=len(said),
        intent="human_request",
        handoff_requested_at=at + timedelta(seconds=call["at"]) if was_asked else None,
        handoff_reason=call["reason"] if was_asked else "",
        satisfaction=told.get("how", ""),
    )


def _view(told: Mapping, session: Session) -> PageView:
    return PageView(
        tenant_id=session.tenant_id,
        session=session,
        key="demo-0",
        url=session.page_url,
        page_key=page_key(session.page_url),
        started_at=session.started_at,
        time_on_page_ms=1000 * (told["said"][-1][0] + int(BEFORE.total_seconds())),
        scroll_depth=60,
    )


def _messages(told: Mapping, session: Session, colleagues: Mapping[str, Membership]) -> Sequence[Message]:
    begun = session.started_at + BEFORE
    return [
        _message(session, sequence, begun + timedelta(seconds=seconds), who, text, colleagues.get(who))
        for sequence, (seconds, who, text) in enumerate(told["said"], start=1)
    ]


def _message(session: Session, sequence: int, at: datetime, who: str, text: str, author: Membership | None) -> Message:
    return Message(
        session=session,
        sequence=sequence,
        role=Message.Role.STAFF if author else who,
        content=text,
        created_at=at,
        page_url=session.page_url,
        answered_by={"visitor": "", "assistant": "knowledge"}.get(who, "human"),
        author=author,
        author_name=author.shown_name if author else "",
    )


def _call(told: Mapping, session: Session, colleagues: Mapping[str, Membership]) -> Handoff:
    begun, by = session.started_at + BEFORE, colleagues.get(told.get("by", ""))
    at = begun + timedelta(seconds=told["at"])
    replied = session.messages.filter(role=Message.Role.STAFF).order_by("sequence").values_list("created_at", flat=True)
    promised = told.get("promised_hours")
    return Handoff(
        tenant_id=session.tenant_id,
        session=session,
        reason=told["reason"],
        requested_at=at,
        taken_at=begun + timedelta(seconds=told["taken"]) if by else None,
        taker=by,
        first_reply_at=replied.first() if by else None,
        replier=by,
        promised_by=at + timedelta(hours=promised) if promised else None,
        closed_at=begun + timedelta(seconds=told["closed"]),
        outcome=told["outcome"],
    )
