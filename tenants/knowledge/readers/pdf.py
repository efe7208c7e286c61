"""PDF: lines put together to paragraphs again, and headings told by their size."""

import logging
import re
from collections import Counter
from io import BytesIO

import pypdf
from pypdf.errors import LimitReachedError

from tenants.knowledge.readers.contracts import Document, Reason, Source, Unreadable
from tenants.knowledge.readers.pdf_lines import Line, lines_of
from tenants.knowledge.readers.wording import LONGEST_TITLE, tidy, tidy_line

MOST_PAGES = 2_000
MOST_STREAM_BYTES = 40_000_000
FEWEST_LETTERS = 20  # of a whole file; with fewer, it is pictures
HEADING_SIZE = 1.15  # times the usual size
LONGEST_HEADING = 150  # characters
MOST_LEVELS = 4
FRAME_LINES = 2  # at the top and bottom of each page
FRAME_SHARE = 0.6  # of all pages that such a line stands on
NUMBERS = re.compile(r"\d+")
PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|seite|página|pagina|strona|p\.|s\.)\s*)?\d{1,4}(?:\s*(?:/|of|von|de|di|van|z)\s*\d{1,4})?\W*", re.I
)
BULLET = re.compile(r"^\s*[•◦▪●‣·○■–*\uf0b7-]\s+(?=\S)")
ITEM = re.compile(r"^\s*(?:[-•]|\d{1,3}[.)]) ")
HYPHENATED = re.compile(r"(?<=[^\W\d_])-$")
TITLE_OF_PROGRAM = re.compile(
    r"\.(?:docx?|pdf|odt|indd|pages|html?|pptx?)$|^(?:microsoft word|untitled|unbenannt|document)\b|://|about:", re.I
)


def read_pdf(source: Source) -> Document:
    """The text of all pages. Raises Unreadable for protected or scanned files, what pypdf raises for broken ones."""
    logging.disable(logging.CRITICAL)
    pypdf.overwrite_configuration(
        zlib_maximum_output_length=MOST_STREAM_BYTES,
        lzw_maximum_output_length=MOST_STREAM_BYTES,
        run_length_maximum_output_length=MOST_STREAM_BYTES,
        array_based_stream_maximum_output_length=MOST_STREAM_BYTES,
        jbig2dec_binary=None,
    )
    reader = pypdf.PdfReader(BytesIO(source.content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable(Reason.PROTECTED_PDF)
    try:
        pages = [lines_of(page) for page in _pages(reader)]
    except LimitReachedError as error:
        raise Unreadable(Reason.TOO_COMPLICATED) from error
    if sum(len(line.text) for lines in pages for line in lines) < FEWEST_LETTERS:
        raise Unreadable(Reason.SCANNED if pages else Reason.EMPTY)
    text, heading = _markdown_of(_without_frames(pages))
    return Document(title=(heading or _title_of(reader))[:LONGEST_TITLE], text=text)


def _pages(reader: pypdf.PdfReader):
    for number, page in enumerate(reader.pages):
        if number == MOST_PAGES:
            raise Unreadable(Reason.TOO_LONG)
        yield page


def _title_of(reader: pypdf.PdfReader) -> str:
    found = reader.metadata.title if reader.metadata else None
    title = tidy_line(found) if isinstance(found, str) else ""
    return "" if TITLE_OF_PROGRAM.search(title) else title


def _without_frames(pages: list[list[Line]]) -> list[Line]:
    """All lines but those that stand at the top or bottom of most pages, or only number them."""
    seen = Counter(NUMBERS.sub("0", text) for lines in pages for text in {line.text for line in _frame(lines)})
    often = {text for text, count in seen.items() if count >= 3 and count > FRAME_SHARE * len(pages)}
    kept = []
    for lines in pages:
        frame = {id(line) for line in _frame(lines)}
        for line in lines:
            is_framing = NUMBERS.sub("0", line.text) in often or PAGE_NUMBER.fullmatch(line.text)
            if not (is_framing and id(line) in frame):
                kept.append(line)
    return kept


def _frame(lines: list[Line]) -> list[Line]:
    # Of a page with little on it, every line stands at an edge.
    depth = min(FRAME_LINES, len(lines) // 3)
    return lines[:depth] + lines[len(lines) - depth :]


def _markdown_of(lines: list[Line]) -> tuple[str, str]:
    """The text, and its first heading of the highest level."""
    levels = _heading_levels(lines)
    parts: list[str] = []
    title, before = "", None
    for line in lines:
        level = levels.get(line.size) if len(line.text) <= LONGEST_HEADING else None
        text = BULLET.sub("- ", line.text)
        if level:
            title = title or (text if level == 1 else "")
            is_continued = before is not None and before.size == line.size and not line.is_after_gap
            parts[-1:] = [f"{parts[-1]} {text}"] if is_continued else [*parts[-1:], f"\n{'#' * level} {text}"]
        elif before is not None and _continues(before, line, text) and before.size not in levels:
            parts[-1] = _joined(parts[-1], text)
        else:
            parts.append(f"\n{text}" if line.is_after_gap or (before and before.size in levels) else text)
        before = line
    return tidy("\n".join(parts)), title


def _heading_levels(lines: list[Line]) -> dict[float, int]:
    """The level of each size that is larger than the usual one, the largest first."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    usual = sizes.most_common(1)[0][0]
    larger = sorted((size for size in sizes if size >= HEADING_SIZE * usual), reverse=True)
    return {size: min(level, MOST_LEVELS) for level, size in enumerate(larger, 1)}


def _continues(before: Line, line: Line, text: str) -> bool:
    return not line.is_after_gap and before.is_full and not ITEM.match(text)


def _joined(above: str, text: str) -> str:
    if HYPHENATED.search(above) and text[:1].islower():
        return above[:-1] + text
    return f"{above} {text}"
