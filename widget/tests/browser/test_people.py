"""A talk with a person, as the visitor meets it: who is there, what comes and goes, and how it ends."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from leads.models import CallbackPromise
from tenants.config import load_config
from tenants.models import Face
from tenants.pictures import make_small
from widget.models import Attachment, Handoff, Session
from widget.services import presence
from widget.services.attachments import upload_by_colleague
from widget.services.resuming import resume_link
from widget.services.watching import watch_conversations
from widget.tests import attached
from widget.tests.browser.conftest import PHONE
from widget.tests.browser.wire import hold_until
from widget.tests.colleagues import Colleague
from widget.tests.scripted_model import answer

WITH_HANDOFF = answer(
    content="Gladly.", suggested_actions=[{"label": "Talk to a person", "action": "handoff", "url": ""}]
)
NEWS_OF_ANOTHER_TAB = """() => {
    const key = Object.keys(localStorage).find((one) => one.endsWith(":news"));
    dispatchEvent(new StorageEvent("storage", { key, newValue: "{}" }));
}"""
QUICK_MS = 3_000  # what a colleague does is seen within


class Ann(Colleague):
    """Ann at work in the shop's only conversation, by the clock on the wall."""

    @property
    def session(self):
        return Session.objects.get()

    def _in(self, visitor, now):
        return super()._in(visitor, now or timezone.now())

    def arrive(self):
        self.take(self)

    def say(self, text, **more):
        return self.write(self, text, **more)

    def send_file(self, content, name):
        shown = upload_by_colleague(
            reference=self.session.reference,
            membership=self.membership,
            name=name,
            content=content,
            now=timezone.now(),
        )
        self.say("", attachment_ids=[shown.attachment_id])


@pytest.fixture
def ann(shop):
    return Ann(shop.tenant)


@pytest.fixture
def waiting(visitor, shop, scripted):
    """Call it for a visitor who has asked for a person in the open chat."""

    def come(page="", **options):
        scripted(WITH_HANDOFF)
        visit = visitor(page, **options).open()
        visit.ask("Can I talk to somebody?")
        visit.actions.filter(has_text="Talk to a person").click()
        expect(visit.panel.locator(".state")).to_have_text(visit.words["person_called"])
        shop.wire.wait_for("handoff")
        return visit

    return come


@pytest.fixture
def ended(waiting, ann):
    """Call it for a visitor whose talk with a colleague has just come to its end."""

    def come():
        visit = waiting()
        ann.arrive()
        ann.say("All done.")
        visit.sees("All done.")
        ann.end(ann)
        expect(state(visit)).to_have_text("This conversation has ended", timeout=QUICK_MS)
        return visit

    return come


def state(visit):
    return visit.panel.locator(".state")


def test_who_waited_in_vain_leaves_an_address_in_the_form(waiting, shop):
    visit = waiting()
    watch_conversations(now=timezone.now() + timedelta(hours=1))

    expect(visit.lines.last).to_contain_text("nobody is free at the moment", timeout=QUICK_MS)
    visit.button("Leave a message").click()
    visit.form.get_by_label("E-mail").fill("mia@example.org")
    visit.button("Send my details").click()

    shop.wire.wait_for("lead")
    shop.wire.settle()
    promise = CallbackPromise.objects.get()
    assert promise.lead.email == "mia@example.org"
    assert promise.due_at == Handoff.objects.get().promised_by


def test_visitor_sees_name_and_face_of_who_has_come(waiting, ann):
    picture = make_small(attached.jpeg(60))
    Face.objects.create(
        membership=ann.membership, content=picture.content, content_type=picture.content_type, digest="0f3c9a"
    )
    visit = waiting()

    ann.arrive()

    expect(state(visit)).to_have_text("You are talking to Ann", timeout=QUICK_MS)
    header = visit.panel.locator("header")
    expect(header.get_by_role("heading")).to_have_text("Ann")
    expect(header.locator("img.avatar")).to_have_js_property("naturalWidth", 30)
    visit.hears("You are talking to Ann")
    ann.say("Hello, I am Ann.")
    visit.hears("Ann: Hello, I am Ann.")
    expect(visit.lines.last.locator("img.avatar")).to_have_count(1)

    ann.hand_back(ann)

    expect(header.get_by_role("heading")).to_have_text("Caty", timeout=QUICK_MS)
    assert visit.console == []


