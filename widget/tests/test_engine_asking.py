"""When a visitor is asked for contact details."""

from dataclasses import replace

import pytest

from widget.engine.asking import ask_in, form_on_exit, is_time_to_ask
from widget.engine.contracts import Action, Reply, Turn
from widget.tests.engine_cast import make_config, make_request

FORM = Action(label="Leave a message", action="lead_form")


def behavior(**rules):
    return make_config(behavior=rules).behavior


def request(**facts):
    return make_request("What does it cost?", **facts)


def reply(*actions, intent="pricing_inquiry"):
    return Reply(content="Ten.", answered_by="ai", intent=intent, confidence=0.9, suggested_actions=actions)


@pytest.mark.parametrize(
    ("rules", "intent", "messages", "is_time"),
    [
        ({}, "pricing_inquiry", 1, True),
        ({}, "purchase_intent", 1, True),
        ({}, "browsing", 9, False),
        ({"lead_ask_after_intent": False}, "purchase_intent", 1, False),
        ({"lead_ask_after_intent": False, "lead_ask_after_messages": 3}, "browsing", 2, False),
        ({"lead_ask_after_intent": False, "lead_ask_after_messages": 3}, "browsing", 3, True),
        ({"lead_ask_after_intent": False, "lead_ask_after_messages": 3}, "browsing", 4, True),
        ({"lead_form_enabled": False, "lead_ask_after_messages": 1}, "purchase_intent", 5, False),
    ],
)
def test_the_business_says_when_to_ask(rules, intent, messages, is_time):
    assert is_time_to_ask(behavior(**rules), intent=intent, messages=messages) is is_time


def test_who_wants_to_buy_is_offered_the_form():
    assert ask_in(reply(), request()).suggested_actions == (FORM,)


def test_the_form_is_offered_once_in_a_conversation():
    earlier = (Turn(role="visitor", content="Hi"), Turn(role="assistant", content="Ten.", has_form=True))
    assert ask_in(reply(), request(turns=earlier)).suggested_actions == ()


@pytest.mark.parametrize("facts", [{"is_known": True}, {"has_left_contact": True}])
def test_who_has_left_details_is_not_asked_whatever_the_model_says(facts):
    told = ask_in(reply(FORM, Action(label="Go", action="message")), request(**facts))
    assert [action.action for action in told.suggested_actions] == ["message"]


def test_what_the_model_offers_by_itself_stays_and_is_not_doubled():
    assert ask_in(reply(FORM, intent="browsing"), request()).suggested_actions == (FORM,)
    assert ask_in(reply(FORM), request()).suggested_actions == (FORM,)


def test_there_are_four_buttons_at_most():
    four = tuple(Action(label=str(number), action="message") for number in range(4))
    assert ask_in(reply(*four), request()).suggested_actions == (*four[:3], FORM)


def test_the_button_speaks_the_visitors_language():
    german = replace(request(), message="Was kostet das bitte?")
    assert ask_in(reply(), german).suggested_actions[0].label == "Nachricht hinterlassen"


@pytest.mark.parametrize(
    ("rules", "is_exit", "is_known", "count"),
    [
        ({"lead_ask_on_exit": True}, True, False, 1),
        ({"lead_ask_on_exit": True}, False, False, 0),
        ({"lead_ask_on_exit": True}, True, True, 0),
        ({"lead_ask_on_exit": True, "lead_form_enabled": False}, True, False, 0),
        ({}, True, False, 0),
    ],
)
def test_who_is_about_to_leave_is_asked_where_the_business_wants_it(rules, is_exit, is_known, count):
    actions = form_on_exit(behavior(**rules), is_exit=is_exit, is_known=is_known, language="de-AT")
    assert [action.label for action in actions] == count * ["Nachricht hinterlassen"]
