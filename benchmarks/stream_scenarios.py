"""What is measured of answers that are streamed: the first words, visitors who leave midway, and a deploy."""

import time

from benchmarks import measure
from benchmarks.measure import percentile
from benchmarks.scenarios import STORING_SECONDS, Bench
from benchmarks.site import BenchmarkFailed, Site, Visitors, visit

MOST_FIRST_MS = 5.0


def measure_streams(bench: Bench, site: Site) -> None:
    """Streams at once: errors, and when the first words are there."""
    sizes, report, count = bench.sizes, bench.report, bench.sizes.held
    report.begin(f"{count} streams at once on {site.workers} web processes, model {sizes.model_seconds:.0f} s")
    expected = bench.answered() + count
    before, began = measure.cpu_seconds(site.pids), time.monotonic()
    ramp = sizes.model_seconds * 0.97
    result = visit(bench.target(site), kind="streams", sessions=bench.sessions[:count], ramp_seconds=ramp)
    used, took = measure.cpu_seconds(site.pids) - before, time.monotonic() - began
    report.add("in flight at the peak", result["most_in_flight"])
    report.add("errors", sum(result["errors"].values()), bar=0)
    report.add("answers not stored", expected - bench.answered(), bar=0)
    for percent, bar in ((50, MOST_FIRST_MS), (95, None)):
        passed_on = percentile(result["passed_on"], percent) * 1000
        report.add(f"first words: p{percent} after Claude wrote them", passed_on, "ms", bar=bar)
    for percent in (50, 95):
        over = percentile(result["firsts"], percent) - bench.model.first_seconds
        report.add(f"first words: p{percent} after the question, without Claude's own time", over * 1000, "ms")
    over = percentile(result["durations"], 95) / sizes.model_seconds
    report.add("p95 of the whole over the model's own time", over, "×")
    report.add("processor time of a stream", used / count * 1000, "ms")
    report.add("processor time of the load process", result["client_cpu_seconds"] / took * 100, "% of a core")


def measure_stream_leavers(bench: Bench, site: Site) -> None:
    """Whether answers are stored for visitors who leave in the middle of a stream."""
    count, seconds = bench.sizes.leavers, bench.sizes.model_seconds
    bench.report.begin(f"{count} visitors who leave in the middle of a stream")
    expected = bench.answered() + count
    plan = {"sessions": bench.sessions[:count], "leave_after": seconds / 2, "streams": True}
    visit(bench.target(site), kind="leavers", **plan)
    measure.wait_until(lambda: bench.answered() >= expected, seconds=seconds + STORING_SECONDS, every_seconds=0.5)
    bench.report.add("answers lost", expected - bench.answered(), bar=0)


def measure_stream_termination(bench: Bench, site: Site) -> None:
    """Whether streams in flight survive SIGTERM to the web server, those that were left by their visitors too."""
    sizes, report = bench.sizes, bench.report
    staying, leaving = bench.sessions[: sizes.terminated], bench.sessions[sizes.terminated :][: sizes.leavers]
    report.begin(f"SIGTERM with {len(staying)} streams in flight, and {len(leaving)} that were left")
    expected = bench.answered() + len(staying) + len(leaving)
    plan = {"kind": "streams", "sessions": staying, "ramp_seconds": sizes.model_seconds / 4}
    with Visitors(bench.target(site), **plan) as visitors:
        report.add("in flight", visitors.next_report()["in_flight"])
        visit(bench.target(site), kind="leavers", sessions=leaving, leave_after=0.3, streams=True)
        site.process.terminate()
        began = time.monotonic()
        result = visitors.stop()
        if not measure.wait_until(lambda: site.process.poll() is not None, seconds=40):
            raise BenchmarkFailed("the web server did not stop")
    report.add("streams without an end", len(staying) - len(result["durations"]), bar=0)
    report.add("answers not stored", expected - bench.answered(), bar=0)
    report.add("time to stop", time.monotonic() - began, "s", bar=30)
