"""Wordings a model wrote: where they are missing, how they are kept, used, outdated and thrown away."""

from datetime import UTC, datetime, timedelta

import pytest

from caty.lib.errors import NotFound
from tenants import knowledge
from tenants.knowledge import articles, variants
from tenants.knowledge.articles import ArticleText, save_article
from tenants.knowledge.variants import Written, find_unvaried, finish, keep_written, pause, tenants_to_write_for
from tenants.knowledge.wordings import room_for, used_variants
from tenants.models import Article, Passage, Tenant, VariantProgress
from tenants.tests.knowledge_cases import SHOP, make_tenant, teach

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DELIVERY = {"en": ["where is my stuff"], "de": ["Wann kommt mein Paket?"]}


@pytest.fixture
def shop():
    return make_tenant("Lamps")


def write(tenant, article, by_language=DELIVERY) -> int:
    """Keep these wordings for the article as it is."""
    [unvaried] = [one for one in find_unvaried(tenant, most=50) if one.id == article.pk]
    return keep_written(tenant, {article.pk: Written(digest=unvaried.digest, by_language=by_language)})


def version_of(tenant) -> int:
    return Tenant.objects.get(pk=tenant.pk).knowledge_version


def unvaried_titles(tenant) -> list[str]:
    return [one.title for one in find_unvaried(Tenant.objects.get(pk=tenant.pk), most=50)]


def found(tenant, question: str) -> tuple[str, str]:
    finish(tenant, version=1)
    knowledge.rebuild(tenant.pk)
    result = knowledge.search(tenant, question)
    return result.zone, result.passages[0].title if result.passages else ""


def test_a_german_and_an_english_wording_find_an_english_article(shop):
    delivery, *_ = teach(shop, *SHOP)
    assert found(shop, "Wann kommt mein Paket?")[0] == "refuse"

    write(shop, delivery)

    assert found(shop, "Wann kommt mein Paket?") == ("answer", "How long does delivery take?")
    assert found(shop, "where is my stuff") == ("answer", "How long does delivery take?")


def test_pages_are_left_alone(shop):
    teach(shop, *SHOP)

    assert "Our workshop" not in unvaried_titles(shop)
    assert len(unvaried_titles(shop)) == 3


def test_what_is_not_used_in_answers_is_left_alone(shop):
    save_article(shop, ArticleText(title="Is it a secret?", body="Yes.", is_published=False))

    assert unvaried_titles(shop) == []


@pytest.mark.parametrize("end", [finish, pause])
def test_many_articles_wordings_come_in_one_version(shop, end):
    articles = teach(shop, *SHOP)
    before = version_of(shop)

    assert [write(shop, article) for article in articles[:3]] == [1, 1, 1]
    assert version_of(shop) == before
    assert unvaried_titles(shop) == []
    end(shop, version=before) if end is finish else end(shop, until=NOW, failures=1)

    assert version_of(shop) == before + 1


def test_after_forty_articles_the_index_is_told(shop, monkeypatch):
    monkeypatch.setattr(variants, "MOST_UNREAD", 2)
    articles = teach(shop, *SHOP)
    before = version_of(shop)

    versions = [write(shop, article) and version_of(shop) - before for article in articles[:3]]

    assert versions == [0, 1, 1]


def test_nothing_useful_moves_no_version_and_is_not_asked_for_again(shop):
    article = save_article(shop, SHOP[1])
    before = version_of(shop)

    assert write(shop, article, {}) == 0
    finish(shop, version=before)

    assert version_of(shop) == before
    assert unvaried_titles(shop) == []


@pytest.mark.parametrize("change", [{"title": "May I return it?"}, {"body": "Other words."}])
def test_a_changed_article_is_written_for_again(shop, change):
    article = save_article(shop, SHOP[1])
    write(shop, article)

    Article.objects.filter(pk=article.pk).update(**change)

    assert len(unvaried_titles(shop)) == 1


