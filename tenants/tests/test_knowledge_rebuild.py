import threading

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from tenants import knowledge
from tenants.knowledge import rebuilding, serialise
from tenants.knowledge.articles import ArticleText, announce_change, delete_article, save_article
from tenants.models import KnowledgeIndex, Passage, Tenant
from tenants.tests.knowledge_cases import SHOP, make_tenant, teach

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(db):
    return make_tenant("Acme")


@pytest.fixture
def rival(db):
    return make_tenant("Rival")


def references(tenant) -> dict[str, int]:
    return {row.body: row.pk for row in Passage.objects.for_tenant(tenant)}


def test_an_index_says_what_it_was_built_of(acme):
    teach(acme, *SHOP)

    row = KnowledgeIndex.objects.get(tenant=acme)

    assert (row.version, row.passage_count) == (5, 5)
    assert row.token_count == 275
    assert row.calibration == {"format": serialise.FORMAT, "question": 0.6, "chunk": 0.65, "left_out": 0}
    assert sorted(serialise.load(row.blob).references) == sorted(references(acme).values())


def test_passages_that_did_not_change_keep_their_references(acme):
    articles = teach(acme, *SHOP)
    before = references(acme)
    save_article(acme, ArticleText(title="Can I return a lamp?", body="No longer."), article_id=articles[1].pk)

    knowledge.rebuild(acme.pk)

    after = references(acme)
    assert {body for body in before if before[body] != after.get(body)} == {SHOP[1].body}
    assert after["No longer."] not in before.values()


def test_pieces_that_move_within_their_page_keep_their_references(acme):
    (page,) = teach(acme, ArticleText(title="Page", kind="page", body="# A\n\nOne.\n\n# B\n\nTwo."))
    before = references(acme)
    save_article(acme, ArticleText(title="Page", kind="page", body="# B\n\nTwo.\n\n# A\n\nOne."), article_id=page.pk)

    knowledge.rebuild(acme.pk)

    assert references(acme) == before
    assert [row.body for row in page.passages.order_by("position")] == ["Two.", "One."]


def test_articles_taken_back_lose_their_passages(acme):
    article = teach(acme, *SHOP)[0]
    save_article(acme, ArticleText(title=article.title, body=article.body, is_published=False), article_id=article.pk)

    knowledge.rebuild(acme.pk)

    assert article.passages.count() == 0
    assert KnowledgeIndex.objects.get(tenant=acme).passage_count == 4


def test_nothing_is_done_where_the_index_is_up_to_date(acme):
    teach(acme, *SHOP)
    built_at = KnowledgeIndex.objects.get(tenant=acme).built_at

    knowledge.rebuild(acme.pk)

    assert KnowledgeIndex.objects.get(tenant=acme).built_at == built_at


def test_a_tenant_that_is_gone_is_no_error(db):
    knowledge.rebuild(987654)

    assert KnowledgeIndex.objects.count() == 0


def test_a_newer_index_is_not_replaced_by_an_older_one(acme):
    teach(acme, *SHOP)
    outrun = rebuilding._build(Tenant.objects.get(pk=acme.pk))
    newest = KnowledgeIndex.objects.get(tenant=acme)
    KnowledgeIndex.objects.filter(pk=newest.pk).update(version=99)
    before = references(acme)
    delete_article(acme, article_id=outrun.drafts[0].article_id)

    assert rebuilding._store(acme, outrun) is False
    row = KnowledgeIndex.objects.get(tenant=acme)
    assert (row.version, row.blob) == (99, newest.blob)
    assert references(acme).items() <= before.items()


def test_an_article_deleted_while_the_index_is_built_leaves_a_gap_that_is_never_shown(acme):
    articles = teach(acme, *SHOP)
    announce_change(acme)
    built = rebuilding._build(Tenant.objects.get(pk=acme.pk))
    delete_article(acme, article_id=articles[0].pk)

    assert rebuilding._store(acme, built) is True

    found = knowledge.search(acme, "how long does delivery take").passages
    assert articles[0].pk not in {passage.article_id for passage in found}
    assert knowledge.search(acme, "aurora bulbs").passages[0].article_id == articles[2].pk


def test_what_is_beyond_the_bound_is_counted(acme, monkeypatch):
    monkeypatch.setattr(rebuilding, "MOST_PASSAGES", 3)

    teach(acme, *SHOP)

    row = KnowledgeIndex.objects.get(tenant=acme)
    assert (row.passage_count, row.calibration["left_out"]) == (3, 2)


@pytest.mark.django_db(transaction=True)
def test_two_rebuilds_at_once_make_every_passage_once(acme):
    for text in SHOP:
        save_article(acme, text)
    failures = []

    def rebuild_apart():
        try:
            knowledge.rebuild(acme.pk)
        except DatabaseError as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=rebuild_apart) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert failures == []
    assert Passage.objects.for_tenant(acme).count() == 5
    assert knowledge.search(acme, "aurora bulbs").passages != ()


def test_one_tenants_rebuild_leaves_anothers_rows_alone(acme, rival):
    teach(rival, *SHOP)
    before = references(rival), KnowledgeIndex.objects.get(tenant=rival).built_at

    teach(acme, SHOP[0])

    assert (references(rival), KnowledgeIndex.objects.get(tenant=rival).built_at) == before


def test_stale_missing_and_outdated_indexes_are_hinted(acme, rival, django_capture_on_commit_callbacks):
    teach(acme, *SHOP)
    outdated = make_tenant("Outdated")
    teach(outdated, SHOP[0])
    KnowledgeIndex.objects.filter(tenant=outdated).update(calibration={"format": 0})
    unlabelled = make_tenant("Unlabelled")
    KnowledgeIndex.objects.create(
        tenant=unlabelled, version=1, blob=b"", passage_count=0, token_count=0, built_at=timezone.now()
    )
    Tenant.objects.filter(pk=make_tenant("Closed").pk).update(is_active=False)

    with django_capture_on_commit_callbacks() as hinted:
        count = knowledge.rebuild_stale()

    sent = sorted(callback.args[1]["tenant_id"] for callback in hinted)
    assert sent == [rival.pk, outdated.pk, unlabelled.pk]
    assert count == 3


def test_a_rebuild_takes_the_same_queries_for_many_articles(acme, rival, django_assert_max_num_queries):
    for number in range(60):
        save_article(rival, ArticleText(title=f"Lamp {number}?", body="A lamp."))
    save_article(acme, SHOP[0])

    with django_assert_max_num_queries(16):
        knowledge.rebuild(acme.pk)
    with django_assert_max_num_queries(16):
        knowledge.rebuild(rival.pk)
