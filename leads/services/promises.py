"""What visitors were promised: made, kept, and watched, so that nobody forgets."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from leads import calls, notifying
from leads.mail_choices import ANSWERS, COMES_IN, is_resting, wishes_of
from leads.models import CallbackPromise, Lead, StaffMail
from leads.services.devices import find_devices
from tenants.models import Membership, Tenant

log = logging.getLogger(__name__)
Kind = StaffMail.Kind
WARNED_BEFORE = timedelta(hours=1)
MOST = 200  # of each in one go: the next comes soon


def promise_callback(
    lead_pk: int, *, tenant_id: int, due_at: datetime, conversation_reference: str, now: datetime
) -> None:
    """The business has promised to get back to this lead by `due_at`. An earlier promise that is open stays.

    Colleagues are reminded an hour before, or after half of the time where that is short.
    """
    lead = Lead.objects.for_tenant(tenant_id).only("pk").get(pk=lead_pk)
    promise = CallbackPromise(
        tenant_id=tenant_id,
        lead=lead,
        conversation_reference=conversation_reference,
        made_at=now,
        due_at=due_at,
        warn_at=max(due_at - WARNED_BEFORE, now + (due_at - now) / 2),
    )
    CallbackPromise.objects.bulk_create([promise], ignore_conflicts=True)


def keep_promise(*, tenant_id: int, conversation_reference: str, now: datetime) -> None:
    """What was promised in this conversation, or to the lead that it named, has been kept: they have heard from a
    person."""
    named = Q(lead__conversations__conversation_reference=conversation_reference)
    promised = Q(conversation_reference=conversation_reference)
    open_ones = CallbackPromise.objects.for_tenant(tenant_id).filter(kept_at=None)
    # By their keys, since the conditions join; most conversations have none.
    pks = list(open_ones.filter(promised | named).values_list("pk", flat=True).distinct())
    if pks:
        open_ones.filter(pk__in=pks).update(kept_at=now)


def keep_lead_promises(lead_pk: int, *, tenant: Tenant, now: datetime) -> int:
    """A colleague says that they have got back to this lead; how many open promises that kept."""
    return keep_of_lead(Lead.objects.for_tenant(tenant).only("pk", "tenant").get(pk=lead_pk), now)


def keep_of_lead(lead: Lead, now: datetime) -> int:
    return CallbackPromise.objects.for_tenant(lead.tenant_id).filter(lead=lead, kept_at=None).update(kept_at=now)


def watch_promises(*, now: datetime) -> int:
    """Remind colleagues of promises that are nearly due, and of those that are overdue, once each; how many."""
    going_on = CallbackPromise.objects.filter(kept_at=None, tenant__is_active=True)
    soon = going_on.filter(warned_at=None, warn_at__lte=now, due_at__gt=now)
    overdue = going_on.filter(overdue_told_at=None, due_at__lte=now)
    return _each(soon.order_by("warn_at"), _warn, now) + _each(overdue.order_by("due_at"), _tell_overdue, now)


def _each(promises: QuerySet, tell: Callable[[CallbackPromise, datetime], None], now: datetime) -> int:
    """Each in a transaction of its own; what somebody works on is looked at next time."""
    count = 0
    for pk in list(promises.values_list("pk", flat=True)[:MOST]):
        with transaction.atomic():
            rows = promises.select_for_update(skip_locked=True, of=("self",)).select_related("lead__owner")
            promise = rows.defer("lead__transcript").filter(pk=pk).first()
            if promise is not None:
                tell(promise, now)
                count += 1
    return count


def _warn(promise: CallbackPromise, now: datetime) -> None:
    promise.warned_at = now
    promise.save(update_fields=["warned_at"])
    _remind(promise, "soon", now)


def _tell_overdue(promise: CallbackPromise, now: datetime) -> None:
    promise.overdue_told_at = now
    promise.save(update_fields=["overdue_told_at"])
    _remind(promise, "overdue", now)
    log.info("promise.overdue lead=%s", promise.lead_id)


def _remind(promise: CallbackPromise, stage: str, now: datetime) -> int:
    members = _reminded(promise)
    rows = [
        StaffMail(kind=Kind.PROMISE, about=f"promise:{promise.pk}:{stage}", **_common(promise, one, now))
        for one in members
        if one.user.email
    ]
    awake = [one for one in members if not is_resting(one, now=now)]
    devices = find_devices(awake)
    rows += [
        StaffMail(
            kind=Kind.PUSH,
            about=f"promise:{promise.pk}:{stage}:{device_pk}",
            subscription_id=device_pk,
            **_common(promise, one, now),
        )
        for one in awake
        for device_pk in devices.get(one.pk, ())
    ]
    return notifying.write(rows)


def _reminded(promise: CallbackPromise) -> list[Membership]:
    """Whoever looks after the lead, where they want to hear of it; else all who do."""
    members = Membership.objects.for_tenant(promise.tenant_id).filter(COMES_IN & ANSWERS)
    all_of_them = list(members.select_related("user", "mail_choice", "tenant").order_by("pk"))
    owners = [one for one in all_of_them if one.pk == promise.lead.owner_id and _is_asked(one)]
    return owners or [one for one in all_of_them if wishes_of(one).promises]


def _is_asked(owner: Membership) -> bool:
    """Who looks after a lead hears of it unless they have said no."""
    choice = getattr(owner, "mail_choice", None)
    return choice is None or choice.promises is not False


def _common(promise: CallbackPromise, member: Membership, now: datetime) -> dict:
    return {
        "tenant_id": promise.tenant_id,
        "membership_id": member.pk,
        "lead_id": promise.lead_id,
        "contents": {"call": calls.PROMISED, "promise": promise.pk},
        "created_at": now,
        "due_at": now,
    }
