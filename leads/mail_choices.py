"""Who gets which mail: each colleague's own choice, and what holds until they have chosen."""

from dataclasses import dataclass

from django.db.models import Q

from leads.models import StaffMail
from tenants.models import Membership

Kind = StaffMail.Kind
UNASKED = Q(mail_choice__isnull=True, role=Membership.Role.OWNER)
REACHABLE = Q(user__is_active=True, user__is_staff=True, user__email__gt="")
CONDITIONS = {
    Kind.HOT: UNASKED | Q(mail_choice__hot_leads=True),
    Kind.DIGEST: Q(mail_choice__digest_from__isnull=False),
    Kind.PAUSED: UNASKED | Q(mail_choice__pauses=True),
}


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a colleague gets from one business: hot leads at once, the daily digest, word of connections that stop."""

    hot_leads: bool
    digest: bool
    pauses: bool


def wishes_of(membership: Membership) -> Wishes:
    """Their choice, or what holds without one. No query where `mail_choice` was selected along."""
    choice = getattr(membership, "mail_choice", None)
    if choice is None:
        is_owner = membership.role == Membership.Role.OWNER
        return Wishes(hot_leads=is_owner, digest=False, pauses=is_owner)
    return Wishes(hot_leads=choice.hot_leads, digest=choice.digest_from is not None, pauses=choice.pauses)


def choosable(kind: str) -> str:
    """The kind that is chosen, and stopped, with this one."""
    return Kind.HOT if kind == Kind.MORE else kind


def wanting(kind: str) -> Q:
    """Of memberships: those whose holder wants mails of this kind and can be written to."""
    return REACHABLE & CONDITIONS[choosable(kind)]
