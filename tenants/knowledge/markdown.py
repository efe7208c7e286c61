"""Markdown read as far as knowledge needs it: headings and blocks. Plain text is Markdown without headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
TABLE_RULE = re.compile(r"^ {0,3}\|?[ \t]*:?-{2,}:?[ \t]*(\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$")
LIST_ITEM = re.compile(r"^ {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]+")


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` is 1 to 6; `line` counts from 1."""

    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, code block or table. A table's first two lines are its header and rule."""

    lines: tuple[str, ...]
    is_table: bool = False
    is_code: bool = False

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def read_blocks(text: str) -> Iterator[Heading | Block]:
    """The headings and blocks of a text in order. A heading inside a code block is code."""
    pending: list[str] = []
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        marker = FENCE.match(line)
        if fence:
            pending.append(line)
            if marker and marker[1].startswith(fence) and not line.strip().strip(fence[0]):
                yield Block(tuple(pending), is_code=True)
                pending, fence = [], ""
            continue
        heading = HEADING.match(line)
        starts_block = marker or heading or not line.strip() or LIST_ITEM.match(line)
        if starts_block and pending:
            yield _block(pending)
            pending = []
        if marker:
            fence = marker[1]
            pending = [line]
        elif heading:
            yield Heading(len(heading[1]), (heading[2] or "").strip(), number)
        elif line.strip():
            pending.append(line)
    if pending:
        yield Block(tuple(pending), is_code=True) if fence else _block(pending)


def _block(lines: list[str]) -> Block:
    is_table = len(lines) > 2 and "|" in lines[0] and TABLE_RULE.match(lines[1]) is not None
    return Block(tuple(line.rstrip() for line in lines), is_table=is_table)
