"""Who gets which mail: each colleague's own choice, and what holds until they have chosen."""

from dataclasses import dataclass

from django.db.models import Q

from leads.models import StaffMail
from tenants.models import Membership

Kind = StaffMail.Kind
OWNER = Q(role=Membership.Role.OWNER)
UNASKED = Q(mail_choice__isnull=True) & OWNER
REACHABLE = Q(user__is_active=True, user__is_staff=True, user__email__gt="")
CONDITIONS = {
    Kind.HOT: UNASKED | Q(mail_choice__hot_leads=True),
    Kind.DIGEST: Q(mail_choice__digest_from__isnull=False),
    Kind.PAUSED: UNASKED | Q(mail_choice__pauses=True),
    # What it costs is for owners. A choice made before there was this one says nothing of it.
    Kind.WEEKLY: OWNER & Q(mail_choice__weekly_from__isnull=False),
    Kind.BUDGET: OWNER & (Q(mail_choice__budgets__isnull=True) | Q(mail_choice__budgets=True)),
}


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a colleague gets from one business: hot leads at once, the daily digest, word of connections that stop;
    as an owner also the weekly mail and word of budgets that are nearly used."""

    hot_leads: bool
    digest: bool
    pauses: bool
    weekly: bool = False
    budgets: bool = False


def wishes_of(membership: Membership) -> Wishes:
    """Their choice, or what holds without one: what can't wait goes to owners, what can to those who asked for it.

    No query where `mail_choice` was selected along.
    """
    choice = getattr(membership, "mail_choice", None)
    is_owner = membership.role == Membership.Role.OWNER
    if choice is None:
        return Wishes(hot_leads=is_owner, digest=False, pauses=is_owner, budgets=is_owner)
    return Wishes(
        hot_leads=choice.hot_leads,
        digest=choice.digest_from is not None,
        pauses=choice.pauses,
        weekly=is_owner and choice.weekly_from is not None,
        budgets=is_owner and choice.budgets is not False,
    )


def choosable(kind: str) -> str:
    """The kind that is chosen, and stopped, with this one."""
    return Kind.HOT if kind == Kind.MORE else kind


def wanting(kind: str) -> Q:
    """Of memberships: those whose holder wants mails of this kind and can be written to."""
    return REACHABLE & CONDITIONS[choosable(kind)]
