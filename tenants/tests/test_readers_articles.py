from tenants.knowledge.articles import ArticleText, require_valid
from tenants.knowledge.readers import Document
from tenants.knowledge.readers.articles import articles_of

PARAGRAPH = "We open at nine and close at six, and on Saturdays we stay until eight. " * 100


def valid_articles(document: Document, **given) -> list[ArticleText]:
    articles = articles_of(document, **({"fallback_title": "rules.pdf"} | given))
    for article in articles:
        require_valid(article)
    assert len({article.title for article in articles}) == len(articles)
    return articles


def test_a_short_document_is_one_page_without_its_title_said_twice():
    document = Document(title="House rules", text="# House rules\n\nBe kind.\n\n## Noise\n\nNone after ten.")

    assert valid_articles(document, url="https://a.example/rules", category="Stay") == [
        ArticleText(
            title="House rules",
            body="Be kind.\n\n## Noise\n\nNone after ten.",
            url="https://a.example/rules",
            category="Stay",
            kind="page",
        )
    ]


def test_a_document_without_a_title_is_called_as_its_file():
    assert [article.title for article in valid_articles(Document(title=" ", text="Be kind."))] == ["rules.pdf"]


def test_each_question_is_an_article_and_one_asked_twice_has_both_answers():
    document = Document(
        title="", text="", pairs=(("Open?", "Yes."), ("Dogs?", "No."), ("Open?", "Daily."), ("Dogs?", "No."))
    )

    found = [(article.kind, article.title, article.body) for article in valid_articles(document)]

    assert found == [("question", "Open?", "Yes.\n\nDaily."), ("question", "Dogs?", "No.")]


def test_a_question_too_long_for_a_title_is_kept_above_its_answer():
    question = "And what if it rains " * 30 + "?"

    [article] = valid_articles(Document(title="", text="", pairs=((question, "Then too."),)))

    assert len(article.title) <= 300
    assert article.title.endswith(" And…")
    assert article.body == f"{question}\n\nThen too."


def test_a_long_document_is_cut_at_its_highest_headings():
    part = "\n\n".join([PARAGRAPH] * 6)
    document = Document(
        title="Handbook", text=f"# Handbook\n\nHello.\n\n## Rooms\n\n{part}\n\n### Beds\n\nTwo.\n\n## Garden\n\n{part}"
    )

    articles = valid_articles(document)

    assert [article.title for article in articles] == ["Handbook", "Handbook – Rooms", "Handbook – Garden"]
    assert articles[0].body == "Hello."
    assert articles[1].body.endswith("### Beds\n\nTwo.")


def test_a_long_document_without_headings_is_cut_between_paragraphs_and_loses_nothing():
    document = Document(title="Handbook", text="\n\n".join([PARAGRAPH.strip()] * 40))

    articles = valid_articles(document)

    assert [article.title for article in articles] == ["Handbook", "Handbook (2)", "Handbook (3)", "Handbook (4)"]
    assert "\n\n".join(article.body for article in articles) == document.text


def test_text_without_any_end_is_cut_all_the_same():
    articles = valid_articles(Document(title="Noise", text="# A\n" + "x" * 250_000))

    assert sum(article.body.count("x") for article in articles) == 250_000
