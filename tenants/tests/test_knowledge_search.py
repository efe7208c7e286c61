import logging
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants import knowledge
from tenants.contracts import Found
from tenants.knowledge import loading
from tenants.knowledge.articles import ArticleText, delete_article, publish_article, save_article
from tenants.knowledge.probability import confidence, probability
from tenants.knowledge.ranking import rank
from tenants.models import KnowledgeIndex, Tenant
from tenants.tests.knowledge_cases import SHOP, make_tenant, teach

pytestmark = pytest.mark.django_db


def whole(tenant):
    return knowledge.consult(tenant, "lamp").whole


@pytest.fixture(autouse=True)
def _empty_cache():
    loading.cache.clear()
    yield
    loading.cache.clear()


@pytest.fixture
def acme(db):
    return make_tenant("Acme")


@pytest.fixture
def rival(db):
    return make_tenant("Rival")


def queries_of(call) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        call()
    return len(captured)


def test_a_question_is_answered_with_its_passage(acme):
    articles = teach(acme, *SHOP)

    found = knowledge.search(acme, "when does my parcel arrive")

    passage = found.passages[0]
    assert found.zone == "answer"
    assert passage.reference == f"p{articles[0].passages.get().pk}"
    assert passage.article_id == articles[0].pk
    assert passage.question == "How long does delivery take?"
    assert passage.url == "https://acme.example/delivery"
    assert passage.category == "Delivery"
    assert passage.score > 0


def test_what_is_told_of_an_answer_is_the_confidence_not_the_likelihood(acme):
    teach(acme, *SHOP)
    index = loading.find_index(acme, loading.read_state(acme))
    likelihood = probability(rank(index, "Can I return a lamp?").evidence)

    found = knowledge.search(acme, "Can I return a lamp?")

    assert (likelihood, found.probability) == (pytest.approx(0.9, abs=0.09), confidence(likelihood))
    assert found.probability < likelihood


def test_a_page_is_found_by_piece(acme):
    teach(acme, *SHOP)

    passage = knowledge.search(acme, "showroom open saturdays").passages[0]

    assert (passage.question, passage.heading, passage.title) == ("", "Visits", "Our workshop")
    assert passage.body == "The showroom is open on Saturdays."


def test_a_tenant_without_index_finds_nothing(acme):
    save_article(acme, SHOP[0])

    assert knowledge.search(acme, "delivery") == Found()
    assert whole(acme) == ()


def test_a_tenant_without_articles_finds_nothing(acme):
    knowledge.rebuild(acme.pk)

    assert knowledge.search(acme, "delivery") == Found()
    assert whole(acme) == ()


def test_another_tenants_knowledge_is_never_found_and_moves_no_score(acme, rival):
    teach(acme, *SHOP)
    before = knowledge.search(acme, "which bulbs for the aurora lamp")
    teach(rival, ArticleText(title="Aurora bulbs?", body="The rival's secret lamp bulbs."), *SHOP)

    loading.cache.clear()
    acme.refresh_from_db()
    knowledge.rebuild(acme.pk)

    assert knowledge.search(acme, "which bulbs for the aurora lamp") == before
    assert "secret" in knowledge.search(rival, "aurora bulbs").passages[0].body


def test_history_ranks_a_follow_up(acme):
    teach(acme, *SHOP)

    followed = knowledge.search(acme, "and the lamp?", history=["hello", "which bulbs fit"])

    assert followed.passages[0].question == "Which bulbs fit the Aurora lamp?"


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "a\0b", "\ud800", "?!", "x" * 10_000, "lamp " * 2_000, "😀", "%s' OR 1=1 --"]
)
def test_no_message_is_an_error(acme, text):
    teach(acme, *SHOP)

    assert knowledge.search(acme, text, history=[text]).zone in {"refuse", "suggest"}


def test_limit_is_kept_within_bounds(acme):
    teach(acme, *SHOP)

    assert len(knowledge.search(acme, "lamp workshop delivery", limit=0).passages) == 1
    assert len(knowledge.search(acme, "lamp workshop delivery", limit=2).passages) == 2


def test_a_search_takes_two_queries_whatever_the_number_of_articles(acme, django_assert_num_queries):
    teach(acme, *SHOP)
    knowledge.search(acme, "lamp")
    few = queries_of(lambda: knowledge.search(acme, "lamp"))
    teach(acme, *(ArticleText(title=f"Lamp {number}?", body="A lamp.") for number in range(40)))
    knowledge.search(acme, "lamp")

    assert (few, queries_of(lambda: knowledge.search(acme, "lamp", limit=50))) == (2, 2)


def test_consulting_small_knowledge_takes_one_query_and_finds_the_same(acme):
    teach(acme, *SHOP)
    knowledge.consult(acme, "lamp")

    assert knowledge.consult(acme, "lamp").found == knowledge.search(acme, "lamp")
    assert queries_of(lambda: knowledge.consult(acme, "lamp")) == 1


