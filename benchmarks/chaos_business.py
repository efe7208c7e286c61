"""The businesses of `make chaos`, and what their outboxes hold, in a process of its own.

make --businesses 20 --crm http://127.0.0.1:1    prints their keys as a line of JSON
tally                                            prints how many deliveries are in which state, and what went wrong
"""

import argparse
import json
from collections import Counter

from benchmarks.business import LIMITS, NO_LIMIT
from benchmarks.visitors import ORIGIN
from leads import services as lead_services
from leads.models import Connection, Delivery, DeliveryAttempt, Lead, RemoteLead
from tenants import services

OPEN = ("pending", "sending", "paused", "held")


def make(businesses: int) -> dict:
    """Each with limits that nobody meets, a key, and HubSpot under a token of its own."""
    keys = []
    for number in range(businesses):
        tenant = services.create_tenant(
            name=f"Chaos {number}", website=ORIGIN, origins=[ORIGIN], **dict.fromkeys(LIMITS, NO_LIMIT)
        )
        lead_services.connect(tenant=tenant, kind="hubspot", settings={}, secrets={"token": f"chaos-{number}"})
        keys.append(services.create_api_key(tenant).key)
    return {"keys": keys}


def tally() -> dict:
    """Counts alone; an example of each reason for which something was not delivered."""
    deliveries = Counter(Delivery.objects.values_list("event", "state"))
    tries = Counter(DeliveryAttempt.objects.values_list("outcome", flat=True))
    undelivered = Delivery.objects.exclude(state__in=("delivered", "superseded"))
    return {
        "leads": Lead.objects.count(),
        "standing": RemoteLead.objects.count(),
        "deliveries": {f"{event} {state}": count for (event, state), count in sorted(deliveries.items())},
        "open": Delivery.objects.filter(state__in=OPEN).count(),
        "tries": dict(tries),
        "paused": list(Connection.objects.filter(state="paused").values_list("paused_reason", flat=True)[:3]),
        "reasons": list(undelivered.values_list("last_error", flat=True).distinct()[:10]),
    }


def main() -> None:
    """Carry out one action and print its result as a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("make", "tally"))
    parser.add_argument("--businesses", type=int, default=20)
    chosen = parser.parse_args()
    print(json.dumps(make(chosen.businesses) if chosen.action == "make" else tally()))
