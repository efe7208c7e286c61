"""Has a file opened by a process of its own, which is killed when it takes too long."""

import json
import logging
import math
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from widget.attaching.contracts import MOST_BYTES, PDF, SUFFIXES, Reason, Refused

log = logging.getLogger(__name__)

SECONDS = 10.0
WAIT_SECONDS = 15.0
AT_ONCE = 1  # in a web process: each needs up to 150 MB
ROOT = Path(__file__).resolve().parents[2]
# What Python needs to start. Keys and passwords of this house are none of its business.
KEPT_VARIABLES = ("PATH", "PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class Busy(Exception):
    """Too many files wait to be opened."""


@dataclass(frozen=True)
class Checked:
    """A file as it may be kept and shown."""

    content: bytes
    content_type: str


def check(content: bytes) -> Checked:
    """What the file is by its content, a picture made anew. Raises Refused and Busy; takes 25 seconds at most."""
    places = _places()
    if not places.acquire(timeout=WAIT_SECONDS):
        raise Busy
    try:
        output = _ask_child(content)
    finally:
        places.release()
    return _understood(output, content)


@cache
def _places() -> threading.Semaphore:
    """Made when first needed, so after gevent has patched threading."""
    return threading.Semaphore(AT_ONCE)


def _ask_child(content: bytes) -> bytes:
    command = [sys.executable, "-B", "-m", "widget.attaching.child", str(math.ceil(SECONDS))]
    with subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what libraries say there quotes the file
        cwd=ROOT,
        env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
    ) as process:
        try:
            return process.communicate(content, timeout=SECONDS)[0]
        except subprocess.TimeoutExpired as error:
            process.kill()
            log.warning("attachment.killed bytes=%d", len(content))
            raise Refused(Reason.SLOW) from error


def _understood(output: bytes, content: bytes) -> Checked:
    """The answer, of which nothing is believed but its shape: a hostile file may have written it."""
    line, _, picture = output.partition(b"\n")
    try:
        told = json.loads(line)
        if "reason" in told:
            raise Refused(Reason(told["reason"]))
        content_type = told["content_type"]
    except (ValueError, TypeError, KeyError) as error:
        raise Refused(Reason.SLOW) from error
    kept = content if content_type == PDF else picture
    if content_type not in SUFFIXES or not 0 < len(kept) <= MOST_BYTES:
        raise Refused(Reason.KIND)
    return Checked(kept, content_type)
