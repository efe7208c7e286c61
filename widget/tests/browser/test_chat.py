"""Talking: question, answer, source, details; streams that break; tabs, reloads and colleagues."""

import json
import re
import threading

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from leads.models import Lead
from tenants.knowledge import rebuild
from tenants.knowledge.articles import ArticleText, import_articles
from widget.models import Message, Session
from widget.services.transcript import append
from widget.tests.browser.wire import cut_after, hold_until, nothing_until, refuse, refuse_at
from widget.tests.scripted_model import answer

WITH_HANDOFF = answer(
    content="Gladly.", suggested_actions=[{"label": "Talk to a person", "action": "handoff", "url": ""}]
)
DELIVERY = "We deliver within two days, everywhere in Europe."


@pytest.fixture
def known(shop):
    """What Acme has written down about delivery."""
    url = f"{shop.host.origin}/delivery"
    import_articles(shop.tenant, [ArticleText(title="How fast do you deliver?", body=DELIVERY, url=url)])
    rebuild(shop.tenant.pk)
    return url


def lines(shop):
    return list(Message.objects.filter(session__tenant=shop.tenant).order_by("sequence").values_list("role", "content"))


def test_from_question_to_lead(visitor, shop, known):
    visit = visitor().open()

    visit.ask("How fast do you deliver?")
    visit.sees(DELIVERY)
    source = visit.panel.get_by_role("link", name="How fast do you deliver?")
    expect(source).to_have_attribute("href", known)
    visit.ask("Do you repair submarines?")
    visit.actions.filter(has_text="Leave a message").first.click()
    visit.form.get_by_label("Name").fill("Jane Roe")
    visit.form.get_by_label("E-mail").fill("jane@roe.example")
    visit.form.get_by_role("button", name="Send my details").click()
    visit.sees("Thanks! Someone will be in touch soon.")

    lead = Lead.objects.get()
    assert (lead.tenant, lead.name, lead.email) == (shop.tenant, "Jane Roe", "jane@roe.example")
    assert visit.console == []


def test_answer_is_read_while_it_is_written(visitor, shop, paced):
    model = paced(answer(content="We ship within two days."))
    visit = visitor().open().ask("How fast?")

    model.let(3)
    visit.sees("We ship within")
    expect(visit.button("Stop the answer")).to_be_visible()
    expect(visit.spoken).not_to_contain_text("We ship")
    assert [role for role, _ in lines(shop)] == ["visitor"]

    model.let_all()
    visit.hears("We ship within two days.")
    visit.sees("We ship within two days.")
    assert lines(shop) == [("visitor", "How fast?"), ("assistant", "We ship within two days.")]


def test_cut_stream_is_asked_again_under_the_same_id(visitor, shop, scripted):
    model = scripted(answer(content="We ship within two days."))
    shop.wire.breaks("message", cut_after(2))
    visit = visitor().open().ask("How fast?")

    visit.hears("We ship within two days.")

    sent = [call.json for call in shop.wire.wait_for("message", 2)]
    assert sent[0]["client_message_id"] == sent[1]["client_message_id"]
    assert model.calls == 1
    assert lines(shop) == [("visitor", "How fast?"), ("assistant", "We ship within two days.")]
    expect(visit.lines.filter(has_text="We ship within two days.")).to_have_count(1)


def test_stopped_answer_stays_as_far_as_it_came(visitor, paced):
    model = paced(answer(content="We ship within two days."), answer(content="Gladly."))
    visit = visitor().open().ask("How fast?")
    model.let(3)
    visit.sees("We ship within")

    visit.button("Stop the answer").click()

    expect(visit.button("Stop the answer")).to_be_hidden()
    visit.sees("Stopped")
    model.let_all()
    visit.ask("Thanks").sees("Gladly.")


def test_message_written_offline_is_sent_when_the_line_is_back(visitor, shop, scripted):
    scripted(answer(content="We ship within two days."))
    visit = visitor().open()
    visit.page.context.set_offline(True)

    visit.ask("How fast?").sees("You are offline")
    assert lines(shop) == []
    visit.page.context.set_offline(False)

    visit.hears("We ship within two days.")
    assert lines(shop) == [("visitor", "How fast?"), ("assistant", "We ship within two days.")]


def test_too_many_messages_are_waited_for(visitor, shop, scripted):
    scripted(answer(content="We ship within two days."))
    shop.wire.breaks("message", refuse("429 Too Many Requests", "RATE_LIMITED", Retry_After="1"))
    visit = visitor().open().ask("How fast?")

    visit.hears("We ship within two days.")
    assert len(shop.wire.named("message")) == 2
    assert lines(shop) == [("visitor", "How fast?"), ("assistant", "We ship within two days.")]


def test_refused_message_can_be_tried_again(visitor, shop, scripted):
    scripted(answer(content="We ship within two days."))
    shop.wire.breaks("message", refuse("403 Forbidden", "ORIGIN_NOT_ALLOWED"))
    visit = visitor().open().ask("How fast?")

    expect(visit.alert).to_have_text("That did not get through.")
    visit.button("Try again").click()

    visit.hears("We ship within two days.")
    first, second = (json.loads(call.body) for call in shop.wire.named("message"))
    assert first["client_message_id"] == second["client_message_id"]


