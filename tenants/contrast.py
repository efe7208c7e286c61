"""Readable colours, by the contrast ratio of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""

BLACK, WHITE = "#000000", "#ffffff"
READABLE_RATIO = 4.5  # level AA for text of ordinary size
VISIBLE_RATIO = 3.0  # level AA for the edges of what can be filled in or pressed
STEPS = 20


def contrast_ratio(one: str, other: str) -> float:
    """1 (the same colour) to 21 (black on white), for two #rrggbb colours."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(background: str) -> str:
    """Black or white, whichever stands out more from `background` (#rrggbb)."""
    return max((WHITE, BLACK), key=lambda color: contrast_ratio(color, background))


def is_readable(text: str, background: str) -> bool:
    return contrast_ratio(text, background) >= READABLE_RATIO


def nearest_readable(color: str, *grounds: str, ratio: float = READABLE_RATIO) -> str:
    """The colour nearest to `color`, towards black or white, that has `ratio` on each of `grounds`; all #rrggbb.

    The grounds lie on one side, dark or light: where none would do, it is black or white.
    """
    goal = readable_on(grounds[0])
    shades = (mix(color, goal, step / STEPS) for step in range(STEPS + 1))
    return next((shade for shade in shades if all(contrast_ratio(shade, one) >= ratio for one in grounds)), goal)


def mix(color: str, other: str, share: float) -> str:
    """`color` with `share` (0–1) of `other` in it."""
    pairs = ((int(color[place : place + 2], 16), int(other[place : place + 2], 16)) for place in (1, 3, 5))
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _luminance(color: str) -> float:
    red, green, blue = (_LINEAR[int(color[place : place + 2], 16)] for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


_LINEAR = [_linear(level / 255) for level in range(256)]
