"""A tenant's four colours made into every colour of the widget, light and dark, each readable where it stands. Pure."""

from tenants.contracts import AppearanceConfig, Palette, Palettes
from tenants.contrast import BLACK, VISIBLE_RATIO, WHITE, is_readable, mix, nearest_readable, readable_on

LIGHT_BACKGROUND, LIGHT_TEXT = "#ffffff", "#1f2937"
DARK_BACKGROUND, DARK_TEXT = "#16181d", "#f1f3f5"
SURFACE_SHARE = 0.05
MUTED_SHARE = 0.35
LINE_SHARE = 0.15


def palettes(look: AppearanceConfig) -> Palettes:
    """The tenant's own background and text on the side they belong to, light or dark; the other side is derived.

    Whatever the colours: text, muted and accent have 4.5:1 on background and surface, on_primary has 4.5:1 on
    primary, line 3:1 on both grounds. On the derived side primary has 3:1 on the background.
    """
    primary, background = look.primary.lower(), look.background.lower()
    own = _palette(primary=primary, background=background, text=look.text.lower())
    if readable_on(background) == BLACK:
        return Palettes(light=own, dark=_derived(primary, DARK_BACKGROUND, DARK_TEXT))
    return Palettes(light=_derived(primary, LIGHT_BACKGROUND, LIGHT_TEXT), dark=own)


def _derived(primary: str, background: str, text: str) -> Palette:
    """The main colour was chosen for the other side, and may be lost on this one."""
    primary = nearest_readable(primary, background, ratio=VISIBLE_RATIO)
    return _palette(primary=primary, background=background, text=text)


def _palette(*, primary: str, background: str, text: str) -> Palette:
    surface = _surface(background)
    text = nearest_readable(text, background, surface)
    edge = mix(background, readable_on(background), LINE_SHARE)
    return Palette(
        primary=primary,
        on_primary=readable_on(primary),
        accent=nearest_readable(primary, background, surface),
        background=background,
        surface=surface,
        text=text,
        muted=nearest_readable(mix(text, background, MUTED_SHARE), background, surface),
        line=nearest_readable(edge, background, surface, ratio=VISIBLE_RATIO),
    )


def _surface(background: str) -> str:
    """A shade beside the background on which the same of black and white can be read."""
    readable = readable_on(background)
    surface = mix(background, readable, SURFACE_SHARE)
    if is_readable(readable, surface):
        return surface
    return mix(background, WHITE if readable == BLACK else BLACK, SURFACE_SHARE)
