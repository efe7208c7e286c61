"""Puts the week of conversations into the database: a few bulk inserts, with times before now."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from tenants.config import load_config
from tenants.contracts import EngagementWeights
from tenants.models import ProactiveRule, Tenant
from widget.demo import answers, postbox
from widget.demo.content import load_conversations
from widget.demo.story import Line, Story, tell
from widget.engine import engagement
from widget.models import Message, PageView, ProactiveShowing, Session, Visitor
from widget.pages import page_key
from widget.queries import IDLE_AFTER

USER_AGENTS = {
    "desktop": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "phone": "Mozilla/5.0 (Android 15; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0",
}


def add_history(tenant: Tenant, *, now: datetime) -> int:
    """Inserts the week unless the tenant has had a conversation already; returns how many were inserted."""
    if Session.objects.for_tenant(tenant).exists():
        return 0
    config = load_config(tenant)
    texts = {rule.trigger_type: rule.text for rule in config.rules}
    stories = [
        tell(told, now=now, weights=config.score_weights, proactive_texts=texts) for told in load_conversations()
    ]
    with transaction.atomic():
        leads = postbox.add_leads(tenant, stories)
        sessions = _add_sessions(tenant, stories, leads, config.engagement_weights)
        messages = _add_messages(stories, sessions)
        answers.add_answers(tenant, stories, sessions, messages)
        answers.add_spending(tenant, now=now)
        _add_showings(tenant, stories, sessions, messages)
        postbox.link_leads(stories, leads, sessions)
        postbox.add_claims(stories, leads, sessions)
        postbox.add_scores(tenant, stories, leads, sessions)
        postbox.add_deliveries(tenant, leads)
    return len(stories)


def page_url(path: str) -> str:
    return settings.SITE_URL + path


def _add_visitors(tenant: Tenant, stories: Sequence[Story]) -> dict[str, Visitor]:
    """One for each name in the file."""
    visits: dict[str, list[Story]] = {}
    for story in stories:
        visits.setdefault(story.told["visitor"], []).append(story)
    visitors = {
        name: Visitor(
            tenant=tenant,
            visit_count=len(own),
            first_seen_at=own[0].started_at,
            last_seen_at=own[-1].last_heard_at,
        )
        for name, own in visits.items()
    }
    Visitor.objects.bulk_create(visitors.values())
    return visitors


def _add_sessions(
    tenant: Tenant, stories: Sequence[Story], leads: Mapping[str, object], weights: EngagementWeights
) -> list[Session]:
    """One for each story, in their order, with its page views."""
    visitors, visits = _add_visitors(tenant, stories), dict.fromkeys((s.told["visitor"] for s in stories), 0)
    sessions = []
    for story in stories:
        name = story.told["visitor"]
        visits[name] += 1
        session = Session(tenant=tenant, visitor=visitors[name], lead=leads.get(story.names), visit_number=visits[name])
        session.engagement_score = engagement.score(_engagement_facts(story, visits[name]), weights)
        sessions.append(_filled(session, story))
    Session.objects.bulk_create(sessions)
    PageView.objects.bulk_create(
        view for story, session in zip(stories, sessions, strict=True) for view in _page_views(session, story)
    )
    return sessions


def _engagement_facts(story: Story, visits: int) -> engagement.EngagementFacts:
    last = story.pages[-1]
    return engagement.EngagementFacts(
        time_on_page_ms=last.seconds * 1000,
        scroll_depth=last.scroll,
        click_count=last.clicks,
        pages=len(story.pages),
        visits=visits,
    )


def _filled(session: Session, story: Story) -> Session:
    """The session with what the story tells of it."""
    told = story.told
    visitor_lines = [line for line in story.lines if line.role == "visitor"]
    proactive = [line for line in story.lines if line.role == "proactive"]
    session.started_at, session.last_heard_at = story.started_at, story.last_heard_at
    session.ended_at = None if told.get("running") else story.last_heard_at + IDLE_AFTER
    session.first_page_url, session.page_url = page_url(story.first_path), page_url(story.pages[-1].path)
    session.referrer = told.get("referrer", "")
    session.user_agent = USER_AGENTS[told.get("device", "desktop")]
    session.is_mobile = told.get("device") == "phone"
    session.page_count, session.message_count = len(story.pages), len(visitor_lines)
    session.last_sequence = len(story.lines)
    session.lead_score, session.intent = story.score, story.intent
    session.proactive_count = len(proactive)
    session.proactive_at = proactive[-1].at if proactive else None
    if "handoff" in told:
        session.handoff_requested_at = story.lines[-1].at
        session.handoff_reason = "user_request"
    return session


def _page_views(session: Session, story: Story) -> list[PageView]:
    return [
        PageView(
            tenant_id=session.tenant_id,
            session=session,
            key=f"demo-{number}",
            url=page_url(page.path),
            page_key=page_key(page_url(page.path)),
            started_at=page.began_at,
            time_on_page_ms=page.seconds * 1000,
            scroll_depth=page.scroll,
            click_count=page.clicks,
        )
        for number, page in enumerate(story.pages)
    ]


def _add_messages(stories: Sequence[Story], sessions: Sequence[Session]) -> list[list[Message]]:
    """The messages of every story, in the order of its lines."""
    messages = [
        [_message(session, line, sequence) for sequence, line in enumerate(story.lines, start=1)]
        for story, session in zip(stories, sessions, strict=True)
    ]
    Message.objects.bulk_create(message for own in messages for message in own)
    return messages


def _message(session: Session, line: Line, sequence: int) -> Message:
    message = Message(
        session=session,
        sequence=sequence,
        role=line.role,
        content=answers.text_of(line),
        created_at=line.at,
        page_url=page_url(line.path),
    )
    return answers.fill_answer(message, line) if line.role == "assistant" else message


def _add_showings(
    tenant: Tenant, stories: Sequence[Story], sessions: Sequence[Session], messages: Sequence[Sequence[Message]]
) -> None:
    """Which rule spoke where."""
    rules = {rule.trigger_type: rule for rule in ProactiveRule.objects.for_tenant(tenant)}
    ProactiveShowing.objects.bulk_create(
        ProactiveShowing(
            session=session,
            rule=rules.get(story.told["proactive"]["trigger"]),
            trigger_type=story.told["proactive"]["trigger"],
            message=message,
            announced_at=message.created_at,
            collected_at=message.created_at,
        )
        for story, session, own in zip(stories, sessions, messages, strict=True)
        for message in own
        if message.role == Message.Role.PROACTIVE
    )
