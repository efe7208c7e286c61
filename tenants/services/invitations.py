"""Inviting colleagues by mail: a link that works once, for a week, for one business and one address."""

import hashlib
import logging
import secrets
import smtplib
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from caty.lib import throttling
from caty.lib.errors import CatyError
from tenants.models import Invitation, Membership, Tenant
from tenants.services.colleagues import AlreadyColleague, add_colleague, require_owner

log = logging.getLogger(__name__)

GOOD_FOR = timedelta(days=7)
PATH = "/admin/invitation/{token}/"
PER_DAY = 30


class InvitationInvalid(CatyError):
    """Unknown, used, too old, or somebody else's: nobody is told which."""

    status = 404
    code = "NOT_FOUND"
    message = "This invitation is no longer good. Ask the one who invited you for a new one."


class AccountInvalid(CatyError):
    message = "The account can't be made like this."


class AccountExists(AccountInvalid):
    message = "There is an account with this e-mail address. Log in and open the link again."


def invite_colleague(*, tenant: Tenant, email: str, role: str, invited_by, now: datetime) -> Invitation:
    """Store an invitation and, after commit, mail its link; earlier open ones for the address end.

    Raises NotAllowed, AlreadyColleague, AccountInvalid for what is no e-mail address, and RateLimited after 30 a day.
    """
    require_owner(tenant.pk, invited_by)
    email, role = _clean_email(email), Membership.Role(role)
    if Membership.objects.for_tenant(tenant).filter(user__email__iexact=email).exists():
        raise AlreadyColleague
    throttling.require(throttling.Window("invitations", str(tenant.pk), PER_DAY, 86_400))
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        _open(now).filter(tenant=tenant, email__iexact=email).update(expires_at=now)
        invitation = Invitation.objects.create(
            tenant=tenant,
            email=email,
            role=role,
            token_digest=_digest(token),
            invited_by=invited_by,
            expires_at=now + GOOD_FOR,
        )
        transaction.on_commit(partial(_send, invitation, token))
    return invitation


def get_open_invitation(*, token: str, now: datetime) -> Invitation:
    """Raises InvitationInvalid."""
    invitation = _open(now).select_related("tenant").filter(token_digest=_digest(token)).first()
    if invitation is None:
        raise InvitationInvalid
    return invitation


def accept_invitation(*, token: str, user, now: datetime) -> Membership:
    """Make the person who is logged in a colleague; a role they already have stays.

    The account's e-mail address must be the invited one. Raises InvitationInvalid.
    """
    with transaction.atomic():
        invitation = _take(token, now)
        if not user.is_active or user.email.lower() != invitation.email.lower():
            raise InvitationInvalid
        return add_colleague(tenant=invitation.tenant, user=user, role=invitation.role)


def accept_as_new_colleague(*, token: str, full_name: str, password: str, now: datetime) -> Membership:
    """Make an account for the invited address and a colleague of its holder.

    Raises InvitationInvalid, and AccountInvalid for a weak password or an address that has an account: its holder
    logs in and calls `accept_invitation`.
    """
    with transaction.atomic():
        invitation = _take(token, now)
        user = _create_user(invitation.email, full_name, password)
        return add_colleague(tenant=invitation.tenant, user=user, role=invitation.role)


def _open(now: datetime):
    return Invitation.objects.filter(accepted_at=None, expires_at__gt=now)


def _digest(token: str) -> str:
    """The token is random and long, so a plain digest can't be tried through."""
    return hashlib.sha256(token.encode()).hexdigest()


def _take(token: str, now: datetime) -> Invitation:
    """Use the invitation up; of two who come at once, one is refused."""
    if _open(now).filter(token_digest=_digest(token)).update(accepted_at=now) == 0:
        raise InvitationInvalid
    return Invitation.objects.select_related("tenant").get(token_digest=_digest(token))


def _create_user(email: str, full_name: str, password: str):
    users = get_user_model()
    if users.objects.filter(email__iexact=email).exists():
        raise AccountExists
    user = users(username=email, email=email, first_name=full_name.strip()[:150])
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise AccountInvalid(" ".join(error.messages)) from error
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise AccountExists from error
    return user


def _clean_email(email: str) -> str:
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise AccountInvalid(" ".join(error.messages)) from error
    return email


def _send(invitation: Invitation, token: str) -> None:
    """A mail that can't be sent is logged; the invitation can be made again."""
    # A line break in a name would begin another header.
    business = " ".join(invitation.tenant.name.split())
    body = _(
        "You are invited to work on the website assistant of %(business)s.\n\n"
        "Open this link to accept:\n%(link)s\n\n"
        "It works once, for seven days. If you don't know what this is about, ignore this mail."
    ) % {"business": business, "link": settings.SITE_URL + PATH.format(token=token)}
    mail = EmailMessage(_("Invitation to %s") % business, body, to=[invitation.email])
    try:
        mail.send()
    except (smtplib.SMTPException, OSError) as error:
        log.warning("invitation.mail_failed invitation_id=%s reason=%s", invitation.pk, type(error).__name__)
