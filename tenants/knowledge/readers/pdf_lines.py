"""The lines of a PDF's page, with their size and the gaps between them."""

import re
from dataclasses import dataclass
from math import hypot

from tenants.knowledge.readers.wording import tidy_line

LEADERS = re.compile(r"\s*(?:[.…_]\s?){4,}\s*")  # the dots between a dish and its price
SMALLEST_SIZE = 2.0  # points; what is smaller is there for machines
GAP = 1.7  # times the size from one line to the next; more is a new paragraph
NEAR = 3  # lines before and after
SHORTEST_PROSE = 40  # characters of the longest line near it; where all are shorter, it is a table or a list
FULL_SHARE = 0.9  # of the longest line near it: where the next word would have had to reach


@dataclass
class Line:
    """One line. `is_full` says that the next word found no place on it, so that the next line goes on with it."""

    text: str
    size: float
    height: float
    is_after_gap: bool = False
    is_full: bool = False


def lines_of(page) -> list[Line]:
    """The lines of a page in the order in which they were drawn."""
    pieces: list[tuple[str, float, float]] = []

    def take(text: str, cm: list[float], tm: list[float], _font, font_size: float) -> None:
        size = abs(font_size) * hypot(tm[2], tm[3]) * hypot(cm[2], cm[3])
        height = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        if text and (size >= SMALLEST_SIZE or not text.strip()):
            pieces.append((text, round(size * 2) / 2, height))

    page.extract_text(visitor_text=take)
    lines = _assembled(pieces)
    _mark(lines)
    return lines


def _assembled(pieces: list[tuple[str, float, float]]) -> list[Line]:
    lines: list[Line] = []
    words, size, height, longest = "", 0.0, 0.0, 0
    for text, piece_size, piece_height in [*pieces, ("\n", 0.0, 0.0)]:
        for number, part in enumerate(text.split("\n")):
            if number:
                if words.strip():
                    lines.append(Line(LEADERS.sub(" … ", tidy_line(words)), size, height))
                words, longest = "", 0
            if len(part.strip()) > longest:
                size, height, longest = piece_size, piece_height, len(part.strip())
            words += part
    return lines


def _mark(lines: list[Line]) -> None:
    for number, line in enumerate(lines):
        near = lines[max(0, number - NEAR) : number + NEAR + 1]
        longest = max(SHORTEST_PROSE, *(len(other.text) for other in near))
        following = lines[number + 1].text.split(" ")[0] if number + 1 < len(lines) else ""
        line.is_full = len(line.text) + 1 + len(following) >= FULL_SHARE * longest
        if number:
            step = abs(lines[number - 1].height - line.height)
            line.is_after_gap = step > GAP * max(line.size, lines[number - 1].size)
