"""What the worker does for conversations. Every task may run twice, late or never."""

from celery import shared_task
from django.utils import timezone

from caty.lib.database import only_one
from widget.services import (
    answering,
    attachments,
    helping,
    partitions,
    proactive_texts,
    questions,
    repeating,
    reply_mails,
    retention,
    sessions,
    variants,
    watching,
    weekly,
)


@shared_task(name="widget.answer_unanswered")
def answer_unanswered(**_):
    answering.hint_unanswered(now=timezone.now())


@shared_task(name="widget.answer_again")
def answer_again(*, answer_id: int, **_):
    answering.answer_again(answer_id=answer_id, now=timezone.now())


@shared_task(name="widget.forget_repeatable_answers")
def forget_repeatable_answers(**_):
    repeating.forget_expired(now=timezone.now())


@shared_task(name="widget.end_idle_sessions")
def end_idle_sessions(**_):
    sessions.end_idle_sessions(now=timezone.now())


@shared_task(name="widget.write_proactive_texts")
def write_proactive_texts(**_):
    proactive_texts.hint_writers(now=timezone.now())


@shared_task(name="widget.write_tenant_texts")
def write_tenant_texts(*, tenant_id: int, **_):
    proactive_texts.write_texts(tenant_id=tenant_id, now=timezone.now())


@shared_task(name="widget.write_weeks")
def write_weeks(**_):
    weekly.hint_weeks(now=timezone.now())


@shared_task(name="widget.write_week")
def write_week(*, tenant_id: int, **_):
    weekly.write_week(tenant_id=tenant_id, now=timezone.now())


@shared_task(name="widget.write_variants")
def write_variants(**_):
    variants.hint_writers(now=timezone.now())


@shared_task(name="widget.write_tenant_variants")
def write_tenant_variants(*, tenant_id: int, **_):
    variants.write_variants(tenant_id=tenant_id, now=timezone.now())


@shared_task(name="widget.sort_questions")
def sort_questions(**_):
    questions.hint_sorters()


@shared_task(name="widget.sort_tenant_questions")
def sort_tenant_questions(*, tenant_id: int, **_):
    questions.sort_questions(tenant_id=tenant_id)


@shared_task(name="widget.count_helping")
def count_helping(**_):
    with only_one("widget.count_helping") as is_mine:
        if is_mine:
            helping.count_helping(now=timezone.now())


@shared_task(name="widget.prepare_event_partitions")
def prepare_event_partitions(**_):
    with only_one("partitions") as is_mine:
        if is_mine:
            partitions.prepare_partitions(today=timezone.now().date(), kept_days=retention.longest_days())


@shared_task(name="widget.forget_old_visits")
def forget_old_visits(**_):
    with only_one("widget.forget_old_visits") as is_mine:
        if is_mine:
            retention.forget_old_visits(now=timezone.now())


@shared_task(name="widget.forget_unsent_attachments")
def forget_unsent_attachments(**_):
    attachments.forget_unsent(now=timezone.now())


@shared_task(name="widget.watch_conversations")
def watch_conversations(**_):
    watching.watch_conversations(now=timezone.now())


@shared_task(name="widget.mail_unread_replies")
def mail_unread_replies(**_):
    reply_mails.mail_unread_replies(now=timezone.now())
