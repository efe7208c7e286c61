"""Pictures of personas: whatever an owner uploads becomes a small square without what a camera wrote into it."""

from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _

from caty.lib.errors import CatyError

SIDE = 256
MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 5_000_000  # held in memory at four bytes each, up to four times, while one is made small
MOST_JPEG_PIXELS = 80_000_000  # these are made smaller while they are read
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 84


class PictureUnreadable(CatyError):
    """Not one of the kinds we take, broken, or too large."""

    message = "This file can't be read as a picture."


@dataclass(frozen=True)
class Picture:
    content: bytes
    content_type: str


def make_small(content: bytes) -> Picture:
    """The middle square of a JPEG, PNG or WebP picture, at most 256 pixels wide, as WebP without any metadata.

    What it is, is read from its content. Raises PictureUnreadable with a sentence for the one who chose the file.
    """
    if len(content) > MOST_BYTES:
        raise PictureUnreadable(_("This picture is larger than 8 MB."))
    # Eight megabytes of code that a process needs only when a picture comes.
    from PIL import Image

    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            _refuse_too_large(opened)
            return Picture(_encoded(opened), "image/webp")
    # Its readers raise all of these for broken files; EOFError and SyntaxError come from PNGs.
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise PictureUnreadable(_("This file can't be read as a picture. Choose a JPEG, PNG or WebP.")) from error


def _refuse_too_large(opened) -> None:
    width, height = opened.size
    if width * height > (MOST_JPEG_PIXELS if opened.format == "JPEG" else MOST_PIXELS):
        raise PictureUnreadable(_("This picture has too many pixels. Make it smaller first."))


def _encoded(opened) -> bytes:
    from PIL import Image, ImageOps

    opened.draft("RGB", (2 * SIDE, 2 * SIDE))
    has_holes = opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info
    mode = "RGBA" if has_holes else "RGB"
    side = min(SIDE, *opened.size)
    # Turned when it is small, and not converted in vain: every copy of the large one fills the process's memory.
    colored = opened if opened.mode == mode else opened.convert(mode)
    small = ImageOps.exif_transpose(ImageOps.fit(colored, (side, side), Image.Resampling.LANCZOS))
    small.info.clear()  # positions, cameras and thumbnails would be saved along
    target = BytesIO()
    small.save(target, "WEBP", quality=QUALITY, method=6)
    return target.getvalue()
