"""Measures what the widget costs the page it stands on, against bars: `make bench ARGS=widget`.

The same page is looked at with and without the widget, in turn, in Chromium on a processor made four times slower;
what is told is the difference. Exits with 1 when a bar is missed. Linux only.
"""

import argparse
import gzip
import json
import os
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

# Run by its path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import brotli
from playwright.sync_api import Browser, sync_playwright

from benchmarks import page_cost, site
from benchmarks.report import Report, carry_out, machine
from benchmarks.site import BenchmarkFailed, Site
from widget.tests.browser.chromium import FLAGS, find_chromium
from widget.tests.browser.hosts import HostSite, page

TEXTS = site.ROOT / "widget" / "static" / "widget" / "texts"
BARS = {"caty.js": 7.0, "panel.js": 11.0, "people.js": 3.5, "config": 1.5}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5, help="how often each view is repeated; medians are told")
    parser.add_argument("--json", action="store_true", help="print JSON alone, when all is measured")
    chosen = parser.parse_args()
    report = Report(is_quiet=chosen.json)
    return carry_out(lambda: _run(report, chosen.times), report)


def _run(report: Report, times: int) -> None:
    with ExitStack() as stack:
        host = stack.enter_context(HostSite())
        environment = site.production_environment(os.environ, model_url="http://127.0.0.1:1")
        site.run(environment, "manage.py", "migrate", "--verbosity", "0")
        business = stack.enter_context(
            site.business_of_the_run(environment, "--articles", "10", "--origin", host.origin)
        )
        web = stack.enter_context(_installation(environment))
        browser = stack.enter_context(_chromium())
        report.say(f"{machine()}, Chromium {browser.version}")
        url = f"http://127.0.0.1:{web.port}"
        empty = host.put("/empty", page(script=""))
        snippet = f'<script async src="{url}/widget.js" data-api-key="{business["api_key"]}"></script>'
        full = host.put("/", page(script=snippet))
        _weigh(report, url, business["api_key"], host.origin)
        _count_requests(report, browser, full, host.put("/second", page(script=snippet)))
        _compare_pages(report, browser, empty, full, times)
        _time_opening(report, browser, full, times)


@contextmanager
def _installation(environment: dict) -> Iterator[Site]:
    """The web process as in production, with the widget's files collected: hashed and compressed."""
    with tempfile.TemporaryDirectory() as folder:
        web = Site(environment, workers=1)
        web.environment |= {
            "DJANGO_SETTINGS_MODULE": "benchmarks.widget_settings",
            "SITE_URL": f"http://127.0.0.1:{web.port}",
            "BENCH_STATIC_ROOT": folder,
        }
        site.run(web.environment, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        with web:
            yield web


@contextmanager
def _chromium() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        raise BenchmarkFailed(
            "no Chromium on PATH: install the package `chromium-headless-shell`, or name a browser in CHROMIUM"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def _weigh(report: Report, url: str, key: str, origin: str) -> None:
    """All as it is served, with brotli at its best instead of what was agreed on with the client."""
    report.begin("Weight (kB of 1,000 bytes)")
    config = _get(f"{url}/api/widget/config?key={key}", origin)
    told = json.loads(config)["config"]
    contents = {
        "caty.js": _get(f"{url}/widget.js", origin),
        "panel.js": _get(told["panel_url"], origin),
        "people.js": _get(told["people_url"], origin),
        "config": config,
        **{f"texts, {path.stem}": path.read_bytes() for path in sorted(TEXTS.glob("*.json")) if path.stem != "en"},
    }
    for name, content in contents.items():
        report.add(f"{name}, as it is", len(content) / 1000, "kB")
        report.add(f"{name}, gzip", len(gzip.compress(content, 9)) / 1000, "kB")
        report.add(f"{name}, brotli", len(brotli.compress(content, quality=11)) / 1000, "kB", bar=BARS.get(name))


def _get(address: str, origin: str) -> bytes:
    request = urllib.request.Request(address, headers={"Origin": origin})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def _count_requests(report: Report, browser: Browser, first: str, second: str) -> None:
    cold, warm = page_cost.requests_before_open(browser, first, second)
    report.begin("Requests before the chat is opened")
    report.add("first page", len(cold), bar=2)
    report.add("next page within five minutes", len(warm), bar=1)


def _compare_pages(report: Report, browser: Browser, empty: str, full: str, times: int) -> None:
    """Each pair in turn, so that both meet the same weather."""
    page_cost.view(browser, empty)
    pairs = [(page_cost.view(browser, empty), page_cost.view(browser, full)) for _ in range(times)]
    report.begin(f"A page with the widget, beyond the same page without (processor ×{page_cost.CPU_SLOWER} slower)")

    def difference(name: str) -> float:
        return statistics.median(getattr(full, name) - getattr(empty, name) for empty, full in pairs)

    report.add("script", difference("script_ms"), "ms", bar=100)
    report.add("total blocking time", difference("blocked_ms"), "ms", bar=10)
    report.add("layout shift", difference("shift"), bar=0)
    report.add("heap", difference("heap_mb"), "MB", bar=1)
    report.add("script of the page without", statistics.median(empty.script_ms for empty, _ in pairs), "ms")
    report.add("heap of the page without", statistics.median(empty.heap_mb for empty, _ in pairs), "MB")


def _time_opening(report: Report, browser: Browser, full: str, times: int) -> None:
    report.begin(f"Waiting (processor ×{page_cost.CPU_SLOWER} slower; mobile: 150 ms, 1.6 Mbit/s)")
    seen = [page_cost.launcher_seen_ms(browser, full) for _ in range(times)]
    report.add("launcher to be seen, mobile", statistics.median(seen), "ms", bar=1200)
    for is_warmed, name, bar in (
        (True, "click to writing, warmed", 100),
        (False, "click to writing, cold, mobile", 500),
    ):
        opened = [page_cost.opened_ms(browser, full, is_warmed=is_warmed) for _ in range(times)]
        report.add(name, statistics.median(opened), "ms", bar=bar)


if __name__ == "__main__":
    sys.exit(main())
