"""Mails and notices to colleagues, written down in the transaction in which there is something to tell. Workers send
them.

Nothing here talks to a mail server. Where nobody wants to be told, one query is all it costs.
"""

from collections.abc import Iterable
from datetime import datetime

from caty.lib import tasks
from leads.mail_choices import wanting
from leads.models import BudgetWarning, Connection, Lead, StaffMail
from tenants.models import Membership

Kind, State = StaffMail.Kind, StaffMail.State


def announce_hot(lead: Lead, *, now: datetime) -> int:
    """A mail to each colleague who wants to hear of hot leads at once, if this is one; how many are new.

    Once in a lead's life for each of them, however often it is called. Nothing is written of a lead that is held:
    its release calls again.
    """
    if lead.band != Lead.Band.HOT or lead.held_reason:
        return 0
    return write(
        [
            StaffMail(
                tenant_id=lead.tenant_id,
                membership_id=membership_pk,
                kind=Kind.HOT,
                about=lead.public_id,
                lead=lead,
                created_at=now,
                due_at=now,
            )
            for membership_pk in _wanting(lead.tenant_id, Kind.HOT)
        ]
    )


def announce_paused(connection_pk: int, *, now: datetime) -> int:
    """A mail to each owner that this connection sends nothing any more; how many are new.

    To be called by whoever has just paused it or switched it off, in that transaction. `now` is the moment of the
    pause and tells it from others: the same moment is told once. While a mail about this connection is still on its
    way, there is no second.
    """
    tenant_id = Connection.objects.values_list("tenant_id", flat=True).get(pk=connection_pk)
    open_ones = StaffMail.objects.filter(
        tenant=tenant_id, kind=Kind.PAUSED, connection=connection_pk, state__in=(State.PENDING, State.SENDING)
    )
    being_told = set(open_ones.values_list("membership_id", flat=True))
    return write(
        [
            StaffMail(
                tenant_id=tenant_id,
                membership_id=membership_pk,
                kind=Kind.PAUSED,
                about=f"{connection_pk}:{now.isoformat()}",
                connection_id=connection_pk,
                created_at=now,
                due_at=now,
            )
            for membership_pk in _wanting(tenant_id, Kind.PAUSED)
            if membership_pk not in being_told
        ]
    )


def announce_budget(warning: BudgetWarning, *, contents: dict, now: datetime) -> int:
    """A mail to each owner who wants to hear that a budget is nearly used; how many are new. Once for each warning."""
    return write_figures(
        _wanting(warning.tenant_id, Kind.BUDGET),
        tenant_id=warning.tenant_id,
        kind=Kind.BUDGET,
        about=f"{warning.period}:{warning.begins_on}:{warning.limit_microusd}",
        contents=contents,
        now=now,
    )


def write_figures(
    membership_pks: Iterable[int], *, tenant_id: int, kind: str, about: str, contents: dict, now: datetime
) -> int:
    """A mail that tells these figures to each of them who has none about this yet; how many are new."""
    return write(
        [
            StaffMail(
                tenant_id=tenant_id,
                membership_id=membership_pk,
                kind=kind,
                about=about,
                contents=contents,
                created_at=now,
                due_at=now,
            )
            for membership_pk in membership_pks
        ]
    )


def hint(mail_pk) -> None:
    """Ask a worker to send this mail after commit."""
    tasks.hint("leads.mail_staff", mail_id=str(mail_pk))


def _wanting(tenant_id: int, kind: str) -> list[int]:
    members = Membership.objects.for_tenant(tenant_id).filter(wanting(kind))
    return list(members.order_by("pk").values_list("pk", flat=True))


def write(rows: list[StaffMail]) -> int:
    """How many are new; those that stand there already stay as they are."""
    if not rows:
        return 0
    StaffMail.objects.bulk_create(rows, ignore_conflicts=True)
    new = list(StaffMail.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    for mail_pk in new:
        hint(mail_pk)
    return len(new)
