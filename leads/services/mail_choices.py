"""Colleagues choosing which mails they get, by themselves or by the link at the end of each mail."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time

from django.core import signing
from django.db import transaction
from django.db.models import QuerySet

from caty.lib.errors import CatyError
from leads.mail_choices import CALLS_OF, Wishes, choosable, wishes_of
from leads.models import MailChoice, StaffMail
from tenants.models import Membership
from tenants.staff import EDITORS

Kind = StaffMail.Kind
SIGNER = signing.Signer(salt="leads.stop_mail", sep=".")
NOTHING_OF = {
    Kind.HOT: {"hot_leads": False},
    Kind.DIGEST: {"digest": False},
    Kind.PAUSED: {"pauses": False},
    Kind.WEEKLY: {"weekly": False},
    Kind.BUDGET: {"budgets": False},
    **{kind: {column: False} for kind, (column, _unasked) in CALLS_OF.items()},
}


class StopLinkInvalid(CatyError):
    """Not one of our links, or cut short."""

    status = 404
    code = "NOT_FOUND"
    message = "This link isn't complete. Open it once more from the mail."


@dataclass(frozen=True, kw_only=True)
class StopLink:
    """What a link stops: mails of this kind about this business. No name: the person has left it."""

    kind: str
    business: str


def choose_mails(membership_pk: int, *, user_pk: int, wishes: Wishes, now: datetime) -> None:
    """What this person gets from now on. Raises Membership.DoesNotExist for a membership that isn't theirs."""
    _store(Membership.objects.filter(pk=membership_pk, user=user_pk), asdict(wishes), now=now)


def stop_path(membership_pk: int, kind: str) -> str:
    """What stands in the address of a link that stops mails of this kind. Good for as long as SECRET_KEY is."""
    return SIGNER.sign(f"{membership_pk}-{choosable(kind)}")


def read_stop_path(path: str) -> StopLink:
    """Changes nothing. Raises StopLinkInvalid."""
    membership_pk, kind = _unsigned(path)
    membership = Membership.objects.select_related("tenant").filter(pk=membership_pk).first()
    return StopLink(kind=kind, business=membership.tenant.name if membership else "")


def stop_mails(path: str, *, now: datetime) -> None:
    """Send that person no more mails of this kind, those not sent yet included. Again changes nothing.

    Raises StopLinkInvalid.
    """
    membership_pk, kind = _unsigned(path)
    try:
        _store(Membership.objects.filter(pk=membership_pk), NOTHING_OF[kind], now=now)
    except Membership.DoesNotExist:
        # Who has left the business gets nothing as it is.
        return


def _unsigned(path: str) -> tuple[int, str]:
    """Raises StopLinkInvalid."""
    try:
        membership_pk, _dash, kind = SIGNER.unsign(path).partition("-")
    except signing.BadSignature as error:
        raise StopLinkInvalid from error
    return int(membership_pk), Kind(kind)


def _store(held: QuerySet, changes: Mapping[str, bool | time | None], *, now: datetime) -> None:
    """Put `changes`, wishes by name, over what holds now for the one membership in `held`.

    Raises Membership.DoesNotExist.
    """
    with transaction.atomic():
        membership = held.select_for_update().get()
        wishes = replace(wishes_of(membership), **changes)
        choice = MailChoice.objects.filter(membership=membership).first()
        MailChoice.objects.update_or_create(
            membership=membership,
            defaults={
                "tenant_id": membership.tenant_id,
                "hot_leads": wishes.hot_leads,
                "digest_from": _since(wishes.digest, choice and choice.digest_from, now),
                "pauses": wishes.pauses,
                "weekly_from": _since(wishes.weekly, choice and choice.weekly_from, now),
                "budgets": wishes.budgets if membership.role == Membership.Role.OWNER else None,
                "quiet_from": wishes.quiet_from,
                "quiet_until": wishes.quiet_until,
                **_calls(membership, wishes),
            },
        )


def _calls(membership: Membership, wishes: Wishes) -> dict[str, bool | None]:
    """Of those who answer; for others it stays open what they would choose."""
    may_answer = membership.role in EDITORS
    return {column: getattr(wishes, column) if may_answer else None for column, _unasked in CALLS_OF.values()}


def _since(is_wanted: bool, before: datetime | None, now: datetime) -> datetime | None:
    """One that is on stays on since when it was."""
    return (before or now) if is_wanted else None
