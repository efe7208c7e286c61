"""The pages of questions asked in vain: the list of groups, a group, and what staff do with it."""

import pytest
from django.utils import timezone

from tenants import jobs, knowledge
from tenants.knowledge.articles import ArticleText, publish_article, save_article
from tenants.models import Article, Job
from widget.models import UnansweredQuestion
from widget.services import questions
from widget.tests.test_drafting import DRAFT
from widget.tests.test_questions import GIFTS, MALTA, ask, states

pytestmark = pytest.mark.django_db
LIST = "/admin/widget/unansweredquestion/"


@pytest.fixture
def editor(cast, acme):
    return cast.client_of("editor", acme)


@pytest.fixture
def malta(acme):
    """The head of a group of three wordings, asked six times; beside it stands a group of two."""
    head, *_ = ask(acme, *MALTA)
    ask(acme, *GIFTS)
    questions.sort_questions(tenant_id=acme.pk)
    head.refresh_from_db()
    return head


def address(head, part: str = "change") -> str:
    return f"{LIST}{head.pk}/{part}/"


def page_of(client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def read_in(tenant) -> None:
    """What the worker does by and by."""
    knowledge.rebuild(tenant.pk)
    questions.sort_questions(tenant_id=tenant.pk)


def test_the_list_has_a_line_for_each_group_the_most_asked_first(acme, editor, malta):
    ask(acme, "Who won the cup?")

    page = page_of(editor, LIST)

    assert "6 times in 3 wordings" in page
    assert "3 times in 2 wordings" in page
    assert page.index(MALTA[0]) < page.index(GIFTS[0]) < page.index("Who won the cup?")
    assert MALTA[1] not in page
    assert "?which=done" in page


def test_the_list_finds_a_group_by_any_of_its_wordings(editor, malta):
    page = page_of(editor, LIST + "?q=can+you+ship+this")

    assert MALTA[0] in page
    assert GIFTS[0] not in page


def test_a_group_stands_where_its_open_wordings_are(acme, editor, malta):
    UnansweredQuestion.objects.filter(group=malta).update(state="done")
    UnansweredQuestion.objects.filter(text__in=GIFTS[:1]).update(state="ignored")

    assert MALTA[0] not in page_of(editor, LIST)
    assert GIFTS[0] in page_of(editor, LIST)
    assert MALTA[0] in page_of(editor, LIST + "?which=done")

    UnansweredQuestion.objects.filter(text__in=GIFTS).update(state="ignored")
    assert GIFTS[0] in page_of(editor, LIST + "?which=ignored")


def test_a_groups_page_says_how_why_and_what_is_answered_now(acme, cast, malta):
    UnansweredQuestion.objects.filter(text=MALTA[1]).update(unsure_times=1, unhelpful_times=2)
    article = save_article(acme, ArticleText(title=MALTA[1], body="Yes."))
    knowledge.rebuild(acme.pk)

    page = page_of(cast.client_of("viewer", acme), address(malta))

    assert "Asked 6 times in 3 wordings" in page
    for words in (*MALTA, "not known", "answered without being sure, found unhelpful", "Answered outright from"):
        assert words in page
    assert f"/admin/tenants/article/{article.pk}/change/" in page
    assert "Write the answer" not in page
    assert "Not the same question" not in page


def test_what_visitors_typed_is_never_markup(acme, editor):
    [head] = ask(acme, "<script>alert(1)</script> bees?")

    assert "<script>alert(1)" not in page_of(editor, address(head))


def test_at_most_twenty_wordings_are_shown(acme, editor):
    head, *_ = ask(acme, *(f"Do you sell bees number {n}" for n in range(22)))
    UnansweredQuestion.objects.update(group=head)

    page = page_of(editor, address(head))

    assert "2 further wordings are not shown" in page


def test_a_wording_leads_to_the_page_of_its_group(editor, malta):
    member = UnansweredQuestion.objects.get(text=MALTA[2])

    response = editor.get(address(member))

    assert (response.status_code, response.url) == (302, address(malta))


def test_an_answer_to_a_wording_is_one_to_its_group(editor, malta):
    member = UnansweredQuestion.objects.get(text=MALTA[2])
    assert f'value="{MALTA[0]}"' in page_of(editor, address(member, "answer"))

    response = editor.post(address(member, "answer"), {"title": MALTA[0], "body": "Yes.", "variants": ""})

    malta.refresh_from_db()
    assert (response.url, malta.article.body) == (address(malta), "Yes.")


def test_an_answer_takes_the_wordings_along_stripped_and_is_asked_for_again(acme, editor, malta):
    ask(acme, "ship to malta please, my name is Jane Doe")
    questions.sort_questions(tenant_id=acme.pk)
    page = page_of(editor, address(malta, "answer"))
    assert "ship to malta please, my name is …" in page
    assert "Jane" not in page

    text = {"title": MALTA[0], "body": "Yes, within five days.", "variants": "\n".join(MALTA[1:]), "kind": "question"}
    response = editor.post(address(malta, "answer"), text)
    assert response.url == address(malta)
    page = page_of(editor, response.url)
    assert "is not read in yet" in page
    assert "data-open" in page

    knowledge.rebuild(acme.pk)
    assert "All of this is being asked again." in page_of(editor, address(malta, "progress"))
    questions.sort_questions(tenant_id=acme.pk)

    page = page_of(editor, address(malta, "progress"))
    assert "data-open" not in page
    assert "What is still open below is not answered outright by" in page
    UnansweredQuestion.objects.filter(text__contains="Jane").delete()
    assert "All of this is answered." in page_of(editor, address(malta, "progress"))
    assert Article.objects.get().variants == list(MALTA[1:])


def test_wordings_go_to_an_article_that_is_there_once_they_are_ticked(acme, editor, malta):
    article = save_article(acme, ArticleText(title="Where do you ship?", body="To all of the EU, Malta too."))
    save_article(acme, ArticleText(title="About us", body="We are old.", kind="page"))
    knowledge.rebuild(acme.pk)
    page = page_of(editor, address(malta, "add"))
    assert "Where do you ship?" in page
    assert "About us" not in page

    data = {
        "article": article.pk,
        "take_1": "on",
        "wording_0": MALTA[0],
        "wording_1": "ship it to Malta",
        "wording_2": "",
    }
    response = editor.post(address(malta, "add"), data)

    assert response.url == address(malta)
    article.refresh_from_db()
    malta.refresh_from_db()
    assert (article.variants, malta.article) == (["ship it to Malta"], article)
    read_in(acme)
    assert states(acme)[:3] == ["done", "done", "done"]


@pytest.mark.parametrize(
    ("there", "data", "words"),
    [
        (0, {}, "Tick at least one wording."),
        (8, {"take_0": "on", "take_1": "on"}, "There is room for 1 more way to ask on this article."),
    ],
)
def test_why_wordings_are_not_taken_is_said(acme, editor, malta, there, data, words):
    variants = tuple(f"way {n}" for n in range(there))
    article = save_article(acme, ArticleText(title="Where?", body="Here.", variants=variants))

    data = {"article": article.pk, "wording_0": "one", "wording_1": "two", "wording_2": "", **data}
    response = editor.post(address(malta, "add"), data)

    assert words in response.content.decode()
    article.refresh_from_db()
    assert article.variants == list(variants)


def test_another_business_article_takes_no_wordings(acme, rival, editor, malta):
    theirs = save_article(rival, ArticleText(title="Where do you ship?", body="Nowhere."))
    save_article(acme, ArticleText(title="Ours?", body="Yes."))

    page = editor.post(address(malta, "add"), {"article": theirs.pk, "take_0": "on", "wording_0": "x"}).content.decode()

    assert "Where do you ship?" not in page
    theirs.refresh_from_db()
    assert theirs.variants == []


def test_claude_drafts_and_a_colleague_publishes(acme, editor, malta, scripted):
    scripted(DRAFT)
    assert "Let Claude draft it" in page_of(editor, address(malta))

    editor.post(address(malta, "do/draft"))
    page = page_of(editor, address(malta))
    assert "Claude is writing a draft." in page
    assert "Let Claude draft it" not in page
    jobs.run_slice(Job.objects.get().pk, now=timezone.now())

    article = Article.objects.get()
    page = page_of(editor, address(malta, "progress"))
    assert "data-open" not in page
    assert f"/admin/tenants/article/{article.pk}/change/" in page
    use = f"/admin/tenants/article/{article.pk}/do/use_new/"
    assert "Fill in what stands in [brackets] first." in editor.post(use, follow=True).content.decode()
    Article.objects.update(body="Yes, to all of the EU, within [5 days](https://acme.example/malta).")
    editor.post(use)
    assert "is not read in yet" in page_of(editor, address(malta))
    read_in(acme)
    assert "All of this is answered." in page_of(editor, address(malta))


def test_a_draft_that_failed_says_why(editor, malta, scripted):
    scripted("nonsense")
    editor.post(address(malta, "do/draft"))

    jobs.run_slice(Job.objects.get().pk, now=timezone.now())

    assert "Claude gave no usable draft this time." in page_of(editor, address(malta))


def test_without_a_model_no_draft_is_offered(editor, malta):
    assert "Let Claude draft it" not in page_of(editor, address(malta))

    editor.post(address(malta, "do/draft"))

    assert not Job.objects.exists()


@pytest.mark.parametrize(("action", "state"), [("set_aside", "ignored"), ("mark_answered", "done")])
def test_a_group_is_set_aside_or_settled_and_opened_again_as_a_whole(acme, editor, malta, action, state):
    editor.post(address(malta, f"do/{action}"))
    assert states(acme) == [state] * 3 + ["open"] * 2

    editor.post(address(malta, "do/open_again"))
    assert states(acme) == ["open"] * 5


@pytest.mark.parametrize(("action", "state"), [("ignore", "ignored"), ("settle", "done")])
def test_several_groups_are_set_aside_or_settled_at_once(acme, editor, malta, action, state):
    editor.post(LIST, {"action": action, "_selected_action": [malta.pk]})

    assert states(acme) == [state] * 3 + ["open"] * 2


def test_a_wording_that_is_another_question_is_taken_out(acme, editor, malta):
    member = UnansweredQuestion.objects.get(text=MALTA[2])

    response = editor.post(address(malta, "do/take_out"), {"wording": member.pk})

    assert response.url == address(malta)
    assert UnansweredQuestion.objects.get(pk=member.pk).group_id == member.pk


def test_a_wording_of_another_group_or_business_is_not_taken_out(acme, rival, editor, malta):
    [theirs] = ask(rival, "Rival bees?")
    for wording in (theirs.pk, UnansweredQuestion.objects.get(text=GIFTS[1]).pk, "x", "9" * 30):
        editor.post(address(malta, "do/take_out"), {"wording": wording})

    assert UnansweredQuestion.objects.filter(group=malta).count() == 3
    theirs.refresh_from_db()
    assert theirs.group_id is None


@pytest.mark.parametrize("part", ["answer", "add"])
def test_a_viewer_answers_nothing(cast, acme, malta, part):
    client = cast.client_of("viewer", acme)

    assert client.get(address(malta, part)).status_code == 403
    assert client.post(address(malta, part), {"title": "T", "body": "B"}).status_code == 403
    assert not Article.objects.exists()


def test_an_article_not_used_in_answers_is_told(acme, editor, malta):
    article = save_article(acme, ArticleText(title=MALTA[0], body="Yes."))
    UnansweredQuestion.objects.filter(pk=malta.pk).update(article=article)
    publish_article(acme, article_id=article.pk, is_published=False)

    assert "it is not used in answers" in page_of(editor, address(malta))