def test_visitor_sees_at_once_to_whom_the_conversation_was_given(waiting, ann, shop):
    visit = waiting()
    ann.arrive()
    expect(state(visit)).to_have_text("You are talking to Ann", timeout=QUICK_MS)

    ann.give(ann, Colleague(shop.tenant, "Ben"), now=timezone.now())

    expect(state(visit)).to_have_text("You are talking to Ben", timeout=QUICK_MS)
    expect(visit.panel.locator("header").get_by_role("heading")).to_have_text("Ben")


def test_both_see_the_other_write(waiting, ann, shop):
    visit = waiting()
    ann.arrive()
    expect(state(visit)).to_have_text("You are talking to Ann")

    ann.type(ann)
    expect(visit.panel.get_by_role("status")).to_have_text("Ann is writing…", timeout=QUICK_MS)
    ann.say("Here I am.")
    visit.sees("Here I am.")
    expect(visit.panel.get_by_role("status")).to_be_empty()

    visit.composer.press_sequentially("Good morning")
    shop.wire.wait_for("typing")
    shop.wire.settle()
    assert presence.is_visitor_typing(ann.session.pk)
    assert len(shop.wire.named("typing")) == 1
    visit.composer.press("Enter")
    visit.sees("Good morning")
    shop.wire.settle()
    assert not presence.is_visitor_typing(ann.session.pk)


def test_nobody_is_told_that_a_visitor_types_to_the_assistant(visitor, shop):
    visit = visitor().open()

    visit.composer.press_sequentially("Good morning")

    shop.wire.settle()
    assert shop.wire.named("typing") == []


def test_half_an_answer_goes_when_a_person_takes_over(waiting, ann, shop, paced):
    visit = waiting()
    paced(answer(content="The machine says this and that."))
    visit.ask("What does it cost?")
    paced.model.let(3)
    half = visit.lines.filter(has_text="The machine says")
    expect(half).to_have_count(1)

    ann.arrive()

    expect(half).to_have_count(0, timeout=QUICK_MS)
    paced.model.let_all()
    ann.say("Ten euros.")
    visit.sees("Ten euros.")
    shop.wire.settle()
    expect(half).to_have_count(0)
    assert visit.spoken.get_by_text("machine").count() == 0


def test_files_go_both_ways(waiting, ann, shop):
    visit = waiting()
    ann.arrive()
    ann.say("Send me the receipt.")
    visit.sees("Send me the receipt.")

    visit.panel.locator("input[type=file]").set_input_files(
        {"name": "receipt.png", "mimeType": "image/png", "buffer": attached.png()}
    )
    visit.hears("receipt.png is attached")
    visit.ask("Here it is.")

    mine = visit.lines.filter(has_text="Here it is.")
    expect(mine.get_by_role("img", name="receipt.png")).to_have_js_property("naturalWidth", 40)
    link = mine.get_by_role("link")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")
    shop.wire.settle()
    assert Attachment.objects.get().message.content == "Here it is."

    ann.send_file(attached.pdf(), "prices.pdf")
    theirs = visit.lines.last.get_by_role("link", name="prices.pdf")
    expect(theirs).to_be_visible()
    with visit.page.context.expect_page() as opened:
        with visit.page.context.pages[0].expect_popup():
            theirs.click()
    opened.value.close()
    assert visit.console == []


def test_picture_is_pasted_and_taken_out_again(waiting, shop):
    visit = waiting()
    expect(visit.button("Attach a picture or PDF")).to_be_visible()
    visit.composer.focus()
    visit.page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(9)], "pasted.png", {type: "image/png"}));
            const target = document.querySelector("caty-widget").shadowRoot.querySelector("textarea");
            target.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )

    visit.sees("This file can't be sent. Choose a picture or a PDF.")
    visit.button("Remove pasted.png").click()

    expect(visit.panel.get_by_text("pasted.png").locator("visible=true")).to_have_count(0)
    assert visit.focused() == "Write a message"


