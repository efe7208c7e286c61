"""The checkout: where it lies, where its data is kept, and who is at work in it."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import DevError

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


class CheckoutBusy(DevError):
    """Another command of this checkout holds the lock."""


def state_path(root: Path = ROOT, *, as_root: bool | None = None) -> Path:
    """Where the servers of a checkout keep their data.

    Postgres refuses to run as root and is then run as `nobody`, who may not be able to reach the checkout (it may lie
    under /root): root's data is kept in /var/tmp, under a name of the checkout's own.
    """
    if as_root is None:
        as_root = os.geteuid() == 0
    if not as_root:
        return root / ".dev"
    return Path("/var/tmp") / f"{root.name}-dev-{hashlib.sha256(str(root).encode()).hexdigest()[:8]}"  # noqa: S108


def state_directory() -> Path:
    """The state directory, made if need be.

    Raises DevError when somebody else made it first: in /var/tmp anybody could.
    """
    path = state_path()
    mode = 0o711 if os.geteuid() == 0 else 0o700
    path.mkdir(mode=mode, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid != os.geteuid():
        raise DevError(f"{path} belongs to somebody else; remove it")
    path.chmod(mode)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read, in one step: a reader sees the old text or the new."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


@contextmanager
def claim(lock: Path, *, command: str) -> Iterator[None]:
    """Hold the lock file while the block runs; it is let go by the system however this process ends.

    Raises CheckoutBusy, naming the command that holds it.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CheckoutBusy(f"`make {file.read() or '?'}` is already running from this checkout") from None
        file.truncate()
        file.write(command)
        file.flush()
        yield


@contextmanager
def use(lock: Path) -> Iterator[None]:
    """Be counted as a user of what somebody else has started, while the block runs."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def wait_until_unused(lock: Path) -> None:
    """Return when nobody is inside `use` any more."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


def publish(path: Path, environment: dict[str, str]) -> None:
    """Tell other commands of this checkout how to reach the services that now run."""
    write_private(path, json.dumps({"environment": environment}))


def find_published(path: Path) -> dict[str, str] | None:
    """What `publish` wrote, or None when there is nothing (or nothing whole) to read."""
    try:
        environment = json.loads(path.read_text())["environment"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return environment if isinstance(environment, dict) else None
