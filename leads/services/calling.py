"""Colleagues who are called to a conversation."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from leads import calls, notifying
from leads.contracts import StaffCall
from leads.mail_choices import ANSWERS, COMES_IN, is_resting, wishes_of
from leads.models import StaffMail
from leads.services.devices import find_devices
from tenants.models import Membership

Kind, State = StaffMail.Kind, StaffMail.State
LONGEST_ABOUT = 100
MAILS = {
    calls.WAITING: Kind.HANDOFF,
    calls.WROTE: Kind.OWN,
    calls.ASSIGNED: Kind.OWN,
    calls.ESCALATION: Kind.ESCALATION,
    calls.MISSED: Kind.MISSED,
}
WITHDRAWN = (Kind.HANDOFF, Kind.OWN, Kind.ESCALATION, Kind.PUSH)


def call_colleagues(call: StaffCall, *, tenant_id: int, only: int | None = None, now: datetime) -> int:
    """Write down a notice for each colleague of the business who wants to be told of such (`only`: for this membership
    alone); how many are new. Belongs in the transaction in which it happens.

    Whoever has quiet hours is left in peace, but for an owner where nobody else is left to be called at last.
    """
    members = _reachable(tenant_id, only)
    called = _called(call.kind, members, now)
    if not called:
        return 0
    contents = calls.contents_of(call, shows=_shown(called[0]))
    devices = find_devices(called) if call.kind != calls.MISSED else {}
    rows = [row for one in called for row in _rows(call, one, devices.get(one.pk, []), contents, now)]
    return notifying.write(rows)


def withdraw_calls(*, tenant_id: int, conversation_reference: str) -> int:
    """Nobody needs to come to this conversation any more: what has not been sent of it is not. How many."""
    waiting = StaffMail.objects.for_tenant(tenant_id).filter(
        conversation_reference=conversation_reference, kind__in=WITHDRAWN, state=State.PENDING
    )
    return waiting.update(state=State.SKIPPED, contents=None)


def _reachable(tenant_id: int, only: int | None) -> list[Membership]:
    """Those who may answer, with what they have chosen."""
    members = Membership.objects.for_tenant(tenant_id).filter(COMES_IN & ANSWERS)
    members = members if only is None else members.filter(pk=only)
    return list(members.select_related("user", "mail_choice", "tenant__behavior").order_by("pk"))


def _called(kind: str, members: list[Membership], now: datetime) -> list[Membership]:
    if kind == calls.MISSED:  # nothing is urgent about it any more
        return members
    awake = [one for one in members if not is_resting(one, now=now)]
    if kind == calls.ESCALATION and not awake:
        return [one for one in members if one.role == Membership.Role.OWNER]
    return awake


def _shown(membership: Membership) -> str:
    behavior = getattr(membership.tenant, "behavior", None)
    return behavior.notice_shows if behavior else calls.NOTHING


def _rows(
    call: StaffCall, member: Membership, devices: list[int], contents: dict, now: datetime
) -> Iterable[StaffMail]:
    common = {
        "tenant_id": member.tenant_id,
        "membership_id": member.pk,
        "conversation_reference": call.conversation_reference,
        "contents": contents,
        "created_at": now,
        "due_at": now,
    }
    for pk in devices:
        yield StaffMail(kind=Kind.PUSH, about=_about(call, f":{pk}"), subscription_id=pk, **common)
    if member.user.email and _is_mailed(call.kind, member, has_devices=bool(devices)):
        yield StaffMail(kind=MAILS[call.kind], about=_about(call), **common)


def _is_mailed(kind: str, member: Membership, *, has_devices: bool) -> bool:
    wishes = wishes_of(member)
    if kind in (calls.WROTE, calls.ASSIGNED):
        return wishes.own_calls and not has_devices
    return {calls.WAITING: wishes.calls, calls.ESCALATION: wishes.escalations, calls.MISSED: wishes.missed}[kind]


def _about(call: StaffCall, device: str = "") -> str:
    about = f"{call.kind}:{call.about}"
    if len(about) > LONGEST_ABOUT:
        about = f"{call.kind}:{blake2b(about.encode(), digest_size=16).hexdigest()}"
    return about + device
