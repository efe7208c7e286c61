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

logger = logging.getLogger(__name__)

MOST_BYTES = 20 * 1024 * 1024
MOST_OUTPUT_BYTES = 6 * 1024 * 1024
ROOT = Path(__file__).resolve().parents[3]
# What Python needs to start. Keys and passwords of this house are none of a reader's business.
KEPT_VARIABLES = ("PATH", "PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")

SENTENCES = {
    Reason.EMPTY: _("There is no text in this file."),
    Reason.EMPTY_PAGE: _("There is no text on this page. If it is only filled in by scripts, paste its text instead."),
    Reason.SCANNED: _(
        "This PDF has pictures of pages, but no text. Run text recognition (OCR) on it and upload it again, "
        "or paste its text."
    ),
    Reason.PROTECTED_PDF: _("This PDF is protected by a password. Save it without one and upload it again."),
    Reason.PROTECTED: _("This file is protected by a password. Save it without one and upload it again."),
    Reason.OLD_WORD: _("This file is in the old Word format (.doc). Save it as .docx and upload that."),
    Reason.SPREADSHEET: _("This file is a spreadsheet. Save it as CSV and upload that."),
    Reason.OTHER_DOCUMENT: _("This kind of document can't be read. Save it as PDF or DOCX and upload that."),
    Reason.UNKNOWN: _("This kind of file can't be read. Upload a PDF, DOCX, HTML, Markdown, text or CSV file."),
    Reason.TOO_LARGE: _("This file is larger than 20 MB. Split it into smaller ones and upload those."),
    Reason.TOO_LONG: _("This file is too long. Split it into smaller ones and upload those."),
    Reason.TOO_SLOW: _("This file takes too long to read. Split it into smaller ones, or paste its text."),
    Reason.TOO_COMPLICATED: _("This file is too complicated to read. Split it into smaller ones, or paste its text."),
    Reason.BROKEN: _(
        "This file is damaged or not complete. Open it in the program it was made with, save it again and upload that."
    ),
}


class ReadingFailed(CatyError):
    """A file can't be read; the message says what its owner can do. `reason` is for programs."""

    code = "READING_FAILED"

    def __init__(self, reason: Reason):
        super().__init__(str(SENTENCES[reason]))
        self.reason = reason


def read_document(
    content: bytes, *, name: str = "", media_type: str = "", address: str = "", seconds: float = 30.0
) -> Document:
    """What a file or web page says. `address` is where a page was found; its links are resolved against it.

    Takes at most `seconds`. Raises ReadingFailed, and nothing else whatever the content is.
    """
    if len(content) > MOST_BYTES:
        raise ReadingFailed(Reason.TOO_LARGE)
    said = {"name": name, "media_type": media_type, "address": address}
    found = _answer_of_child(json.dumps(said).encode() + b"\n" + content, seconds=seconds)
    if "reason" in found:
        raise ReadingFailed(found["reason"])
    return found["document"]


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
    pairs = tuple((str(question), str(answer)) for question, answer in found.pop("pairs"))
    links, colours = tuple(map(str, found.pop("links"))), tuple(map(str, found.pop("colours")))
    return Document(**found, pairs=pairs, links=links, colours=colours)
