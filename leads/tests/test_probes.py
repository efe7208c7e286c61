"""The questions of the worker probe their own indexes, however much waits and for whom."""

import json
from uuid import uuid4

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from leads import claims
from leads.models import Connection, Delivery, Lead
from leads.tests.conftest import NOON, make_connection
from tenants.services import create_tenant

CONNECTIONS = 50
DUE, OLDER, SENDING = "delivery_due", "delivery_open", "delivery_one_in_flight"


def connect(tenant) -> None:
    for _number in range(CONNECTIONS):
        make_connection(tenant)


def write(tenant, number: int, *, state: str = "pending", leads: int = 1) -> None:
    """So many deliveries for each connection, and of each of so many leads in turn."""
    now = {"captured_at": NOON, "updated_at": NOON}
    people = [Lead(tenant=tenant, email_key=f"{uuid4()}@b.example", **now) for _ in range(leads)]
    Lead.objects.bulk_create(people, batch_size=500)
    times = {"created_at": NOON, "queued_at": NOON, "due_at": NOON}
    Delivery.objects.bulk_create(
        Delivery(
            tenant=tenant,
            connection_id=connection_pk,
            lead=people[at % leads],
            event="lead.captured",
            event_id=str(uuid4()),
            payload="{}",
            state=state,
            **times,
        )
        for at, connection_pk in enumerate(
            pk for pk in Connection.objects.values_list("pk", flat=True) for _each in range(number)
        )
    )


def analyze() -> None:
    with database.cursor() as cursor:
        cursor.execute("ANALYZE leads_delivery, leads_connection")


def few(tenant):
    write(tenant, 10)  # a smaller table would rather be read whole
    analyze()


def many(tenant):
    write(tenant, 100, leads=100)
    analyze()


def many_of_as_many_leads(tenant):
    write(tenant, 100, leads=100 * CONNECTIONS)
    analyze()


def many_behind_a_few_leads(tenant):
    write(tenant, 100, leads=4)
    analyze()


def hardly_any_among_the_delivered(tenant):
    write(tenant, 100, state="delivered")
    write(tenant, 1)
    analyze()


def statistics_of_before(tenant):
    write(tenant, 20, state="delivered")
    analyze()
    write(tenant, 20, leads=20)


SITUATIONS = (
    few,
    many,
    many_of_as_many_leads,
    many_behind_a_few_leads,
    hardly_any_among_the_delivered,
    statistics_of_before,
)


@pytest.fixture(scope="module", params=SITUATIONS, ids=lambda situation: situation.__name__)
def made(kept_rows, request):
    """Written once for both questions."""
    with transaction.atomic():
        tenant = create_tenant(name="Acme", website="https://acme.example")
        connect(tenant)
        request.param(tenant)
        yield request.param
        transaction.set_rollback(True)


def test_the_sweep_probes_three_indexes_for_each_connection(db, made):
    with CaptureQueriesContext(database) as captured:
        assert len(claims.find_due(now=NOON)) == CONNECTIONS
    (plan,) = [explained(query["sql"]) for query in captured]
    assert indexes(plan) == {DUE, OLDER, SENDING}
    assert max(reads(plan)) <= 1


def test_every_other_question_probes_them_too(db, made):
    (pk,) = claims.find_due(now=NOON)[:1]
    connection_pk = Delivery.objects.get(pk=pk).connection_id
    with CaptureQueriesContext(database) as captured:
        assert claims.find_next(connection_pk, now=NOON).delivery_id == pk
        assert claims.find_free_connection(pk, now=NOON).pk == connection_pk
        assert claims.claim(pk, now=NOON).token == 1
    Delivery.objects.filter(pk=pk).update(state="pending")
    plans = [explained(query["sql"]) for query in captured]
    if made is statistics_of_before:
        plans = plans[:1]  # where nothing is said to wait, one row by its key costs PostgreSQL 15 the same by any index
    by_key = "leads_delivery_pkey"
    assert [indexes(plan) for plan in plans] == [{DUE, OLDER, SENDING}, *2 * [{by_key, OLDER, SENDING}]][: len(plans)]
    assert all(max(reads(plan)) <= 1 for plan in plans)


def explained(statement: str) -> dict:
    with database.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        ((answer,),) = cursor.fetchall()
    return (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]


def parts(plan: dict):
    yield plan
    for part in plan.get("Plans", ()):
        yield from parts(part)


def of_deliveries(plan: dict) -> list[dict]:
    named = [part for part in parts(plan) if part.get("Relation Name") == "leads_delivery"]
    return [part for part in named if "Scan" in part["Node Type"]]


def indexes(plan: dict) -> set[str]:
    """By which indexes deliveries are read; a table that is read whole has none."""
    named = {part["Index Name"] for part in parts(plan) if "Index Name" in part}
    whole = {part["Node Type"] for part in of_deliveries(plan) if part["Node Type"] == "Seq Scan"}
    return {name for name in named if not name.startswith("leads_connection")} | whole


def reads(plan: dict) -> list[float]:
    """Rows that each probe read on the average."""
    return [part["Actual Rows"] + part.get("Rows Removed by Filter", 0) for part in of_deliveries(plan)]
