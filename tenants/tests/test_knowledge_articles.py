import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from caty.lib.errors import NotFound
from tenants.knowledge.articles import (
    ArticleInvalid,
    ArticleText,
    delete_article,
    import_articles,
    publish_article,
    save_article,
)
from tenants.models import Article, Tenant
from tenants.tests.knowledge_cases import SHOP, make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(db):
    return make_tenant("Acme")


@pytest.fixture
def rival(db):
    return make_tenant("Rival")


def version(tenant) -> int:
    return Tenant.objects.get(pk=tenant.pk).knowledge_version


def run_import(path, tenant="acme") -> str:
    output = StringIO()
    call_command("import_knowledge", tenant, str(path), stdout=output)
    return output.getvalue()


def test_every_change_moves_the_version_and_hints_a_rebuild(acme, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as hinted:
        article = save_article(acme, SHOP[0])
        publish_article(acme, article_id=article.pk, is_published=False)
        delete_article(acme, article_id=article.pk)

    assert version(acme) == 4
    assert [callback.args for callback in hinted] == [("tenants.rebuild_knowledge", {"tenant_id": acme.pk}, 0)] * 3
    assert Article.objects.count() == 0


def test_another_tenants_article_can_not_be_touched(acme, rival):
    article = save_article(rival, SHOP[0])

    for attempt in (
        lambda: save_article(acme, SHOP[1], article_id=article.pk),
        lambda: delete_article(acme, article_id=article.pk),
        lambda: publish_article(acme, article_id=article.pk, is_published=False),
    ):
        with pytest.raises(NotFound):
            attempt()

    article.refresh_from_db()
    assert (article.title, article.is_published, version(acme)) == (SHOP[0].title, True, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"body": ""}, "body"),
        ({"body": "x" * 100_001}, "body"),
        ({"body": "nul \0 byte"}, "text"),
        ({"title": "half \ud800 pair"}, "text"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "//evil.example/x"}, "url"),
        ({"url": "https://[bad"}, "url"),
        ({"variants": ("x",) * 10}, "variants"),
        ({"variants": ("",)}, "variants"),
        ({"kind": "poem"}, "kind"),
    ],
)
def test_what_can_not_be_kept_is_refused_by_field(acme, changes, field):
    with pytest.raises(ArticleInvalid) as refused:
        save_article(acme, ArticleText(**{"title": "Title", "body": "Body", **changes}))

    assert [detail["field"] for detail in refused.value.details] == [field]
    assert (Article.objects.count(), version(acme)) == (0, 1)


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("How long?", "word " * 500, "question"),
        ("Opening hours", "Nine to five.", "question"),
        ("Our terms", "word " * 500, "page"),
        ("Our terms", "Short.\n# Part\nShort.", "page"),
    ],
)
def test_the_kind_follows_from_title_and_length(acme, title, body, kind):
    assert save_article(acme, ArticleText(title=title, body=body)).kind == kind


def test_importing_twice_changes_nothing_the_second_time(acme):
    first, second = import_articles(acme, SHOP), import_articles(acme, SHOP)

    assert (first.created, second.created, second.updated, second.unchanged) == (4, 0, 0, 4)
    assert version(acme) == 2


def test_json_lines_are_imported_and_replace_articles_of_the_same_title_and_address(acme, tmp_path):
    path = tmp_path / "articles.jsonl"
    line = {
        "title": "How long?",
        "body": "Two days.",
        "url": "/delivery",
        "category": "Delivery",
        "variants": ["When?"],
    }
    path.write_text(json.dumps(line) + "\n\n" + json.dumps({"title": "Other?", "body": "Text."}))
    run_import(path)
    path.write_text(json.dumps({**line, "body": "Three days."}))

    assert run_import(path).startswith("0 articles added, 1 changed, 0 as before.")
    article = Article.objects.get(title="How long?")
    assert (article.body, article.url, article.variants) == ("Three days.", "/delivery", ["When?"])
    assert Article.objects.count() == 2


