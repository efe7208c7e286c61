"""Questions asked in vain, sorted into groups, and asked again once an article is to answer them."""

import pytest
from django.utils import timezone

from tenants import knowledge
from tenants.knowledge.articles import ArticleText, publish_article, save_article
from widget.models import UnansweredQuestion
from widget.services import questions
from widget.services.question_groups import answer_by, group_of, take_out
from widget.services.questions import hint_sorters, sort_questions

pytestmark = pytest.mark.django_db
MALTA = ("Do you ship to Malta?", "shipping to malta", "can you ship this to malta")
GIFTS = ("Do you sell gift cards?", "gift card")


def ask(tenant, *texts: str, **columns) -> list[UnansweredQuestion]:
    now = timezone.now()
    columns = {"first_asked_at": now, "last_asked_at": now, **columns}
    return [
        UnansweredQuestion.objects.create(
            tenant=tenant, fingerprint=text, text=text, times=len(texts) - place, **columns
        )
        for place, text in enumerate(texts)
    ]


def groups(tenant) -> list[list[str]]:
    rows = UnansweredQuestion.objects.for_tenant(tenant)
    heads = rows.filter(pk__in=rows.values("group")).order_by("pk")
    return [[question.text for question in group_of(head)] for head in heads]


def states(tenant) -> list[str]:
    return list(UnansweredQuestion.objects.for_tenant(tenant).order_by("pk").values_list("state", flat=True))


def teach(tenant, **text):
    article = save_article(tenant, ArticleText(**text))
    knowledge.rebuild(tenant.pk)
    return article


def test_like_questions_become_a_group_whatever_they_come_between(acme):
    ask(acme, MALTA[0], GIFTS[0], *MALTA[1:], GIFTS[1])

    assert hint_sorters() == 1
    assert sort_questions(tenant_id=acme.pk) == 5

    assert groups(acme) == [list(MALTA), list(GIFTS)]
    assert hint_sorters() == 0


def test_a_later_question_joins_the_group_that_is_there(acme):
    ask(acme, MALTA[0], GIFTS[0])
    sort_questions(tenant_id=acme.pk)

    ask(acme, MALTA[1])
    sort_questions(tenant_id=acme.pk)

    assert groups(acme) == [list(MALTA[:2]), [GIFTS[0]]]


def test_a_group_that_is_none_of_ours_takes_in_no_new_question(acme):
    ask(acme, MALTA[0], state="ignored")
    sort_questions(tenant_id=acme.pk)

    ask(acme, MALTA[1])
    sort_questions(tenant_id=acme.pk)

    assert groups(acme) == [[MALTA[0]], [MALTA[1]]]


def test_only_the_newest_groups_are_compared(acme, monkeypatch):
    monkeypatch.setattr(questions, "GROUPS_COMPARED", 1)
    ask(acme, MALTA[0], last_asked_at=timezone.now() - timezone.timedelta(days=1))
    ask(acme, GIFTS[0])
    sort_questions(tenant_id=acme.pk)

    ask(acme, MALTA[1])
    sort_questions(tenant_id=acme.pk)

    assert groups(acme) == [[MALTA[0]], [GIFTS[0]], [MALTA[1]]]


def test_questions_of_another_business_are_no_company(acme, rival):
    ask(acme, MALTA[0])
    ask(rival, MALTA[1])
    for tenant in (acme, rival):
        sort_questions(tenant_id=tenant.pk)

    assert (groups(acme), groups(rival)) == ([[MALTA[0]]], [[MALTA[1]]])


@pytest.mark.parametrize("place", [0, 1])
def test_a_wording_can_be_taken_out_of_its_group(acme, place):
    asked = ask(acme, *MALTA)
    sort_questions(tenant_id=acme.pk)
    asked[place].refresh_from_db()

    take_out(asked[place])

    rest = [text for text in MALTA if text != MALTA[place]]
    assert sorted(groups(acme)) == sorted([rest, [MALTA[place]]])


