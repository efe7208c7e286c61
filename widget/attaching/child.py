"""The process that opens one file: `python -m widget.attaching.child SECONDS`.

Standard input is the file. Standard output is a line of JSON, {"content_type": "…"} or {"reason": "…"}, and then a
picture's new bytes. Nothing of Django is imported here.
"""

import json
import sys

from tenants.knowledge.readers.limits import confine
from widget.attaching.contracts import PDF, Reason, Refused


def main() -> None:
    confine(seconds=int(sys.argv[1]))
    told, content = answer_to(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + content)


def answer_to(content: bytes) -> tuple[dict, bytes]:
    """What is written for this file, whatever happens while it is opened."""
    try:
        return _opened(content)
    except Refused as refusal:
        return {"reason": refusal.reason}, b""
    except (MemoryError, RecursionError):
        return {"reason": Reason.SLOW}, b""
    # Libraries raise whatever they like for broken files. Their words may quote the file and are told to nobody.
    except Exception:  # noqa: BLE001
        return {"reason": Reason.KIND}, b""


def _opened(content: bytes) -> tuple[dict, bytes]:
    # Only the library that is needed is imported.
    if content.startswith(b"%PDF-"):
        from widget.attaching.pdfs import require_harmless

        require_harmless(content)
        return {"content_type": PDF}, b""
    from widget.attaching.pictures import redrawn

    content_type, picture = redrawn(content)
    return {"content_type": content_type}, picture


if __name__ == "__main__":
    main()
