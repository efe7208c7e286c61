"""A picture that was uploaded: what is kept of it, and what is refused."""

import subprocess
import sys
from io import BytesIO

import pytest
from PIL import Image

from tenants.pictures import PictureUnreadable, make_small


def file_of(image: Image.Image, kind: str, **options) -> bytes:
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_middle_is_kept_as_a_small_square(kind):
    wide = Image.new("RGB", (900, 300), "blue")
    wide.paste("red", (300, 0, 600, 300))

    picture = make_small(file_of(wide, kind))

    small = opened(picture.content)
    assert (picture.content_type, small.format, small.size) == ("image/webp", "WEBP", (256, 256))
    red, green, blue = small.getpixel((128, 128))
    assert (red > 230, green < 25, blue < 25) == (True, True, True)


def test_what_a_camera_wrote_into_it_is_dropped_and_the_picture_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    exif[0x010F] = "Nosy Camera"
    image = Image.new("RGB", (100, 100), "white")
    image.paste("black", (0, 0, 100, 50))

    small = opened(make_small(file_of(image, "JPEG", exif=exif, comment=b"at home")).content)

    assert (dict(small.getexif()), "exif" in small.info, "icc_profile" in small.info) == ({}, False, False)
    assert sum(small.getpixel((50, 10))) > 700


def test_a_small_picture_is_not_blown_up_and_stays_transparent():
    small = opened(make_small(file_of(Image.new("RGBA", (40, 60), (0, 0, 0, 0)), "PNG")).content)

    assert (small.size, small.mode, small.getpixel((5, 5))[3]) == ((40, 40), "RGBA", 0)


def test_the_noisiest_picture_fits():
    noise = Image.effect_noise((1024, 1024), 200).convert("RGB")

    assert len(make_small(file_of(noise, "PNG")).content) <= 100_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + bytes(200),
        b"\x89PNG\r\n\x1a\n" + bytes(50),
        b"RIFF\x10\x00\x00\x00WEBPVP8 ",
        file_of(Image.new("RGB", (50, 50)), "GIF"),
        file_of(Image.new("RGB", (200, 200), "red"), "JPEG")[:300],
        file_of(Image.effect_noise((200, 200), 50), "PNG")[:3000],
    ],
)
def test_what_is_no_whole_picture_of_the_three_kinds_is_refused(content):
    with pytest.raises(PictureUnreadable):
        make_small(content)


def test_a_bomb_is_refused_before_it_is_unpacked():
    with pytest.raises(PictureUnreadable, match="too many pixels"):
        make_small(file_of(Image.new("1", (5_000, 5_000)), "PNG"))


def test_too_many_bytes_are_refused():
    with pytest.raises(PictureUnreadable, match="8 MB"):
        make_small(bytes(8 * 1024 * 1024 + 1))


def test_a_process_without_pictures_does_not_load_what_reads_them():
    program = "import sys, caty.wsgi, caty.urls, tenants.admin; sys.exit('PIL' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
