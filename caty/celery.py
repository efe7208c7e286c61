"""The Celery app and the whole beat schedule.

Everything here may run twice, late or never: tasks move rows, and the rows are the truth.
"""

import gc
import os

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caty.settings")

app = Celery("caty")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Task names by the seconds between two runs. What a hint has lost, these find.
SWEEPS = {
    "leads.deliver_due": 15,
    "leads.mail_staff_due": 30,
    "leads.mail_visitors_due": 30,
    "leads.watch_promises": 60,
    "leads.send_earlier_due": 15,
    "leads.warn_of_budgets": 60,
    "leads.forget_old_deliveries": 3600,  # a clock that is restarted every day would never come to a daily one
    "widget.answer_unanswered": 15,
    "widget.watch_conversations": 10,
    "widget.mail_unread_replies": 30,
    "widget.forget_repeatable_answers": 600,
    "widget.end_idle_sessions": 60,
    "widget.write_proactive_texts": 60,
    "widget.write_weeks": 60,
    "widget.write_variants": 60,
    "widget.sort_questions": 30,
    "widget.prepare_event_partitions": 3600,
    "widget.forget_old_visits": 3600,
    "widget.forget_unsent_attachments": 600,
    "widget.count_helping": 3600,
    "tenants.rebuild_stale_knowledge": 30,
    "tenants.encode_stale_knowledge": 60,
    "tenants.release_stale_reservations": 60,
    "tenants.resume_jobs": 15,
    "tenants.read_due_sources": 60,
}
app.conf.beat_schedule = {
    # A sweep nobody has taken by the time the next one is due is dropped: queues stay short after an outage.
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in SWEEPS.items()
}


@signals.worker_init.connect
def share_memory(**_) -> None:
    """Before a pool forks: what is loaded by now stays as it is, or the collector would copy it for every process."""
    gc.collect()
    gc.freeze()
