"""Each thing that a rule can wait for, done as people do it: it is answered at once."""

from playwright.sync_api import expect

from widget.tests.browser.unasked import come_back, events, is_left_alone, is_told, pass_time


def scroll(visit, pixels=4000):
    visit.page.mouse.move(300, 300)
    visit.page.mouse.wheel(0, pixels)
    visit.page.wait_for_function("window.scrollY > 0")


def test_scrolling_so_far_is_answered_at_once(shopper):
    visit = shopper(("scroll_percent", "at_least", 70))
    scroll(visit, 100)
    is_left_alone(visit)

    scroll(visit)

    is_told(visit)


def test_looking_at_a_page_so_long_is_answered_at_once(shopper, shop):
    visit = shopper(("visible_seconds", "at_least", 47))
    pass_time(visit, 30)
    is_left_alone(visit)
    before = len(shop.wire.named("track"))

    visit.page.clock.fast_forward(17_000)

    is_told(visit)
    assert len(shop.wire.named("track")) == before + 1


def test_time_elsewhere_is_no_time_on_the_page(shopper):
    visit = shopper(("visible_seconds", "at_least", 60))
    pass_time(visit, 30)

    visit.hide()
    pass_time(visit, 300)
    visit.hide(False)
    pass_time(visit, 10)
    is_left_alone(visit)

    pass_time(visit, 20)
    is_told(visit)


def test_doing_nothing_for_so_long_is_answered_at_once(shopper, shop):
    visit = shopper(("idle_seconds", "at_least", 25))
    pass_time(visit, 15)
    visit.page.mouse.move(200, 200)
    pass_time(visit, 15)
    is_left_alone(visit)

    pass_time(visit, 10)

    is_told(visit)
    assert [data["idle_seconds"] in (25, 26, 27) for data in events(shop, "idle")] == [True]


def test_who_comes_back_to_the_tab_was_not_idle_there(shopper):
    visit = shopper(("idle_seconds", "at_least", 25))
    pass_time(visit, 10)
    visit.hide()
    pass_time(visit, 300)
    visit.hide(False)
    pass_time(visit, 12)
    is_left_alone(visit)

    pass_time(visit, 15)

    is_told(visit)


def test_a_rule_may_wait_longer_than_anybody_stirs(shopper, shop):
    visit = shopper(("idle_seconds", "at_least", 200))
    pass_time(visit, 60, 60)
    is_left_alone(visit)
    told = len(shop.wire.named("track"))

    pass_time(visit, 80)
    is_told(visit)

    pass_time(visit, 600, 600)
    assert len(shop.wire.named("track")) == told + 1


def test_clicking_so_often_is_answered_at_once(shopper):
    visit = shopper(("clicks", "at_least", 2))
    buy = visit.page.get_by_role("button", name="Buy")
    buy.click()
    is_left_alone(visit)

    buy.click()

    is_told(visit)


def test_leaving_is_answered_at_once(shopper):
    visit = shopper(("exit_intent", "is", ""))

    visit.move_out()

    is_told(visit)


def test_leaving_counts_when_the_rest_holds(shopper, shop):
    visit = shopper(("exit_intent", "is", ""), ("scroll_percent", "at_least", 70))
    visit.move_out()
    pass_time(visit, 10)
    is_left_alone(visit)

    scroll(visit)
    is_left_alone(visit)
    visit.move_out()

    is_told(visit)
    assert events(shop, "exit_intent") == [None, None]


def test_hesitating_in_a_form_is_answered_at_once(shopper, shop):
    visit = shopper(("form_idle_seconds", "at_least", 20))
    street = visit.page.get_by_label("Street")
    street.fill("Main st")
    pass_time(visit, 12)
    street.fill("Main street")
    pass_time(visit, 14)
    is_left_alone(visit)

    pass_time(visit, 6)

    is_told(visit)
    expect(street).to_be_focused()
    assert [data["idle_seconds"] for data in events(shop, "form_abandonment")][-1] in (20, 21, 22)


def test_form_that_was_left_or_sent_is_no_hesitation(shopper):
    visit = shopper(("form_idle_seconds", "at_least", 20))
    visit.page.get_by_label("Street").fill("Main st")
    visit.page.get_by_label("Search").fill("bell")
    pass_time(visit, 30)
    visit.page.get_by_label("Town").fill("Springfield")
    visit.page.get_by_label("Town").press("Enter")
    pass_time(visit, 30)

    is_left_alone(visit)


def test_event_of_the_site_is_answered_at_once(shopper):
    visit = shopper(("event", "is", "basket_filled"))
    visit.run("track", "other", {})
    is_left_alone(visit)

    visit.run("track", "basket_filled", {"count": 2})

    is_told(visit)


def test_element_that_names_an_event_is_answered_at_once(shopper):
    visit = shopper(("event", "is", "basket_filled"))

    visit.page.get_by_role("button", name="Fill").click()

    is_told(visit)


def test_event_that_happens_again_and_again_is_told_at_once_only_once(shopper, shop):
    visit = shopper(("event", "is", "basket_filled"), ("pages", "at_least", 9))

    visit.page.evaluate("for (let n = 0; n < 9; n++) Caty('track', 'basket_filled', {n})")
    shop.wire.wait_for("track")
    shop.wire.settle()

    assert len(shop.wire.named("track")) == 1


def test_returning_is_answered(shopper, shop):
    visit = shopper(("visits", "at_least", 2))
    pass_time(visit, 12)
    is_left_alone(visit)

    come_back(visit, shop)
    pass_time(visit, 12)

    is_told(visit)


def test_page_of_the_rule_alone_is_watched(shopper, shop):
    conditions = [("page_url", "contains", "Pricing"), ("clicks", "at_least", 1)]
    visit = shopper(*conditions)
    visit.page.get_by_role("button", name="Buy").click()
    is_left_alone(visit)
    assert shop.wire.named("track") == []

    visit.page.evaluate("history.pushState({}, '', '/pricing')")
    visit.page.get_by_role("button", name="Buy").click()

    is_told(visit)


def test_each_page_view_watches_anew(shopper, shop):
    visit = shopper(("clicks", "at_least", 1), ("pages", "at_least", 2))
    buy = visit.page.get_by_role("button", name="Buy")

    def clicks_told(path):
        visit.page.evaluate("path => history.pushState({}, '', path)", path)
        shop.wire.settle()
        before = len(shop.wire.named("track"))
        for _ in range(3):
            buy.click()
            shop.wire.settle()
        return len(shop.wire.named("track")) - before

    assert clicks_told("/second") == 1
    is_left_alone(visit)
    assert clicks_told("/third") == 1
    is_told(visit)
