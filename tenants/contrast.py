"""Readable colours, by the contrast ratio of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""

BLACK, WHITE = "#000000", "#ffffff"
READABLE_RATIO = 4.5  # level AA for text of ordinary size


def contrast_ratio(one: str, other: str) -> float:
    """1 (the same colour) to 21 (black on white), for two #rrggbb colours."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(background: str) -> str:
    """Black or white, whichever stands out more from `background` (#rrggbb)."""
    return max((WHITE, BLACK), key=lambda color: contrast_ratio(color, background))


def is_readable(text: str, background: str) -> bool:
    return contrast_ratio(text, background) >= READABLE_RATIO


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
