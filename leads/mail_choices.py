"""Who gets which mail and notice: each colleague's own choice, and what holds until they have chosen."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Q

from leads.models import MailChoice, StaffMail
from leads.quiet import is_quiet
from tenants.models import Membership
from tenants.staff import EDITORS

Kind = StaffMail.Kind
OWNER = Q(role=Membership.Role.OWNER)
UNASKED = Q(mail_choice__isnull=True) & OWNER
ANSWERS = Q(role__in=EDITORS)  # visitors: whoever only looks is called to nobody
COMES_IN = Q(user__is_active=True, user__is_staff=True)
REACHABLE = COMES_IN & Q(user__email__gt="")
# Whoever looks after a lead hears of what it was promised, unless they have said no.
UNDECIDED_ON_PROMISES = REACHABLE & ANSWERS & Q(mail_choice__promises__isnull=True)
# What colleagues are called by, and who is where they were never asked.
CALLS_OF = {
    Kind.HANDOFF: ("calls", OWNER),
    Kind.OWN: ("own_calls", None),
    Kind.ESCALATION: ("escalations", ANSWERS),
    Kind.MISSED: ("missed", OWNER),
    Kind.PROMISE: ("promises", OWNER),
    Kind.PUSH: ("calls_on_devices", ANSWERS),
}


def _called_by(column: str, unasked: Q | None) -> Q:
    chosen = Q(**{f"mail_choice__{column}": True})
    if unasked is not None:
        chosen |= Q(**{f"mail_choice__{column}__isnull": True}) & unasked
    return ANSWERS & chosen


CONDITIONS = {
    Kind.HOT: UNASKED | Q(mail_choice__hot_leads=True),
    Kind.DIGEST: Q(mail_choice__digest_from__isnull=False),
    Kind.PAUSED: UNASKED | Q(mail_choice__pauses=True),
    # What it costs is for owners. A choice made before there was this one says nothing of it.
    Kind.WEEKLY: OWNER & Q(mail_choice__weekly_from__isnull=False),
    Kind.BUDGET: OWNER & (Q(mail_choice__budgets__isnull=True) | Q(mail_choice__budgets=True)),
    **{kind: _called_by(column, unasked) for kind, (column, unasked) in CALLS_OF.items()},
}


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a colleague gets from one business: hot leads at once, the daily digest, word of connections that stop;
    as an owner also the weekly mail and word of budgets that are nearly used.

    Who answers visitors is called to them: on their devices, and by mail to any who waits, to their own, to one to whom
    nobody has come, and hears of those who waited in vain and of what was promised. Nobody is called between
    `quiet_from` and `quiet_until`, while others are there.
    """

    hot_leads: bool
    digest: bool
    pauses: bool
    weekly: bool = False
    budgets: bool = False
    calls_on_devices: bool = False
    calls: bool = False
    own_calls: bool = False
    escalations: bool = False
    missed: bool = False
    promises: bool = False
    quiet_from: time | None = None
    quiet_until: time | None = None


def wishes_of(membership: Membership) -> Wishes:
    """Their choice, or what holds without one: what can't wait goes to owners, what can to those who asked for it.

    No query where `mail_choice` was selected along.
    """
    choice = getattr(membership, "mail_choice", None)
    is_owner = membership.role == Membership.Role.OWNER
    calls = _calls_of(membership, choice)
    if choice is None:
        return Wishes(hot_leads=is_owner, digest=False, pauses=is_owner, budgets=is_owner, **calls)
    return Wishes(
        hot_leads=choice.hot_leads,
        digest=choice.digest_from is not None,
        pauses=choice.pauses,
        weekly=is_owner and choice.weekly_from is not None,
        budgets=is_owner and choice.budgets is not False,
        quiet_from=choice.quiet_from,
        quiet_until=choice.quiet_until,
        **calls,
    )


def _calls_of(membership: Membership, choice: MailChoice | None) -> dict[str, bool]:
    """As CONDITIONS, for one of them."""
    by_role = {OWNER: membership.role == Membership.Role.OWNER, ANSWERS: True, None: False}
    if membership.role not in EDITORS:
        return {column: False for column, _unasked in CALLS_OF.values()}
    chosen = {column: getattr(choice, column, None) for column, _unasked in CALLS_OF.values()}
    return {
        column: by_role[unasked] if chosen[column] is None else chosen[column] for column, unasked in CALLS_OF.values()
    }


def is_resting(membership: Membership, *, now: datetime) -> bool:
    """Whether it is their quiet time. No query where `mail_choice` and `tenant` were selected along."""
    wishes = wishes_of(membership)
    return is_quiet(wishes.quiet_from, wishes.quiet_until, timezone=membership.tenant.timezone, now=now)


def choosable(kind: str) -> str:
    """The kind that is chosen, and stopped, with this one."""
    return Kind.HOT if kind == Kind.MORE else kind


def wanting(kind: str) -> Q:
    """Of memberships: those whose holder wants mails, or notices, of this kind and can be reached by them."""
    return (COMES_IN if kind == Kind.PUSH else REACHABLE) & CONDITIONS[choosable(kind)]
