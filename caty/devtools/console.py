"""What the developer reads: our own lines, and those of the children with their name in front."""

import sys
import threading
from typing import IO

COLOURS = {"web": 32, "worker": 36, "beat": 35, "postgres": 34, "redis": 33}
NAME_WIDTH = 8

_quiet_stdout = False


class DevError(Exception):
    """Something the developer has to put right; its text is the whole message."""


def keep_stdout_clean() -> None:
    """Send our own lines to stderr from now on: stdout belongs to the command that is run."""
    global _quiet_stdout
    _quiet_stdout = True


def say(message: str) -> None:
    """Print one line of our own."""
    stream = sys.stderr if _quiet_stdout else sys.stdout
    _write(stream, f"{_paint('[dev]', 1, stream)} {message}\n")


def prefixed(name: str, line: str, *, colour: bool = False) -> str:
    """One line of a child's output with the child's name in front."""
    label = f"{name:>{NAME_WIDTH}} |"
    if colour:
        label = f"\033[{COLOURS.get(name, 37)}m{label}\033[0m"
    return f"{label} {line.rstrip()}\n"


def follow(name: str, pipe: IO[bytes]) -> threading.Thread:
    """Copy a child's output to ours, line by line, until it closes; returns the running thread."""
    thread = threading.Thread(target=_copy_lines, args=(name, pipe), daemon=True)
    thread.start()
    return thread


def _copy_lines(name: str, pipe: IO[bytes]) -> None:
    stream = sys.stderr if _quiet_stdout else sys.stdout
    for line in pipe:
        _write(stream, prefixed(name, line.decode(errors="replace"), colour=stream.isatty()))


def _write(stream: IO[str], text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # Whoever read along (`make run | head`) has left. The children's pipes must be emptied all the same.
        pass


def _paint(text: str, code: int, stream: IO[str]) -> str:
    return f"\033[{code}m{text}\033[0m" if stream.isatty() else text
