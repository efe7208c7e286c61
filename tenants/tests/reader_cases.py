"""Files for the readers: real ones from files/, and hostile ones that are made when they are needed."""

import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from tenants.knowledge.readers import Document, ReadingFailed, read_document

FILES = Path(__file__).parent / "files"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def read_file(name: str, **said) -> Document:
    return read_document((FILES / name).read_bytes(), **({"name": name} | said))


def sentence_of(content: bytes, **said) -> str:
    """The sentence with which a file is refused."""
    try:
        document = read_document(content, **said)
    except ReadingFailed as failure:
        return failure.message
    raise AssertionError(f"It was read: {document.text[:200]!r}")


def said_of(content: bytes, **said) -> str:
    """The text of a file, or the sentence with which it is refused."""
    try:
        return read_document(content, **said).text
    except ReadingFailed as failure:
        return failure.message


def docx_of(body: str, *, declaration: str = "", more: dict[str, bytes] | None = None) -> bytes:
    """A DOCX of hand-written XML."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{MAIN_TYPE}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'{declaration}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
        **(more or {}),
    }
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return packed.getvalue()


def pdf_of(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of hand-written objects, the first of which is number 1."""
    written = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, root, start)
    return bytes(written)


def page_of(stream: bytes, *, filters: bytes = b"/FlateDecode", resources: bytes = b"") -> bytes:
    """A PDF with one page that draws this stream, as it is compressed already."""
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>%s>>>>"
        % resources,
        b"<</Length %d/Filter[%s]>>stream\n%s\nendstream" % (len(stream), filters, stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )


def zeros(size: int) -> bytes:
    """That many spaces, compressed, without ever being held in memory."""
    packer = zlib.compressobj(9)
    block = b" " * (1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()
