"""What is measured, one function each; the bars are those of a dyno with 512 MB and a Postgres of 20 connections."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks import measure
from benchmarks.measure import percentile
from benchmarks.report import Report
from benchmarks.site import BenchmarkFailed, Model, Services, Site, Visitors, ask_business, visit
from benchmarks.visitors import Target

MOST_OVER_MODEL = 1.1
MOST_MEMORY_MB = 410
MOST_FRESH_MB = 200
MOST_CONFIG_CPU = 2.0
MOST_CONFIG_P50 = 1.5
MOST_CONFIG_P99 = 3.0
STORING_SECONDS = 15
WARMING = 20
NAMES = ("bare", "config", "track", "lead")


@dataclass(frozen=True)
class Sizes:
    """How much is measured. `held` chats go on while other requests are timed."""

    chats: int = 1000
    model_seconds: float = 10.0
    held: int = 250
    rounds: int = 5
    connections: int = 8
    loop_seconds: float = 2.0
    per_second: float = 50.0
    rate_seconds: float = 10.0
    passages: int = 20_000
    leavers: int = 20
    terminated: int = 60


QUICK = Sizes(
    chats=100,
    model_seconds=2.0,
    held=25,
    rounds=3,
    loop_seconds=1.0,
    rate_seconds=4.0,
    passages=2_000,
    leavers=5,
    terminated=20,
)


@dataclass
class Bench:
    """A run: what its measurements share. `pool` is the most database connections of one web process."""

    environment: Mapping[str, str]
    sizes: Sizes
    report: Report
    services: Services
    model: Model
    business: int
    api_key: str
    pool: int
    sessions: list[str] = field(default_factory=list)

    def target(self, site: Site) -> Target:
        return Target(site.port, self.api_key)

    def warm_up(self, site: Site) -> None:
        """Open the conversations, and have every worker answer something of each kind."""
        target = self.target(site)
        opened = visit(target, kind="sessions", count=self.sizes.chats + WARMING)
        self.expect_none(opened, "while opening conversations", site)
        # Questions that ask for a quick answer stay in their conversation: those are not used again.
        warming, self.sessions = opened["sessions"][:WARMING], opened["sessions"][WARMING:]
        for name in NAMES:
            self.expect_none(visit(target, **self.loop(name, seconds=0.5)), f"while warming up with {name}", site)
        warm = visit(target, kind="chats", sessions=warming, ramp_seconds=0.2, words="[[seconds=0.2]]")
        self.expect_none(warm, "while warming up with messages", site)

    def loop(self, name: str, *, seconds: float) -> dict:
        connections = self.sizes.connections
        return {"kind": "loop", "name": name, "connections": connections, "seconds": seconds, "sessions": self.sessions}

    def answered(self) -> int:
        """How many of the business's questions the model has answered, as stored."""
        return ask_business(self.environment, "answered", "--business", str(self.business))["answered"]

    def expect_none(self, result: dict, when: str, site: Site) -> None:
        """Raise BenchmarkFailed when there were errors: figures about failures would say nothing."""
        if result["errors"]:
            raise BenchmarkFailed(f"{result['errors']} {when}\n{site.log_text()[-2000:]}")


def measure_requests(bench: Bench, site: Site) -> None:
    """Requests a second and processor time of each, alone, by turns with the bare view."""
    bench.report.begin(f"Requests alone ({bench.sizes.connections} connections, median of {bench.sizes.rounds} rounds)")
    rounds = [_measure_round(bench, site) for _ in range(bench.sizes.rounds)]
    _report_rounds(bench, rounds, cpu_bar=MOST_CONFIG_CPU)


def _measure_round(bench: Bench, site: Site) -> dict[str, tuple[float, float]]:
    """Requests a second and milliseconds of processor time a request, for each name."""
    measured = {}
    for name in NAMES:
        before = measure.cpu_seconds(site.pids)
        result = visit(bench.target(site), **bench.loop(name, seconds=bench.sizes.loop_seconds))
        used = measure.cpu_seconds(site.pids) - before
        bench.expect_none(result, f"with {name}", site)
        count = len(result["durations"])
        measured[name] = (count / result["seconds"], used / count * 1000)
    return measured


