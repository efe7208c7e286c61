"""When a person is offered unasked: typed, with a reason, and never without the visitor's own press."""

import pytest

from tenants import knowledge
from tenants.knowledge.articles import ArticleText, save_article
from tenants.models import Behavior
from tenants.services import bump_config
from widget.engine.contracts import Action, Reply, Turn
from widget.engine.handoff import find_reason, offer_person, stands_in
from widget.models import Answer, Message, Session
from widget.tests.engine_cast import make_config, make_request
from widget.tests.scripted_model import answer
from widget.tests.test_handoff import ask

HANDOFF = Action(label="Talk to a person", action="handoff")
UNSURE_TURN = Turn(role="assistant", content="I don't know.", is_unsure=True)


def reply(**fields) -> Reply:
    return Reply(**{"content": "x", "answered_by": "ai", "intent": "browsing", "confidence": 0.9, **fields})


def request(message="Hello?", *, words=("lawyer", "Vertrag kündigen"), **fields):
    return make_request(message, config=make_config(behavior={"handoff_words": words}), **fields)


@pytest.mark.parametrize(
    ("given", "asked", "reason"),
    [
        (reply(), request(), ""),
        (reply(), request("My LAWYER will write"), "keyword"),
        (reply(), request("Kann ich den\n Vertrag  kündigen?"), "keyword"),
        (reply(intent="human_request"), request(), "user_request"),
        (reply(intent="complaint"), request(), "complaint"),
        (reply(intent="complaint"), request("lawyer!"), "keyword"),
        (reply(is_unanswered=True), request(), ""),
        (reply(is_unanswered=True), request(turns=(UNSURE_TURN,)), "low_confidence"),
        (reply(confidence=0.39), request(turns=(UNSURE_TURN,)), "low_confidence"),
        (reply(confidence=0.4), request(turns=(UNSURE_TURN,)), ""),
        (reply(is_unanswered=True), request(turns=(UNSURE_TURN, Turn(role="assistant", content="Ten."))), ""),
        (
            reply(is_unanswered=True),
            request(turns=(UNSURE_TURN, Turn(role="visitor", content="And?"))),
            "low_confidence",
        ),
        (reply(), request(is_hot=True), "hot_lead"),
        (reply(intent="complaint"), request(is_hot=True), "complaint"),
    ],
)
def test_reasons(given, asked, reason):
    assert find_reason(given, asked) == reason


@pytest.mark.parametrize(
    ("words", "text", "does"),
    [
        ("law", "lawyer", False),
        ("law", "By law!", True),
        ("c++", "I use C++ daily", True),
        ("解約", "すぐに解約したいです", True),
        ("  ", "anything", False),
        ("a.b", "axb", False),
    ],
)
def test_words_are_whole_and_plain(words, text, does):
    assert stands_in(words, text) is does


def test_the_offer_comes_first_and_once():
    link = Action(label="More", action="link", url="/more")
    many = tuple(Action(label=str(number), action="message") for number in range(3))

    given = offer_person(reply(intent="complaint", suggested_actions=(link, *many)), request("Too late!"))
    own = offer_person(reply(intent="complaint", suggested_actions=(link, HANDOFF)), request("Too late!"))

    assert given.suggested_actions == (HANDOFF, link, *many[:2])
    assert (given.suggested_actions[0].label, given.handoff_reason) == ("Talk to a person", "complaint")
    assert own.suggested_actions == (HANDOFF, link)


def test_offer_speaks_the_visitors_language():
    given = offer_person(reply(intent="complaint"), request("Das ist eine Frechheit, ich bin sehr enttäuscht!"))

    assert given.suggested_actions[0].label == "Mit einem Menschen sprechen"


@pytest.mark.parametrize(
    "asked",
    [
        request("lawyer", has_asked_for_person=True),
        make_request("lawyer", config=make_config(behavior={"handoff_words": ("lawyer",), "handoff_enabled": False})),
    ],
)
def test_nobody_is_offered_who_is_not_there_or_was_called_already(asked):
    assert offer_person(reply(intent="complaint"), asked) == reply(intent="complaint")


@pytest.mark.django_db
def test_two_answers_that_were_none_offer_a_person_and_say_why(visitor):
    save_article(visitor.tenant, ArticleText(title="Do you ship to Malta?", body="Yes."))
    knowledge.rebuild(visitor.tenant.pk)

    visitor.say("Who won the cup in 1974?")
    second = visitor.say("And the one in 1978, who won it?")

    assert second.suggested_actions[0].action == "handoff"
    assert list(Answer.objects.order_by("pk").values_list("handoff_reason", flat=True)) == ["", "low_confidence"]
    assert visitor.session.mode == Session.Mode.ASSISTANT
    assert visitor.session.handoff_requested_at is None


@pytest.mark.django_db
def test_a_pressed_offer_tells_the_team_its_reason(visitor, scripted):
    scripted(answer(intent="complaint", content="I'm sorry to hear that."))
    visitor.say("My parcel is late again.")

    ask(visitor, reason="user_request")

    assert visitor.session.handoff_reason == "complaint"


@pytest.mark.django_db
def test_a_reason_of_ones_own_stands(visitor, scripted):
    scripted(answer(intent="complaint", content="I'm sorry to hear that."))
    visitor.say("My parcel is late again.")

    ask(visitor, reason="vip")

    assert visitor.session.handoff_reason == "vip"


@pytest.mark.django_db
def test_who_has_called_a_person_is_not_offered_one_again(visitor, scripted):
    scripted(answer(intent="complaint"))
    ask(visitor)

    posted = visitor.say("My parcel is late again.")

    assert [action.action for action in posted.suggested_actions] == []


@pytest.mark.django_db
def test_the_business_chooses_its_words(visitor, scripted):
    Behavior.objects.filter(tenant=visitor.tenant).update(handoff_words=["lawyer"])
    bump_config(visitor.tenant)
    scripted(answer())

    posted = visitor.say("I will call my lawyer")

    assert posted.suggested_actions[0].action == "handoff"
    assert Message.objects.get(role="assistant", confidence__isnull=False).suggested_actions[0]["action"] == "handoff"


def test_a_hot_lead_is_offered_a_person_once_in_a_conversation(visitor, scripted):
    scripted(answer())
    visitor.tenant.sessions.update(lead_score=69)
    first = visitor.say("How fast do you ship?")
    visitor.tenant.sessions.update(lead_score=70)

    second = visitor.say("And what does it cost?")
    third = visitor.say("And to France?")

    assert [HANDOFF in posted.suggested_actions for posted in (first, second, third)] == [False, True, False]
    assert list(Answer.objects.order_by("pk").values_list("handoff_reason", flat=True)) == ["", "hot_lead", ""]


def test_a_hot_lead_that_has_called_a_person_is_not_offered_one(visitor, scripted):
    scripted(answer())
    visitor.tenant.sessions.update(lead_score=70)
    ask(visitor)

    assert HANDOFF not in visitor.say("How fast do you ship?").suggested_actions
