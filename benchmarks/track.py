"""`make bench ARGS=track`: what a batch of a page's events costs, however many are stored, and however many rules.

With 10,000, a million and ten million events stored over thirty days, and then with 1, 10 and 100 rules that never
speak, batches of ten events are tracked by the use case itself, each in the next of many conversations; the bars are
ratios to the smallest. At last the first batch of many conversations, where a rule speaks upon it and where none does.
"""

import argparse
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.measure import percentile  # noqa: E402
from benchmarks.report import Report, carry_out  # noqa: E402
from benchmarks.site import BenchmarkFailed, production_environment, run  # noqa: E402

SIZES = (10_000, 1_000_000, 10_000_000)
RULES = (1, 10, 100)
DAYS = 30
CONVERSATIONS = 200
BATCHES = 1_500
WARM_UP = 200
EVENTS_A_BATCH = 10
ROUNDS = 3
SPEAKING_ROUNDS = 10
PAUSE_SECONDS = 0.005
MOST_GROWTH = 1.2
MOST_FOR_SPEAKING = 1.2
LIMITS = {"events_per_session": 1_000_000, "sessions_per_hour": 1_000_000}

# Other conversations': a hundred events each, on the days before.
FILL = """
    INSERT INTO widget_pageevent (day, session_id, event_id, tenant_id, type, data, page_url, client_timestamp,
        received_at)
    SELECT %(today)s::date - (n %% %(days)s)::int, 1000000000 + n / 100, 'e' || n, %(tenant)s, 'scroll_depth', '75',
        'https://bench.example/page-' || n %% 50, '', %(now)s
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""


class Site:
    """One business with conversations under way."""

    def __init__(self, name: str) -> None:
        from tenants.services import create_tenant

        self.tenant = create_tenant(name=name, website="https://bench.example", **LIMITS)
        self.now = datetime.now().astimezone()
        self.begin_anew()

    def begin_anew(self) -> None:
        """With conversations in which nothing has happened yet."""
        self.sessions = [self._start(number) for number in range(CONVERSATIONS)]
        self._number = 0

    def _start(self, number: int) -> str:
        from widget import services
        from widget.contracts import Browser, Caller, PageSeen

        started = services.start_session(
            tenant=self.tenant,
            config=self.config,
            visitor_id="",
            page=PageSeen(url="https://bench.example/", title="Bench"),
            browser=Browser(user_agent="Mozilla/5.0"),
            caller=Caller(address=f"203.0.113.{number}"),
            now=self.now,
        )
        return started.session_id

    @property
    def config(self):
        from tenants.config import load_config

        return load_config(self.tenant)

    def set_rules(self, count: int) -> None:
        """So many rules that look at each batch and never speak."""
        from tenants.models import ProactiveRule
        from tenants.services import bump_config
        from tenants.services.starting_rules import make_rule

        ProactiveRule.objects.for_tenant(self.tenant).delete()
        for number in range(count):
            asked = (("visible_seconds", "at_least", 1), ("scroll_percent", "at_least", 50))
            never = ("page_url", "contains", f"never-{number}")
            make_rule(self.tenant, (*asked, never), trigger_type=f"rule_{number}", name="Rule", text="Hello?")
        bump_config(self.tenant)
        self.tenant.refresh_from_db()

    def fill(self, first: int, last: int) -> None:
        """Store events of others, from the first number to the last."""
        asked = {"today": self.now.date(), "days": DAYS, "tenant": self.tenant.pk, "now": self.now}
        _execute(FILL, {**asked, "first": first, "last": last})
        _execute("VACUUM ANALYZE widget_pageevent")
        _execute("CHECKPOINT")

    def batch(self) -> None:
        """Track the next batch, as a request does."""
        from widget import services
        from widget.contracts import Caller, PageMetrics, TrackedEvent

        self._number += 1
        number = self._number
        services.track(
            tenant=self.tenant,
            config=self.config,
            session_id=self.sessions[number % len(self.sessions)],
            events=tuple(
                TrackedEvent(type="click", data={"element": "a"}, event_id=f"b{number}-{place}")
                for place in range(EVENTS_A_BATCH)
            ),
            metrics=PageMetrics(
                time_on_page_ms=10 * number,
                scroll_depth=50,
                click_count=3,
                page_view_id="view",
                page_url="https://bench.example/page",
            ),
            is_chat_open=False,
            caller=Caller(address="203.0.113.1"),
            now=self.now,
        )


def _execute(statement: str, parameters: dict | None = None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def measure(site: Site) -> tuple[float, float]:
    """Milliseconds of a batch that 95 of 100 don't exceed, the least of some rounds, and batches a second then."""
    for _ in range(WARM_UP):
        site.batch()
    best, speed = float("inf"), 0.0
    for _ in range(ROUNDS):
        took = []
        began = time.perf_counter()
        for _ in range(BATCHES):
            started = time.perf_counter()
            site.batch()
            took.append(1000 * (time.perf_counter() - started))
        if (p95 := percentile(took, 95)) < best:
            best, speed = p95, BATCHES / (time.perf_counter() - began)
    return best, speed


