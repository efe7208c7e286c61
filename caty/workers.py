"""The worker process: two Celery workers under one parent, run by path (`python caty/workers.py`).

One serves the queue `leads` and nothing else, so that no other work, however much, can keep a lead from leaving. If
one of them dies the other is stopped too and the parent ends with 1: whoever started it starts all of it anew.
Standard library only, so that the parent costs little memory.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# A dyno is killed 30 seconds after SIGTERM.
STOP_SECONDS = 27
POLL_SECONDS = 0.2
UP_SECONDS = 6.0


@dataclass(frozen=True)
class Pool:
    """One Celery worker: its name, the queues it serves, how many tasks it runs at once, and what it imports early.

    In processes, or, with `connections`, in threads of one process that share so many database connections.
    """

    name: str
    queues: str
    tasks: int
    connections: int = 0
    modules: str = ""


POOLS = (
    # A send is waiting for somebody else, mostly: threads are cheap, and a dozen receivers that hang hold up no other.
    Pool(
        "leads",
        "leads",
        int(os.environ.get("LEADS_WORKER_CONCURRENCY") or 12),
        connections=int(os.environ.get("LEADS_WORKER_DB_POOL_MAX") or 3),
    ),
    # The client for Claude takes 40 MB: loaded before the pool forks, its processes share them.
    Pool("default", "default", int(os.environ.get("WORKER_CONCURRENCY") or 2), modules="widget.engine.claude"),
)


def worker_command(pool: Pool) -> list[str]:
    """The Celery call of one pool."""
    return [
        *(sys.executable, "-m", "celery", "-q", "-A", "caty", "worker"),
        *("-n", f"{pool.name}@%h", "-Q", pool.queues, "-c", str(pool.tasks)),
        *(("-P", "threads") if pool.connections else ()),
        *(("-I", pool.modules) if pool.modules else ()),
        # Neighbours don't have to know of each other, and a process that has grown is replaced (kB, what it shares
        # with its parent included).
        *("--without-gossip", "--without-mingle", "--max-memory-per-child", "180000"),
        *("-l", os.environ.get("CELERY_LOG_LEVEL") or "INFO"),
    ]


def start(pool: Pool) -> subprocess.Popen:
    """Start a pool that hears SIGQUIT only.

    A dyno's manager sends SIGTERM to every process, and may send it twice; for Celery the second one means to drop
    its tasks. So SIGTERM stays blocked below this parent, which asks once, by SIGQUIT.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        return subprocess.Popen(
            worker_command(pool),
            cwd=ROOT,
            # A process that runs one task at a time needs one connection, not a pool.
            env={**os.environ, "REMAP_SIGTERM": "SIGQUIT", "DB_POOL_MAX": str(pool.connections)},
        )
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def stop(children: list[subprocess.Popen], *, started: float) -> None:
    """Ask all to finish what they do and take nothing new; kill what is left after STOP_SECONDS.

    They can be asked once only, and Celery does not listen before it is up: a young one is asked a little later.
    """
    time.sleep(max(0.0, started + UP_SECONDS - time.monotonic()))
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGQUIT)
    deadline = time.monotonic() + STOP_SECONDS
    while any(child.poll() is None for child in children) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    for child in children:
        if child.poll() is None:
            child.kill()
            child.wait()


def main() -> int:
    """Run until told to stop (0) or until a pool dies (1)."""
    asked = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: asked.append(number))
    started = time.monotonic()
    children = [start(pool) for pool in POOLS]
    while not asked and all(child.poll() is None for child in children):
        time.sleep(POLL_SECONDS)
    if not asked:
        dead = next(pool.name for pool, child in zip(POOLS, children, strict=True) if child.poll() is not None)
        sys.stderr.write(f"worker {dead} ended by itself; stopping the other\n")
    stop(children, started=started)
    return 0 if asked else 1


if __name__ == "__main__":
    sys.exit(main())
