"""Whether a lead has arrived, where and since when; if not, why, and what to do. For the section “Where it went”."""

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _

from leads.admin.mapping import can_be_mapped
from leads.admin.standing import moment
from leads.admin.words import STATE_COLORS, event_in_words
from leads.connectors import KINDS, get_connector
from leads.events import NOTE
from leads.models import Connection, Delivery, Lead, RemoteLead

State = Delivery.State
MOST = 200
ARRIVED = (State.DELIVERED, State.SUPERSEDED)
SENDABLE = (State.DELIVERED, State.DEAD, State.CANCELLED, State.PENDING, State.PAUSED)


@dataclass(kw_only=True)
class Arrival:
    """A connection a lead is meant for. `newest` is the delivery that its buttons name."""

    connection: Connection
    newest: Delivery
    color: str = ""
    words: str = ""
    when: object = None
    reason: str = ""
    advice: str = ""
    warning: str = ""
    open_url: str = ""
    open_words: str = ""
    is_paused: bool = False
    can_be_sent: bool = False
    history: list[dict] = field(default_factory=list)


def arrivals_of(lead: Lead) -> list[Arrival]:
    """One for each connection, the first that was written to first, with every delivery that is kept."""
    rows = Delivery.objects.for_tenant(lead.tenant_id).filter(lead=lead).select_related("connection")
    rows = rows.defer("connection__secrets", "connection__remote_fields", "payload").order_by("-pk")[:MOST]
    by_connection: dict[int, list[Delivery]] = {}
    for delivery in rows:
        by_connection.setdefault(delivery.connection_id, []).append(delivery)
    standing = RemoteLead.objects.for_tenant(lead.tenant_id).filter(lead=lead).exclude(url="")
    urls = dict(standing.values_list("connection", "url"))
    return [_arrival(own, urls.get(pk, "")) for pk, own in sorted(by_connection.items())]


def _arrival(rows: list[Delivery], url: str) -> Arrival:
    """`rows` are one connection's, the newest first."""
    connection = rows[0].connection
    told = [row for row in rows if row.event != NOTE]
    arrival = Arrival(connection=connection, newest=rows[0], history=[_line(row) for row in rows])
    arrived = next((row for row in told if row.state in ARRIVED), None)
    _say_state(arrival, (told or rows)[0], arrived)
    arrival.can_be_sent = any(row.state in SENDABLE for row in rows)
    arrival.warning = _warning(rows, arrived) if arrived else ""
    arrival.open_url = url if url.startswith(("https://", "http://")) else ""
    arrival.open_words = _("Open in %s") % _name_of(connection)
    return arrival


def _say_state(arrival: Arrival, latest: Delivery, arrived: Delivery | None) -> None:
    arrival.color, arrival.when = STATE_COLORS[latest.state], latest.created_at
    if latest.state in ARRIVED:
        arrival.words, arrival.when = _("Arrived"), latest.delivered_at or latest.created_at
    elif latest.state in (State.PENDING, State.SENDING):
        arrival.words = _("Arrived; a change is on its way") if arrived else _("On its way")
        arrival.reason = latest.last_error
        if latest.last_error:
            arrival.advice = _("It is tried again at %s.") % moment(latest.due_at)
    elif latest.state == State.PAUSED:
        arrival.words, arrival.is_paused = _("Waits: the connection is paused"), True
        arrival.reason = arrival.connection.paused_reason
        arrival.advice = _("Open the connection and mend it: then everything that waits is sent.")
    elif latest.state == State.HELD:
        arrival.words, arrival.advice = _("Held for your release"), _("Press “Release” if the lead is real.")
    elif latest.state == State.CANCELLED:
        arrival.words, arrival.advice = _("Called off"), _("Press “Send again” if it should go after all.")
    else:
        arrival.words = _("Did not arrive")
        arrival.reason = latest.last_error
        arrival.advice = _("Once the reason is mended, press “Send again”.")


def _warning(rows: list[Delivery], arrived: Delivery) -> str:
    """What did not go quite well although the lead stands there."""
    # Where the lead is sent as it stands, one that arrived has with it what an older one was about.
    others = [row for row in rows if row.event == NOTE or not _sends_current_lead(arrived.connection)]
    failed = next((row for row in others if row.state == State.DEAD), None)
    if failed is None:
        return arrived.last_error
    said = {"what": event_in_words(failed.event), "reason": failed.last_error}
    return " ".join(filter(None, (arrived.last_error, _("“%(what)s” did not arrive. %(reason)s") % said)))


def _line(delivery: Delivery) -> dict:
    return {
        "row": delivery,
        "event": event_in_words(delivery.event),
        "color": STATE_COLORS[delivery.state],
        "is_warning": delivery.state in ARRIVED,
        "can_be_sent": delivery.state in SENDABLE,
        "url": reverse("admin:leads_delivery_change", args=[delivery.pk]),
    }


def _sends_current_lead(connection: Connection) -> bool:
    return connection.kind in KINDS and get_connector(connection.kind).sends_current_lead


def _name_of(connection: Connection) -> str:
    return str(get_connector(connection.kind).label) if can_be_mapped(connection) else connection.name