def measure_sizes(report: Report, site: Site, sizes: tuple[int, ...]) -> None:
    """Growth with what is stored."""
    site.set_rules(5)
    report.begin(f"A batch of {EVENTS_A_BATCH} events, 5 rules, by events stored")
    stored, first = 0, None
    for size in sizes:
        site.fill(stored, size - 1)
        stored = size
        p95, speed = measure(site)
        report.add(f"{size:,} stored: p95", p95, "ms")
        report.add(f"{size:,} stored: batches a second on one connection", speed)
        if first:
            report.add(f"{size:,} stored: p95, to that with {sizes[0]:,}", p95 / first, "×", bar=MOST_GROWTH)
        first = first or p95


def measure_rules(report: Report, site: Site) -> None:
    """Growth with the number of rules."""
    report.begin("A batch, by the number of rules")
    first = None
    for count in RULES:
        site.set_rules(count)
        p95, speed = measure(site)
        report.add(f"{count} rules: p95", p95, "ms")
        report.add(f"{count} rules: batches a second on one connection", speed)
        if first:
            report.add(f"{count} rules: p95, to that with {RULES[0]}", p95 / first, "×")
        first = first or p95


def measure_speaking(report: Report, site: Site) -> None:
    """What it adds that something is said: the message and that it was said are written down, no model is asked.

    Both kinds in turn, so that what else the machine does falls on both; of each the round that it disturbed least.
    There is a pause after each batch: nobody waits for the thread that rings the bell of a new message, and it would
    else be measured with the batch of another conversation.
    """
    report.begin("The first batch of a conversation")
    talkative = Site("Bench that speaks")
    _make_speak(talkative)
    site.set_rules(5)
    kinds = {"nothing is said": site, "a message is said": talkative}
    rounds = {name: [] for name in kinds}
    for _ in range(SPEAKING_ROUNDS):
        for name, kind in kinds.items():
            kind.begin_anew()
            rounds[name].append([_milliseconds(kind.batch) for _ in range(CONVERSATIONS)])
    p95 = {}
    for name, took in rounds.items():
        p95[name] = min(percentile(one, 95) for one in took)
        report.add(f"{name}: p50", min(percentile(one, 50) for one in took), "ms")
        report.add(f"{name}: p95", p95[name], "ms")
    said = talkative.tenant.sessions.filter(proactive_count=1).count()
    if said != SPEAKING_ROUNDS * CONVERSATIONS:
        raise BenchmarkFailed(f"something was said in {said} of {SPEAKING_ROUNDS * CONVERSATIONS} conversations")
    ratio = p95["a message is said"] / p95["nothing is said"]
    report.add("a message is said: p95, to that where nothing is", ratio, "×", bar=MOST_FOR_SPEAKING)
    talkative.tenant.delete()


def _make_speak(site: Site) -> None:
    """Five rules as the other's, and one that speaks at once."""
    from tenants.models import Behavior
    from tenants.services import bump_config
    from tenants.services.starting_rules import make_rule

    site.set_rules(5)
    Behavior.objects.filter(tenant=site.tenant).update(proactive_delay_ms=0)
    words = {"trigger_type": "hello", "name": "Hello", "text": "Hello?", "write_with_ai": True}
    make_rule(site.tenant, [("visits", "at_least", 1)], **words)
    bump_config(site.tenant)
    site.tenant.refresh_from_db()


def _milliseconds(act) -> float:
    """How long it takes; there is a pause after it."""
    started = time.perf_counter()
    act()
    took = 1000 * (time.perf_counter() - started)
    time.sleep(PAUSE_SECONDS)
    return took


def prepare(site_day: datetime) -> None:
    """Empty the events, and make the partition of each day that is filled."""
    from widget.services.partitions import prepare_partitions

    _execute("TRUNCATE widget_pageevent")
    for ago in range(DAYS):
        prepare_partitions(today=(site_day - timedelta(days=ago)).date())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--quick", action="store_true", help="up to a million events only")
    parser.add_argument("--speaking", action="store_true", help="the first batch of a conversation only")
    chosen = parser.parse_args()
    report = Report(is_quiet=chosen.json)
    environment = production_environment(os.environ, model_url="http://127.0.0.1:1")
    os.environ.update(environment)

    def carry() -> None:
        import django

        run(environment, "manage.py", "migrate", "--verbosity", "0")
        django.setup()
        prepare(datetime.now().astimezone())
        site = Site("Bench")
        if not chosen.speaking:
            measure_sizes(report, site, SIZES[:2] if chosen.quick else SIZES)
            measure_rules(report, site)
        measure_speaking(report, site)
        _execute("TRUNCATE widget_pageevent")
        site.tenant.delete()

    return carry_out(carry, report)


if __name__ == "__main__":
    sys.exit(main())
