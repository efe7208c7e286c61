"""How often each source and each of its articles helped: answers a day, counted from what answers were made of.

An answer names passages, whose rows go when their text changes. So each count stays at the highest it ever was: counted
anew every hour while the day lasts, it loses nothing that was there at the time, and counting twice changes nothing.
"""

import logging
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef

from tenants.models import ArticleUse, Source, SourceUse, Tenant
from widget.models import Session

log = logging.getLogger(__name__)

DAYS_COUNTED = 2  # today and yesterday, for what was answered right before midnight
DAYS_KEPT = 31
LONGEST_TALK = timedelta(days=2)
# A reference that is no number is no passage's; CASE keeps it from being read as one.
COUNTED = """
WITH used AS (
    SELECT DISTINCT answer.id AS answer, (answer.created_at AT TIME ZONE 'UTC')::date AS day,
           article.id AS article, page.source_id AS source
    FROM widget_session AS session
    JOIN widget_answer AS answer ON answer.session_id = session.id
    CROSS JOIN LATERAL jsonb_array_elements_text(answer.passages_used) AS named(passage)
    JOIN tenants_passage AS passage
      ON passage.id = CASE WHEN named.passage ~ '^p[0-9]{1,18}$' THEN substr(named.passage, 2)::bigint END
     AND passage.tenant_id = session.tenant_id
    JOIN tenants_article AS article ON article.id = passage.article_id
    JOIN tenants_sourcepage AS page ON page.id = article.page_id
    WHERE session.tenant_id = %(tenant)s AND session.started_at >= %(began)s
      AND answer.created_at >= %(since)s AND answer.state = 'done' AND NOT answer.is_unanswered
), articles AS (
    INSERT INTO tenants_articleuse (article_id, day, answers)
    SELECT article, day, count(DISTINCT answer) FROM used GROUP BY article, day
    ON CONFLICT (article_id, day) DO UPDATE SET answers = GREATEST(tenants_articleuse.answers, excluded.answers)
)
INSERT INTO tenants_sourceuse (source_id, day, answers)
SELECT source, day, count(DISTINCT answer) FROM used GROUP BY source, day
ON CONFLICT (source_id, day) DO UPDATE SET answers = GREATEST(tenants_sourceuse.answers, excluded.answers)
"""


def count_helping(*, now: datetime) -> int:
    """Count what was answered today and yesterday (UTC), and forget what is older than a month; how many businesses."""
    today = now.date()
    since = datetime.combine(today - timedelta(days=DAYS_COUNTED - 1), datetime.min.time(), tzinfo=now.tzinfo)
    began = since - LONGEST_TALK
    talked = Session.objects.filter(tenant=OuterRef("pk"), started_at__gte=began)
    tenants = Tenant.objects.filter(Exists(Source.objects.filter(tenant=OuterRef("pk"))), Exists(talked))
    tenant_ids = list(tenants.values_list("pk", flat=True))
    for tenant_id in tenant_ids:
        with connection.cursor() as cursor:
            cursor.execute(COUNTED, {"tenant": tenant_id, "since": since, "began": began})
    _forget(before=today - timedelta(days=DAYS_KEPT))
    log.info("knowledge.use_counted tenants=%s", len(tenant_ids))
    return len(tenant_ids)


def _forget(*, before: date) -> None:
    for model in (ArticleUse, SourceUse):
        model.objects.filter(day__lt=before).delete()
