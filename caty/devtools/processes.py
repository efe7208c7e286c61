"""The child processes of a run: started in order, watched, ended in reverse, remembered in case we are killed."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .checkout import ROOT, write_private
from .console import DevError, follow, say

STOP_SECONDS = 30
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Command:
    """What to start. `stop_signal` is the one that ends it in good order; `log` takes the output, else we print it."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path = ROOT
    stop_signal: signal.Signals = signal.SIGTERM
    log: Path | None = None
    stdin: str | None = None
    account: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Child:
    """A started command. `follower` copies its output, where there is no log."""

    command: Command
    process: subprocess.Popen
    follower: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The command's name."""
        return self.command.name

    def describe_end(self) -> str:
        """How it ended, with the last lines of its log."""
        code = self.process.returncode
        text = f"{self.name} stopped by itself ({f'signal {-code}' if code < 0 else f'exit code {code}'})"
        if self.command.log is None:
            return text
        last = "".join(self.command.log.read_text(errors="replace").splitlines(keepends=True)[-5:])
        return f"{text}; the end of {self.command.log}:\n{last}"


class Crew:
    """The children of one run. `record` names them to the next run, which ends what a killed one left behind."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self._children: list[Child] = []
        self.is_hurried = threading.Event()

    def start(self, command: Command) -> Child:
        """Start a child in a session of its own, where a terminal's Ctrl-C doesn't reach it."""
        process = _open(command)
        follower = follow(command.name, process.stdout) if process.stdout else None
        child = Child(command, process, follower)
        self._children.append(child)
        self._write_record()
        return child

    def find_dead(self) -> Child | None:
        """The first child that has ended by itself, or None."""
        return next((child for child in self._children if child.process.poll() is not None), None)

    def find(self, name: str) -> Child:
        """The child of this name that was started last. Raises KeyError."""
        for child in reversed(self._children):
            if child.name == name:
                return child
        raise KeyError(name)

    def restart(self, name: str, number: signal.Signals) -> Child:
        """Have the child end by this signal, if it has not ended by itself, and start its command anew."""
        child = self.find(name)
        with contextlib.suppress(ProcessLookupError):
            child.process.send_signal(number)
        self._children.remove(child)
        self._end(child)
        return self.start(child.command)

    def check(self) -> None:
        """Raise DevError when a child has ended by itself."""
        dead = self.find_dead()
        if dead:
            raise DevError(dead.describe_end())

    def stop(self) -> None:
        """End all children, the last one first; returns when they are gone."""
        while self._children:
            child = self._children.pop()
            self._end(child)
            if child.follower:
                child.follower.join(timeout=2)
        self._record.unlink(missing_ok=True)

    def _end(self, child: Child) -> None:
        process = child.process
        if process.poll() is None:
            process.send_signal(child.command.stop_signal)
        deadline = time.monotonic() + STOP_SECONDS
        while process.poll() is None and time.monotonic() < deadline and not self.is_hurried.is_set():
            time.sleep(POLL_SECONDS)
        if process.poll() is None:
            say(f"{child.name} did not stop in time; killing it")
        # The group too, also after a good end: nothing of it may keep a port or a file.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _write_record(self) -> None:
        rows = [
            [child.name, child.process.pid, started_at(child.process.pid), child.command.stop_signal.value]
            for child in self._children
        ]
        write_private(self._record, json.dumps(rows))


def _open(command: Command) -> subprocess.Popen:
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(command.log.open("ab")) if command.log else subprocess.PIPE
        process = subprocess.Popen(
            list(command.arguments),
            cwd=command.folder,
            env=dict(command.environment),
            stdin=subprocess.PIPE if command.stdin is not None else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **command.account,
        )
    if command.stdin is not None:
        with process.stdin:
            process.stdin.write(command.stdin.encode())
    return process


def started_at(pid: int) -> str | None:
    """When a process was started, as text to compare; None when it isn't running (any more).

    A process id alone proves nothing: the system gives it to somebody else.
    """
    if not Path("/proc/self/stat").exists():
        listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return listed.stdout.strip() or None
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in brackets, which may hold anything; the state follows it.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def end_leftovers(record: Path) -> None:
    """End, last one first, what a run that was killed has left running."""
    if not record.exists():
        return
    for name, pid, start, stop_signal in reversed(json.loads(record.read_text())):
        if start is not None and started_at(pid) == start:
            say(f"ending {name} (process {pid}), left behind by a run that was killed")
            _end_stranger(pid, start, stop_signal)
    record.unlink()


def _end_stranger(pid: int, start: str, stop_signal: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, stop_signal)
    deadline = time.monotonic() + STOP_SECONDS
    while started_at(pid) == start and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def run_in_foreground(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command with our own stdin, stdout and stderr; returns its exit code, as a shell would count it.

    Ctrl-C reaches the command through the terminal, so we only wait for it; SIGTERM and SIGHUP are passed on.
    """
    process = subprocess.Popen(list(arguments), cwd=ROOT, env=dict(environment))
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: process.terminate()),
        signal.SIGHUP: signal.signal(signal.SIGHUP, lambda *_: process.terminate()),
    }
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
