"""Work for staff accounts that no request waits for."""

from celery import shared_task

from caty import password_reset


@shared_task(name="caty.mail_password_links")
def mail_password_links(*, user_ids: list[int], **_):
    password_reset.mail_links(user_ids)
