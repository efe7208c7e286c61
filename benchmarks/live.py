"""Measures how soon visitors and colleagues read each other while many look: `make bench ARGS="live --quick"`.

So many open panels that wait for news and so many staff pages of the inbox, beside chats whose answers are being
written, against bars; first the same with one panel and one page and nothing else. The stand-in for Claude, the web
server as in production and those who load it are processes on the same machine: on two cores the load takes a good
part of what it measures, so that the figures are rather too high than too low. Exits with 1 when a bar is missed.
Linux only.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

# Run by its path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import measure, serving, site
from benchmarks.measure import percentile
from benchmarks.report import Report, carry_out, machine
from benchmarks.scenarios import QUICK, Bench, Sizes
from benchmarks.site import Services, Site, Visitors, visit

WORKERS = 2
MOST_MINUTES = 15
MOST_MEMORY_MB = 512  # of the dyno
MOST_SECONDS = 2.0  # from sending to being read, for 95 of 100

CHATS = Sizes(chats=250, held=250)


@dataclass(frozen=True)
class Crowd:
    panels: int = 500
    pages: int = 50
    colleagues: int = 50
    per_second: float = 5.0  # replies, and as many words of visitors
    seconds: float = 40.0
    ramp_seconds: float = 10.0
    chats: Sizes = CHATS


SMALL = Crowd(
    panels=100, pages=10, colleagues=10, seconds=12.0, ramp_seconds=3.0, chats=replace(QUICK, chats=50, held=50)
)
ALONE = Crowd(panels=1, pages=1, colleagues=1, per_second=1.0, seconds=10.0, ramp_seconds=1.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small run: 100 panels, 10 pages, 50 chats of 2 s")
    parser.add_argument("--json", action="store_true", help="print JSON alone, when all is measured")
    arguments = parser.parse_args()
    report = Report(is_quiet=arguments.json)
    serving.bound_and_end_in_order(MOST_MINUTES)
    return carry_out(lambda: _run(SMALL if arguments.quick else Crowd(), report), report)


def _run(crowd: Crowd, report: Report) -> None:
    with ExitStack() as stack:
        model = stack.enter_context(site.Model(seconds=crowd.chats.model_seconds))
        environment = site.production_environment(os.environ, model_url=model.url)
        environment["BENCH_STATIC_ROOT"] = stack.enter_context(tempfile.TemporaryDirectory())
        site.run(environment, "manage.py", "migrate", "--verbosity", "0")
        settings = {"DJANGO_SETTINGS_MODULE": "benchmarks.bare_settings"}
        site.run({**environment, **settings}, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        services = stack.enter_context(Services(environment))
        report.say(f"{machine()}, PostgreSQL {services.version()}")
        business = stack.enter_context(site.business_of_the_run(environment))
        bench = Bench(environment, crowd.chats, report, services, **business, pool=serving.pool_size(), model=model)
        web = stack.enter_context(Site(environment, workers=WORKERS))
        _measure(bench, web, crowd)


def _measure(bench: Bench, web: Site, crowd: Crowd) -> None:
    opened = visit(bench.target(web), kind="sessions", count=crowd.panels)
    bench.expect_none(opened, "while opening conversations", web)
    chosen = ("--business", str(bench.business), "--colleagues", str(crowd.colleagues))
    inbox = site.ask_business(bench.environment, "inbox", *chosen)
    bench.warm_up(web)
    _play(bench, web, ALONE, inbox)
    alone = _play(bench, web, ALONE, inbox)
    with bench.services.watch(web) as watch, _chats_going_on(bench, web) as of_chats:
        together = _play(bench, web, crowd, inbox)
    bench.report.begin(
        f"{crowd.panels} open panels and {crowd.pages} staff pages beside {crowd.chats.held} chats; "
        f"{crowd.per_second:.0f} replies a second, and as many words of visitors"
    )
    _report_times(bench.report, alone, together)
    _report_errors(bench.report, alone["errors"], together["errors"], of_chats)
    _report_use(bench, together, watch.peak)


@contextmanager
def _chats_going_on(bench: Bench, web: Site) -> Iterator[dict]:
    """Chats in flight all the time while the block runs; what went wrong with them is in the dict afterwards."""
    sizes, errors = bench.sizes, {}
    plan = {"kind": "chats", "sessions": bench.sessions[: sizes.held], "ramp_seconds": sizes.model_seconds}
    with Visitors(bench.target(web), **plan, again=True) as visitors:
        visitors.next_report()
        yield errors
        errors |= {f"{kind} of chats": times for kind, times in visitors.stop()["errors"].items()}


def _play(bench: Bench, web: Site, crowd: Crowd, inbox: dict) -> dict:
    """Have them look and write; gives the last report, with how long it took and what the web processes used."""
    plan = {name: getattr(crowd, name) for name in ("panels", "pages", "per_second", "seconds", "ramp_seconds")}
    with Visitors(bench.target(web), program="live_load.py", **plan, **inbox) as visitors:
        visitors.next_report()  # all are open
        used, began = measure.cpu_seconds(web.pids), time.monotonic()
        result = visitors.stop()
    took = time.monotonic() - began
    return {**result, "took": took, "used": measure.cpu_seconds(web.pids) - used}


def _report_times(report: Report, alone: dict, together: dict) -> None:
    for key, name in (("replies", "reply until the panel has it"), ("words", "visitor's words until a page has them")):
        report.add(f"{name}: p50", percentile(together[key], 50), "s")
        report.add(f"{name}: p95", percentile(together[key], 95), "s", bar=MOST_SECONDS)
        report.add(f"{name}: longest", percentile(together[key], 100), "s")
        quiet = percentile(alone[key], 50)
        report.add(f"{name}: p50 with one panel and one page alone", quiet, "s")
        report.add(f"{name}: p50 over that", percentile(together[key], 50) / quiet, "×")


def _report_errors(report: Report, *found: dict) -> None:
    report.add("errors", sum(sum(errors.values()) for errors in found), bar=0)
    for errors in found:
        for kind, times in errors.items():
            report.say(f"    {kind}: {times}")


def _report_use(bench: Bench, result: dict, peak: measure.Peak) -> None:
    report, took = bench.report, result["took"]
    report.add("news asked for by pages", result["news"] / took, "a second")
    report.add("processor time of the web processes", result["used"] / took * 100, "% of a core")
    report.say(f"    the machine was asked for {os.getloadavg()[0]:.1f} of its {os.cpu_count()} processors")
    report.add("processor time of the load process", result["client_cpu_seconds"] / took * 100, "% of a core")
    report.add("memory of all web processes (PSS: shared pages once)", peak.pss_mb, "MB", bar=MOST_MEMORY_MB)
    report.add("the same, shared pages counted in each (RSS)", peak.rss_mb, "MB")
    report.add("connections to Postgres", peak.database_connections, bar=WORKERS * bench.pool)
    report.add("connections to Redis", peak.redis_connections)


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.exit(main())
