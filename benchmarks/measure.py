"""What processes use, read from Linux's /proc, and statistics of it."""

import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
LISTENING = "0A"
KILOBYTES_A_MEGABYTE = 1024  # a dyno of 512 MB has 512 x 1024 kB


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values don't exceed; nan for none."""
    if not values:
        return float("nan")
    place = math.ceil(len(values) * percent / 100) - 1
    return sorted(values)[max(0, place)]


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time the processes have used so far, in user and system mode."""
    return sum(_cpu_ticks(pid) for pid in pids) / TICKS_A_SECOND


def _cpu_ticks(pid: int) -> int:
    # The program's name in brackets may hold anything; user and system time are the 12th and 13th field after it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def children_of(pid: int) -> list[int]:
    """The direct children of a process."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def rss_mb(pids: Iterable[int]) -> float:
    """Resident memory, summed: what processes share counts once for each."""
    return sum(_kilobytes(f"/proc/{pid}/status", "VmRSS") for pid in pids) / KILOBYTES_A_MEGABYTE


def pss_mb(pids: Iterable[int]) -> float:
    """Resident memory with what processes share divided among them, as a dyno's limit counts it."""
    return sum(_kilobytes(f"/proc/{pid}/smaps_rollup", "Pss") for pid in pids) / KILOBYTES_A_MEGABYTE


def _kilobytes(path: str, name: str) -> int:
    for line in Path(path).read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


def connections_to(pids: Iterable[int], port: int) -> int:
    """How many TCP connections the processes hold to a port."""
    ours = {link for pid in pids for link in _sockets_of(pid)}
    return sum(inode in ours for table in ("tcp", "tcp6") for inode in _sockets_towards(table, port))


def _sockets_of(pid: int) -> Iterable[str]:
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            link = os.readlink(entry)
        except FileNotFoundError:  # closed meanwhile
            continue
        if link.startswith("socket:["):
            yield link[8:-1]


def _sockets_towards(table: str, port: int) -> Iterable[str]:
    for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] != LISTENING and int(fields[2].rpartition(":")[2], 16) == port:
            yield fields[9]


@dataclass
class Peak:
    """The most that was seen of each reading."""

    rss_mb: float = 0.0
    pss_mb: float = 0.0
    database_connections: int = 0
    redis_connections: int = 0


class Watch:
    """Looks again and again, in a thread, while the block runs; `peak` has the most of each reading."""

    def __init__(self, readings: dict[str, Callable[[], float]], *, every_seconds: float = 0.25) -> None:
        self.peak = Peak()
        self._readings = readings
        self._every_seconds = every_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look_again_and_again, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _look_again_and_again(self) -> None:
        while not self._stopped.wait(self._every_seconds):
            for name, read in self._readings.items():
                setattr(self.peak, name, max(getattr(self.peak, name), read()))


def wait_until(is_so: Callable[[], bool], *, seconds: float, every_seconds: float = 0.1) -> bool:
    """Whether it became so in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(every_seconds)
    return False
