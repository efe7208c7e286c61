"""`make bench ARGS=deliveries`: what a full outbox costs, and whom a destination that is slow or dead delays.

First how long it takes to find and to claim what is due, with 1,000, 100,000 and a million rows waiting over 1,000
connections; the bars are ratios to the smallest. Then 100,000 due deliveries of 1,000 businesses are sent by the real
worker for a while, once to receivers that are all quick and once with dead and slow ones among them.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.report import Report, carry_out  # noqa: E402
from benchmarks.site import BenchmarkFailed, end, production_environment, run  # noqa: E402

BUSINESSES = 1000
SIZES = (1_000, 100_000, 1_000_000)
DUE = 100_000
REPEATS = 25
MOST_GROWTH = 2.0
MOST_DELAY = 1.15
SWEEP_SECONDS = 15
PREFIX = "bench-delivery"

MAKE_BUSINESSES = """
    INSERT INTO tenants_tenant (name, slug, widget_id, website, business_type, country, language, timezone, model,
        max_output_tokens, is_active, config_version, knowledge_version, created_at {columns})
    SELECT 'Bench', '{prefix}-' || n, 'widget_{prefix}' || n, '', 'other', 'US', 'en', 'UTC', '', 1024, true, 1, 1,
        now() {values}
    FROM generate_series(1, %s) AS n
"""
MAKE_CONNECTIONS = """
    INSERT INTO leads_connection (tenant_id, kind, name, is_enabled, state, paused_reason, settings, secrets, events,
        failures, created_at)
    SELECT id, 'webhook', 'Bench', true, 'active', '', jsonb_build_object('url', %s || '/quick/' || id), %s,
        ARRAY['lead.captured'], 0, now()
    FROM tenants_tenant WHERE slug LIKE '{prefix}-%%'
"""
MAKE_LEADS = """
    INSERT INTO leads_lead (tenant_id, public_id, name, email, email_key, phone, phone_key, company, custom_fields,
        status, intent, score, band, notes, held_reason, conversation_reference, conversation_url, person_reference,
        page_url, referrer, consent_text, transcript, tags, staff_fields, captured_at, updated_at)
    SELECT tenants.id, '{prefix}_' || tenants.id || '_' || n, '', n || '@b.example', n || '@b.example', '', '', '',
        '{{}}', 'new', '', 0, 'cold', '', '', 'conv_' || n, '', '', '', '', '', '[]', '{{}}', '{{}}', now(), now()
    FROM (SELECT id FROM tenants_tenant WHERE slug LIKE '{prefix}-%%') AS tenants, generate_series(1, %s) AS n
"""
# Ids as leads.models.new_delivery_id makes them: they grow with time.
MAKE_DELIVERIES = """
    INSERT INTO leads_delivery (id, tenant_id, connection_id, lead_id, event, event_id, payload, state, attempts,
        failures, created_at, due_at, remote_id, remote_url, last_error)
    SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '7000' || '8000'
            || lpad(to_hex(row_number() OVER ()), 12, '0'))::uuid,
        lead.tenant_id, connection.id, lead.id, 'lead.captured', lead.public_id || ':' || round,
        '{{"id":"x","type":"lead.captured","timestamp":"2026-01-28T12:00:00Z","data":{{}}}}', 'pending', 0, 0, now(),
        now(), '', '', ''
    FROM generate_series(1, %s) AS round
    JOIN leads_lead AS lead ON lead.public_id LIKE '{prefix}\\_%%'
    JOIN leads_connection AS connection ON connection.tenant_id = lead.tenant_id
    LIMIT %s
