"""Measures how many chats the web process holds and what requests cost, against bars: `make bench ARGS="--quick"`.

Starts a stand-in for Claude, the web server as in production and visitors in a process of their own, all on loopback;
the database and Redis come from DATABASE_URL and REDIS_URL. Everything is compared with a bare Django view on the same
server in the same run. Exits with 1 when a bar is missed. Linux only.
"""

import argparse
import os
import runpy
import signal
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

# Run by its path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import scenarios, site, stream_scenarios
from benchmarks.report import Report, carry_out, machine
from benchmarks.scenarios import QUICK, Bench, Sizes
from benchmarks.site import BenchmarkFailed, Services, Site

ARTICLES = 60
WORKERS = 2
MOST_MINUTES = 20


def main() -> int:
    arguments = _parse_arguments()
    report = Report(is_quiet=arguments.json)
    bound_and_end_in_order(MOST_MINUTES)
    sizes = QUICK if arguments.quick else Sizes()
    return carry_out(lambda: _run(sizes, report, arguments.only), report)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small run: 100 chats, a model of 2 s")
    parser.add_argument("--json", action="store_true", help="print JSON alone, when all is measured")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="measure these alone")
    return parser.parse_args()


def bound_and_end_in_order(minutes: int) -> None:
    """However the run ends, what it started is ended with it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def give_up(*_: object) -> None:
        raise BenchmarkFailed(f"the run took longer than {minutes} minutes")

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(minutes * 60)


def _run(sizes: Sizes, report: Report, parts: list[str]) -> None:
    with ExitStack() as stack:
        model = stack.enter_context(site.Model(seconds=sizes.model_seconds))
        environment = site.production_environment(os.environ, model_url=model.url)
        environment["BENCH_STATIC_ROOT"] = stack.enter_context(tempfile.TemporaryDirectory())
        site.run(environment, "manage.py", "migrate", "--verbosity", "0")
        settings = {"DJANGO_SETTINGS_MODULE": "benchmarks.bare_settings"}
        site.run({**environment, **settings}, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        services = stack.enter_context(Services(environment))
        report.say(f"{machine()}, PostgreSQL {services.version()}")
        business = stack.enter_context(site.business_of_the_run(environment, "--articles", str(ARTICLES)))
        bench = Bench(environment, sizes, report, services, **business, pool=pool_size(), model=model)
        if set(parts) - {"streams", "one"}:
            _measure_as_in_production(bench, parts)
        if "streams" in parts:
            _measure_streams(bench)
        if "one" in parts:
            _measure_one_process(bench)


def _measure_as_in_production(bench: Bench, parts: list[str]) -> None:
    with Site(bench.environment, workers=WORKERS) as web:
        bench.warm_up(web)
        if "requests" in parts:
            scenarios.measure_requests(bench, web)
        if "beside" in parts:
            scenarios.measure_beside_chats(bench, web)
        if "chats" in parts:
            scenarios.measure_chats(bench, web, count=bench.sizes.chats)
        if "lost" in parts:
            scenarios.measure_leavers(bench, web)
            scenarios.measure_termination(bench, web)


def _measure_streams(bench: Bench) -> None:
    with Site(bench.environment, workers=WORKERS) as web:
        bench.warm_up(web)
        stream_scenarios.measure_streams(bench, web)
        stream_scenarios.measure_stream_leavers(bench, web)
        stream_scenarios.measure_stream_termination(bench, web)


def _measure_one_process(bench: Bench) -> None:
    with ExitStack() as stack:
        large = stack.enter_context(
            site.business_of_the_run(bench.environment, "--articles", str(bench.sizes.passages))
        )
        web = stack.enter_context(Site(bench.environment, workers=1))
        scenarios.measure_memory(bench, web, large=large)
        bench.warm_up(web)
        scenarios.measure_chats(bench, web, count=bench.sizes.chats // 2)


def pool_size() -> int:
    """The most database connections of a web process, as caty/web.py sets it."""
    raw_env = runpy.run_path(str(site.ROOT / "caty" / "web.py"))["raw_env"]
    return int(dict(line.split("=", 1) for line in raw_env)["DB_POOL_MAX"])


PARTS = {
    "requests": "config, track and lead alone",
    "beside": "config, track and lead while chats are held",
    "chats": "many chats at once",
    "lost": "visitors who leave, and SIGTERM",
    "streams": "answers that are streamed: their first words, visitors who leave, SIGTERM",
    "one": "one web process: memory, and half of the chats",
}

if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.exit(main())
