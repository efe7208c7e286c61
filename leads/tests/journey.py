"""A lead on its way through the outbox, without workers."""

from datetime import timedelta

from leads import delivery, services
from leads.contracts import TranscriptLine
from leads.models import Delivery
from leads.tests.conftest import NOON, WEIGHTS, said

HELLO = TranscriptLine(role="visitor", content="Hello, I am Ann", at=NOON)


def capture_lead(tenant, *, conversation="conv_one", **details):
    return services.capture_lead(said(conversation, **details), tenant=tenant, weights=WEIGHTS, now=NOON)


def send_all(now=NOON) -> list[tuple[str, str]]:
    """Send what is due until nothing is; event and state of all deliveries, oldest first."""
    while due := delivery.find_due(now=now):
        for pk in due:
            delivery.deliver(pk, now=now)
        now += timedelta(seconds=1)  # what waits behind a send is due when that has ended
    return list(Delivery.objects.order_by("pk").values_list("event", "state"))
