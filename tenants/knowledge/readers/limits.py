"""What a process that reads a hostile file may use. Set by the process itself, before it looks at the file."""

import resource
import sys
from pathlib import Path

MEMORY_BYTES = 512 * 1024 * 1024  # above what the process has mapped when it starts
MOST_OPEN_FILES = 24
MOST_FRAMES = 2_000
REFUSED_EVENTS = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")
# The file limit keeps it from writing; these would change what is there.
REFUSED_CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.link", "os.symlink", "os.truncate")


def confine(*, seconds: int) -> None:
    """Bound this process's memory, processor time and files, and keep it from the network and other programs."""
    _limit(resource.RLIMIT_AS, _mapped_bytes() + MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, seconds, seconds + 1)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, MOST_OPEN_FILES)
    _limit(resource.RLIMIT_NPROC, 0)
    sys.setrecursionlimit(MOST_FRAMES)
    sys.addaudithook(_refuse)


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    try:
        resource.setrlimit(kind, (soft, soft if hard is None else hard))
    # macOS doesn't let itself be told about memory; elsewhere the limit may already be lower than ours.
    except (ValueError, OSError):
        return


def _mapped_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError):
        return 512 * 1024 * 1024
    return pages * resource.getpagesize()


def _refuse(event: str, _arguments: tuple) -> None:
    if event.startswith(REFUSED_EVENTS) or event in REFUSED_CHANGES:
        raise PermissionError(f"A reader must not use {event}.")
