"""The processes of a measurement: the stand-in for Claude, the web server as in production, and its visitors."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from benchmarks import measure
from benchmarks.visitors import Target

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 30
SETTLING_SECONDS = 0.5
STOP_SECONDS = 35
WEB_NAME = "caty-bench-web"  # how the web processes' connections are told from others in Postgres


class BenchmarkFailed(Exception):
    """Something the measurement rests on didn't work; its text is the whole message."""


def production_environment(given: Mapping[str, str], *, model_url: str) -> dict[str, str]:
    """The environment of a web process in production, behind one proxy, as far as loopback allows."""
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        if not given.get(name):
            raise BenchmarkFailed(f"{name} is not set: start this with `make bench`")
    return {
        **given,
        "DEBUG": "0",
        "DEMO": "0",
        "SITE_URL": "https://127.0.0.1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXIES": "1",
        "OUTBOUND_ALLOW": "",
        "ANTHROPIC_API_KEY": "x",
        "ANTHROPIC_BASE_URL": model_url,
        "INSTALLATION_DAILY_BUDGET_USD": "1000000000",
        "INSTALLATION_MONTHLY_BUDGET_USD": "1000000000",
        "REDIS_KEY_PREFIX": "caty-bench",
        "EMAIL_URL": "memorymail://",
        "LOG_LEVEL": "WARNING",
        "PGAPPNAME": "caty-bench",
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "caty.settings",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end(process: subprocess.Popen, *, seconds: float = STOP_SECONDS) -> None:
    """Ask it to stop, and kill it and its children when it doesn't in time."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Model:
    """A stand-in for Claude that takes so long for an answer."""

    def __init__(self, *, seconds: float) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._seconds = seconds
        self.first_seconds = seconds / 10

    def __enter__(self) -> "Model":
        command = [sys.executable, "benchmarks/claude_stand_in.py", "--port", str(self.port)]
        timing = ["--seconds", str(self._seconds), "--first", str(self.first_seconds)]
        self.process = subprocess.Popen([*command, *timing], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
        if not self.process.stdout.readline():
            end(self.process)
            raise BenchmarkFailed("the stand-in for Claude did not start")
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process, seconds=2)

    def cpu_seconds(self) -> float:
        return measure.cpu_seconds([self.process.pid])


class Site:
    """Gunicorn as the Procfile starts it, on a free port, with the bare view added."""

    def __init__(self, environment: Mapping[str, str], *, workers: int) -> None:
        self.workers = workers
        self.port = free_port()
        self.environment = {
            **environment,
            "WEB_CONCURRENCY": str(workers),
            "DJANGO_SETTINGS_MODULE": "benchmarks.bare_settings",
            "PGAPPNAME": WEB_NAME,
        }
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  closed with the site
        self.process: subprocess.Popen | None = None
        self.fresh_mb = 0.0  # memory of the larger worker before its first request

    def __enter__(self) -> "Site":
        command = [sys.executable, "-m", "gunicorn", "caty.wsgi", "-c", "caty/web.py", "-b", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        try:
            if not measure.wait_until(self._is_settled, seconds=START_SECONDS):
                raise BenchmarkFailed(f"the web server did not start:\n{self.log_text()}")
            self.fresh_mb = max(measure.rss_mb([pid]) for pid in self.pids)
            if self.get("/healthz") != 200:
                raise BenchmarkFailed(f"the web server does not answer:\n{self.log_text()}")
        except BaseException:
            end(self.process)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process)
        self.log.close()

    def log_text(self) -> str:
        """What the web processes have written so far."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    @property
    def pids(self) -> list[int]:
        """The processes that serve."""
        return measure.children_of(self.process.pid)

    @property
    def all_pids(self) -> list[int]:
        """With the one that only watches over them."""
        return [self.process.pid, *self.pids]

    def get(self, path: str) -> int:
        """The status of one GET, on a connection of its own."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"X-Forwarded-Proto": "https"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def _is_settled(self) -> bool:
        """All workers are there and have come to rest: Caty is loaded, and nothing was asked of it yet."""
        if self.process.poll() is not None:
            return False
        pids = self.pids
        used = measure.cpu_seconds(pids)
        time.sleep(SETTLING_SECONDS)
        return len(pids) == self.workers and self.pids == pids and used == measure.cpu_seconds(pids) > 0


class Visitors:
    """A load process with its plan; it reports in lines of JSON."""

    def __init__(self, target: Target, *, program: str = "load.py", **plan) -> None:
        command = [sys.executable, f"benchmarks/{program}"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.process.stdin.write(json.dumps({"target": vars(target), **plan}) + "\n")
        self.process.stdin.flush()

    def __enter__(self) -> "Visitors":
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process, seconds=2)

    def next_report(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise BenchmarkFailed("the load process ended without a report")
        return json.loads(line)

    def stop(self) -> dict:
        """Let nobody ask again; returns the last report, once all are answered."""
        self.process.stdin.close()
        while "durations" not in (report := self.next_report()):
            pass
        return report


def visit(target: Target, **plan) -> dict:
    """Carry out a plan from beginning to end and return its last report."""
    with Visitors(target, **plan) as visitors:
        return visitors.stop()


def run(environment: Mapping[str, str], *arguments: str, seconds: float = 600) -> str:
    """Run a Python program of ours to its end and return its stdout. Raises BenchmarkFailed."""
    try:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        raise BenchmarkFailed(f"{arguments[0]} took longer than {seconds:.0f} s") from error
    if done.returncode:
        raise BenchmarkFailed(f"{arguments} failed, see above")
    return done.stdout


def ask_business(environment: Mapping[str, str], *arguments: str) -> dict:
    """What benchmarks/business.py says."""
    program = "import django; django.setup(); from benchmarks import business; business.main()"
    return json.loads(run(environment, "-c", program, *arguments).splitlines()[-1])


@contextmanager
def business_of_the_run(environment: Mapping[str, str], *arguments: str) -> Iterator[dict]:
    """A business of the run's own, made with these arguments, which is gone afterwards."""
    made = ask_business(environment, "make", *arguments)
    try:
        yield made
    finally:
        ask_business(environment, "remove", "--business", str(made["business"]))


class Services:
    """Postgres and Redis, as seen from the side."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._database = psycopg.connect(environment["DATABASE_URL"], autocommit=True)
        self._redis_port = urlsplit(environment["REDIS_URL"]).port or 6379

    def __enter__(self) -> "Services":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def database_connections(self) -> int:
        """Those of the web processes."""
        asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        return self._database.execute(asked, [WEB_NAME]).fetchone()[0]

    def redis_connections(self, site: Site) -> int:
        return measure.connections_to(site.pids, self._redis_port)

    def watch(self, site: Site) -> measure.Watch:
        """Look at the site's memory and connections while the block runs."""
        return measure.Watch(
            {
                "rss_mb": lambda: measure.rss_mb(site.all_pids),
                "pss_mb": lambda: measure.pss_mb(site.all_pids),
                "database_connections": self.database_connections,
                "redis_connections": lambda: self.redis_connections(site),
            }
        )

    def version(self) -> str:
        return self._database.execute("SHOW server_version").fetchone()[0]