def test_another_language_has_all_written_for_again(shop):
    write(shop, save_article(shop, SHOP[1]))

    Tenant.objects.filter(pk=shop.pk).update(languages=["fr"])

    assert unvaried_titles(shop) == ["Can I return a lamp?"]


def test_wordings_of_another_title_find_nothing(shop):
    delivery, *_ = teach(shop, *SHOP)
    write(shop, delivery)

    save_article(shop, ArticleText(title="Who made the Aurora?", body="Two sisters."), article_id=delivery.pk)

    assert found(shop, "Wann kommt mein Paket?")[0] == "refuse"


def test_new_wordings_leave_a_passage_its_reference(shop):
    delivery, *_ = teach(shop, *SHOP)
    before = set(Passage.objects.values_list("pk", flat=True))

    write(shop, delivery)
    finish(shop, version=1)
    knowledge.rebuild(shop.pk)

    assert set(Passage.objects.values_list("pk", flat=True)) == before
    passage = Passage.objects.get(article=delivery)
    assert passage.variants == [*SHOP[0].variants, "Wann kommt mein Paket?", "where is my stuff"]


def test_a_wording_thrown_away_does_not_come_back(shop):
    delivery, *_ = teach(shop, *SHOP)
    write(shop, delivery)

    variants.throw_away(shop, article_id=delivery.pk, wordings=["Wann kommt mein Paket?"])
    variants.write_anew(shop, article_id=delivery.pk)
    write(shop, delivery, {"de": ["wann kommt mein paket", "Lieferdauer?"]})

    assert Article.objects.get(pk=delivery.pk).written_variants == {"de": ["Lieferdauer?"]}


def test_another_tenants_article_can_not_be_touched(shop, rival):
    theirs = save_article(rival, SHOP[0])

    for act in (variants.write_anew, lambda *one, **of: variants.throw_away(*one, **of, wordings=["x"])):
        with pytest.raises(NotFound):
            act(shop, article_id=theirs.pk)
    assert keep_written(shop, {theirs.pk: Written(digest="x", by_language=DELIVERY)}) == 0
    assert Article.objects.get(pk=theirs.pk).written_variants == {}


def test_the_title_of_another_article_is_told(shop):
    teach(shop, *SHOP)

    assert variants.titles_among(shop, ["can i return a lamp", "where is it?"]) == ["Can I return a lamp?"]


def test_those_typed_come_first_and_languages_take_turns():
    written = {"en": [f"e{n}" for n in range(20)], "de": ["d0", "T1!"], "fr": ["f0"]}

    assert used_variants(["t0", "t1"], written, most=8) == ("t0", "t1", "e0", "d0", "f0", "e1", "e2", "e3")
    assert len(used_variants(["t0", "t1"], written, most=40)) == 2 + 9 + 1 + 1


def test_what_people_typed_is_used_however_many_questions_there_are():
    assert used_variants(["t0", "t1"], {"en": ["e0"]}, most=1) == ("t0", "t1")
    assert [room_for(questions) for questions in (0, 150, 2_000, 20_000, 50_000)] == [40, 40, 20, 2, 0]


def test_a_tenant_is_written_for_until_its_knowledge_is_complete(shop):
    assert tenants_to_write_for(now=NOW, most=10) == []
    save_article(shop, SHOP[1])
    assert tenants_to_write_for(now=NOW, most=10) == [shop.pk]

    finish(shop, version=version_of(shop))
    assert tenants_to_write_for(now=NOW, most=10) == []

    articles.announce_change(shop)
    assert tenants_to_write_for(now=NOW, most=10) == [shop.pk]
    VariantProgress.objects.update(due_at=NOW + timedelta(seconds=1))
    assert tenants_to_write_for(now=NOW, most=10) == []


@pytest.mark.parametrize("column", ["is_active", "writes_variants"])
def test_a_tenant_that_is_switched_off_is_not_written_for(shop, column):
    save_article(shop, SHOP[1])

    Tenant.objects.filter(pk=shop.pk).update(**{column: False})

    assert tenants_to_write_for(now=NOW, most=10) == []