def _report_rounds(bench: Bench, rounds: list[dict], *, cpu_bar: float | None) -> None:
    for name in NAMES:
        bench.report.add(name, statistics.median(one[name][0] for one in rounds), "requests/s")
        if name != "bare":
            ratio = statistics.median(one["bare"][0] / one[name][0] for one in rounds)
            bench.report.add(f"{name}: bare requests in the time of one", ratio, "×")
    if cpu_bar is None:
        return
    for name in NAMES:
        bench.report.add(f"{name}: processor time", statistics.median(one[name][1] for one in rounds), "ms")
        if name != "bare":
            ratio = statistics.median(one[name][1] / one["bare"][1] for one in rounds)
            bar = cpu_bar if name == "config" else None
            bench.report.add(f"{name}: processor time over the bare view", ratio, "×", bar=bar)


def measure_beside_chats(bench: Bench, site: Site) -> None:
    """The times of `config` at a modest rate, idle and while chats are held, and all requests a second then."""
    sizes = bench.sizes
    bench.report.begin(f"`config` at {sizes.per_second:.0f}/s: idle, and beside {sizes.held} chats that go on and on")
    idle = _config_times(bench, site)
    with chats_going_on(bench, site):
        beside = _config_times(bench, site) + _config_times(bench, site)
        rounds = [_measure_round(bench, site)]
    idle += _config_times(bench, site)
    for percent, bar in ((50, MOST_CONFIG_P50), (99, MOST_CONFIG_P99)):
        quiet, busy = percentile(idle, percent), percentile(beside, percent)
        bench.report.add(f"p{percent} idle", quiet * 1000, "ms")
        bench.report.add(f"p{percent} beside the chats", busy * 1000, "ms")
        bench.report.add(f"p{percent} beside the chats over idle", busy / quiet, "×", bar=bar)
    bench.report.begin(f"Requests beside {sizes.held} chats ({sizes.connections} connections)")
    _report_rounds(bench, rounds, cpu_bar=None)


def _config_times(bench: Bench, site: Site) -> list[float]:
    sizes = bench.sizes
    plan = {"kind": "rate", "name": "config", "per_second": sizes.per_second, "seconds": sizes.rate_seconds}
    result = visit(bench.target(site), **plan)
    bench.expect_none(result, "with config at a modest rate", site)
    return result["durations"]


@contextmanager
def chats_going_on(bench: Bench, site: Site) -> Iterator[None]:
    """Chats in flight all the time while the block runs, begun and answered evenly."""
    sessions = bench.sessions[: bench.sizes.held]
    plan = {"kind": "chats", "sessions": sessions, "ramp_seconds": bench.sizes.model_seconds, "again": True}
    with Visitors(bench.target(site), **plan) as visitors:
        visitors.next_report()
        yield
        bench.expect_none(visitors.stop(), "with the chats that were held", site)


def measure_chats(bench: Bench, site: Site, *, count: int) -> None:
    """Chats at once: errors, their time over the model's own, memory and connections at the peak."""
    sizes, report = bench.sizes, bench.report
    report.begin(f"{count:,} chats at once on {site.workers} web process(es), model {sizes.model_seconds:.0f} s")
    before, before_model, began = measure.cpu_seconds(site.pids), bench.model.cpu_seconds(), time.monotonic()
    with bench.services.watch(site) as watch:
        # The last one begins before the first one ends: for a moment all are in flight.
        ramp = sizes.model_seconds * 0.97
        result = visit(bench.target(site), kind="chats", sessions=bench.sessions[:count], ramp_seconds=ramp)
    used, took = measure.cpu_seconds(site.pids) - before, time.monotonic() - began
    report.add("in flight at the peak", result["most_in_flight"])
    report.add("errors", sum(result["errors"].values()), bar=0)
    for kind, times in result["errors"].items():
        report.say(f"    {kind}: {times}")
    for percent, bar in ((50, None), (95, MOST_OVER_MODEL)):
        over = percentile(result["durations"], percent) / sizes.model_seconds
        report.add(f"p{percent} over the model's own time", over, "×", bar=bar)
    report.add("processor time of a chat", used / count * 1000, "ms")
    used_by_model = bench.model.cpu_seconds() - before_model
    report.add("processor time of the stand-in for Claude", used_by_model / took * 100, "% of a core")
    report.add("processor time of the load process", result["client_cpu_seconds"] / took * 100, "% of a core")
    _report_peak(bench, site, watch.peak)


