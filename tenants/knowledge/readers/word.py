"""DOCX, as Word and LibreOffice write it: headings, lists, tables and links become Markdown."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise

import docx
from docx.oxml.ns import qn

from tenants.knowledge.readers.contracts import Document, Reason, Source, Unreadable
from tenants.knowledge.readers.word_lists import Numbering
from tenants.knowledge.readers.word_styles import Styles
from tenants.knowledge.readers.word_xml import find_all
from tenants.knowledge.readers.wording import LONGEST_TITLE, table_of, tidy, tidy_line

MOST_PARTS = 5_000
MOST_UNPACKED_BYTES = 150 * 1024 * 1024
MOST_XML_BYTES = 24 * 1024 * 1024  # of one part; its tree takes about ten times as much memory
DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says the same again
UNSEEN = "./w:rPr/w:vanish[not(@w:val='0' or @w:val='false')] | ./w:rPr/w:sz[@w:val <= 4]"  # half points
# White letters on nothing; in a table, and on a shade, they may well be seen.
COLOURLESS = "./w:rPr[not(w:shd) and not(w:highlight)]/w:color[translate(@w:val, 'f', 'F') = 'FFFFFF']"
MAY_BE_SHADED = "ancestor::w:tc | ancestor::w:p[w:pPr/w:shd] | ancestor::w:txbxContent"
WRAPPERS = {qn(f"w:{name}") for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")}
LEFT_OUT = {qn("w:del"), qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), qn("w:instrText"), FALLBACK}
SPACES = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-", qn("w:p"): "\n"}


def read_docx(source: Source) -> Document:
    """The body of a document. Raises Unreadable for a bomb, and what python-docx raises for a broken one."""
    _refuse_bombs(source.content)
    opened = docx.Document(BytesIO(source.content))
    reader = _Reader(opened)
    text = tidy("\n".join(reader.blocks(opened.element.body)))
    title = reader.title or reader.first_heading or opened.core_properties.title or ""
    return Document(title=tidy_line(title)[:LONGEST_TITLE], text=text)


def _refuse_bombs(content: bytes) -> None:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
            raise Unreadable(Reason.TOO_COMPLICATED)
        for part in parts:
            if not part.filename.lower().endswith((".xml", ".rels")):
                continue
            if part.file_size > MOST_XML_BYTES:
                raise Unreadable(Reason.TOO_COMPLICATED)
            with archive.open(part) as opened:
                # No program writes these into a DOCX; they are how a small XML file becomes a large one.
                if DECLARATION.search(opened.read(8192)):
                    raise Unreadable(Reason.BROKEN)


class _Reader:
    """Turns blocks into Markdown; knows the document's styles and the numbers its lists have reached."""

    def __init__(self, opened):
        self._part = opened.part
        self._styles = Styles(opened.styles.element)
        self._numbering = Numbering(_find_numbering(opened.part))
        self.title = ""
        self.first_heading = ""

    def blocks(self, container) -> Iterator[str]:
        for child in container:
            if child.tag == qn("w:tbl"):
                yield f"\n{self._table(child)}\n"
            elif child.tag == qn("w:p"):
                yield self._paragraph(child)
            # A table of contents repeats the headings.
            elif child.tag in WRAPPERS and not find_all(child, "./w:sdtPr/w:docPartObj/w:docPartGallery"):
                yield from self.blocks(child)

    def _paragraph(self, paragraph) -> str:
        text = tidy(self._text(paragraph))
        if not text or self._styles.is_contents_line(paragraph):
            return ""
        if self._styles.is_title(paragraph) and not self.title:
            self.title = tidy_line(text)
            return f"\n# {self.title}\n"
        level = self._styles.find_heading_level(paragraph)
        if level:
            self.first_heading = self.first_heading or tidy_line(text)
            return f"\n{'#' * min(level + bool(self.title), 6)} {tidy_line(text)}\n"
        place = self._numbering.find_place(paragraph, self._styles)
        if place is None:
            return f"\n{text}\n"
        return f"{self._numbering.marker(place)} {tidy_line(text)}"

    def _table(self, table) -> str:
        rows = [self._row(row) for row in table.iterchildren(qn("w:tr"))]
        # Cells that reach over several rows are said once and hold for all of them.
        for above, row in pairwise(rows):
            for place, cell in enumerate(row):
                if cell is None:
                    row[place] = (above[place] if place < len(above) else "") or ""
        return table_of([[cell or "" for cell in row] for row in rows])

    def _row(self, row) -> list[str | None]:
        cells: list[str | None] = []
        for cell in row.iter(qn("w:tc")):
            if next(cell.iterancestors(qn("w:tr"))) is not row:
                continue
            merged = find_all(cell, "./w:tcPr/w:vMerge")
            is_continued = merged and merged[0].get(qn("w:val"), "continue") == "continue"
            cells.append(None if is_continued else self._text(cell))
            span = find_all(cell, "./w:tcPr/w:gridSpan/@w:val")
            if span and span[0].isdigit():
                # What holds for several columns is said in each of them.
                cells.extend([cells[-1]] * min(int(span[0]) - 1, 60))
        return cells

    def _text(self, element) -> str:
        return "".join(self._words(element))

    def _words(self, element) -> Iterator[str]:
        for child in element:
            if child.tag in LEFT_OUT:
                continue
            if child.tag == qn("w:t"):
                yield child.text or ""
            elif child.tag == qn("w:hyperlink"):
                yield self._link(child)
            elif child.tag == qn("w:r") and _is_unseen(child):
                continue
            else:
                yield from self._words(child)
                yield SPACES.get(child.tag, "")

    def _link(self, element) -> str:
        text = "".join(self._words(element))
        relation = self._part.rels.get(element.get(qn("r:id")) or "")
        address = relation.target_ref if relation is not None and relation.is_external else ""
        is_shown = address.removeprefix("mailto:").rstrip("/") in text
        if not text.strip() or is_shown or not address.startswith(("https://", "http://", "mailto:")):
            return text
        return f"[{text}]({address})"


def _is_unseen(run) -> bool:
    return bool(find_all(run, UNSEEN)) or bool(find_all(run, COLOURLESS) and not find_all(run, MAY_BE_SHADED))


def _find_numbering(part):
    try:
        return part.numbering_part.element
    except (KeyError, NotImplementedError):
        return None
