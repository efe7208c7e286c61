"""`make rehearse`: the four processes of the Procfile, once, with what production installs and its documented settings.

The tests run with tools around them that bring packages along, and with settings of their own; this doesn't.
"""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from .checkout import PYTHON, ROOT
from .console import DevError, say
from .environment import production_environment
from .processes import Command, Crew
from .services import free_port

PATIENCE_SECONDS = 60
PAGES = ("/healthz", "/readyz", "/admin/login/", "/api/docs")


def procfile(path: Path = ROOT / "Procfile") -> dict[str, str]:
    """The command line of each process."""
    lines = (line.partition(": ") for line in path.read_text().splitlines())
    return {name: command for name, _, command in lines if command}


def rehearse(crew: Crew, folder: Path, servers: Mapping[str, str]) -> None:
    """Install into the folder, build, release, start and ask; raises DevError with the first thing that fails.

    `servers` names the database and Redis; the children are the caller's to stop.
    """
    _install(folder)
    port, commands = free_port(), procfile()
    environment = {**production_environment(), **servers, "PORT": str(port)}
    environment["PATH"] = f"{folder / 'bin'}{os.pathsep}{environment['PATH']}"
    _finish("python manage.py collectstatic --noinput --verbosity 0", environment)
    _finish(commands.pop("release"), environment)
    for name, command in commands.items():
        say(command)
        crew.start(Command(name, ["sh", "-c", command], environment))
    for page in PAGES:
        _until(crew, f"{page} answers", lambda page=page: _answers(port, page, environment["ALLOWED_HOSTS"]))
    ping = ["celery", "-q", "-A", "caty", "inspect", "ping"]
    for pool in ("leads", "default"):
        asking = [*ping, "-d", f"{pool}@{os.uname().nodename}"]
        _until(crew, f"worker {pool} answers", lambda asking=asking: _succeeds(asking, environment))


def _install(folder: Path) -> None:
    say("installing what production installs")
    for step in (
        [str(PYTHON), "-m", "venv", str(folder)],
        [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "-r", "requirements.txt"],
    ):
        if subprocess.run(step, cwd=ROOT, stdout=sys.stderr, check=False).returncode:
            raise DevError("installing what production installs failed, see above")


def _finish(command: str, environment: Mapping[str, str]) -> None:
    say(command)
    if subprocess.run(["sh", "-c", command], cwd=ROOT, env=environment, check=False).returncode:
        raise DevError("failed, see above")


def _until(crew: Crew, what: str, is_so) -> None:
    """Return when it is so; raises DevError when it doesn't come to be or a process ends meanwhile."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        crew.check()
        if time.monotonic() > deadline:
            raise DevError(f"waited {PATIENCE_SECONDS} s, but not: {what}")
        time.sleep(0.2)
    crew.check()
    say(what)


def _answers(port: int, page: str, host: str) -> bool:
    """Whether the page answers 200 to what a proxy that ends TLS would send."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", page, headers={"Host": host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _succeeds(command: list[str], environment: Mapping[str, str]) -> bool:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    return done.returncode == 0
