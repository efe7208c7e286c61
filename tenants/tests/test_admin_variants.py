"""What a model wrote as other ways to ask, as staff see it and throw it away, and the languages it writes in."""

import pytest
from django.utils import timezone

from tenants.knowledge.articles import ArticleText, save_article
from tenants.knowledge.variants import Written, find_unvaried, finish, keep_written, tenants_to_write_for
from tenants.models import Article, Tenant
from tenants.tests.test_admin_business import save

pytestmark = pytest.mark.django_db


@pytest.fixture
def article(acme):
    article = save_article(acme, ArticleText(title="Do you deliver?", body="Yes.", kind="question"))
    [one] = find_unvaried(acme, most=1)
    wordings = {"de": ["Liefern Sie?", "<b>Versand</b>"], "en": ["bring it to me"]}
    keep_written(acme, {article.pk: Written(digest=one.digest, by_language=wordings)})
    finish(acme, version=2)
    return article


def address(article, action: str = "change") -> str:
    part = "change" if action == "change" else f"do/{action}"
    return f"/admin/tenants/article/{article.pk}/{part}/"


def page_of(client, article) -> str:
    return client.get(address(article)).content.decode()


def written(article) -> dict:
    return Article.objects.get(pk=article.pk).written_variants


def test_wordings_are_shown_by_language_and_never_as_markup(cast, acme, article):
    page = page_of(cast.client_of("viewer", acme), article)

    for words in ("Deutsch", "Liefern Sie?", "English", "bring it to me", "&lt;b&gt;Versand"):
        assert words in page
    assert "<b>Versand" not in page
    assert "Throw the ticked ones away" not in page


def test_wordings_of_another_title_are_not_shown(cast, acme, article):
    save_article(acme, ArticleText(title="Who are you?", body="We.", kind="question"), article_id=article.pk)

    page = page_of(cast.client_of("editor", acme), article)

    assert "None yet." in page
    assert "bring it to me" not in page


def test_ticked_ones_are_thrown_away_for_good(cast, acme, article):
    client = cast.client_of("editor", acme)
    before = Tenant.objects.get(pk=acme.pk).knowledge_version

    client.post(address(article, "throw_away"), {"wording": ["Liefern Sie?", "bring it to me"]})

    assert written(article) == {"de": ["<b>Versand</b>"], "en": []}
    assert Article.objects.get(pk=article.pk).unwanted_variants == ["bring it to me", "liefern sie"]
    assert Tenant.objects.get(pk=acme.pk).knowledge_version == before + 1


def test_nothing_ticked_changes_nothing(cast, acme, article):
    cast.client_of("editor", acme).post(address(article, "throw_away"))

    assert written(article)["en"] == ["bring it to me"]


def test_all_can_be_written_anew(cast, acme, article):
    finish(acme, version=Tenant.objects.get(pk=acme.pk).knowledge_version)
    assert tenants_to_write_for(now=timezone.now(), most=1) == []

    cast.client_of("editor", acme).post(address(article, "write_anew"))

    assert tenants_to_write_for(now=timezone.now(), most=1) == [acme.pk]
    assert [one.id for one in find_unvaried(acme, most=1)] == [article.pk]
    assert written(article)["en"] == ["bring it to me"]


@pytest.mark.parametrize("action", ["throw_away", "write_anew"])
def test_a_viewer_changes_none_of_them(cast, acme, article, action):
    response = cast.client_of("viewer", acme).post(address(article, action), {"wording": ["bring it to me"]})

    assert response.status_code == 403
    assert written(article)["en"] == ["bring it to me"]
    assert find_unvaried(acme, most=1) == []


def test_a_page_of_text_says_nothing_of_them(cast, acme):
    page = save_article(acme, ArticleText(title="About", body="We are old.", kind="page"))

    assert "written by Claude" not in page_of(cast.client_of("editor", acme), page)


def test_where_none_are_wanted_there_is_no_word_of_them(cast, acme):
    article = save_article(acme, ArticleText(title="Do you deliver?", body="Yes.", kind="question"))
    assert "written by Claude" in page_of(cast.client_of("editor", acme), article)

    Tenant.objects.update(writes_variants=False)

    assert "written by Claude" not in page_of(cast.client_of("editor", acme), article)


def test_a_business_says_which_languages_its_visitors_write_in(cast, acme, article):
    finish(acme, version=Tenant.objects.get(pk=acme.pk).knowledge_version)

    save(cast.client_of("owner", acme), f"/admin/tenants/tenant/{acme.pk}/change/", languages=["de", "en", "fr"])

    acme.refresh_from_db()
    assert (acme.languages, acme.all_languages) == (["de", "fr"], ("en", "de", "fr"))
    assert [one.id for one in find_unvaried(acme, most=1)] == [article.pk]
    assert tenants_to_write_for(now=timezone.now(), most=1) == [acme.pk]


def test_a_language_that_is_none_of_ours_is_refused(cast, acme):
    save(cast.client_of("owner", acme), f"/admin/tenants/tenant/{acme.pk}/change/", languages=["xx"])

    acme.refresh_from_db()
    assert acme.languages == []
