"""`make run`: the whole site on this machine, until Ctrl-C."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .checkout import PYTHON, ROOT, claim, publish, state_directory
from .console import DevError, say
from .environment import chosen_port, development_environment
from .installation import install
from .processes import POLL_SECONDS, Command, Crew, end_leftovers
from .services import Place, start_services

ANSWER_SECONDS = 60
# In the state directory: the tables have been made once.
MIGRATED_MARK = "run-migrated"
# Nothing between us and our own machine, whatever proxies the environment names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
SOURCES = {
    "claude": "Claude (ANTHROPIC_API_KEY is set)",
    "knowledge": "the knowledge base alone (set ANTHROPIC_API_KEY, here or in .env, for answers from Claude)",
}
WORKER_DEFAULTS = {
    # Nobody waits 20 seconds after Ctrl-C for a task that the next run takes up again.
    "WORKER_SOFT_SHUTDOWN_SECONDS": "3",
    # Celery's warning to whoever runs it as root, which in a container everybody does.
    "PYTHONWARNINGS": "ignore::UserWarning:celery.platforms",
}
# Tables and demo in one process: starting Django takes longer than either.
PREPARE = """
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "migrate", "--verbosity", "0"])
execute_from_command_line(["manage.py", "demo", "--json"])
"""


class Stopped(Exception):
    """The developer asked to stop while something was still being started."""


@dataclass
class Run:
    """One `make run`: its folder, its children and whether it was asked to stop."""

    state: Path
    port: int
    crew: Crew
    stopping: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raise Stopped when asked to stop, DevError when a child has died."""
        if self.stopping.is_set():
            raise Stopped
        self.crew.check()


def run() -> int:
    """Start everything, print where it is, and stay until Ctrl-C or until a child dies; returns the exit code."""
    started = time.monotonic()
    state = state_directory()
    with claim(state / "run.lock", command="run"):
        end_leftovers(state / "run.json")
        port = chosen_port(os.environ)
        require_free_port(port)
        install()
        current = Run(state, port, Crew(state / "run.json"))
        with _stopping_on_signals(current):
            return _run_until_stopped(current, started)


def require_free_port(port: int) -> None:
    """Raise DevError when somebody listens on the port already."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise DevError(
                f"port {port} cannot be used ({error.strerror}); choose another: make run PORT=8010"
            ) from None


@contextlib.contextmanager
def _stopping_on_signals(current: Run) -> Iterator[None]:
    """Ctrl-C (also SIGTERM, or a closed terminal) stops in good order; a second one kills."""

    def stop(*_: object) -> None:
        if current.stopping.is_set():
            current.crew.is_hurried.set()
        current.stopping.set()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _run_until_stopped(current: Run, started: float) -> int:
    code = 0
    try:
        demo = _start_site(current)
        _print_welcome(current.port, demo, time.monotonic() - started)
        while not current.stopping.wait(0.3):
            current.check()
    except Stopped:
        pass
    except DevError as error:
        say(f"{error}\n[dev] stopping the rest")
        code = 1
    finally:
        began = time.monotonic()
        say("stopping (Ctrl-C again to kill)")
        (current.state / "running.json").unlink(missing_ok=True)
        current.crew.stop()
        say(f"stopped in {time.monotonic() - began:.1f} s")
    return code


def _start_site(current: Run) -> dict[str, str]:
    """Services, tables, demo and the three processes of the Procfile; returns what the demo command says.

    Each of them starts a Django of its own, so the order is what makes the site answer soon: the web processes start
    while tables and demo are made, worker and beat when they have made way.
    """
    environment = development_environment(current.state, port=current.port)
    environment |= start_services(current.crew, Place(current.state, "run", keeps_data=True), environment)
    web, *others = site_commands(current.state, current.port, environment)
    current.crew.start(web)
    demo = read_demo(prepare(current, environment))
    (current.state / MIGRATED_MARK).touch()
    publish(current.state / "running.json", published_part(environment))
    for path in ("/healthz", demo["shop_url_path"]):
        _wait_for_answer(current, path)
    for command in others:
        current.crew.start(command)
    return demo


def published_part(environment: dict[str, str]) -> dict[str, str]:
    """What another command needs to work on the same data: the rest it finds by itself."""
    names = ("DATABASE_URL", "REDIS_URL", "PORT", "SITE_URL", "OUTBOUND_ALLOW", "ALLOWED_HOSTS")
    return {name: environment[name] for name in names if name in environment}


def site_commands(state: Path, port: int, environment: dict[str, str]) -> list[Command]:
    """The web, worker and beat processes, as in the Procfile."""
    python = str(PYTHON)
    bound = f"127.0.0.1:{port}"
    return [
        Command("web", [python, "-m", "gunicorn", "caty.wsgi", "-c", "caty/web.py", "-b", bound], environment),
        Command("worker", [python, "caty/workers.py"], {**WORKER_DEFAULTS, **environment}),
        Command(
            "beat",
            [
                python,
                "-m",
                "celery",
                "-q",
                "-A",
                "caty",
                "beat",
                "-l",
                "WARNING",
                "--pidfile=",
                "-s",
                str(state / "beat"),
            ],
            environment,
        ),
    ]


def prepare(current: Run, environment: dict[str, str]) -> str:
    """Bring tables and demo up to date and return what was printed; raises DevError when that fails."""
    process = subprocess.Popen(
        [str(PYTHON), "-c", PREPARE],
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "caty.settings"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                output, _ = process.communicate(timeout=POLL_SECONDS)
                break
            current.check()
    finally:
        process.kill()
    if process.returncode:
        raise DevError(f"migrations or demo failed (exit code {process.returncode}), see above")
    return output


def read_demo(output: str) -> dict[str, str]:
    """The one JSON line the demo command prints. Raises DevError when there is none."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise DevError("the demo did not say where it is")


def _wait_for_answer(current: Run, path: str) -> None:
    """Return when the page answers 200: a port accepts connections long before Django is loaded."""
    url, deadline, problem = f"http://127.0.0.1:{current.port}{path}", time.monotonic() + ANSWER_SECONDS, "nothing"
    while time.monotonic() < deadline:
        current.check()
        try:
            with DIRECT.open(url, timeout=10) as answer:
                answer.read()
                return
        except (OSError, http.client.HTTPException) as error:
            problem = str(error)
        current.stopping.wait(0.1)
    raise DevError(f"{url} did not answer within {ANSWER_SECONDS} s: {problem}")


def _print_welcome(port: int, demo: dict[str, str], seconds: float) -> None:
    base = f"http://127.0.0.1:{port}"
    say(f"ready in {seconds:.1f} s (Ctrl-C stops everything, the data stays)")
    say(f"  demo shop     {base}{demo['shop_url_path']}")
    if demo.get("sink_url_path"):
        say(f"  webhooks      {base}{demo['sink_url_path']}")
    say(f"  admin         {base}{demo['admin_url_path']}")
    say(f"  log in        {demo['admin_login']} / {demo['admin_password']}")
    say(f"  demo API key  {demo['api_key']}")
    say(f"  answers from  {SOURCES.get(demo['answers'], demo['answers'])}")
