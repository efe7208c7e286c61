"""What kind of file it is: by its content first, then by its name and the media type it came with."""

import re
import zipfile
from enum import StrEnum
from io import BytesIO
from pathlib import PurePosixPath

from tenants.knowledge.readers.contracts import Reason, Source, Unreadable

HTML_START = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*){0,5}<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# Other than tab, line ends and escape. Pictures and programs have about 11 % of them, broken text a few.
CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b"))
LEAST_LETTERS = 0.95


class Kind(StrEnum):
    PDF = "pdf"
    DOCX = "docx"
    HTML = "html"
    CSV = "csv"
    MARKDOWN = "markdown"
    TEXT = "text"


SUFFIXES = {
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".xhtml": Kind.HTML,
    ".csv": Kind.CSV,
    ".tsv": Kind.CSV,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".txt": Kind.TEXT,
    ".text": Kind.TEXT,
}
MEDIA_TYPES = {
    "text/html": Kind.HTML,
    "application/xhtml+xml": Kind.HTML,
    "text/csv": Kind.CSV,
    "text/tab-separated-values": Kind.CSV,
    "text/markdown": Kind.MARKDOWN,
    "text/plain": Kind.TEXT,
}


def find_kind(source: Source) -> Kind:
    """The kind of a file that can be read. Raises Unreadable for the others, saying which they are."""
    content = source.content
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Unreadable(Reason.EMPTY)
    if b"%PDF-" in content[:1024]:
        return Kind.PDF
    if content.startswith(b"PK\x03\x04"):
        return _kind_of_archive(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise Unreadable(_reason_of_old_office(content))
    if content.startswith(b"{\\rtf"):
        raise Unreadable(Reason.OTHER_DOCUMENT)
    # Two bytes a letter, as Windows writes it, is looked at without the empty ones.
    start = content[:8192]
    if start.startswith(WIDE_BOMS) or _looks_wide(start):
        start = start.lstrip(b"\xff\xfe").replace(b"\0", b"")
    elif len(start.translate(None, CONTROLS)) < LEAST_LETTERS * len(start):
        raise Unreadable(Reason.UNKNOWN)
    return _kind_of_text(start.removeprefix(b"\xef\xbb\xbf"), source)


def _kind_of_text(start: bytes, source: Source) -> Kind:
    if HTML_START.match(start):
        return Kind.HTML
    suffix = PurePosixPath(source.name.replace("\\", "/")).suffix.lower()
    media_type = source.media_type.partition(";")[0].strip().lower()
    kind = SUFFIXES.get(suffix) or MEDIA_TYPES.get(media_type)
    if kind is None and not suffix and not media_type:
        kind = Kind.TEXT
    if kind is None or (start.lstrip().startswith(b"<?xml") and kind is not Kind.HTML):
        raise Unreadable(Reason.UNKNOWN)
    return kind


def _kind_of_archive(content: bytes) -> Kind:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            folders = {name.partition("/")[0] for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, OSError) as error:
        raise Unreadable(Reason.BROKEN) from error
    if "word" in folders:
        return Kind.DOCX
    if "xl" in folders:
        raise Unreadable(Reason.SPREADSHEET)
    is_document = folders & {"ppt", "mimetype", "Index"}
    raise Unreadable(Reason.OTHER_DOCUMENT if is_document else Reason.UNKNOWN)


def _reason_of_old_office(content: bytes) -> Reason:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return Reason.PROTECTED
    if "WordDocument".encode("utf-16-le") in content:
        return Reason.OLD_WORD
    is_spreadsheet = any(name.encode("utf-16-le") in content for name in ("Workbook", "Book"))
    return Reason.SPREADSHEET if is_spreadsheet else Reason.OTHER_DOCUMENT


def _looks_wide(start: bytes) -> bool:
    """Whether every other byte is mostly empty, as in UTF-16 of a European language."""
    halves = start[0::2], start[1::2]
    empty = sorted(half.count(0) / max(len(half), 1) for half in halves)
    return empty[1] > 0.6 and empty[0] < 0.05