def test_an_article_taken_back_is_not_among_what_whole_gives_a_search(acme):
    article = teach(acme, *SHOP)[0]
    whole(acme)
    publish_article(acme, article_id=article.pk, is_published=False)

    found = knowledge.consult(acme, "when does my parcel arrive").found

    assert article.pk not in [passage.article_id for passage in found.passages]
    assert found.zone != "answer"


def test_the_old_index_serves_until_the_new_one_is_stored(acme):
    teach(acme, *SHOP)
    save_article(acme, ArticleText(title="Do you repair radios?", body="Yes, since May."))

    assert knowledge.search(acme, "aurora bulbs").passages[0].title == "Which bulbs fit the Aurora lamp?"
    assert knowledge.search(acme, "repair radios").passages == ()

    knowledge.rebuild(acme.pk)

    assert knowledge.search(acme, "repair radios").passages[0].title == "Do you repair radios?"


def test_an_article_taken_back_or_deleted_is_gone_before_the_rebuild(acme):
    articles = teach(acme, *SHOP)
    publish_article(acme, article_id=articles[2].pk, is_published=False)
    delete_article(acme, article_id=articles[1].pk)

    found = knowledge.search(acme, "return the aurora lamp bulbs, or visit the showroom")

    assert [passage.heading for passage in found.passages] == ["Visits"]
    assert found.zone == "suggest"
    assert {passage.article_id for passage in whole(acme)} == {articles[0].pk, articles[3].pk}


def test_a_damaged_index_is_logged_and_rebuilt_without_an_error(acme, caplog, django_capture_on_commit_callbacks):
    teach(acme, *SHOP)
    KnowledgeIndex.objects.for_tenant(acme).update(blob=b"not an index")

    with caplog.at_level(logging.ERROR), django_capture_on_commit_callbacks() as hinted:
        answers = [knowledge.search(acme, "aurora bulbs") for _ in range(3)]

    assert answers == [Found()] * 3
    assert len(hinted) == 1
    assert f"knowledge.index_unreadable tenant_id={acme.pk} version=5" in caplog.text

    knowledge.rebuild(acme.pk)

    assert knowledge.search(acme, "aurora bulbs").passages != ()


def test_a_damaged_new_index_leaves_the_old_one_in_use(acme):
    teach(acme, *SHOP)
    knowledge.search(acme, "aurora bulbs")
    KnowledgeIndex.objects.for_tenant(acme).update(blob=b"not an index", version=6)

    assert knowledge.search(acme, "aurora bulbs").passages != ()


def test_whoever_has_an_older_index_does_not_wait_for_a_load(acme):
    teach(acme, *SHOP)
    knowledge.search(acme, "aurora bulbs")
    KnowledgeIndex.objects.for_tenant(acme).update(version=6)
    lock = loading._loading[acme.pk]

    with lock:
        loads_none = queries_of(lambda: knowledge.search(acme, "aurora bulbs"))

    assert loads_none == 2
    assert queries_of(lambda: knowledge.search(acme, "aurora bulbs")) == 3


@pytest.mark.django_db(transaction=True)
def test_many_callers_at_once_load_an_index_once(acme, caplog):
    teach(acme, *SHOP)
    KnowledgeIndex.objects.for_tenant(acme).update(blob=b"not an index")
    results = []

    def ask():
        results.append(knowledge.search(acme, "aurora bulbs"))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    with caplog.at_level(logging.ERROR):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

    assert results == [Found()] * 8
    assert caplog.text.count("knowledge.index_unreadable") == 1


def test_whole_gives_small_knowledge_in_a_stable_order(acme):
    articles = teach(acme, *SHOP)

    passages = whole(acme)

    assert [passage.article_id for passage in passages] == [
        *(article.pk for article in articles[:3]),
        articles[3].pk,
        articles[3].pk,
    ]
    assert whole(acme) is passages
    assert queries_of(lambda: whole(acme)) == 1


def test_whole_gives_nothing_where_it_is_too_much_for_a_prompt(acme, settings):
    teach(acme, *SHOP)
    tokens = KnowledgeIndex.objects.get(tenant=acme).token_count

    settings.KNOWLEDGE_WHOLE_PROMPT_TOKENS = tokens
    assert len(whole(acme)) == 5
    settings.KNOWLEDGE_WHOLE_PROMPT_TOKENS = tokens - 1
    assert whole(acme) == ()


def test_the_tenants_language_decides_the_analysis(db):
    haus = make_tenant("Haus", language="de-DE")
    teach(haus, ArticleText(title="Wie lange dauert die Lieferung?", body="Drei Tage."))

    assert knowledge.search(haus, "Lieferungen dauern wie lang").zone == "answer"
    assert Tenant.objects.get(pk=haus.pk).knowledge_version == 2
