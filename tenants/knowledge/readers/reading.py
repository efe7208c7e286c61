"""Reads a file in a process of its own, which is killed when it takes too long."""

import json
import logging
import math
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from caty.lib.errors import CatyError
from tenants.knowledge.readers.contracts import Document, Reason
from tenants.knowledge.readers.sentences import sentence_for

logger = logging.getLogger(__name__)

MOST_BYTES = 20 * 1024 * 1024
MOST_OUTPUT_BYTES = 6 * 1024 * 1024
ROOT = Path(__file__).resolve().parents[3]
# What Python needs to start. Keys and passwords of this house are none of a reader's business.
KEPT_VARIABLES = ("PATH", "PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")


class ReadingFailed(CatyError):
    """A file can't be read; the message says what its owner can do. `reason` is for programs."""

    code = "READING_FAILED"
    message = _("This file can't be read.")
    reason = Reason.BROKEN


def read_document(
    content: bytes, *, name: str = "", media_type: str = "", address: str = "", seconds: float = 30.0
) -> Document:
    """What a file or web page says. `address` is where a page was found; its links are resolved against it.

    Takes at most `seconds`. Raises ReadingFailed, and nothing else whatever the content is.
    """
    if len(content) > MOST_BYTES:
        raise _failure(Reason.TOO_LARGE, is_page=bool(address))
    said = {"name": name, "media_type": media_type, "address": address}
    found = _answer_of_child(json.dumps(said).encode() + b"\n" + content, seconds=seconds)
    if "reason" in found:
        raise _failure(found["reason"], is_page=bool(address))
    return found["document"]


def _failure(reason: Reason, *, is_page: bool) -> ReadingFailed:
    failure = ReadingFailed(sentence_for(reason, is_page=is_page))
    failure.reason = reason
    return failure


def _answer_of_child(given: bytes, *, seconds: float) -> dict:
    deadline = time.monotonic() + seconds
    # A file, because a process that doesn't read would otherwise hold up the one that writes to it.
    with tempfile.TemporaryFile() as standard_input:
        standard_input.write(given)
        standard_input.seek(0)
        process = _start(standard_input, seconds=seconds)
        try:
            output = _read_output(process, deadline=deadline)
            status = process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except (subprocess.TimeoutExpired, TimeoutError):
            logger.warning("knowledge.reading_killed reason=%s bytes=%d", Reason.TOO_SLOW, len(given))
            return {"reason": Reason.TOO_SLOW}
        finally:
            _end(process)
    return _understand(output, status=status)


def _start(standard_input, *, seconds: float) -> subprocess.Popen:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-B", "-m", "tenants.knowledge.readers.child", str(math.ceil(seconds))],
        stdin=standard_input,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what libraries say there quotes the file
        cwd=ROOT,
        env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | {"PYTHONUTF8": "1"},
        start_new_session=True,
    )


def _read_output(process: subprocess.Popen, *, deadline: float) -> bytes:
    """All that the process writes, or as much as proves that it writes too much. Raises TimeoutError."""
    output = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while len(output) <= MOST_OUTPUT_BYTES:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            part = os.read(process.stdout.fileno(), 1 << 16)
            if not part:
                break
            output += part
    return bytes(output)


def _end(process: subprocess.Popen) -> None:
    if process.returncode is None:
        # Whatever it may have started is in its group.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    process.stdout.close()


def _understand(output: bytes, *, status: int) -> dict:
    """The answer, of which nothing is believed but its shape: a hostile file may have written it."""
    try:
        found = json.loads(output) if len(output) <= MOST_OUTPUT_BYTES else {}
        if "document" in found:
            return {"document": _document_of(found["document"])}
        if "reason" in found:
            return {"reason": Reason(found["reason"])}
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    logger.warning("knowledge.reading_ended status=%d", status)
    # The kernel ends with these what has used up its time.
    return {"reason": Reason.TOO_SLOW if status in (-signal.SIGXCPU, -signal.SIGKILL) else Reason.BROKEN}


def _document_of(found: dict) -> Document:
    words = {name: _text(found[name]) for name in ("title", "text", "language", "description", "site_name", "styles")}
    return Document(
        **words,
        pairs=tuple((_text(question), _text(answer)) for question, answer in found["pairs"]),
        links=tuple(map(_text, found["links"])),
        colours=tuple(map(_text, found["colours"])),
        stylesheets=tuple(map(_text, found["stylesheets"])),
        is_hidden_from_search=bool(found["is_hidden_from_search"]),
        follows_links=bool(found["follows_links"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