def test_file_that_is_too_large_is_told_of_without_sending_it(waiting, shop):
    visit = waiting()

    visit.panel.locator("input[type=file]").set_input_files(
        {"name": "film.png", "mimeType": "image/png", "buffer": b"x" * (5 * 1024 * 1024 + 1)}
    )

    visit.sees("This file is larger than 5 MB.")
    assert shop.wire.named("attachment") == []


def test_nothing_can_be_attached_for_the_assistant(waiting, ann):
    visit = waiting()
    ann.arrive()
    expect(visit.button("Attach a picture or PDF")).to_be_visible()

    ann.hand_back(ann)

    expect(visit.button("Attach a picture or PDF")).to_be_hidden()


def test_nothing_can_be_attached_where_the_business_wants_none(waiting, shop):
    shop.set("behavior", attachments_enabled=False)

    visit = waiting()

    expect(visit.panel.locator("input[type=file]")).to_be_attached()
    expect(visit.button("Attach a picture or PDF")).to_be_hidden()


def test_visitor_says_with_one_tap_how_it_was(ended, ann, shop):
    visit = ended()

    visit.sees("How was this conversation?")
    visit.button("Good").click()
    visit.sees("Thank you for telling us.")
    expect(visit.button("Good")).to_have_attribute("aria-pressed", "true")
    shop.wire.settle()
    assert ann.session.satisfaction == "good"
    visit.button("Okay").click()
    expect(visit.button("Okay")).to_have_attribute("aria-pressed", "true")
    shop.wire.settle()
    assert ann.session.satisfaction == "okay"


def test_after_the_end_the_next_words_begin_a_new_conversation(ended, scripted):
    visit = ended()
    visit.sees("How was this conversation?")

    scripted(answer(content="Back again?"))
    visit.ask("One more thing")

    visit.hears("Back again?")
    expect(visit.panel.get_by_role("group", name="How was this conversation?")).to_have_count(0)
    assert Session.objects.count() == 2
    expect(visit.lines.filter(has_text="All done.")).to_have_count(0)


@pytest.mark.parametrize("held", ["message", "messages"])
def test_word_about_what_has_ended_does_not_end_what_is_begun_meanwhile(held, ended, shop, scripted):
    """A look at the old conversation is answered before, or after, the first words of the new one."""
    visit = ended()
    scripted(answer(content="Back again?"))
    is_time, polls = threading.Event(), len(shop.wire.named("messages"))
    shop.wire.breaks(held, hold_until(is_time))
    visit.ask("One more thing")
    visit.page.evaluate(NEWS_OF_ANOTHER_TAB)
    shop.wire.wait_for("messages", polls + 1)
    if held == "messages":
        visit.hears("Back again?")
    else:
        expect(state(visit)).to_have_text("This conversation has ended")
    is_time.set()

    visit.hears("Back again?")
    expect(visit.lines.filter(has_text="All done.")).to_have_count(0)
    expect(visit.lines.filter(has_text="Back again?")).to_have_count(1)
    expect(state(visit)).to_have_text("Answers at once")


def test_words_are_told_by_badge_and_teaser_while_the_chat_is_closed(waiting, ann, shop):
    visit = waiting(clock=True)
    visit.button("Close chat").click()
    ann.arrive()
    shop.wire.end_polls()
    ann.say("Hello, I am Ann.")

    visit.page.clock.fast_forward(16_000)
    shop.wire.settle()
    visit.page.clock.fast_forward(16_000)

    expect(visit.badge).to_have_text("1")
    expect(visit.teaser).to_contain_text("Ann says")
    expect(visit.teaser).to_contain_text("Hello, I am Ann.")
    visit.open()
    visit.sees("Hello, I am Ann.")
    expect(visit.badge).to_be_hidden()


