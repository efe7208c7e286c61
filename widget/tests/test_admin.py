"""Conversations, unanswered questions and the home page, as staff see them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from caty.tests.admin_cast import OPERATOR, client_of, make_conversation, make_delivery, make_world
from tenants import knowledge
from tenants.knowledge import articles
from tenants.models import Article, Spending, Tenant
from widget.models import Answer, Message, Session, UnansweredQuestion
from widget.queries import conversation_url


@pytest.fixture
def session(acme):
    return make_conversation(acme, "acme")


def page_of(client, url) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_a_transcript_shows_each_line_and_what_the_answer_took(acme, session):
    Answer.objects.filter(session=session).update(
        model="claude-x",
        input_tokens=1000,
        cache_read_tokens=200,
        output_tokens=50,
        cost_microusd=2300,
        duration_ms=1840,
    )
    page = page_of(client_of("viewer", acme), f"/admin/widget/session/{session.pk}/change/")
    for words in ("acme asks", "acme answers", "Answered by Claude", "claude-x", "1200 / 50", "0.23 ¢", "1.8 seconds"):
        assert words in page


def test_a_transcript_names_the_articles_an_answer_is_made_of(acme, rival, session):
    theirs = articles.save_article(rival, articles.ArticleText(title="Theirs", body="Secret."))
    ours = articles.save_article(acme, articles.ArticleText(title="Our <b>hours</b>", body="From nine to five."))
    for tenant in (acme, rival):
        knowledge.rebuild(tenant.pk)
    used = [f"p{article.passages.get().pk}" for article in (ours, theirs)]
    Answer.objects.filter(session=session).update(passages_used=[*used, used[0], "p0", "nonsense"])
    page = page_of(client_of("viewer", acme), f"/admin/widget/session/{session.pk}/change/")
    assert page.count(f'href="/admin/tenants/article/{ours.pk}/change/">Our &lt;b&gt;hours&lt;/b&gt;</a>') == 1
    assert "3 texts changed since" in page
    assert "Theirs" not in page


def test_a_transcript_says_why_a_person_was_offered_and_that_an_answer_was_repeated(acme, session):
    Answer.objects.filter(session=session).update(handoff_reason="low_confidence", is_repeat=True)
    Session.objects.filter(pk=session.pk).update(handoff_requested_at=timezone.now(), handoff_reason="complaint")

    page = page_of(client_of("viewer", acme), f"/admin/widget/session/{session.pk}/change/")

    assert "two answers in a row were none" in page
    assert "the visitor complained" in page
    assert "in another conversation that began with this question" in page


def test_the_address_in_mails_leads_to_the_transcript(acme, session):
    path = conversation_url(session.reference).removeprefix("https://caty.example")
    assert "acme asks" in page_of(client_of("viewer", acme), path)


def test_what_visitors_type_is_never_markup(acme, session):
    bad = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    session.messages.filter(role="visitor").update(content=bad)
    session.lead.name = bad
    session.lead.save()
    Session.objects.filter(pk=session.pk).update(first_page_title=bad, referrer=bad, intent=bad)
    client = client_of("owner", acme)
    for url in (
        "/admin/widget/session/",
        f"/admin/widget/session/{session.pk}/change/",
        "/admin/leads/lead/",
        f"/admin/leads/lead/{session.lead_id}/change/",
    ):
        page = page_of(client, url)
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_source_is_a_link_only_where_it_leads_to_the_web(acme, session):
    Message.objects.filter(session=session, role="assistant").update(
        sources=[
            {"title": "Good", "url": "https://acme.example/good"},
            {"title": "Bad", "url": "javascript:alert(1)"},
        ]
    )
    page = page_of(client_of("viewer", acme), f"/admin/widget/session/{session.pk}/change/")
    assert 'href="https://acme.example/good"' in page
    assert "javascript:alert" not in page


def test_why_claude_did_not_answer_is_said_in_words(acme, session):
    Answer.objects.filter(session=session).update(fallback_reason="no_budget", is_unanswered=True)
    page = page_of(client_of("viewer", acme), f"/admin/widget/session/{session.pk}/change/")
    assert "the AI budget was used up" in page
    assert "This question stayed unanswered." in page


def test_the_list_leaves_out_who_only_looked(acme, session):
    silent = make_conversation(acme, "silent")
    Session.objects.filter(pk=silent.pk).update(message_count=0)
    client = client_of("viewer", acme)
    assert "silent asks" not in page_of(client, "/admin/widget/session/")
    assert "silent asks" in page_of(client, "/admin/widget/session/?wrote=no")


@pytest.mark.parametrize(("query", "is_shown"), [("answered=no", True), ("answered=yes", False), ("person=yes", False)])
def test_conversations_are_filtered_by_questions(acme, session, query, is_shown):
    Answer.objects.filter(session=session).update(is_unanswered=True)
    page = page_of(client_of("viewer", acme), f"/admin/widget/session/?{query}")
    assert ("acme asks" in page) is is_shown


def rate(session, rating):
    session.messages.filter(role="assistant").update(rating=rating)


@pytest.mark.parametrize(("rating", "words"), [("up", "👍 The visitor found this: Helpful"), ("down", "Not helpful")])
def test_a_transcript_shows_what_the_visitor_thought_of_an_answer(acme, session, rating, words):
    url = f"/admin/widget/session/{session.pk}/change/"
    client = client_of("viewer", acme)
    assert "The visitor found this" not in page_of(client, url)

    rate(session, rating)

    assert words in page_of(client, url)


@pytest.mark.parametrize(
    ("rating", "query", "is_shown"), [("down", "down", True), ("up", "down", False), ("up", "up", True)]
)
def test_conversations_are_filtered_by_thumbs(acme, session, rating, query, is_shown):
    rate(session, rating)

    page = page_of(client_of("viewer", acme), f"/admin/widget/session/?rated={query}")

    assert ("acme asks" in page) is is_shown


@pytest.fixture
def question(acme):
    now = timezone.now()
    return UnansweredQuestion.objects.create(
        tenant=acme, fingerprint="f", text="Do you sell gift cards?", first_asked_at=now, last_asked_at=now, times=4
    )


def test_an_unanswered_question_becomes_an_article(acme, question):
    client = client_of("editor", acme)
    url = f"/admin/widget/unansweredquestion/{question.pk}/answer/"
    assert 'value="Do you sell gift cards?"' in page_of(client, url)
    client.post(url, {"title": "Do you sell gift cards?", "body": "Yes, from 10 €.", "variants": ""})
    article = Article.objects.get(tenant=acme)
    question.refresh_from_db()
    assert (article.body, article.is_published) == ("Yes, from 10 €.", True)
    assert (question.article, question.state) == (article, "open")
    assert Tenant.objects.get(pk=acme.pk).knowledge_version == acme.knowledge_version + 1


def test_a_viewer_answers_and_ignores_nothing(acme, question):
    client = client_of("viewer", acme)
    url = f"/admin/widget/unansweredquestion/{question.pk}/answer/"
    assert client.post(url, {"title": "T", "body": "B"}).status_code == 403
    client.post("/admin/widget/unansweredquestion/", {"action": "ignore", "_selected_action": [question.pk]})
    question.refresh_from_db()
    assert (Article.objects.count(), question.state) == (0, "open")


def test_a_question_that_is_not_ours_leaves_the_list(acme, question):
    client = client_of("editor", acme)
    client.post("/admin/widget/unansweredquestion/", {"action": "ignore", "_selected_action": [question.pk]})
    assert "gift cards" not in page_of(client, "/admin/widget/unansweredquestion/")
    assert "gift cards" in page_of(client, "/admin/widget/unansweredquestion/?which=ignored")


def test_the_home_page_counts_like_questions_once(acme, session, question):
    now = timezone.now()
    for group in (question, None):
        UnansweredQuestion.objects.create(
            tenant=acme, fingerprint=str(group), text="?", group=group, first_asked_at=now, last_asked_at=now
        )
    assert "2 questions wait for an article" in page_of(client_of("owner", acme), "/admin/")


def test_the_home_page_counts_thumbs_where_there_are_any(acme, rival, session):
    rate(make_conversation(rival, "rival"), "up")
    client = client_of("owner", acme)
    assert "found helpful" not in page_of(client, "/admin/")

    rate(session, "down")

    page = page_of(client, "/admin/")
    assert "0 found helpful" in page
    assert "1 not helpful" in page


def test_the_home_page_counts_the_week(acme, rival):
    session = make_conversation(acme, "acme")
    make_delivery(session.lead, "acme")
    old = make_conversation(acme, "old")
    Session.objects.filter(pk=old.pk).update(started_at=timezone.now() - timedelta(days=8))
    make_world(rival)
    month = timezone.now().date().replace(day=1)
    Spending.objects.create(tenant=acme, period="month", begins_on=month, spent_microusd=3_420_000)
    context = client_of("owner", acme).get("/admin/").context
    assert context["chats"] == 1
    assert context["answers"]["by_claude"] == 2
    assert (context["leads"]["total"], context["leads"]["cold"]) == (2, 2)
    assert context["deliveries"] == {"delivered": 0, "waiting": 0, "failed": 1}
    assert (context["money"]["cost_shown"], context["money"]["share"]) == ("$3.42", 7)


def test_an_empty_home_page_says_what_to_do(acme):
    said = {"owner": "Set up in five minutes", "editor": "Three steps to your first answer"}
    for role, words in said.items():
        assert words in page_of(client_of(role, acme), "/admin/")
    make_conversation(acme, "acme")
    for role, words in said.items():
        assert words not in page_of(client_of(role, acme), "/admin/")


def test_the_operator_sees_what_each_business_costs(acme, rival):
    month = timezone.now().date().replace(day=1)
    Spending.objects.create(tenant=rival, period="month", begins_on=month, spent_microusd=9_000_000)
    rows = client_of(OPERATOR).get("/admin/").context["tenants"]
    assert [(row["tenant"].name, row["cost_shown"]) for row in rows] == [("Rival", "$9.00"), ("Acme", "$0.00")]


def queries_of(client, url) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_home_page_asks_the_same_number_of_questions_whatever_there_is(acme, rival):
    make_world(acme)
    few = [queries_of(client_of(person, acme), "/admin/") for person in ("owner", OPERATOR)]
    for mark in "abc":
        make_world(acme, mark)
        make_world(rival, mark)
    assert [queries_of(client_of(person, acme), "/admin/") for person in ("owner", OPERATOR)] == few


def test_who_may_not_answer_is_not_offered_to(acme):
    make_world(acme)
    assert "Answer this" in page_of(client_of("editor", acme), "/admin/widget/unansweredquestion/")
    assert "Answer this" not in page_of(client_of("viewer", acme), "/admin/widget/unansweredquestion/")