def test_reload_keeps_the_conversation(visitor, shop, scripted):
    scripted(answer(content="We ship within two days."))
    visit = visitor().open().ask("How fast?")
    visit.sees("We ship within two days.")

    visit.page.reload()

    visit.sees("We ship within two days.")
    visit.sees("How fast?")
    assert len({call.json["session_id"] for call in shop.wire.named("messages")}) == 1


def test_conversation_follows_to_the_next_page(visitor, shop, scripted):
    scripted(answer(content="We ship within two days."))
    visit = visitor().open().ask("How fast?")
    visit.sees("We ship within two days.")

    visit.go(shop.page("/other"))

    visit.sees("We ship within two days.")


def test_two_tabs_show_the_same(visitor, shop, scripted):
    scripted(answer(content="We ship within two days."))
    first = visitor().open()
    second = first.beside().open()

    first.ask("How fast?").hears("We ship within two days.")

    second.sees("How fast?")
    second.sees("We ship within two days.")
    assert len(shop.wire.named("session")) == 1


def test_new_conversation_begins_empty(visitor, shop, scripted):
    scripted(answer(content="We ship within two days."))
    visit = visitor().open().ask("How fast?")
    visit.sees("We ship within two days.")

    visit.button("New conversation").click()
    visit.button("Start a new one").click()

    expect(visit.lines.filter(has_text="We ship within two days.")).to_have_count(0)
    assert len(shop.wire.wait_for("end")) == 1


def test_late_word_about_the_old_conversation_does_not_end_the_new_one(visitor, shop, scripted):
    scripted(answer(content="Gladly."), answer(content="Of course."))
    is_late = threading.Event()
    shop.wire.breaks("messages", cut_after(9), refuse_at(is_late, "404 Not Found", "NOT_FOUND"))
    visit = visitor().open()
    shop.wire.wait_for("messages", 2)
    visit.ask("Do you deliver?").hears("Gladly.")
    visit.button("New conversation").click()
    visit.button("Start a new one").click()
    shop.wire.wait_for("session", 2)
    visit.ask("To islands, too?").hears("Of course.")

    is_late.set()

    assert shop.wire.wait_for("messages", 3)[-1].json["session_id"] == shop.wire.named("message")[-1].json["session_id"]
    shop.wire.settle()
    assert len(shop.wire.named("session")) == 2
    visit.sees("To islands, too?")


def test_thumb_is_kept(visitor, shop, scripted):
    scripted(answer(content="We ship within two days."))
    visit = visitor().open().ask("How fast?")
    visit.sees("We ship within two days.")

    visit.button("This helped").click()

    expect(visit.button("This helped")).to_have_attribute("aria-pressed", "true")
    shop.wire.wait_for("feedback")
    shop.wire.settle()
    assert Message.objects.get(role="assistant").rating == "up"


def a_colleague_writes(shop, text):
    with transaction.atomic():
        session = shop.tenant.sessions.select_for_update().get()
        session.mode = Session.Mode.PERSON
        append(session, role=Message.Role.STAFF, content=text, now=timezone.now())
        session.save()


def ask_for_a_person(visit):
    visit.ask("I'd like to talk to somebody")
    visit.actions.filter(has_text="Talk to a person").click()
    visit.wire.wait_for("handoff")
    visit.wire.settle()


def test_colleague_s_words_arrive_while_the_chat_is_open(visitor, shop, scripted):
    scripted(WITH_HANDOFF)
    visit = visitor().open()
    ask_for_a_person(visit)

    a_colleague_writes(shop, "Hello, this is Ann.")

    expect(visit.lines.filter(has_text="Hello, this is Ann.")).to_have_count(1)
    expect(visit.spoken.get_by_text("Hello, this is Ann.")).to_have_count(1)
    expect(visit.launcher.locator("[part~=badge]")).to_be_hidden()


def test_colleague_s_words_are_counted_while_the_chat_is_closed(visitor, shop, scripted):
    scripted(WITH_HANDOFF)
    visit = visitor(clock=True).open()
    ask_for_a_person(visit)
    visit.button("Close chat").click()
    shop.wire.settle()

    a_colleague_writes(shop, "Hello, this is Ann.")
    visit.page.clock.fast_forward(60_000)

    expect(visit.badge).to_have_text("1")
    visit.open()
    expect(visit.lines.filter(has_text="Hello, this is Ann.")).to_have_count(1)
    expect(visit.badge).to_be_hidden()


def test_colleague_s_words_arrive_unasked(visitor, shop):
    visit = visitor().open()
    polled = [call.json for call in shop.wire.wait_for("messages", 2)]

    a_colleague_writes(shop, "Hello, this is Ann.")

    expect(visit.spoken.get_by_text("Hello, this is Ann.")).to_have_count(1)
    assert [call.get("wait") for call in polled] == [0, 20]
    assert visit.console == []


