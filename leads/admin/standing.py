"""How a connection does, in words: the same few queries, however much it has sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Connection, Delivery

State = Delivery.State
DAYS = 7
WAITING = (State.PENDING, State.SENDING, State.PAUSED)
ARRIVED = (State.DELIVERED, State.SUPERSEDED)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`level` is good, warn, bad or quiet. `waiting` is all that is to be sent, `oldest` since when the first of it is;
    `failed` is all that was given up; the rest is of the last seven days."""

    level: str
    words: str
    last_delivered_at: datetime | None
    waiting: int
    oldest: datetime | None
    held: int
    failed: int
    arrived_lately: int
    failed_lately: int


def moment(at: datetime) -> str:
    """“3 May, 14:05”, or the time alone on the same day."""
    at = timezone.localtime(at)
    return date_format(at, "H:i" if at.date() == timezone.localdate() else "j M, H:i")


def standing_of(connection: Connection, *, now: datetime) -> Standing:
    level, words = _state_of(connection, now)
    rows = Delivery.objects.for_tenant(connection.tenant_id).filter(connection=connection)
    open_ones = rows.filter(state__in=(*WAITING, State.HELD)).aggregate(
        waiting=Count("pk", filter=Q(state__in=WAITING)),
        oldest=Min("created_at", filter=Q(state__in=WAITING)),
        held=Count("pk", filter=Q(state=State.HELD)),
    )
    lately = rows.filter(created_at__gte=now - timedelta(days=DAYS)).aggregate(
        arrived_lately=Count("pk", filter=Q(state__in=ARRIVED)), failed_lately=Count("pk", filter=Q(state=State.DEAD))
    )
    return Standing(
        level=level,
        words=words,
        last_delivered_at=connection.last_delivered_at,
        failed=rows.filter(state=State.DEAD).count(),
        **open_ones,
        **lately,
    )


def paused_words(connection: Connection) -> str:
    said = {"reason": connection.paused_reason, "since": moment(connection.paused_at) if connection.paused_at else ""}
    opening = _("Paused since %(since)s: %(reason)s") if connection.paused_at else _("Paused: %(reason)s")
    return f"{opening % said} {_('Nothing is sent; your leads wait here.')}"


def _state_of(connection: Connection, now: datetime) -> tuple[str, str]:
    if not connection.is_enabled:
        return "quiet", _("Switched off: nothing is sent, and what there is to send waits.")
    if connection.state == Connection.State.PAUSED:
        return "bad", paused_words(connection)
    if connection.resting_until and connection.resting_until > now:
        return "warn", _("Resting until %(until)s. %(reason)s") % {
            "until": moment(connection.resting_until),
            "reason": _failing_words(connection) or _("It asked for a break, or has had as much as it takes for now."),
        }
    if connection.failures:
        return "warn", f"{_failing_words(connection)} {_('We go on trying.')}"
    return "good", _("Working.")


def _failing_words(connection: Connection) -> str:
    """How often in a row it has failed, and what was said the last time."""
    if not connection.failures:
        return ""
    words = ngettext("The last try failed.", "The last %(count)d tries failed.", connection.failures) % {
        "count": connection.failures
    }
    rows = Delivery.objects.for_tenant(connection.tenant_id).filter(connection=connection, state=State.PENDING)
    failing = rows.filter(failures__gt=0).order_by("-due_at").values_list("last_error", flat=True).first()
    return f"{words} {failing}" if failing else words
