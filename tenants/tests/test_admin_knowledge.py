"""Articles in the admin: every change moves the knowledge version."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tenants.models import Article, Tenant

ADD = "/admin/tenants/article/add/"
TEXT = {"title": "Do you deliver?", "body": "Yes.", "kind": "question", "is_published": "on", "category": "Shipping"}


@pytest.fixture
def client(cast, acme):
    return cast.client_of("editor", acme)


def version_of(tenant) -> int:
    return Tenant.objects.get(pk=tenant.pk).knowledge_version


def test_an_article_is_written_with_other_ways_to_ask_one_a_line(acme, client):
    client.post(ADD, {**TEXT, "variants": "Delivery?\r\n\r\n Do you ship? \r\nDelivery?"})
    article = Article.objects.get(tenant=acme)
    assert (article.title, article.variants) == ("Do you deliver?", ["Delivery?", "Do you ship?"])
    assert version_of(acme) == acme.knowledge_version + 1


def test_a_tenth_way_to_ask_is_refused(client):
    response = client.post(ADD, {**TEXT, "variants": "\n".join(f"way {n}" for n in range(10))})
    assert response.context["adminform"].form.errors["variants"] == ["At most 9."]


def test_a_script_address_is_refused_beside_it_and_nothing_typed_is_lost(acme, client):
    response = client.post(ADD, {**TEXT, "variants": "", "url": "javascript:alert(1)"})
    form = response.context["adminform"].form
    assert form.errors == {"url": ["Must begin with https://, http:// or /."]}
    assert form["title"].value() == TEXT["title"]
    assert not Article.objects.exists()


def test_taking_articles_out_of_answers_moves_the_version(acme, client):
    client.post(ADD, {**TEXT, "variants": ""})
    article = Article.objects.get(tenant=acme)
    before = version_of(acme)
    client.post("/admin/tenants/article/", {"action": "unpublish", "_selected_action": [article.pk]})
    article.refresh_from_db()
    assert (article.is_published, version_of(acme)) == (False, before + 1)


def test_deleting_an_article_moves_the_version(acme, client):
    client.post(ADD, {**TEXT, "variants": ""})
    before = version_of(acme)
    pk = Article.objects.get(tenant=acme).pk
    client.post(f"/admin/tenants/article/{pk}/delete/", {"post": "yes"})
    assert (Article.objects.count(), version_of(acme)) == (0, before + 1)


def upload(client, acme, name: str, text: str):
    file = SimpleUploadedFile(name, text.encode())
    return client.post("/admin/tenants/article/import/", {"tenant": acme.pk, "file": file}, follow=True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("faq.md", "# Do you deliver?\nYes.\n\n# Where are you?\nMill Lane 4."),
        (
            "faq.jsonl",
            '{"title": "Do you deliver?", "body": "Yes."}\n{"title": "Where are you?", "body": "Mill Lane 4."}',
        ),
    ],
)
def test_a_file_of_articles_is_imported(acme, client, name, text):
    response = upload(client, acme, name, text)
    assert "2 articles added" in response.content.decode()
    assert set(Article.objects.values_list("title", "body")) == {
        ("Do you deliver?", "Yes."),
        ("Where are you?", "Mill Lane 4."),
    }


def test_a_word_file_is_refused_with_what_to_do(acme, client):
    response = upload(client, acme, "faq.docx", "PK")
    assert "save it as plain text" in response.content.decode()
    assert not Article.objects.exists()


def test_a_bad_file_is_refused_with_the_line_and_nothing_is_imported(acme, client):
    response = upload(client, acme, "faq.jsonl", '{"title": "A", "body": "B"}\n{"title": 3}')
    assert "Line 2" in response.content.decode()
    assert not Article.objects.exists()


def test_what_a_search_finds_is_ones_own(acme, rival, client):
    Article.objects.create(tenant=acme, title="Returns", body="30 days")
    Article.objects.create(tenant=rival, title="Returns elsewhere", body="60 days")
    page = client.get("/admin/tenants/article/", {"q": "returns"}).content.decode()
    assert "Returns</a>" in page
    assert "elsewhere" not in page
