"""A colleague has an answer drafted: from the group's wordings and the best texts, to an article that waits."""

import pytest
from django.utils import timezone

from tenants import jobs, knowledge
from tenants import services as tenant_services
from tenants.knowledge.articles import ArticleText, save_article
from tenants.models import Article, Job, Spending, Tenant
from widget.engine.model import ModelUnavailable
from widget.models import UnansweredQuestion
from widget.services import questions
from widget.services.drafting import start_draft
from widget.tests.test_questions import MALTA, ask

pytestmark = pytest.mark.django_db
DRAFT = {"title": "Do you ship to Malta?", "body": "Yes, to all of the EU. It takes [your delivery time to Malta]."}


@pytest.fixture
def head(acme):
    save_article(acme, ArticleText(title="Where do you ship?", body="To all of the EU."))
    knowledge.rebuild(acme.pk)
    head, *_ = ask(acme, *MALTA, "ship to malta please, my name is Jane Doe")
    questions.sort_questions(tenant_id=acme.pk)
    head.refresh_from_db()
    return head


def draft(head) -> Job:
    start_draft(head, user_id=None, now=timezone.now())
    head.refresh_from_db()
    jobs.run_slice(head.draft_job_id, now=timezone.now())
    head.refresh_from_db()
    return head.draft_job


def test_the_draft_waits_as_an_article_with_the_wordings(acme, head, scripted):
    model = scripted(DRAFT)
    before = Tenant.objects.get(pk=acme.pk).knowledge_version

    job = draft(head)

    assert (job.state, job.message) == ("done", "The draft waits for your word.")
    article = Article.objects.get(pk=head.article_id)
    assert (article.title, article.body) == (DRAFT["title"], DRAFT["body"])
    assert (article.is_published, article.needs_review, article.kind) == (False, True, "question")
    assert article.variants == [
        "shipping to malta",
        "can you ship this to malta",
        "ship to malta please, my name is …",
    ]
    assert "To all of the EU." in model.prompts[0].message
    assert "Jane" not in model.prompts[0].message
    assert Tenant.objects.get(pk=acme.pk).knowledge_version == before


def test_it_is_paid_for(acme, head, scripted):
    scripted(DRAFT)

    draft(head)

    assert {row.spent_microusd for row in Spending.objects.filter(tenant=acme)} == {35}


@pytest.mark.parametrize(
    ("reply", "budget", "words"),
    [
        ("nonsense", 10, "Claude gave no usable draft this time. Try again, or write the answer yourself."),
        (
            ModelUnavailable("refused"),
            10,
            "Claude gave no usable draft this time. Try again, or write the answer yourself.",
        ),
        (DRAFT, 0, "The budget for AI is used up for now, so nothing can be drafted."),
    ],
)
def test_why_there_is_no_draft_is_said(acme, head, scripted, reply, budget, words):
    scripted(reply)
    Tenant.objects.update(daily_budget_microusd=budget * 1_000_000)

    job = draft(head)

    assert (job.state, job.message, head.article_id) == ("failed", words, None)
    assert Article.objects.count() == 1


def test_without_a_model_nothing_is_drafted(head):
    assert draft(head).message == "No model is set up, so nothing can be drafted."


def test_while_a_draft_is_being_written_no_second_one_begins(head):
    for _ in range(2):
        start_draft(head, user_id=None, now=timezone.now())

    assert Job.objects.count() == 1


def test_another_business_question_is_not_drafted_for(head, rival, scripted):
    model = scripted(DRAFT)
    asked = {"tenant": rival, "user_id": None, "settings": {"question": head.pk}, "now": timezone.now()}

    job = tenant_services.start_job("widget.draft", **asked)
    jobs.run_slice(job, now=timezone.now())

    assert Job.objects.get(pk=job).message == "This question is no longer there."
    assert model.calls == 0


def test_a_question_that_is_gone_is_said_to_be(head, scripted):
    scripted(DRAFT)
    start_draft(head, user_id=None, now=timezone.now())
    UnansweredQuestion.objects.all().delete()

    jobs.run_slice(Job.objects.get().pk, now=timezone.now())

    assert Job.objects.get().message == "This question is no longer there."
