"""Conversations with calls for a person, put down as they would have become, for reports and lists."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from tenants.models import Membership, Tenant
from widget.models import Answer, Handoff, Message, Session, Visitor


def colleague(tenant: Tenant, name: str) -> Membership:
    address = f"{name.lower()}@{tenant.slug}.example"
    user = User.objects.create(username=address, email=address, first_name=name, is_staff=True)
    return Membership.objects.create(tenant=tenant, user=user, role="editor")


def conversation(tenant: Tenant, at: datetime, *, is_over: bool = True, unanswered: bool = False, **columns) -> Session:
    """In which the visitor wrote once."""
    visitor = Visitor.objects.create(tenant=tenant, first_seen_at=at, last_seen_at=at)
    ended_at = at + timedelta(hours=1) if is_over else None
    given = {"message_count": 1, "ended_at": ended_at, "last_heard_at": at, **columns}
    session = Session.objects.create(tenant=tenant, visitor=visitor, started_at=at, **given)
    asked = Message.objects.create(session=session, sequence=1, role="visitor", content="Hi?", created_at=at)
    Answer.objects.create(question=asked, session=session, state="done", created_at=at, is_unanswered=unanswered)
    return session


def call(session: Session, *, taken=None, replied=None, by=None, after: int = 0, **columns) -> Handoff:
    """`after` seconds of the conversation; taken and answered so many seconds later, by a colleague."""
    at = session.started_at + timedelta(seconds=after)
    given = {"reason": "user_request", "outcome": Handoff.Outcome.HANDED_BACK, **columns}
    return Handoff.objects.create(
        tenant=session.tenant,
        session=session,
        requested_at=at,
        taken_at=None if taken is None else at + timedelta(seconds=taken),
        taker=None if taken is None else by,
        first_reply_at=None if replied is None else at + timedelta(seconds=replied),
        replier=None if replied is None else by,
        closed_at=at + timedelta(hours=1) if given["outcome"] else None,
        **given,
    )