def test_words_are_told_on_the_next_page_too(waiting, ann, shop):
    visit = waiting()
    visit.button("Close chat").click()
    shop.wire.settle()
    ann.arrive()
    ann.say("Hello, I am Ann.")

    visit.go(shop.page("/other"))

    expect(visit.badge).to_have_text("1")
    expect(visit.teaser).to_contain_text("Hello, I am Ann.")


def test_page_that_nobody_sees_fetches_no_words(waiting, ann, shop):
    visit = waiting(clock=True)
    visit.button("Close chat").click()
    ann.arrive()
    shop.wire.end_polls()
    visit.hide()
    ann.say("Hello, I am Ann.")

    visit.page.clock.fast_forward(120_000)
    shop.wire.settle()
    assert ann.session.visitor_read_sequence < ann.session.last_sequence

    visit.hide(False)
    visit.page.clock.fast_forward(1_000)
    expect(visit.badge).to_have_text("1")
    assert ann.session.visitor_read_sequence == ann.session.last_sequence


def test_link_from_a_mail_leads_back_and_is_taken_out_of_the_address(waiting, ann, shop, visitor):
    visit = waiting()
    ann.arrive()
    ann.say("I will write to you.")
    ann.end(ann)
    link = resume_link(ann.session, load_config(shop.tenant))

    elsewhere = visitor(link)

    elsewhere.sees("I will write to you.")
    assert elsewhere.page.url == visit.page.url
    assert "caty-resume" not in elsewhere.page.evaluate(
        "document.documentElement.outerHTML + JSON.stringify(history.state)"
    )
    assert ann.session.ended_at is None
    elsewhere.ask("Thank you!")
    shop.wire.settle()
    assert list(ann.session.messages.order_by("-sequence").values_list("content", flat=True)[1:2]) == ["Thank you!"]
    assert not any("caty-resume" in call.query + call.path for call in shop.wire.calls)


def test_old_link_opens_the_chat_all_the_same(visitor, shop):
    visit = visitor(f"{shop.page()}#caty-resume=forged")

    expect(visit.composer).to_be_visible()
    assert visit.page.url == shop.page()


def test_conversation_is_asked_for_by_mail(waiting, shop):
    visit = waiting()
    visit.button("New conversation").click()
    visit.button("Send it to me by mail").click()
    address = visit.panel.get_by_label("E-mail")
    expect(address).to_be_focused()

    address.fill("nobody")
    visit.button("Send").click()
    visit.sees("Enter a valid e-mail address.")

    assert shop.wire.named("transcript") == []
    address.fill("jane@customer.example")
    visit.button("Send").click()
    assert shop.wire.wait_for("transcript")[0].json["email"] == "jane@customer.example"


@pytest.mark.parametrize("look", ["light", "dark", "right to left", "phone"])
def test_no_state_breaks_a_rule(look, waiting, ann, shop):
    shop.set("appearance", theme="dark" if look == "dark" else "light")
    page = shop.page(html='dir="rtl"', lang="ar") if look == "right to left" else ""
    language = "ar" if look == "right to left" else "en"
    visit = waiting(page, language=language, **(PHONE if look == "phone" else {}))
    words, found = visit.words, {}
    ann.arrive()
    ann.say("Hello")
    ann.send_file(attached.png(), "plan.png")
    ann.send_file(attached.pdf(), "prices.pdf")
    visit.panel.locator("input[type=file]").set_input_files(
        [
            {"name": "a.png", "mimeType": "image/png", "buffer": attached.png()},
            {"name": "b.png", "mimeType": "image/png", "buffer": b"no picture"},
        ]
    )
    visit.sees(words["not_taken"])
    visit.sees("prices.pdf")
    found["files"] = visit.fails_axe()
    ann.hand_back(ann)
    visit.sees(words["how_was_it"])
    visit.button(words["good"]).click()
    visit.sees(words["rated"])
    found["how it was"] = visit.fails_axe()
    visit.button(words["new_conversation"]).click()
    visit.button(words["mail_me"]).click()
    visit.button(words["mail_send"]).click()
    visit.sees(words["bad_email"])
    found["mail"] = visit.fails_axe()

    assert found == {name: [] for name in found}
