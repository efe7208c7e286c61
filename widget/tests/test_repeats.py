"""The same first question in another conversation: the answer comes from before, where the business wants it so."""

from datetime import timedelta

import pytest

from tenants import knowledge
from tenants.knowledge.articles import ArticleText, save_article
from tenants.models import Behavior
from tenants.services import bump_config
from widget.models import Answer, Message, RepeatableAnswer
from widget.services import repeating
from widget.tests.conftest import NOW, VisitorAt
from widget.tests.scripted_model import answer

pytestmark = pytest.mark.django_db
QUESTION = "Do you ship to Malta?"
PAGE = "https://acme.example/shipping?utm=1"


def allow_repeats(tenant):
    save_article(tenant, ArticleText(title=QUESTION, body="Yes, for 12 euros.", url="https://acme.example/malta"))
    knowledge.rebuild(tenant.pk)
    Behavior.objects.filter(tenant=tenant).update(repeat_answers=True)
    bump_config(tenant)
    return tenant


@pytest.fixture
def shop(acme):
    return allow_repeats(acme)


def good(prompt):
    """What a model answers from the first passage it was given."""
    reference = prompt.rules.split('<passage ref="')[1].split('"')[0]
    return answer(content="Gladly, to Malta.", sources=[reference])


def ask(tenant, text=QUESTION, *, page_url=PAGE, now=NOW):
    return VisitorAt(tenant, now).say(text, page_url=page_url)


def test_the_second_visitor_gets_the_first_ones_answer_for_nothing(shop, scripted):
    model = scripted(good)

    first, second = ask(shop), ask(shop, " do you SHIP to malta? ", page_url="https://acme.example/shipping#x")

    assert (first.content, second.content, model.calls) == ("Gladly, to Malta.", "Gladly, to Malta.", 1)
    assert (second.sources, second.confidence, second.answered_by) == (first.sources, first.confidence, "ai")
    assert first.message_id != second.message_id
    again = Answer.objects.latest("pk")
    assert (again.is_repeat, again.cost_microusd, again.model, again.input_tokens) == (True, 0, "", 0)
    assert again.passages_used == Answer.objects.earliest("pk").passages_used
    assert Message.objects.filter(role="assistant", content="Gladly, to Malta.").count() == 2


def test_without_leave_every_question_is_asked(shop, scripted):
    Behavior.objects.filter(tenant=shop).update(repeat_answers=False)
    bump_config(shop)
    model = scripted(good)

    ask(shop), ask(shop)

    assert model.calls == 2
    assert not RepeatableAnswer.objects.exists()


@pytest.mark.parametrize(
    "other",
    [
        lambda shop: ask(shop, "Do you ship to Gozo?"),
        lambda shop: ask(shop, page_url="https://acme.example/prices"),
        lambda shop: ask(shop, now=NOW + timedelta(hours=1, seconds=1)),
    ],
)
def test_another_question_page_or_hour_is_asked_anew(shop, scripted, other):
    model = scripted(good)
    ask(shop)

    other(shop)

    assert model.calls == 2


def test_new_texts_and_new_settings_end_it(shop, scripted):
    model = scripted(good)
    ask(shop)

    save_article(shop, ArticleText(title="Do you ship to Gozo?", body="No."))
    ask(shop)  # not read in yet: neither taken from before nor kept
    knowledge.rebuild(shop.pk)
    ask(shop)
    bump_config(shop)
    ask(shop)

    assert model.calls == 4
    assert RepeatableAnswer.objects.count() == 3


def test_within_a_conversation_nothing_is_repeated(shop, scripted):
    model = scripted(good)
    visitor = VisitorAt(shop)

    visitor.say(QUESTION, page_url=PAGE)
    visitor.say(QUESTION, page_url=PAGE)

    assert model.calls == 2


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        (QUESTION, {"is_answered": False}),
        (QUESTION, {"sources": []}),
        (QUESTION, {"intent": "complaint"}),
        ("I'm Ann. Do you ship to Malta?", {"name": "Ann"}),
        (QUESTION + " ann@people.example", {}),
    ],
)
def test_what_is_no_good_answer_or_about_one_person_is_not_kept(shop, scripted, text, changes):
    scripted(lambda prompt: {**good(prompt), **changes})

    ask(shop, text)

    assert not RepeatableAnswer.objects.exists()


def test_knowledges_own_answers_cost_nothing_and_are_not_kept(shop):
    ask(shop)

    assert not RepeatableAnswer.objects.exists()


def test_another_business_never_gets_it(shop, rival, scripted):
    allow_repeats(rival)
    model = scripted(good)
    ask(shop)

    VisitorAt(rival, url="https://rival.example/").say(QUESTION, page_url=PAGE)

    assert model.calls == 2
    assert set(RepeatableAnswer.objects.values_list("tenant__slug", flat=True)) == {"acme", "rival"}


def test_a_newer_answer_takes_the_place_of_the_older(shop, scripted):
    scripted(good)
    ask(shop)
    ask(shop, now=NOW + timedelta(hours=2))

    [kept] = RepeatableAnswer.objects.all()
    assert kept.expires_at > NOW + timedelta(hours=3) - timedelta(minutes=1)


def test_the_expired_are_forgotten(shop, scripted):
    scripted(good)
    ask(shop)

    repeating.forget_expired(now=NOW + timedelta(minutes=59))
    assert RepeatableAnswer.objects.count() == 1
    repeating.forget_expired(now=NOW + timedelta(minutes=61))

    assert RepeatableAnswer.objects.count() == 0
