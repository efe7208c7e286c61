"""When nobody is spoken to though a rule would, and what becomes of the words."""

import pytest
from playwright.sync_api import expect

from widget.models import ProactiveShowing, Session
from widget.tests.browser.conftest import PHONE
from widget.tests.browser.unasked import HELLO, LONG_PAGE, come_back, events, is_left_alone, is_told, pass_time


def test_nobody_is_interrupted_who_is_typing(shopper, shop):
    visit = shopper(("scroll_percent", "at_least", 70))
    search = visit.page.get_by_label("Search")
    search.fill("bel")
    shop.wire.wait_for("track")
    pass_time(visit, 5)
    search.press("l")
    pass_time(visit, 8)
    is_left_alone(visit)

    pass_time(visit, 4)

    is_told(visit)
    expect(search).to_be_focused()


def test_words_are_said_when_the_field_was_left(shopper, shop):
    visit = shopper(("scroll_percent", "at_least", 70))
    visit.page.get_by_label("Town").fill("Spring")
    shop.wire.wait_for("track")
    visit.page.get_by_label("Street").press("x")
    is_left_alone(visit)

    visit.page.get_by_role("heading", name="Bicycles").click()

    is_told(visit)


def test_greeting_does_not_take_the_place_of_words_that_wait(shopper, shop):
    visit = shopper(("clicks", "at_least", 1), is_greeted=True)
    visit.page.get_by_label("Search").press("b")
    visit.page.get_by_label("Search").click()
    shop.wire.wait_for("track")
    is_left_alone(visit)
    pass_time(visit, 6)
    is_left_alone(visit)

    pass_time(visit, 6)

    is_told(visit)


def test_words_that_came_too_late_wait_for_the_visitor_to_return(shopper, shop):
    visit = shopper(("event", "is", "basket_filled"))
    visit.hide()
    visit.run("track", "basket_filled")
    shop.wire.wait_for("track")
    is_left_alone(visit)

    visit.hide(False)

    is_told(visit)


def test_last_word_of_a_page_uses_nothing_up(shopper, shop):
    visit = shopper(("pages", "at_least", 2))
    pass_time(visit, 12)
    visit.go(shop.page("/other")).stir()
    visit.go(shop.page("/third")).stir()
    is_left_alone(visit)
    assert len(shop.wire.named("track")) == 3
    assert ProactiveShowing.objects.count() == 0

    pass_time(visit, 12)

    is_told(visit)


def test_nothing_is_said_over_an_open_chat(shopper, shop):
    visit = shopper(("clicks", "at_least", 1)).open()

    visit.page.get_by_role("button", name="Buy").click()
    pass_time(visit, 10, 10)
    is_left_alone(visit)
    expect(visit.lines).to_have_count(0)
    visit.button("Close chat").click()
    pass_time(visit, 12)

    is_told(visit)


def test_nothing_is_said_to_who_has_asked_for_a_person(shopper, shop):
    visit = shopper(("clicks", "at_least", 1))
    pass_time(visit, 12)
    session_id = shop.wire.wait_for("track")[0].json["session_id"]
    visit.page.evaluate(
        """body => fetch(body.api + "/api/widget/handoff", {method: "POST", body: JSON.stringify(body.said),
            headers: {"Content-Type": "application/json", "X-API-Key": body.key}}).then((answer) => answer.json())""",
        {"api": shop.api.url, "key": shop.key, "said": {"session_id": session_id, "reason": "user_request"}},
    )

    visit.page.get_by_role("button", name="Buy").click()

    is_left_alone(visit)
    assert ProactiveShowing.objects.count() == 0


def test_phone_is_left_in_peace_where_staff_say_so(shopper, shop):
    shop.set("behavior", proactive_mobile_enabled=False)
    visit = shopper(("clicks", "at_least", 1), device=PHONE)

    visit.page.get_by_role("button", name="Buy").tap()
    pass_time(visit, 12)

    is_left_alone(visit)
    assert ProactiveShowing.objects.count() == 0


def test_phone_is_spoken_to_else(shopper):
    visit = shopper(("clicks", "at_least", 1), device=PHONE)

    visit.page.get_by_role("button", name="Buy").tap()

    is_told(visit)


def test_dismissed_is_dismissed_on_the_next_page_and_at_the_next_visit(shopper, shop):
    visit = shopper(("clicks", "at_least", 1), once_per="page")
    buy = visit.page.get_by_role("button", name="Buy")
    buy.click()
    visit.teaser_button("Dismiss message").click()
    shop.wire.wait_for("proactive/dismissed")

    visit.go(shop.page("/other", body=LONG_PAGE)).stir()
    buy.click()
    is_left_alone(visit)
    come_back(visit, shop)
    buy.click()
    is_left_alone(visit)

    assert [session.visit_number for session in Session.objects.order_by("started_at")] == [1, 2]
    assert ProactiveShowing.objects.get().dismissed_at is not None


@pytest.mark.parametrize("way", ["teaser", "launcher"])
def test_chat_opened_upon_a_message_is_told_even_on_leaving(way, shopper, shop):
    visit = shopper(("clicks", "at_least", 1))
    visit.page.get_by_role("button", name="Buy").click()
    is_told(visit)
    assert ProactiveShowing.objects.get().opened_at is None

    (visit.teaser_button(HELLO) if way == "teaser" else visit.launcher).click()
    visit.sees(HELLO)
    visit.leave()

    showing = ProactiveShowing.objects.get()
    assert showing.opened_at is not None
    assert events(shop, "proactive_opened") == [showing.message.public_id]


def test_dismissed_message_was_not_opened(shopper, shop):
    visit = shopper(("clicks", "at_least", 1))
    visit.page.get_by_role("button", name="Buy").click()
    visit.teaser_button("No thanks").click()

    visit.open().leave()

    assert events(shop, "proactive_opened") == []
    assert ProactiveShowing.objects.get().opened_at is None
