"""Text as it is kept: one form of every letter, nothing invisible, tables as Markdown."""

import re
import unicodedata
from collections.abc import Sequence

# Joiners of letters and emoji stay. Marks that turn the direction of text, and the plane of tags, only ever hide words.
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
NEW_LINES = re.compile("\r\n?|\u2028|\u2029|\x85")
# How typesetters join letters; nobody searches for these.
JOINED_LETTERS = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\u00a0": " "}
)
EMPTY_LINES = re.compile(r"\n{3,}")
SPACES = re.compile(r"\s+")
LONGEST_TITLE = 300


def tidy(text: str) -> str:
    """NFC, \\n for the end of a line, without what can't be seen or stored; at most one empty line at once."""
    text = NEW_LINES.sub("\n", text)
    text = INVISIBLE.sub("", CONTROL.sub("", text)).translate(JOINED_LETTERS)
    lines = (line.rstrip() for line in unicodedata.normalize("NFC", text).split("\n"))
    return EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def tidy_line(text: str) -> str:
    """As `tidy`, on one line."""
    return SPACES.sub(" ", tidy(text))


def table_of(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table of these rows, the first of which is its header. Empty columns are left out."""
    lines = [[tidy_line(cell).replace("|", "\\|") for cell in row] for row in rows]
    lines = [line for line in lines if any(line)]
    if not lines:
        return ""
    width = max(map(len, lines))
    lines = [line + [""] * (width - len(line)) for line in lines]
    kept = [column for column in range(width) if any(line[column] for line in lines)]
    lines = [[line[column] for column in kept] for line in lines]
    if len(lines) == 1 or len(kept) == 1:
        return "\n\n".join(", ".join(filter(None, line)) for line in lines)
    drawn = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([drawn[0], f"|{' --- |' * len(kept)}", *drawn[1:]])
