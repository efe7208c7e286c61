"""The passages an article is to have, before they are rows. No Django."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tenants.knowledge.chunking import Piece, count_words, cut_page, find_boilerplate
from tenants.knowledge.index import Entry
from tenants.knowledge.tokens import TOKENS_AROUND_PASSAGE, estimate_tokens

LONGEST_ANSWER_WORDS = 600  # a longer answer would crowd the others out of a prompt


@dataclass(frozen=True, slots=True)
class ArticleSource:
    """What of an article goes into its passages. `kind` is question or page."""

    id: int
    kind: str
    title: str
    body: str
    url: str
    category: str
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """A passage as it is to be stored. `question` and `variants` are empty for a chunk of prose."""

    article_id: int
    kind: str
    question: str
    variants: tuple[str, ...]
    heading: str
    title: str
    body: str
    url: str
    category: str


def draft_passages(articles: Sequence[ArticleSource]) -> list[PassageDraft]:
    """The passages of these articles, in order."""
    boilerplate = find_boilerplate([article.body for article in articles if article.kind == "page"])
    return [draft for article in articles for draft in _draft(article, boilerplate)]


def entry_of(draft: PassageDraft) -> Entry:
    """What is indexed: a question as its own field; a chunk's title and headings, shared by its siblings, as text."""
    if draft.kind == "question":
        return Entry((draft.question, *draft.variants), draft.body)
    return Entry((), "\n".join(filter(None, (draft.title, draft.heading, draft.body))))


def tokens_of(draft: PassageDraft) -> int:
    """Estimated tokens the passage takes in a prompt."""
    shown = " ".join((draft.question or draft.title, draft.heading, draft.body, draft.url))
    return TOKENS_AROUND_PASSAGE + estimate_tokens(shown)


def _draft(article: ArticleSource, boilerplate: frozenset[str]) -> Iterator[PassageDraft]:
    if article.kind == "question" and count_words(article.body) <= LONGEST_ANSWER_WORDS:
        yield _question(article, Piece("", article.body))
        return
    if article.kind == "question":
        first, *rest = cut_page(article.body) or [Piece("", article.body)]
        yield _question(article, first)
    else:
        rest = cut_page(article.body, without=boilerplate)
    for piece in rest:
        yield _chunk(article, piece)


def _question(article: ArticleSource, piece: Piece) -> PassageDraft:
    return PassageDraft(
        article_id=article.id,
        kind="question",
        question=article.title,
        variants=article.variants,
        heading=piece.heading,
        title=article.title,
        body=piece.body,
        url=article.url,
        category=article.category,
    )


def _chunk(article: ArticleSource, piece: Piece) -> PassageDraft:
    return PassageDraft(
        article_id=article.id,
        kind="chunk",
        question="",
        variants=(),
        heading=piece.heading,
        title=article.title,
        body=piece.body,
        url=article.url,
        category=article.category,
    )
