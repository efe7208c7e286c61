"""Files to attach: pictures with what cameras and others hide in them, and PDFs good and bad."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from pypdf.actions import JavaScript
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from widget import services
from widget.services import attachments
from widget.tests.conftest import CALLER

SECRET = b"48.2082 N 16.3738 E"
FILES = Path(__file__).resolve().parents[2] / "tenants/tests/files"


def jpeg(side: int = 60) -> bytes:
    """Taken on its side, by a camera that knows where it is."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010E] = SECRET.decode()
    return _saved(Image.new("RGB", (side, side // 2), "teal"), "JPEG", exif=exif)


def png(size=(40, 30)) -> bytes:
    """With words in it, and something behind its end."""
    words = PngInfo()
    words.add_text("Comment", SECRET.decode())
    return _saved(Image.new("RGBA", size, (255, 0, 0, 90)), "PNG", pnginfo=words) + b"<script>alert(1)</script>"


def webp() -> bytes:
    return _saved(Image.new("RGB", (20, 20), "navy"), "WEBP")


def gif() -> bytes:
    """Two frames, red and then blue."""
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "blue")]
    return _saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


def pdf() -> bytes:
    return (FILES / "prices.pdf").read_bytes()


def protected_pdf() -> bytes:
    return (FILES / "handbook-password.pdf").read_bytes()


def running_pdf() -> bytes:
    """One with a script that runs when it is opened."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_open_action(JavaScript("app.alert('hello');"))
    return _written(writer)


def launching_pdf() -> bytes:
    """One that starts a program when it is opened."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    action = {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("calc.exe")}
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(DictionaryObject(action))
    return _written(writer)


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def upload(visitor, content: bytes | None = None, name: str = "receipt.png", *, now=None):
    """What the visitor chooses, kept until it is sent."""
    return attachments.upload_by_visitor(
        tenant=visitor.tenant,
        config=visitor.config,
        session_id=visitor.session_id,
        name=name,
        content=png() if content is None else content,
        caller=CALLER,
        now=now or visitor.now,
    )


def call_person(visitor, *, now=None):
    """The visitor asks for a person and waits for one."""
    services.request_handoff(
        tenant=visitor.tenant,
        config=visitor.config,
        session_id=visitor.session_id,
        caller=CALLER,
        now=now or visitor.now,
    )


def _saved(picture: Image.Image, kind: str, **how) -> bytes:
    target = BytesIO()
    picture.save(target, kind, **how)
    return target.getvalue()


def _written(writer: PdfWriter) -> bytes:
    target = BytesIO()
    writer.write(target)
    return target.getvalue()
