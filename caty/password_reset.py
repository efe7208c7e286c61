"""The mail with which staff choose a new password. A worker sends it: how long the answer to the form takes must not
tell whether there is such an account, nor whether the mail server is up."""

import logging
import smtplib
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

log = logging.getLogger(__name__)


def mail_links(user_ids: Iterable[int]) -> None:
    """Mail each of these people a link that works once. What the mail server refuses is logged, by the user's id."""
    for user in get_user_model().objects.filter(pk__in=user_ids, is_active=True):
        subject = render_to_string("admin/access/reset_mail_subject.txt").strip()
        mail = EmailMessage(subject, render_to_string("admin/access/reset_mail.txt", {"link": link_for(user)}))
        mail.to = [user.email]
        try:
            mail.send()
        except (smtplib.SMTPException, OSError) as error:
            log.warning("password_reset.mail_failed user_id=%s reason=%s", user.pk, type(error).__name__)


def link_for(user) -> str:
    """Leads to SITE_URL, whatever Host header the form was asked with."""
    token = default_token_generator.make_token(user)
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return settings.SITE_URL + reverse("admin:password_reset_confirm", args=[uid, token])
