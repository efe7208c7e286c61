"""What visitors get while a model fails, and who is asked in its place."""

import pytest

from caty.lib import redis
from tenants.models import Spending, Tenant
from widget.engine.model import ModelUnavailable
from widget.models import Answer
from widget.services.thinking import HEALTH
from widget.tests.conftest import VisitorAt
from widget.tests.scripted_model import answer

pytestmark = pytest.mark.django_db


def overloaded_unless(name: str):
    """A reply that only this model gives."""

    def reply(prompt):
        return answer(content=f"From {name}.") if prompt.model == name else ModelUnavailable("overloaded")

    return reply


@pytest.fixture
def two_models(acme):
    Tenant.objects.filter(pk=acme.pk).update(model="claude-haiku-5-5", fallback_model="claude-sonnet-5-5")
    acme.refresh_from_db()
    return acme


def ask(tenant, times: int = 1) -> Answer:
    """The last of so many visitors' answers, each from an address of their own."""
    for _ in range(times):
        visitor = VisitorAt(tenant)
        visitor.say("Do you deliver?")
    return Answer.objects.order_by("-pk").first()


def end_rest(model: str) -> None:
    redis.client().delete(HEALTH._keys(model)[1])
    HEALTH.forget_all()


def test_a_model_that_failed_five_times_is_left_alone(acme, scripted):
    model = scripted(ModelUnavailable("timeout"))

    stored = ask(acme, 7)

    assert model.calls == 5
    assert stored.fallback_reason == "resting"
    assert stored.message.answered_by == "knowledge"


def test_a_refused_question_says_nothing_about_the_model(acme, scripted):
    model = scripted(ModelUnavailable("refused"))

    ask(acme, 7)

    assert model.calls == 7


def test_the_first_good_answer_after_the_rest_lets_all_in_again(acme, scripted):
    model = scripted(*[ModelUnavailable("unreachable")] * 5, answer(content="Yes."))
    ask(acme, 6)
    end_rest("claude-haiku-5-5")

    stored = ask(acme, 3)

    assert model.calls == 8
    assert (stored.fallback_reason, stored.message.answered_by) == ("", "ai")


def test_a_second_model_steps_in_within_the_same_message(two_models, scripted):
    model = scripted(overloaded_unless("claude-sonnet-5-5"))

    stored = ask(two_models)

    assert [prompt.model for prompt in model.prompts] == ["claude-haiku-5-5", "claude-sonnet-5-5"]
    assert (stored.message.content, stored.model, stored.fallback_reason) == (
        "From claude-sonnet-5-5.",
        "claude-sonnet-5-5",
        "",
    )
    assert stored.cost_microusd > 0


def test_the_first_model_keeps_time_for_the_second(two_models, scripted):
    model = scripted(answer(content="Yes."))

    ask(two_models)

    assert model.deadlines == [pytest.approx(12, abs=0.5)]


def test_while_the_first_rests_the_second_is_asked_at_once(two_models, scripted):
    model = scripted(overloaded_unless("claude-sonnet-5-5"))
    ask(two_models, 5)
    before = model.calls

    ask(two_models)

    assert [prompt.model for prompt in model.prompts[before:]] == ["claude-sonnet-5-5"]


def test_where_both_fail_knowledge_answers(two_models, scripted):
    scripted(ModelUnavailable("overloaded"))

    stored = ask(two_models)

    assert (stored.fallback_reason, stored.message.answered_by) == ("overloaded", "knowledge")


def test_nothing_stays_reserved_when_one_stood_in_for_the_other(two_models, scripted):
    scripted(overloaded_unless("claude-sonnet-5-5"))

    stored = ask(two_models)

    spending = Spending.objects.get(tenant=two_models, period="day")
    assert spending.reserved_microusd == 0
    assert spending.spent_microusd == stored.cost_microusd


def test_one_business_s_second_model_is_not_another_s(two_models, rival, scripted):
    model = scripted(overloaded_unless("claude-sonnet-5-5"))

    stored = ask(rival)

    assert {prompt.model for prompt in model.prompts} == {"claude-haiku-5-5"}
    assert stored.fallback_reason == "overloaded"
