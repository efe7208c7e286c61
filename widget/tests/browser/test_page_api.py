"""What a page may ask of the widget, by attributes and by `Caty(...)`, and what it hears."""

import pytest
from playwright.sync_api import expect

from widget.tests.scripted_model import answer

LISTEN = """window.heard = [];
for (const name of ["ready", "open", "close", "message", "lead", "teaser", "page", "error"])
    document.addEventListener("caty:" + name, ({detail}) => heard.push([name, detail?.role ?? null]));"""

ROOM = '<div id="room" style="width:500px;height:400px"></div>'


def test_calls_made_before_the_script_has_come_are_kept(visitor, shop):
    queue = """<script>window.Caty = window.Caty || function () { (Caty.q = Caty.q || []).push(arguments) };
        Caty("on", "ready", () => { window.isReady = true }); Caty("open");</script>"""

    visit = visitor(shop.page(head=queue))

    expect(visit.composer).to_be_visible()
    assert visit.page.evaluate("window.isReady")
    assert visit.console == []


def test_page_hears_what_happens(visitor, shop, scripted):
    scripted(answer(content="Gladly."))
    visit = visitor(shop.page(head=f"<script>{LISTEN}</script>")).open()

    visit.ask("Do you deliver?").hears("Gladly.")
    visit.button("Close chat").click()
    expect(visit.panel).to_be_hidden()

    assert visit.page.evaluate("heard") == [
        ["ready", None],
        ["open", None],
        ["message", "visitor"],
        ["message", "assistant"],
        ["close", None],
    ]


def test_page_opens_sends_and_closes(visitor, shop, scripted):
    scripted(answer(content="Gladly."))
    visit = visitor()
    expect(visit.launcher).to_be_visible()

    visit.run("send", "Do you deliver?")
    visit.hears("Gladly.")
    visit.run("close")
    expect(visit.panel).to_be_hidden()
    visit.run("toggle")
    expect(visit.panel).to_be_visible()

    assert shop.wire.named("message")[0].json["message"] == "Do you deliver?"


def test_other_name_does_the_same(visitor, shop, scripted):
    scripted(answer(content="Gladly."))
    visit = visitor()
    expect(visit.launcher).to_be_visible()

    visit.page.evaluate("CatyWidget.open()")
    expect(visit.composer).to_be_visible()
    visit.page.evaluate("CatyWidget.sendMessage('Do you deliver?')")
    visit.hears("Gladly.")
    visit.page.evaluate("CatyWidget.close()")
    expect(visit.panel).to_be_hidden()
    visit.page.evaluate("CatyWidget.destroy()")

    expect(visit.widget).to_have_count(0)
    assert visit.console == []


def test_unknown_command_warns_and_throws_nothing(visitor):
    visit = visitor()
    expect(visit.launcher).to_be_visible()

    visit.run("fly")

    assert [line.partition(":")[0] for line in visit.console] == ["warning"]
    assert "fly" in visit.console[0]


def test_any_element_may_open_the_chat(visitor, shop):
    visit = visitor(shop.page(body="<button data-caty-open>Ask us</button>"))
    expect(visit.launcher).to_be_visible()

    visit.page.get_by_role("button", name="Ask us").click()

    expect(visit.composer).to_be_focused()


@pytest.mark.parametrize(
    ("attribute", "value", "style", "expected"),
    [
        ("data_theme", "dark", "colorScheme", "dark"),
        ("data_primary_color", "#0a7d32", "backgroundColor", "rgb(10, 125, 50)"),
        ("data_position", "bottom-left", "left", "20px"),
    ],
)
def test_attribute_changes_the_look(attribute, value, style, expected, visitor, shop):
    visit = visitor(shop.page(script=shop.script(**{attribute: value})))
    expect(visit.launcher).to_be_visible()

    assert visit.launcher.evaluate("(one, style) => getComputedStyle(one)[style]", style) == expected


def test_greeting_of_the_page_takes_the_place_of_the_usual_one(visitor, shop):
    visit = visitor(shop.page(script=shop.script(data_greeting="Welcome back, cyclist!"))).open()

    visit.sees("Welcome back, cyclist!")


def test_chat_may_stand_inside_the_page(visitor, shop):
    visit = visitor(shop.page(body=ROOM, script=shop.script(data_target="#room")))

    expect(visit.composer).to_be_visible()
    inside, around = visit.panel.bounding_box(), visit.page.locator("#room").bounding_box()
    assert inside == around
    expect(visit.launcher).to_be_hidden()
    assert visit.page.evaluate("document.activeElement === document.body")


def test_chat_inside_the_page_is_watched_as_well_and_greets_nobody(visitor, shop):
    shop.set("behavior", greeting_delay_ms=1000)
    listen = "<script>document.addEventListener('caty:lead', () => { window.hasLead = true })</script>"
    script = shop.script(data_target="#room")
    visit = visitor(shop.page(head=listen, body=ROOM, script=script), clock=True)
    expect(visit.composer).to_be_visible()
    visit.page.clock.fast_forward(3000)
    expect(visit.teaser).to_be_attached()

    visit.run("track", "own", {"n": 1})
    visit.page.clock.fast_forward(10_000)
    told = [event for call in shop.wire.wait_for("track") for event in call.json["events"]]
    assert [event["data"] for event in told if event["type"] == "own"] == [{"n": 1}]
    expect(visit.teaser).to_be_empty()
    visit.ask("Do you repair submarines?")
    visit.actions.filter(has_text="Leave a message").first.click()
    visit.form.get_by_label("Name").fill("Jane Roe")
    visit.form.get_by_label("E-mail").fill("jane@roe.example")
    visit.form.get_by_role("button", name="Send my details").click()
    visit.page.wait_for_function("window.hasLead")


def test_forgetting_starts_as_if_never_here(visitor, shop, scripted):
    scripted(answer(content="Gladly."))
    visit = visitor().open().ask("Do you deliver?")
    visit.hears("Gladly.")

    visit.run("reset")

    expect(visit.composer).to_be_visible()
    expect(visit.lines.filter(has_text="Gladly.")).to_have_count(0)
    shop.wire.wait_for("end")


def test_forgetting_leaves_nothing_of_the_tab(visitor, shop):
    visit = visitor().open()
    visit.composer.fill("Never sent")
    visit.page.wait_for_function("Object.keys(sessionStorage).some(name => name.endsWith(':draft'))")
    visit.button("Close chat").click()

    visit.run("reset")

    expect(visit.launcher).to_be_visible()
    assert visit.page.evaluate("Object.keys(sessionStorage)") == []
    visit.open()
    expect(visit.composer).to_have_value("")
