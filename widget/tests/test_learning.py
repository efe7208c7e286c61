"""What is noted of the questions that visitors asked in vain, and why."""

import pytest

from tenants import knowledge
from tenants.knowledge.articles import ArticleText, save_article
from widget import services
from widget.models import UnansweredQuestion
from widget.tests.conftest import NOW, VisitorAt
from widget.tests.scripted_model import answer

pytestmark = pytest.mark.django_db
QUESTION = "Do you sell bees?"


def rate(visitor, posted, rating: str) -> None:
    services.rate_answer(
        tenant=visitor.tenant, session_id=visitor.session_id, message_id=posted.message_id, rating=rating, now=NOW
    )


def noted() -> list[tuple]:
    columns = ("text", "times", "unknown_times", "unsure_times", "unhelpful_times")
    return list(UnansweredQuestion.objects.order_by("pk").values_list(*columns))


def test_what_knowledge_does_not_know_is_noted(visitor):
    visitor.say(QUESTION)
    visitor.say("do you  sell BEES?")

    assert noted() == [(QUESTION, 2, 2, 0, 0)]


def test_an_answer_the_model_is_not_sure_of_is_noted(acme, visitor, scripted):
    save_article(acme, ArticleText(title="What do you sell?", body="Honey."))
    knowledge.rebuild(acme.pk)
    scripted(answer(content="Perhaps honey.", confidence=0.39))

    visitor.say(QUESTION)

    assert noted() == [(QUESTION, 1, 0, 1, 0)]


@pytest.mark.parametrize("given", [{"confidence": 0.4}, {"confidence": 0.1, "intent": "greeting"}])
def test_a_sure_answer_and_a_greeting_are_not(visitor, scripted, given):
    scripted(answer(**given))

    visitor.say(QUESTION)

    assert noted() == []


def test_an_answer_found_unhelpful_is_noted_until_that_is_taken_back(visitor, scripted):
    scripted(answer())
    posted = visitor.say(QUESTION)

    rate(visitor, posted, "down")
    rate(visitor, posted, "down")
    assert noted() == [(QUESTION, 1, 0, 0, 1)]

    rate(visitor, posted, "up")
    assert noted() == []


def test_one_that_is_noted_already_is_not_counted_as_asked_again(visitor):
    posted = visitor.say(QUESTION)

    rate(visitor, posted, "down")
    assert noted() == [(QUESTION, 1, 1, 0, 1)]

    rate(visitor, posted, "")
    assert noted() == [(QUESTION, 1, 1, 0, 0)]


def test_a_thumb_up_notes_nothing(visitor, scripted):
    scripted(answer())

    rate(visitor, visitor.say(QUESTION), "up")

    assert noted() == []


@pytest.mark.parametrize(("before", "after"), [("done", "open"), ("ignored", "ignored"), ("open", "open")])
def test_what_is_asked_in_vain_again_is_open_again_unless_it_is_none_of_ours(visitor, before, after):
    visitor.say(QUESTION)
    UnansweredQuestion.objects.update(state=before)

    visitor.say(QUESTION)

    assert UnansweredQuestion.objects.get().state == after


def test_each_business_has_its_own(acme, rival):
    for tenant in (acme, rival):
        VisitorAt(tenant).say(QUESTION)

    assert UnansweredQuestion.objects.for_tenant(acme).get().times == 1
    assert UnansweredQuestion.objects.for_tenant(rival).get().times == 1