"""


def make_rows(count: int, *, url: str = "https://receiver.example") -> None:
    """So many due deliveries over 1,000 businesses with a connection each; ten of them for each lead at most."""
    from caty.lib import encryption
    from leads.connectors.webhook import new_signing_secret

    clear()
    leads_each = max(1, min(100, count // BUSINESSES))
    rounds = -(-count // (BUSINESSES * leads_each))
    secret = encryption.encrypt({"signing_secret": new_signing_secret()})
    _execute(_make_businesses(), [BUSINESSES])
    _execute(MAKE_CONNECTIONS.format(prefix=PREFIX), [url, secret])
    _execute(MAKE_LEADS.format(prefix=PREFIX), [leads_each])
    _execute(MAKE_DELIVERIES.format(prefix=PREFIX), [rounds, count])
    for table in ("leads_delivery", "leads_connection", "leads_lead"):
        _execute(f"VACUUM ANALYZE {table}")
    _execute("CHECKPOINT")


def _make_businesses() -> str:
    """With the default of every further column that a business must have."""
    from tenants.models import Tenant

    named = MAKE_BUSINESSES.partition("(")[2].partition("{columns}")[0]
    known = {name.strip() for name in named.replace("\n", " ").split(",")}
    others = [
        field
        for field in Tenant._meta.concrete_fields
        if field.column not in known and not field.primary_key and field.has_default()
    ]
    columns = "".join(f", {field.column}" for field in others)
    values = "".join(f", {field.get_default()!r}" for field in others)
    return MAKE_BUSINESSES.format(prefix=PREFIX, columns=columns, values=values)


def clear() -> None:
    """Delete the businesses of a run, with all that is theirs."""
    ours = "IN (SELECT id FROM tenants_tenant WHERE slug LIKE %s)"
    tries = f"delivery_id IN (SELECT id FROM leads_delivery WHERE tenant_id {ours})"  # noqa: S608  constants
    _execute(f"DELETE FROM leads_deliveryattempt WHERE {tries}", [f"{PREFIX}-%"])  # noqa: S608
    for table in ("delivery", "lead", "connection"):
        _execute(f"DELETE FROM leads_{table} WHERE tenant_id {ours}", [f"{PREFIX}-%"])  # noqa: S608
    _execute("DELETE FROM tenants_tenant WHERE slug LIKE %s", [f"{PREFIX}-%"])


def _execute(statement: str, parameters: list | None = None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def measure_outbox(report: Report) -> None:
    """Milliseconds of each question that the worker asks, by the number of rows that wait."""
    first: dict[str, float] = {}
    for size in SIZES:
        make_rows(size)
        report.begin(f"{size:,} deliveries wait over {BUSINESSES:,} connections")
        for name, ask in _questions().items():
            # The least of many: what else the machine does meanwhile only adds.
            took = min(_milliseconds(ask) for _ in range(REPEATS))
            report.add(name, took, "ms")
            if size == SIZES[0]:
                first[name] = took
            else:
                report.add(f"{name}: to that with {SIZES[0]:,}", took / first[name], "×", bar=MOST_GROWTH)


def _questions() -> dict[str, Callable[[], object]]:
    from django.db import transaction
    from django.utils import timezone

    from leads import claims
    from leads.models import Connection, Delivery

    now = timezone.now() + timedelta(minutes=1)
    connection_pk = Connection.objects.order_by("pk").values_list("pk", flat=True)[BUSINESSES // 2]
    delivery_pk = Delivery.objects.filter(connection=connection_pk).order_by("pk").values_list("pk", flat=True)[0]

    def claim() -> None:
        with transaction.atomic():
            if claims.claim(delivery_pk, now=now) is None:
                raise BenchmarkFailed("the oldest delivery of a connection could not be claimed")
            transaction.set_rollback(True)

    return {
        "what is due, of all (the sweep)": lambda: claims.find_due(now=now),
        "what is next, of one connection": lambda: claims.find_next(connection_pk, now=now),
        "claim": claim,
    }


def _milliseconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def measure_fairness(report: Report, environment: dict[str, str], *, seconds: int) -> None:
    """How many of the healthy businesses' deliveries arrive in a while, with bad neighbours and without."""
    arrived = {}
    for name, bad in (
        ("all are quick", {}),
        ("one is dead", {"dead": 1}),
        ("ten dead, ten slow", {"dead": 10, "slow": 10}),
    ):
        with receivers() as (process, port):
            allowed = {**environment, "OUTBOUND_ALLOW": f"127.0.0.1:{port}"}
            make_rows(DUE, url=f"http://127.0.0.1:{port}")
            _make_bad(bad)
            with worker(allowed):
                arrived[name] = _let_work(process, seconds)
        report.begin(f"{DUE:,} due, of {BUSINESSES:,} businesses: {name}")
        report.add("deliveries a second that arrived at healthy receivers", arrived[name] / seconds)
        if bad:
            slower = arrived["all are quick"] / max(1, arrived[name])
            report.add("their delay, to that without bad neighbours", slower, "×", bar=MOST_DELAY)


def _make_bad(numbers: dict[str, int]) -> None:
    from leads.models import Connection

    for name, number in numbers.items():
        for connection in Connection.objects.filter(settings__url__contains="/quick/").order_by("pk")[:number]:
            url = connection.settings["url"].replace("/quick/", f"/{name}/")
            Connection.objects.filter(pk=connection.pk).update(settings={"url": url})


def _let_work(receiving: subprocess.Popen, seconds: int) -> int:
    """Sweep as beat does for so long; how many arrived at quick receivers."""
    import json

    from caty.celery import app

    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        app.send_task("leads.deliver_due", expires=SWEEP_SECONDS)
        time.sleep(min(SWEEP_SECONDS, left))
    receiving.stdin.write("\n")
    receiving.stdin.flush()
    return json.loads(receiving.stdout.readline()).get("quick", 0)


@contextmanager
def receivers() -> Iterator[tuple[subprocess.Popen, int]]:
    command = [sys.executable, "benchmarks/receivers.py"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes)
    try:
        yield process, int(process.stdout.readline())
    finally:
        end(process, seconds=2)


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[None]:
    """The worker of production, from when it is ready."""
    from caty.celery import app

    app.control.purge()
    process = subprocess.Popen(
        [sys.executable, "caty/workers.py"],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while not any("leads@" in name for answer in app.control.ping(timeout=1) for name in answer):
            if time.monotonic() > deadline:
                raise BenchmarkFailed("the worker did not start")
        yield
    finally:
        end(process)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--seconds", type=int, default=45, help="of sending, each time")
    parser.add_argument("--part", choices=("outbox", "fairness"), help="only this part")
    chosen = parser.parse_args()
    report = Report(is_quiet=chosen.json)
    environment = production_environment(os.environ, model_url="http://127.0.0.1:1")
    os.environ.update(environment)

    def measure() -> None:
        import django

        run(environment, "manage.py", "migrate", "--verbosity", "0")
        django.setup()
        if chosen.part != "fairness":
            measure_outbox(report)
        if chosen.part != "outbox":
            measure_fairness(report, environment, seconds=chosen.seconds)
        clear()

    return carry_out(measure, report)


if __name__ == "__main__":
    sys.exit(main())
