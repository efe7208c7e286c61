"""`make chaos`: leads are captured through the API while everything fails that can, and none is lost or doubled.

Servers of its own, the web process, worker and beat as in production, and a HubSpot that fails in every way (see
crm_stand_in.py). While visitors leave their details, workers are killed, Redis is emptied and killed, Postgres is
restarted, the CRM is down for a while. Then the weather clears, what is due is waited for, and what the API accepted
is compared with what stands in the CRM.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import measure  # noqa: E402
from benchmarks.chaos_visitors import Tally, visit_all  # noqa: E402
from benchmarks.report import Report, carry_out  # noqa: E402
from benchmarks.site import BenchmarkFailed, free_port, production_environment, run  # noqa: E402
from caty.devtools.checkout import state_directory  # noqa: E402
from caty.devtools.processes import Command, Crew  # noqa: E402
from caty.devtools.services import Place, start_postgres, start_redis  # noqa: E402

PYTHON = sys.executable
VISITORS_AT_ONCE = 12
LONGEST_WAIT_SECONDS = 2400
CALM_BELOW = 200  # open deliveries
LOOK_SECONDS = 5
REFERENCE = re.compile(r"Caty ([0-9a-f-]{36})")


class House:
    """Everything that runs, and ways to hurt it. What dies is started anew, as a platform does."""

    def __init__(self, *, is_quiet: bool) -> None:
        self.state = state_directory()
        for path in self.state.glob("chaos-*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.crew = Crew(self.state / "chaos.json")
        self.hurt: Counter = Counter()
        self.is_open = True
        self._lock = threading.RLock()
        self._quiet = is_quiet

    def open(self) -> None:
        place = Place(self.state, "chaos", keeps_data=True)
        servers = {"DATABASE_URL": start_postgres(self.crew, place), "REDIS_URL": start_redis(self.crew, place)}
        self.crm = self._start("crm", [PYTHON, "benchmarks/crm_stand_in.py"], dict(os.environ))
        self.crm_port = int(measure_first_line(self.state / "chaos-crm.log"))
        self.web_port = free_port()
        self.environment = {
            **production_environment({**os.environ, **servers}, model_url="http://127.0.0.1:1"),
            "ANTHROPIC_API_KEY": "",
            "HUBSPOT_URL": f"http://127.0.0.1:{self.crm_port}",
            "OUTBOUND_ALLOW": f"127.0.0.1:{self.crm_port}",
            "WORKER_SOFT_SHUTDOWN_SECONDS": "3",
            "LOG_LEVEL": "INFO",
        }
        run(self.environment, "manage.py", "migrate", "--verbosity", "0")
        web = [PYTHON, "-m", "gunicorn", "caty.wsgi", "-c", "caty/web.py", "-b", f"127.0.0.1:{self.web_port}"]
        beat = [PYTHON, "-m", "celery", "-q", "-A", "caty", "beat", "-l", "WARNING", "--pidfile="]
        self._start("web", web, {**self.environment, "WEB_CONCURRENCY": "1"})
        self._start("worker", [PYTHON, "caty/workers.py"], self.environment)
        self._start("beat", [*beat, "-s", str(self.state / "chaos-beat")], self.environment)
        if not measure.wait_until(self._answers, seconds=60):
            raise BenchmarkFailed(f"the site did not start, see {self.state / 'chaos-web.log'}")
        threading.Thread(target=self._mend, daemon=True).start()

    def close(self) -> None:
        self.is_open = False
        with self._lock:
            self.crew.stop()

    def tell_crm(self, path: str):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.crm_port}{path}", timeout=60) as answer:
            return json.loads(answer.read())

    def ask(self, *arguments: str) -> dict:
        program = "import django; django.setup(); from benchmarks import chaos_business as it; it.main()"
        return json.loads(run(self.environment, "-c", program, *arguments).splitlines()[-1])

    def kill_worker(self) -> None:
        """The process that sends, in the middle of whatever it does."""
        with self._lock:
            parent = self._pid("worker")
            senders = [pid for pid in measure.children_of(parent) if b"leads@" in _command_line(pid)]
            for pid in senders or [parent]:
                os.kill(pid, signal.SIGKILL)
        self.hurt["worker killed"] += 1

    def empty_redis(self) -> None:
        import redis

        redis.Redis.from_url(self.environment["REDIS_URL"]).flushall()
        self.hurt["Redis emptied"] += 1

    def restart_redis(self) -> None:
        self._restart("redis", signal.SIGKILL)
        self.hurt["Redis killed and restarted"] += 1

    def restart_postgres(self) -> None:
        """As an operator does: everybody is thrown out."""
        self._restart("postgres", signal.SIGINT)
        self.hurt["Postgres restarted"] += 1

    def take_crm_down(self, seconds: float) -> None:
        self.tell_crm("/_down")
        time.sleep(seconds)
        self.tell_crm("/_up")
        self.hurt[f"CRM down for {seconds:.0f} s"] += 1

    def _start(self, name: str, arguments: list[str], environment: dict[str, str]):
        log = self.state / f"chaos-{name}.log"
        return self.crew.start(Command(name, arguments, environment, log=log))

    def _restart(self, name: str, number: signal.Signals) -> None:
        with self._lock:
            self.crew.restart(name, number)

    def _pid(self, name: str) -> int:
        return self.crew.find(name).process.pid

    def _mend(self) -> None:
        """Start anew what has ended by itself."""
        while self.is_open:
            with self._lock:
                dead = self.crew.find_dead() if self.is_open else None
                if dead is not None:
                    self.crew.restart(dead.name, signal.SIGKILL)
            time.sleep(0.2)

    def _answers(self) -> bool:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.web_port}/readyz", headers={"X-Forwarded-Proto": "https"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


def measure_first_line(log: Path) -> str:
    """The first line that a process writes into its log."""
    if not measure.wait_until(lambda: log.exists() and b"\n" in log.read_bytes(), seconds=30):
        raise BenchmarkFailed(f"nothing was written to {log}")
    return log.read_text().splitlines()[0]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def storm(house: House, is_over: threading.Event) -> None:
    """One misfortune after the other until it is over; each kind at least once."""
    chance = random.Random(11)
    misfortunes: list[Callable[[], None]] = [
        house.kill_worker,
        house.empty_redis,
        house.kill_worker,
        house.restart_postgres,
        house.kill_worker,
        house.restart_redis,
        house.kill_worker,
        lambda: house.take_crm_down(10),
    ]
    turn = 0
    while turn < len(misfortunes) or not is_over.is_set():
        misfortunes[turn % len(misfortunes)]()
        turn += 1
        is_over.wait(chance.uniform(4, 9))
        if turn < len(misfortunes) and is_over.is_set():
            time.sleep(chance.uniform(4, 9))


def wait_for_rest(house: House, report: Report) -> tuple[dict, float]:
    """Until nothing is due any more, or for too long; the tally then, and the seconds it took.

    The CRM goes on failing until little is left: most is sent after the visitors have gone.
    """
    began, last = time.monotonic(), None
    while True:
        tally = house.ask("tally")
        seconds = time.monotonic() - began
        if tally["open"] <= CALM_BELOW:
            house.tell_crm("/_calm")
        if not tally["open"] or seconds > LONGEST_WAIT_SECONDS:
            return tally, seconds
        if tally["open"] != last:
            report.say(f"    {seconds:6.0f} s: {tally['open']:,} deliveries still open")
            last = tally["open"]
        time.sleep(LOOK_SECONDS)


def compare(taken: Tally, crm: dict) -> dict[str, int]:
    """What the API accepted against what stands in the CRM."""
    contacts = Counter(email for account in crm["accounts"] for email in account["contacts"])
    notes = [note for account in crm["accounts"] for note in account["notes"]]
    noted = Counter(note["of"] for note in notes)
    references = Counter(reference for note in notes for reference in REFERENCE.findall(note["body"])[-1:])
    return {
        "leads that are missing in the CRM": sum(contacts[email] == 0 for email in taken.accepted),
        "leads that are there more than once": sum(count > 1 for count in contacts.values()),
        "contacts that nobody left": sum(email not in taken.accepted for email in contacts),
        "notes that are missing": sum(max(0, count - noted[email]) for email, count in taken.accepted.items()),
        "notes that are there more than once": sum(count - 1 for count in references.values()),
        "requests that HubSpot's description does not know": sum(len(one["complaints"]) for one in crm["accounts"]),
    }


def carry_on(report: Report, *, leads: int, businesses: int) -> None:
    house = House(is_quiet=report.is_quiet)
    try:
        house.open()
        keys = house.ask("make", "--businesses", str(businesses))["keys"]
        house.tell_crm("/_storm")
        began, is_over = time.monotonic(), threading.Event()
        taken, threads = visit_all(house.web_port, keys, leads=leads, at_once=VISITORS_AT_ONCE)
        storming = threading.Thread(target=storm, args=(house, is_over))
        storming.start()
        while any(thread.is_alive() for thread in threads):
            time.sleep(LOOK_SECONDS)
            report.say(f"    {time.monotonic() - began:6.0f} s: {len(taken.accepted):,} leads accepted")
        is_over.set()
        storming.join()
        stormy_seconds = time.monotonic() - began
        tally, seconds = wait_for_rest(house, report)
        tell(report, house, taken, tally, stormy_seconds, seconds)
    finally:
        house.close()


def tell(report: Report, house: House, taken: Tally, tally: dict, stormy_seconds: float, seconds: float) -> None:
    crm = house.tell_crm("/_state")
    report.begin("What happened")
    report.add("leads that the API accepted", len(taken.accepted))
    report.add("requests that visitors had to repeat", taken.repeated)
    report.add("the storm lasted", stormy_seconds, "s")
    report.add("until everything had arrived after it", seconds, "s")
    for name, count in house.hurt.items():
        report.add(name, count)
    for name, count in sorted(crm["faults"].items()):
        report.add(f"CRM: {name}", count)
    for name, count in sorted(tally["tries"].items()):
        report.add(f"tries: {name}", count)
    for name, count in tally["deliveries"].items():
        report.add(f"deliveries: {name}", count)
    report.begin("What came of it")
    for name, count in compare(taken, crm).items():
        report.add(name, count, bar=0)
    report.add("deliveries that are stuck", tally["open"], bar=0)
    report.add("leads that the API refused", len(taken.refused), bar=0)
    for line in [*tally["reasons"], *tally["paused"], *taken.refused[:5], *_complaints(crm)[:5]]:
        report.say(f"  {line}")


def _complaints(crm: dict) -> list[str]:
    return [words for account in crm["accounts"] for words in account["complaints"]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--leads", type=int, default=2000)
    parser.add_argument("--businesses", type=int, default=20)
    chosen = parser.parse_args()
    report = Report(is_quiet=chosen.json)
    return carry_out(lambda: carry_on(report, leads=chosen.leads, businesses=chosen.businesses), report)


if __name__ == "__main__":
    sys.exit(main())