def test_nobody_waits_for_words_once_the_visitor_has_left_the_chat_alone(visitor, shop):
    is_over = threading.Event()
    shop.wire.breaks("messages", cut_after(9), nothing_until(is_over))
    visit = visitor(clock=True).open()
    shop.wire.wait_for("messages", 2)

    visit.page.clock.fast_forward(11 * 60_000)
    with visit.page.expect_response("**/messages"):
        is_over.set()
    visit.page.clock.fast_forward(60_000)
    shop.wire.settle()
    assert len(shop.wire.named("messages")) == 2

    visit.page.mouse.move(10, 10)
    shop.wire.wait_for("messages", 3)


def test_nobody_writes_any_more_once_the_answer_is_there(visitor, shop, paced):
    model, is_over = paced(answer(content="We ship within two days.")), threading.Event()
    shop.wire.breaks("messages", cut_after(9), cut_after(9), nothing_until(is_over))
    visit = visitor().open()
    shop.wire.wait_for("messages", 2)

    with visit.page.expect_response("**/messages"):
        visit.ask("How fast?")
    model.let_all()
    visit.hears("We ship within two days.")
    shop.wire.wait_for("messages", 3)

    expect(visit.panel.get_by_role("status")).to_be_empty()
    is_over.set()


def test_every_message_tells_its_time(visitor, scripted):
    scripted(answer(content="We ship within two days."))
    visit = visitor(timezone_id="Europe/Berlin").open().ask("How fast?")
    visit.sees("We ship within two days.")

    expect(visit.lines.locator("time")).to_have_count(2)
    expect(visit.lines.locator("time").first).to_have_attribute("datetime", re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z$"))


def test_way_back_to_the_newest_message(visitor, scripted):
    scripted(answer(content="\n\n".join(f"Line {number}" for number in range(60))))
    visit = visitor().open().ask("How fast?")
    visit.sees("Line 0")
    newest = visit.button("Newest message")

    newest.click()

    expect(newest).to_be_hidden()
    expect(visit.lines.get_by_text("Line 59", exact=True)).to_be_in_viewport()
    expect(visit.composer).to_be_focused()


def test_who_goes_to_the_end_of_an_answer_that_is_being_written_stays_there(visitor, paced):
    paced(answer(content=" ".join(f"\n\nLine {number}." for number in range(60))))
    visit = visitor().open().ask("How fast?")
    paced.model.let(60)
    visit.button("Newest message").click()

    paced.model.let_all()

    visit.hears("Line 59")
    expect(visit.lines.get_by_text("Line 59.", exact=True)).to_be_in_viewport()
    expect(visit.button("Newest message")).to_be_hidden()


def test_who_reads_a_long_answer_is_not_moved_by_history_that_comes_late(visitor, shop, scripted):
    scripted(answer(content="\n\n".join(f"Line {number}" for number in range(60))))
    late = threading.Event()
    shop.wire.breaks("messages", hold_until(late))
    visit = visitor().open().ask("How fast?")
    visit.hears("Line 0")

    late.set()
    shop.wire.wait_for("messages", 2)

    expect(visit.button("Newest message")).to_be_visible()
    expect(visit.lines.get_by_text("Line 0", exact=True)).to_be_in_viewport()
    expect(visit.lines).to_have_count(3)  # the greeting among them


def test_a_detail_that_the_business_needs_is_asked_for(visitor, shop, scripted):
    shop.set("behavior", lead_form_fields=["name", "email"], lead_required_fields=["name"])
    scripted(answer(content="Ten.", suggested_actions=[{"label": "Details", "action": "lead_form", "url": ""}]))
    visit = visitor().open().ask("How much?")
    visit.actions.get_by_text("Details").click()
    visit.form.get_by_label("E-mail").fill("ann@example.com")

    visit.button("Send my details").click()

    expect(visit.form.get_by_label("Name")).to_be_focused()
    expect(visit.form.get_by_text("Fill this in.")).to_be_visible()
    assert shop.wire.named("lead") == []


@pytest.mark.parametrize("choice", ["Send my details", "Not now"])
def test_details_may_be_asked_for_before_a_person_is_called_and_both_answers_call_one(visitor, shop, scripted, choice):
    shop.set("behavior", lead_form_fields=["email"], lead_ask_before_handoff=True)
    scripted(WITH_HANDOFF)
    visit = visitor().open().ask("May I talk to somebody?")
    visit.actions.get_by_text("Talk to a person").click()
    visit.form.get_by_label("E-mail").fill("ann@example.com")
    assert shop.wire.named("handoff") == []

    visit.button(choice).click()

    shop.wire.wait_for("handoff")
    assert len(shop.wire.named("lead")) == (choice == "Send my details")
    expect(visit.form).to_be_hidden()


def test_a_long_button_stays_within_the_panel(visitor, scripted):
    label = "W" * 20 + " " + "M" * 19
    scripted(answer(suggested_actions=[{"label": label, "action": "message", "url": ""}]))
    visit = visitor().open().ask("Hello")
    chip = visit.actions.get_by_text(label)
    expect(chip).to_be_visible()

    inside, around = chip.bounding_box(), visit.panel.bounding_box()

    assert inside["x"] + inside["width"] <= around["x"] + around["width"]
