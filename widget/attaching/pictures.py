"""Pictures, made anew: what a camera wrote into them, and what else may hide in a file, stays behind."""

import warnings
from io import BytesIO

from PIL import Image, ImageOps

from widget.attaching.contracts import MOST_BYTES, Reason, Refused

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
SIDE = 2048
MOST_PIXELS = 9_000_000  # a screen of 3840 by 2160; held in memory at four bytes each, about three times
MOST_JPEG_PIXELS = 80_000_000  # these are made smaller while they are read
QUALITY = 85
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def redrawn(content: bytes) -> tuple[str, bytes]:
    """The media type and the bytes of the same picture, at most 2,048 pixels a side; of a moving one its first frame.

    Raises Refused, and what Pillow raises for broken files.
    """
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own bound is lower
    with Image.open(BytesIO(content), formats=FORMATS) as opened:
        width, height = opened.size
        if width * height > (MOST_JPEG_PIXELS if opened.format == "JPEG" else MOST_PIXELS):
            raise Refused(Reason.PIXELS)
        kind = "PNG" if opened.format == "GIF" else opened.format
        small = _small(opened)
    media_type, written = _written(small, kind)
    if len(written) > MOST_BYTES:
        return _written(_on_white(small), "JPEG")
    return media_type, written


def _small(opened: Image.Image) -> Image.Image:
    opened.draft("RGB", (SIDE, SIDE))
    has_holes = opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info
    small = opened.convert("RGBA" if has_holes else "RGB")
    small = ImageOps.exif_transpose(small)
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return small


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _written(picture: Image.Image, kind: str) -> tuple[str, bytes]:
    picture.info.clear()  # positions, comments and thumbnails would be saved along
    target = BytesIO()
    picture.save(target, kind, quality=QUALITY)
    return MEDIA_TYPES[kind], target.getvalue()
