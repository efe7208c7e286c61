"""The worker's errands. Rows decide what is due; a task may run twice, late or never."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from leads import budget_warnings, delivery, mailing, services
from leads.mailing import visitors

SWEEP_SECONDS = 15
MAIL_SWEEP_SECONDS = 30
MOST_BATCHES = 20  # of old deliveries in one go: what is left over is for the next


@shared_task(name="leads.deliver")
def deliver(*, delivery_id: str, **_later) -> None:
    """Send one delivery."""
    delivery.deliver(UUID(delivery_id), now=timezone.now())


@shared_task(name="leads.deliver_next")
def deliver_next(*, connection_id: int, **_later) -> None:
    """Send what is due over one connection."""
    delivery.deliver_next(connection_id, now=timezone.now())


@shared_task(name="leads.deliver_due")
def deliver_due(**_later) -> None:
    """Have sent whatever is due. What no worker takes until the next sweep is dropped, so that queues stay short."""
    for delivery_pk in delivery.find_due(now=timezone.now()):
        deliver.apply_async(kwargs={"delivery_id": str(delivery_pk)}, expires=SWEEP_SECONDS)


@shared_task(name="leads.mail_staff")
def mail_staff(*, mail_id: str, **_later) -> None:
    """Send one mail to a colleague."""
    mailing.send(UUID(mail_id), now=timezone.now())


@shared_task(name="leads.mail_staff_due")
def mail_staff_due(**_later) -> None:
    """Begin the digests that are due, and have sent whatever mail is."""
    for mail_pk in mailing.find_due(now=timezone.now()):
        mail_staff.apply_async(kwargs={"mail_id": str(mail_pk)}, expires=MAIL_SWEEP_SECONDS)


@shared_task(name="leads.mail_visitor")
def mail_visitor(*, mail_id: str, **_later) -> None:
    """Send one mail to a visitor."""
    visitors.send(UUID(mail_id), now=timezone.now())


@shared_task(name="leads.mail_visitors_due")
def mail_visitors_due(**_later) -> None:
    """Have sent whatever mail to visitors is due."""
    for mail_pk in visitors.find_due(now=timezone.now()):
        mail_visitor.apply_async(kwargs={"mail_id": str(mail_pk)}, expires=MAIL_SWEEP_SECONDS)


@shared_task(name="leads.watch_promises")
def watch_promises(**_later) -> None:
    """Remind colleagues of what visitors were promised."""
    services.watch_promises(now=timezone.now())


@shared_task(name="leads.warn_of_budgets")
def warn_of_budgets(**_later) -> None:
    """Tell of budgets that are nearly used."""
    budget_warnings.warn(now=timezone.now())


@shared_task(name="leads.send_earlier")
def send_earlier(*, connection_id: int, **_later) -> None:
    """Have the next few earlier leads sent over one connection."""
    services.send_earlier_batch(connection_id, now=timezone.now())


@shared_task(name="leads.send_earlier_due")
def send_earlier_due(**_later) -> None:
    """Go on with earlier leads wherever that is under way."""
    for connection_pk in services.find_earlier():
        send_earlier.apply_async(kwargs={"connection_id": connection_pk}, expires=SWEEP_SECONDS)


@shared_task(name="leads.forget_old_deliveries")
def forget_old_deliveries(**_later) -> None:
    """Delete deliveries, calls and mails that were settled long ago."""
    services.forget_old_deliveries(now=timezone.now(), most_batches=MOST_BATCHES)
    services.forget_old_mails(now=timezone.now(), most_batches=MOST_BATCHES)
