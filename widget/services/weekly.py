"""The weekly mail, as far as conversations go: what they were like, and what owners should write an article for."""

import logging
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from caty.lib import tasks
from leads import services as lead_services
from leads.contracts import ChatFigures
from widget.models import Answer, Session
from widget.queries import find_questions_to_answer

log = logging.getLogger(__name__)
WEEK = timedelta(days=7)
MOST_QUESTIONS = 5
ASKED_WITHIN = 4 * WEEK


def hint_weeks(*, now: datetime) -> int:
    """Hint a task for each business whose owners are to be told of their week; how many."""
    due = lead_services.find_weeks_due(now=now)
    for one in due:
        tasks.hint("widget.write_week", tenant_id=one.tenant_id)
    return len(due)


def write_week(*, tenant_id: int, now: datetime) -> int:
    """Write down the mails about a business's week that are due and not yet written; how many are new."""
    count = 0
    for due in lead_services.find_weeks_due(now=now, tenant_id=tenant_id):
        count += lead_services.announce_week(
            due,
            this_week=figures(tenant_id, due.since, due.until),
            week_before=figures(tenant_id, due.since - WEEK, due.since),
            questions=find_questions_to_answer(tenant_id, asked_since=now - ASKED_WITHIN, most=MOST_QUESTIONS),
            now=now,
        )
    if count:
        log.info("week.written tenant=%s mails=%s", tenant_id, count)
    return count


def figures(tenant_id: int, since: datetime, until: datetime) -> ChatFigures:
    """What became of the conversations that began in this time; found by the index of those alone."""
    spoken = Session.objects.for_tenant(tenant_id).filter(
        started_at__gte=since, started_at__lt=until, message_count__gt=0
    )
    given = Answer.objects.filter(session__in=spoken, state=Answer.State.DONE)
    counts = given.aggregate(
        answered=Count("pk", filter=Q(is_unanswered=False)),
        refused=Count("pk", filter=Q(is_unanswered=True)),
        cost_microusd=Coalesce(Sum("cost_microusd"), 0),
    )
    return ChatFigures(chats=spoken.count(), **counts)