def test_markdown_gives_an_article_for_each_top_level_heading(acme, tmp_path):
    path = tmp_path / "articles.md"
    path.write_text("# Delivery\n\nTwo days.\n\n## Abroad\n\nA week.\n\n# How do I pay?\n\nBy card.\n")
    run_import(path)

    assert list(Article.objects.order_by("pk").values_list("title", "body", "kind")) == [
        ("Delivery", "Two days.\n\n## Abroad\n\nA week.", "page"),
        ("How do I pay?", "By card.", "question"),
    ]


def test_a_single_heading_on_top_is_the_documents_title(acme, tmp_path):
    path = tmp_path / "articles.md"
    path.write_text("# Help\n\n## Delivery\nTwo days.\n\n```\n## no heading\n```\n\n## Payment\nBy card.")
    run_import(path)

    assert list(Article.objects.order_by("pk").values_list("title", flat=True)) == ["Delivery", "Payment"]


def test_bad_lines_are_named_and_nothing_is_written(acme, tmp_path):
    path = tmp_path / "articles.jsonl"
    lines = [
        '{"title": "Good?", "body": "Yes."}',
        "not json",
        '{"title": "No body"}',
        '{"title": 5, "body": "x"}',
        '{"title": "a", "body": "b", "url": "ftp://x"}',
        "[" * 100_000,
        '{"title": "a", "body": "\\ud800"}',
        '{"title": "a", "body": "b", "variants": "c"}',
        '{"title": "Good? ", "body": "No."}',
    ]
    path.write_text("\n".join(lines))

    with pytest.raises(CommandError) as refused:
        run_import(path)

    assert str(refused.value).split("\n") == [
        "Line 2: not a JSON object.",
        "Line 3: body missing.",
        "Line 4: title must be text.",
        "Line 5: url: must begin with https://, http:// or /.",
        "Line 6: not a JSON object.",
        "Line 7: text: holds characters that can't be stored.",
        "Line 8: variants must be a list of texts.",
        "Line 9: title and url are those of line 1.",
    ]
    assert (Article.objects.count(), version(acme)) == (0, 1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.md", b"No heading here.", "Line 1: no heading (# Title) in the file."),
        ("a.md", b"Before.\n\n# Title\nText.", "Line 1: text before the first heading belongs to no article."),
        ("a.md", b"# One\n\n# Two\nText.", "Line 1: body: is missing."),
        ("a.md", b"# One\n\xff", "Line 2: not UTF-8 text."),
        ("a.jsonl", b"\n\n", "There is no article in the file."),
    ],
)
def test_files_that_hold_no_articles_say_why(acme, tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(CommandError) as refused:
        run_import(path)

    assert str(refused.value) == message


def test_unknown_business_and_missing_file_are_told(acme, tmp_path):
    with pytest.raises(CommandError, match="There is no business 'nobody'"):
        run_import(tmp_path / "x.md", tenant="nobody")
    with pytest.raises(CommandError, match="No such file"):
        run_import(tmp_path / "x.md")


def test_four_thousand_lines_are_imported_with_few_queries(acme, tmp_path, django_assert_max_num_queries):
    path = tmp_path / "articles.jsonl"
    path.write_text("".join(f'{{"title": "Lamp {number}?", "body": "A lamp."}}\n' for number in range(4_000)))

    with django_assert_max_num_queries(16):
        run_import(path)

    assert Article.objects.for_tenant(acme).count() == 4_000


def test_an_import_changes_no_other_tenants_articles(acme, rival):
    theirs = save_article(rival, ArticleText(title=SHOP[0].title, body="Theirs.", url=SHOP[0].url))

    counts = import_articles(acme, SHOP)

    theirs.refresh_from_db()
    assert (counts.created, theirs.body, version(rival)) == (4, "Theirs.", 2)
