"""Megabytes that a process of its own grows by: `retrieval_memory.py index|bm25 FILE QUESTIONS`.

FILE is a stored index, or, for the baseline, the texts of a knowledge base as JSON. QUESTIONS, a JSON list, are asked
of it before looking.
"""

import json
import sys
from pathlib import Path

# Run by its path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measure import KILOBYTES_A_MEGABYTE
from benchmarks.retrieval_baselines import PlainBm25
from tenants.knowledge import serialise
from tenants.knowledge.ranking import rank


def main(kind: str, path: str, questions_path: str) -> None:
    """Print how much was added by loading and asking."""
    questions = json.loads(Path(questions_path).read_text())
    content = Path(path).read_bytes()
    texts = json.loads(content) if kind == "bm25" else []
    before = _resident_mb()
    if kind == "bm25":
        search = PlainBm25(texts)
        for text in questions:
            search.find(text)
    else:
        index = serialise.load(content)
        for text in questions:
            rank(index, text)
    print(round(_resident_mb() - before, 1))


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text().partition("VmRSS:")[2]
    return int(status.split()[0]) / KILOBYTES_A_MEGABYTE


if __name__ == "__main__":
    main(*sys.argv[1:])
