"""The commands of `caty/dev.py`, one function each; all return an exit code."""

import contextlib
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from . import checkout, console
from .checkout import PYTHON, VENV, CheckoutBusy, claim, state_directory
from .console import DevError, say
from .environment import chosen_port, development_environment, production_environment
from .installation import install
from .processes import Crew, end_leftovers, run_in_foreground
from .rehearsal import rehearse as rehearse_production
from .services import Place, start_services
from .site import MIGRATED_MARK, published_part, run

ATTACH_SECONDS = 60
MOST_TEST_PROCESSES = 8
NOT_FOR_THE_SUITE = {"ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "PYTHONDONTWRITEBYTECODE"}


def main(arguments: Sequence[str]) -> int:
    """Run one command; its arguments follow its name."""
    name, *rest = arguments or ["help"]
    if name not in COMMANDS:
        sys.stderr.write(f"usage: python3 caty/dev.py [{' | '.join(COMMANDS)}]\n")
        return 2
    if name != "run":
        console.keep_stdout_clean()
    try:
        return COMMANDS[name](rest)
    except DevError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def test(arguments: Sequence[str]) -> int:
    """Run the suite, in parallel, on servers of its own that forget everything quickly."""
    install()
    state = state_directory()
    with claim(state / "test.lock", command="test"):
        end_leftovers(state / "test.json")
        environment = suite_environment(dict(os.environ))
        with _services(Crew(state / "test.json"), Place(state, "test", keeps_data=False), environment):
            return run_in_foreground(suite_command(arguments), environment)


def suite_environment(given: dict[str, str]) -> dict[str, str]:
    """What the suite may see of our environment: no key that would let it spend money, and nothing that has each of its
    many processes compile all tests and programs anew.
    """
    return {name: value for name, value in given.items() if name not in NOT_FOR_THE_SUITE}


PARTS = {"widget", "deliveries", "track", "answers", "live"}


def suite_command(arguments: Sequence[str], processors: int | None = None) -> list[str]:
    """The pytest call: on one process more than there are processors, unless told otherwise: a third of the time one
    waits for a browser.

    A process that has nothing left takes over what another one still has: a minute and a half less on two.
    """
    command = [str(PYTHON), "-m", "pytest"]
    if not any(argument.startswith(("-n", "--numprocesses")) for argument in arguments):
        count = (processors or os.cpu_count() or 1) + 1
        command += ["--dist", "worksteal", "-n", str(min(count, MOST_TEST_PROCESSES))]
    return [*command, *arguments]


def manage(arguments: Sequence[str]) -> int:
    """Run a management command on the data of `make run`; stdin, stdout and the exit code are the command's."""
    install()
    state = state_directory()
    environment = development_environment(state, port=chosen_port(os.environ))
    with _attached_or_started(environment) as reachable:
        return run_in_foreground([str(PYTHON), "manage.py", *arguments], environment | reachable)


def bench(arguments: Sequence[str]) -> int:
    """Run measurements on servers like those of `make run`, with data of their own.

    Those of the web process, or, where the first argument is one of PARTS, those of the widget in a browser, of the
    outbox, of the events of pages, of answers from knowledge or of conversations with people.
    """
    program, *rest = arguments if set(arguments[:1]) & PARTS else ["serving", *arguments]
    install()
    state = state_directory()
    with claim(state / "bench.lock", command="bench"):
        end_leftovers(state / "bench.json")
        environment = development_environment(state, port=chosen_port(os.environ))
        with _services(Crew(state / "bench.json"), Place(state, "bench", keeps_data=True), environment):
            return run_in_foreground([str(PYTHON), f"benchmarks/{program}.py", *rest], environment)


def chaos(arguments: Sequence[str]) -> int:
    """Capture leads while everything fails that can, and compare what was accepted with what has arrived."""
    install()
    state = state_directory()
    with claim(state / "chaos.lock", command="chaos"):
        end_leftovers(state / "chaos.json")
        environment = development_environment(state, port=chosen_port(os.environ))
        return run_in_foreground([str(PYTHON), "benchmarks/chaos.py", *arguments], environment)


def calibrate(arguments: Sequence[str]) -> int:
    """Measure how often a model is right when it says how sure it is; no server is needed."""
    install()
    return run_in_foreground([str(PYTHON), "-m", "benchmarks.confidence", *arguments], dict(os.environ))


def lint(_: Sequence[str]) -> int:
    """Everything that can be told without running the suite; all checks run, the first failure gives the code."""
    install()
    production = production_environment()
    # Migrations are compared with the models alone; the look into the database fails at once and is passed over.
    without_database = {**production, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    ignoring = ["-W", "ignore::RuntimeWarning"]
    checks = [
        ([_script("ruff"), "format", "--check", "."], os.environ),
        ([_script("ruff"), "check", "."], os.environ),
        ([_script("lint-imports")], os.environ),
        ([str(PYTHON), *ignoring, "manage.py", "makemigrations", "--check", "--dry-run"], without_database),
        ([str(PYTHON), "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production),
    ]
    codes = [_run_check(command, environment) for command, environment in checks]
    return next(filter(None, codes), 0)


def rehearse(_: Sequence[str]) -> int:
    """Install and start what production would; 0 when all of it has answered."""
    install()
    state = state_directory()
    with claim(state / "rehearse.lock", command="rehearse"), tempfile.TemporaryDirectory() as folder:
        end_leftovers(state / "rehearse.json")
        servers = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
        crew = Crew(state / "rehearse.json")
        with _services(crew, Place(state, "rehearse", keeps_data=False), servers):
            rehearse_production(crew, Path(folder), servers)
    say("all of it answered")
    return 0


def clean(_: Sequence[str]) -> int:
    """Delete the virtual environment and all development data."""
    state = state_directory()
    with contextlib.ExitStack() as stack:
        for name in ("run", "test", "bench", "chaos", "rehearse"):
            stack.enter_context(claim(state / f"{name}.lock", command="clean"))
            end_leftovers(state / f"{name}.json")
        shutil.rmtree(state)
        shutil.rmtree(VENV, ignore_errors=True)
    say(f"deleted {state} and {VENV}")
    return 0


def _run_check(command: list[str], environment: dict[str, str]) -> int:
    say(shlex.join([os.path.basename(command[0]), *command[1:]]))
    code = run_in_foreground(command, environment)
    if code:
        say(f"failed with exit code {code}")
    return code


def _script(name: str) -> str:
    return str(VENV / "bin" / name)


@contextlib.contextmanager
def _services(crew: Crew, place: Place, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Add the addresses of the services to the environment, and stop what was started for it at the end."""
    try:
        added = start_services(crew, place, environment)
        environment |= added
        yield added
    finally:
        crew.stop()


@contextlib.contextmanager
def _attached_or_started(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """How to reach the services: those that run already, else some started for as long as the block runs."""
    state = state_directory()
    deadline = time.monotonic() + ATTACH_SECONDS
    while True:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(claim(state / "run.lock", command="manage"))
            except CheckoutBusy:
                # Counted before looking, so that what we find is not stopped while we use it.
                stack.enter_context(checkout.use(state / "users.lock"))
                found = checkout.find_published(state / "running.json")
                if found is not None:
                    yield found
                    return
            else:
                yield stack.enter_context(_started_for_the_moment(environment))
                return
        if time.monotonic() > deadline:
            raise DevError("another command of this checkout is still starting; try again when it is ready")
        time.sleep(0.1)


@contextlib.contextmanager
def _started_for_the_moment(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    state = state_directory()
    end_leftovers(state / "run.json")
    published = state / "running.json"
    published.unlink(missing_ok=True)
    with _services(Crew(state / "run.json"), Place(state, "run", keeps_data=True), environment) as added:
        if "DATABASE_URL" in added:
            _migrate_once(environment)
        checkout.publish(published, published_part(environment))
        try:
            yield added
        finally:
            published.unlink(missing_ok=True)
            # Another `make manage` may have attached to what we started.
            checkout.wait_until_unused(state / "users.lock")


def _migrate_once(environment: dict[str, str]) -> None:
    """Bring the tables of a database nobody has run the site on yet."""
    mark = state_directory() / MIGRATED_MARK
    if mark.exists():
        return
    say("a new database: migrating it first")
    if run_in_foreground([str(PYTHON), "manage.py", "migrate", "--verbosity", "0"], environment):
        raise DevError("`manage.py migrate` failed, see above")
    mark.touch()


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "run": lambda _: run(),
    "test": test,
    "manage": manage,
    "lint": lint,
    "bench": bench,
    "chaos": chaos,
    "calibrate": calibrate,
    "rehearse": rehearse,
    "clean": clean,
}
