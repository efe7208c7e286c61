"""The colours of a site: those it names as its own, those its variables are called after, and those it uses most."""

import colorsys
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tenants.contrast import BLACK, contrast_ratio, is_readable, nearest_readable, readable_on

LONGEST_STYLES = 600_000  # characters
LEAST_SATURATION, LIGHTNESS = 0.25, (0.08, 0.82)  # of a colour that is one, and neither a black nor a white
NAMED_WEIGHT, FIRST_CHOICE_WEIGHT, SECOND_CHOICE_WEIGHT, MOST_USES = 80, 60, 25, 20
HEX = r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})\b"
FUNCTION = r"(?:rgb|hsl)a?\([^()]{5,60}\)"
COLOUR = re.compile(rf"{HEX}|{FUNCTION}")
VARIABLE = re.compile(
    rf"--([\w-]{{1,60}})\s*:\s*({HEX}|{FUNCTION}|[\d.]{{1,8}}(?:deg)?\s+[\d.]{{1,8}}%\s+[\d.]{{1,8}}%)"
)
GROUND = re.compile(
    r"(?:^|[\s,}])(?:body|html)(?:\s*,\s*(?:body|html))?\s*\{[^{}]{0,2000}?\bbackground(?:-color)?\s*:\s*"
    rf"({HEX}|{FUNCTION})"
)
FIRST_CHOICE = re.compile(r"(?:^|[-_])(?:primary|brand|main|theme)(?:$|[-_])")
SECOND_CHOICE = re.compile(r"(?:^|[-_])(?:accent|secondary|highlight|link|button|btn|cta)(?:$|[-_])")
NUMBERS = re.compile(r"-?[\d.]+%?")


@dataclass(frozen=True)
class SiteColours:
    """All "#rrggbb": the best guess first in `found`, which holds every colour that is one; `background` is "" where
    the site doesn't say."""

    found: tuple[str, ...]
    background: str = ""


def colours_of(named: tuple[str, ...], styles: str) -> SiteColours:
    """The colours of a site with this CSS, which `named` these as its own (theme-color)."""
    styles = styles[:LONGEST_STYLES]
    weights: Counter[str] = Counter()
    for colour in map(read_colour, named):
        weights[colour] += NAMED_WEIGHT
    for name, value in VARIABLE.findall(styles):
        weight = FIRST_CHOICE_WEIGHT if FIRST_CHOICE.search(name.lower()) else 0
        weights[read_colour(value)] += weight or (SECOND_CHOICE_WEIGHT if SECOND_CHOICE.search(name.lower()) else 0)
    uses = Counter(map(read_colour, COLOUR.findall(styles)))
    for colour, count in uses.items():
        weights[colour] += min(count, MOST_USES)
    strong = [colour for colour, _ in weights.most_common() if colour and _is_strong(colour)]
    ground = GROUND.search(styles)
    return SiteColours(found=tuple(strong[:24]), background=read_colour(ground[1]) if ground else "")


def readable_pair(background: str) -> tuple[str, str]:
    """A ground and a text that can be read on it: the site's own where it is light or dark enough for any."""
    text = "#1f2937" if readable_on(background) == BLACK else "#f1f3f5"
    if contrast_ratio(readable_on(background), background) < 7:
        return "#ffffff", "#1f2937"  # a coloured ground is for a page, not for a chat
    return background, text if is_readable(text, background) else nearest_readable(text, background)


def read_colour(value: str) -> str:
    """#rrggbb of what CSS calls a colour; "" where it is none, or see-through."""
    value = value.strip().lower()
    if value.startswith("#"):
        return _read_hex(value[1:])
    numbers = NUMBERS.findall(value)
    if len(numbers) < 3 or (len(numbers) > 3 and _share(numbers[3], 1) < 0.5):
        return ""
    if value.startswith("rgb"):
        return _hex(_share(part, 255) for part in numbers[:3])
    saturation, lightness = (_share(part.rstrip("%"), 100) for part in numbers[1:3])
    return _hex(colorsys.hls_to_rgb(_share(numbers[0], 360), lightness, saturation))


def _read_hex(digits: str) -> str:
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    is_seen = len(digits) == 6 or (len(digits) == 8 and digits[6:] >= "80")
    return f"#{digits[:6]}" if is_seen else ""


def _share(number: str, most: int) -> float:
    try:
        value = float(number.rstrip("%")) / (100 if number.endswith("%") else most)
    except ValueError:
        return 0.0
    return min(max(value, 0.0), 1.0)


def _hex(parts: Iterator[float] | tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _is_strong(colour: str) -> bool:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    _, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    return saturation >= LEAST_SATURATION and LIGHTNESS[0] <= lightness <= LIGHTNESS[1]
