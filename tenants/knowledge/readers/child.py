"""The process that reads one file: `python -m tenants.knowledge.readers.child SECONDS`.

Standard input is a line of JSON (name, media_type, address) and then the file; standard output is one JSON object,
{"document": {…}} or {"reason": "…"}. Nothing of Django is imported here.
"""

import json
import sys
from dataclasses import asdict
from importlib import import_module

from tenants.knowledge.readers.contracts import Document, Reason, Source, Unreadable
from tenants.knowledge.readers.kinds import Kind, find_kind
from tenants.knowledge.readers.limits import confine

LONGEST_TEXT = 2_000_000  # characters
MOST_OUTPUT_BYTES = 5 * 1024 * 1024
# The reader's module and function; only the one that is needed is imported, with its library.
READERS = {
    Kind.PDF: ("pdf", "read_pdf"),
    Kind.DOCX: ("word", "read_docx"),
    Kind.HTML: ("web", "read_html"),
    Kind.CSV: ("csv_table", "read_csv"),
    Kind.MARKDOWN: ("plain", "read_markdown"),
    Kind.TEXT: ("plain", "read_text"),
}


def main() -> None:
    confine(seconds=int(sys.argv[1]))
    said = json.loads(sys.stdin.buffer.readline())
    source = Source(content=sys.stdin.buffer.read(), **said)
    sys.stdout.buffer.write(answer_to(source))


def answer_to(source: Source) -> bytes:
    """What is written to standard output for this file, whatever happens while it is read."""
    try:
        return _encoded({"document": asdict(read(source))})
    except Unreadable as refusal:
        return _encoded({"reason": refusal.reason})
    except (MemoryError, RecursionError):
        return _encoded({"reason": Reason.TOO_COMPLICATED})
    # Readers raise whatever they like for broken files. Their words may quote the file and are told to nobody.
    except Exception:  # noqa: BLE001
        return _encoded({"reason": Reason.BROKEN})


def read(source: Source) -> Document:
    """Raises Unreadable, and whatever the libraries raise."""
    kind = find_kind(source)
    module, function = READERS[kind]
    document = getattr(import_module(f"tenants.knowledge.readers.{module}"), function)(source)
    if not any(map(str.isalnum, document.text)):
        raise Unreadable(Reason.EMPTY_PAGE if kind is Kind.HTML else Reason.EMPTY)
    if len(document.text) > LONGEST_TEXT:
        raise Unreadable(Reason.TOO_LONG)
    return document


def _encoded(found: dict) -> bytes:
    encoded = json.dumps(found, ensure_ascii=False).encode()
    return encoded if len(encoded) <= MOST_OUTPUT_BYTES else _encoded({"reason": Reason.TOO_LONG})


if __name__ == "__main__":
    main()
