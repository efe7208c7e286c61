"""Try a question, as an editor does before visitors do."""

import pytest

from tenants import knowledge
from tenants.knowledge.articles import ArticleText, save_article
from tenants.models import Article, Spending, Tenant
from widget.models import Answer, Message, Session, UnansweredQuestion
from widget.tests.scripted_model import answer

pytestmark = pytest.mark.django_db
URL = "/admin/widget/unansweredquestion/try/"


@pytest.fixture
def editor(cast, acme):
    save_article(acme, ArticleText(title="Do you ship to Malta?", body="Yes, within five working days, for 12 euros."))
    save_article(acme, ArticleText(title="Can I return shoes?", body="Yes, for thirty days, unworn."))
    knowledge.rebuild(acme.pk)
    return cast.client_of("editor", acme)


def ask(client, tenant, question: str):
    return client.post(URL, {"tenant": tenant.pk, "question": question})


def test_an_answer_is_shown_with_the_texts_it_comes_from_and_why(editor, acme):
    response = ask(editor, acme, "Do you ship to Malta?")

    page = response.content.decode()
    assert "Yes, within five working days, for 12 euros." in page
    assert "enough to answer outright" in page
    assert f"/admin/tenants/article/{Article.objects.get(title='Do you ship to Malta?').pk}/change/" in page
    assert "No model is set up" in page


def test_a_refusal_says_why_and_leads_to_where_it_is_written_down(editor, acme):
    page = ask(editor, acme, "Who won the cup in 1974?").content.decode()

    assert "enough to answer outright" not in page
    assert "/admin/tenants/article/add/?title=Who+won+the+cup+in+1974%3F" in page


def test_the_models_answer_is_shown_beside_that_of_the_texts_and_paid_for(editor, acme, scripted):
    scripted(answer(content="Gladly, to Malta it takes five days."))

    page = ask(editor, acme, "Do you ship to Malta?").content.decode()

    assert "Gladly, to Malta it takes five days." in page
    assert "What they would read while the model is away" in page
    assert Spending.objects.filter(tenant=acme, spent_microusd__gt=0).exists()


def test_without_budget_the_texts_answer(editor, acme, scripted):
    model = scripted(answer(content="Gladly."))
    Tenant.objects.filter(pk=acme.pk).update(daily_budget_microusd=0)

    page = ask(editor, acme, "Do you ship to Malta?").content.decode()

    assert "The budget for AI is used up" in page
    assert model.prompts == []


def test_nothing_of_it_is_kept(editor, acme):
    ask(editor, acme, "Who won the cup in 1974?")

    for kept in (Session, Message, Answer, UnansweredQuestion):
        assert kept.objects.count() == 0


def test_another_business_is_not_asked(editor, rival):
    save_article(rival, ArticleText(title="Do you ship to Malta?", body="Rival words."))
    knowledge.rebuild(rival.pk)

    response = ask(editor, rival, "Do you ship to Malta?")

    assert response.status_code == 200
    assert "Rival words." not in response.content.decode()


def test_a_viewer_spends_nothing(cast, acme, editor):
    assert ask(cast.client_of("viewer", acme), acme, "Do you ship to Malta?").status_code == 403


def test_what_was_asked_and_written_is_never_markup(editor, acme):
    save_article(acme, ArticleText(title="<b>Bold</b> moves?", body="<script>alert(1)</script> moves boldly."))
    knowledge.rebuild(acme.pk)

    page = ask(editor, acme, "<b>Bold</b> moves?").content.decode()

    assert "<script>alert(1)" not in page
    assert "<b>Bold" not in page