def test_what_is_done_about_a_group_stays_with_those_that_stay(acme):
    head, *_ = ask(acme, *MALTA)
    sort_questions(tenant_id=acme.pk)
    article = save_article(acme, ArticleText(title=MALTA[0], body="Yes."))
    head.refresh_from_db()
    answer_by(head, article)

    head.refresh_from_db()
    take_out(head)

    assert list(UnansweredQuestion.objects.order_by("pk").values_list("article", flat=True)) == [None, article.pk, None]


def test_a_question_that_is_answered_before_it_was_sorted_keeps_its_article(acme):
    ask(acme, MALTA[0])
    sort_questions(tenant_id=acme.pk)
    [early] = ask(acme, MALTA[1])
    article = teach(acme, title=MALTA[1], body="Yes, within five days.")

    answer_by(early, article)
    sort_questions(tenant_id=acme.pk)

    assert groups(acme) == [[MALTA[0]], [MALTA[1]]]
    assert states(acme) == ["open", "done"]


def test_a_head_that_is_deleted_leaves_its_group_to_be_sorted_anew(acme):
    head, *_ = ask(acme, *MALTA)
    sort_questions(tenant_id=acme.pk)

    UnansweredQuestion.objects.get(pk=head.pk).delete()

    assert sort_questions(tenant_id=acme.pk) == 2
    assert groups(acme) == [list(MALTA[1:])]


def test_an_article_that_answers_a_group_marks_its_wordings_answered(acme):
    head, *_ = ask(acme, *MALTA, GIFTS[0])
    sort_questions(tenant_id=acme.pk)
    article = teach(acme, title=MALTA[0], body="Yes, within five days.", variants=MALTA[1:])
    assert hint_sorters() == 0

    UnansweredQuestion.objects.filter(pk=head.pk).update(article=article)
    assert hint_sorters() == 1
    sort_questions(tenant_id=acme.pk)

    assert states(acme) == ["done", "done", "done", "open"]
    assert hint_sorters() == 0


@pytest.mark.parametrize(("asked_ago", "state"), [(-1, "open"), (1, "done")])
def test_another_article_answers_it_only_if_it_is_newer_than_the_question(acme, asked_ago, state):
    teach(acme, title=MALTA[0], body="Yes, within five days.")
    other = teach(acme, title="Do you sell gift cards?", body="Yes.")
    [head] = ask(acme, MALTA[0], last_asked_at=timezone.now() - timezone.timedelta(minutes=asked_ago))
    sort_questions(tenant_id=acme.pk)

    UnansweredQuestion.objects.filter(pk=head.pk).update(article=other)
    sort_questions(tenant_id=acme.pk)

    assert states(acme) == [state]


def test_a_group_is_asked_once_for_each_version_of_the_knowledge(acme):
    head, *_ = ask(acme, "How long does the post take to the islands in the south?")
    sort_questions(tenant_id=acme.pk)
    article = teach(acme, title=MALTA[0], body="Yes, within five days.")
    UnansweredQuestion.objects.filter(pk=head.pk).update(article=article)
    sort_questions(tenant_id=acme.pk)
    assert (states(acme), hint_sorters()) == (["open"], 0)

    save_article(acme, ArticleText(title=head.text, body="Five days."), article_id=article.pk)
    assert hint_sorters() == 0
    knowledge.rebuild(acme.pk)
    assert hint_sorters() == 1
    sort_questions(tenant_id=acme.pk)

    assert states(acme) == ["done"]


def test_a_draft_answers_nothing_before_it_is_published(acme):
    head, *_ = ask(acme, MALTA[0])
    sort_questions(tenant_id=acme.pk)
    article = teach(acme, title=MALTA[0], body="Yes, within five days.", is_published=False)
    UnansweredQuestion.objects.filter(pk=head.pk).update(article=article)
    assert hint_sorters() == 0

    publish_article(acme, article_id=article.pk)
    knowledge.rebuild(acme.pk)
    sort_questions(tenant_id=acme.pk)

    assert states(acme) == ["done"]
