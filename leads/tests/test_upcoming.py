"""When a connection's next delivery is due."""

from datetime import timedelta

from leads import claims
from leads.models import Connection, Delivery
from leads.tests.conftest import NOON, make_connection
from leads.tests.test_probes import write


def test_when_the_next_is_due_is_told_with_what_is_due(acme):
    connection = make_connection(acme)
    later = timedelta(seconds=40)
    assert claims.find_next(connection.pk, now=NOON) == claims.Upcoming()
    write(acme, 1)
    Delivery.objects.update(due_at=NOON + later)
    assert claims.find_next(connection.pk, now=NOON) == claims.Upcoming(wait_seconds=40)
    Connection.objects.update(resting_until=NOON + 2 * later)
    assert claims.find_next(connection.pk, now=NOON + later) == claims.Upcoming(wait_seconds=40)
    (pk,) = Delivery.objects.values_list("pk", flat=True)
    assert claims.find_next(connection.pk, now=NOON + 2 * later) == claims.Upcoming(delivery_id=pk)
