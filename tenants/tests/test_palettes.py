"""Whatever colours a business chooses, its visitors can read."""

import itertools
import random

import pytest

from tenants.contracts import AppearanceConfig
from tenants.contrast import contrast_ratio, readable_on
from tenants.palettes import palettes

CORNERS = [f"#{red}{green}{blue}" for red, green, blue in itertools.product(("00", "77", "ff"), repeat=3)]


def look(primary: str = "#4f46e5", background: str = "#ffffff", text: str = "#1f2937") -> AppearanceConfig:
    return AppearanceConfig(
        theme="auto",
        position="bottom-right",
        primary=primary,
        secondary="#0f766e",
        background=background,
        text=text,
        on_primary=readable_on(primary),
    )


def many_looks() -> list[AppearanceConfig]:
    """All corners and middles of the colour cube as background, every grey, and 800 others."""
    dice = random.Random(3)  # noqa: S311
    greys = [f"#{level:02x}{level:02x}{level:02x}" for level in range(256)]
    found = [
        look(primary, background, text)
        for primary, background in itertools.product(CORNERS, repeat=2)
        for text in ("#000000", "#777777", "#ffffff")
    ]
    found += [look(dice.choice(CORNERS), grey, dice.choice(CORNERS)) for grey in greys]
    return found + [look(*(f"#{dice.randrange(1 << 24):06x}" for _ in range(3))) for _ in range(800)]


def faults(of: AppearanceConfig) -> list[tuple]:
    """Every pair of both palettes that has too little contrast."""
    found, both = [], palettes(of)
    for side in (both.light, both.dark):
        pairs = [(side.on_primary, side.primary, 4.5)]
        for ground in (side.background, side.surface):
            pairs += [(side.text, ground, 4.5), (side.muted, ground, 4.5), (side.accent, ground, 4.5)]
            pairs += [(side.line, ground, 3)]
        found += [(of, pair) for pair in pairs if contrast_ratio(pair[0], pair[1]) < pair[2]]
    return found


def test_every_pair_can_be_read_whatever_the_colours():
    assert list(itertools.chain.from_iterable(map(faults, many_looks()))) == []


def test_every_colour_is_written_alike():
    side = palettes(look(primary="#4F46E5", background="#FFFFFF", text="#1F2937")).light

    assert (side.primary, side.background, side.text) == ("#4f46e5", "#ffffff", "#1f2937")


@pytest.mark.parametrize(("background", "side", "other"), [("#fffbeb", "light", "dark"), ("#0b1020", "dark", "light")])
def test_own_background_and_main_colour_stand_on_the_side_they_belong_to(background, side, other):
    both = palettes(look(primary="#f97316", background=background, text=readable_on(background)))

    assert (getattr(both, side).background, getattr(both, side).primary) == (background, "#f97316")
    assert getattr(both, other).background != background


def test_readable_colours_are_left_as_they_are():
    side = palettes(look()).light

    assert (side.primary, side.on_primary, side.accent, side.text) == ("#4f46e5", "#ffffff", "#4f46e5", "#1f2937")


def test_main_colour_is_changed_only_where_it_would_be_lost():
    both = palettes(look(primary="#111827"))

    assert both.light.primary == "#111827"
    assert contrast_ratio(both.dark.primary, both.dark.background) >= 3


def test_pale_main_colour_keeps_its_buttons_and_is_darkened_as_text():
    side = palettes(look(primary="#fde047")).light

    assert (side.primary, side.on_primary) == ("#fde047", "#000000")
    assert contrast_ratio(side.accent, "#ffffff") >= 4.5