def _report_peak(bench: Bench, site: Site, peak: measure.Peak) -> None:
    report = bench.report
    # The processes are forks of one: the dyno, as its limit does, counts once what they share.
    bar = MOST_MEMORY_MB if site.workers > 1 else None
    report.add("memory of all web processes (PSS: shared pages once)", peak.pss_mb, "MB", bar=bar)
    report.add("the same, shared pages counted in each (RSS)", peak.rss_mb, "MB")
    report.add("connections to Postgres", peak.database_connections, bar=site.workers * bench.pool)
    report.add("connections to Redis", peak.redis_connections)


def measure_memory(bench: Bench, site: Site, *, large: Mapping) -> None:
    """A web process before its first request, after one answer, and with a large index loaded too."""
    report, sizes = bench.report, bench.sizes
    report.begin("Memory of one web process")
    report.add("before its first request", site.fresh_mb, "MB", bar=MOST_FRESH_MB)
    asked = {"after answers": bench.api_key, f"with {sizes.passages:,} passages too": large["api_key"]}
    for name, api_key in asked.items():
        target = Target(site.port, api_key)
        sessions = visit(target, kind="sessions", count=16)["sessions"]
        plan = {"kind": "chats", "sessions": sessions, "ramp_seconds": 0.1, "words": "[[seconds=0.1]]"}
        bench.expect_none(visit(target, **plan), f"on the way to the memory {name}", site)
        report.add(name, max(measure.rss_mb([pid]) for pid in site.pids), "MB")


def measure_leavers(bench: Bench, site: Site) -> None:
    """Whether answers are stored for visitors who have gone."""
    count = bench.sizes.leavers
    bench.report.begin(f"{count} visitors who leave while the model answers")
    expected = bench.answered() + count
    sessions = bench.sessions[:count]
    visit(bench.target(site), kind="leavers", sessions=sessions, leave_after=min(1.0, bench.sizes.model_seconds / 2))
    seconds = bench.sizes.model_seconds + STORING_SECONDS
    measure.wait_until(lambda: bench.answered() >= expected, seconds=seconds, every_seconds=0.5)
    bench.report.add("answers lost", expected - bench.answered(), bar=0)


def measure_termination(bench: Bench, site: Site) -> None:
    """Whether chats in flight survive SIGTERM to the web server, which a dyno gets 30 seconds before it is killed."""
    count, report = bench.sizes.terminated, bench.report
    report.begin(f"SIGTERM with {count} chats in flight")
    expected = bench.answered() + count
    plan = {"kind": "chats", "sessions": bench.sessions[:count], "ramp_seconds": bench.sizes.model_seconds / 4}
    with Visitors(bench.target(site), **plan) as visitors:
        report.add("in flight", visitors.next_report()["in_flight"])
        site.process.terminate()
        began = time.monotonic()
        result = visitors.stop()
        _wait(lambda: site.process.poll() is not None, "the web server did not stop")
    report.add("chats without an answer", count - len(result["durations"]), bar=0)
    report.add("answers not stored", expected - bench.answered(), bar=0)
    report.add("time to stop", time.monotonic() - began, "s", bar=30)


def _wait(is_so: Callable[[], bool], problem: str) -> None:
    if not measure.wait_until(is_so, seconds=40):
        raise BenchmarkFailed(problem)
