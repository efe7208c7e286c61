"""Which language the widget speaks, and on which side it stands."""

import pytest
from playwright.sync_api import expect

from widget.tests.collecting import FILES

PACKS = sorted(path.stem for path in (FILES / "widget" / "texts").glob("*.json") if path.stem != "en")


def boxes_are_inside(visit):
    size = visit.page.viewport_size
    for one in (visit.launcher, visit.panel):
        box = one.bounding_box()
        if box is None:
            continue
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= size["width"]
        assert box["y"] + box["height"] <= size["height"]


@pytest.mark.parametrize(
    ("attribute", "page", "device", "expected"),
    [
        ("de", "fr", "es-ES", "de"),
        (None, "fr-CA", "es-ES", "fr"),
        (None, "", "es-ES", "es"),
        (None, "", "pt-BR", "pt"),
        (None, "", "xx", "en"),
    ],
    ids=["attribute first", "then the page", "then the browser", "without its region", "else English"],
)
def test_language_is_chosen(attribute, page, device, expected, visitor, shop):
    script = shop.script(**({"data_lang": attribute} if attribute else {}))

    visit = visitor(shop.page(script=script, lang=page), locale=device)

    expect(visit.launcher).to_be_visible()
    assert visit.language == expected


@pytest.mark.parametrize("code", PACKS)
def test_panel_speaks_the_language(code, visitor, shop):
    visit = visitor(shop.page(script=shop.script(data_lang=code)))

    visit.launcher.click()

    box = visit.panel.get_by_role("textbox")
    expect(box).to_be_visible()
    assert visit.panel.get_by_role("textbox", name="Write a message").count() == 0
    assert visit.console == []


@pytest.mark.parametrize("position", ["bottom-right", "bottom-left"])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_widget_stays_inside_the_window(position, direction, visitor, shop):
    shop.set("appearance", position=position)
    lang = {"rtl": "ar", "ltr": "en"}[direction]

    visit = visitor(shop.page(html=f'dir="{direction}"', lang=lang))
    visit.launcher.click()

    expect(visit.panel.get_by_role("textbox")).to_be_visible()
    boxes_are_inside(visit)
    is_left = visit.launcher.bounding_box()["x"] < 640
    assert is_left == (position == "bottom-left")
    assert visit.panel.evaluate("one => getComputedStyle(one).direction") == direction
