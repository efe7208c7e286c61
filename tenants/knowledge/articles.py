"""Changing what a business has written down. Every change moves the knowledge version, in the same transaction."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F

from caty.lib.errors import CatyError, NotFound
from caty.lib.tasks import hint
from tenants.knowledge.chunking import count_words
from tenants.knowledge.wordings import unlike
from tenants.models import Article, Tenant

MOST_VARIANTS = 9
GAP = re.compile(r"\[[^\[\]]+\](?!\()")  # what is followed by an address is a link
SHORT_ANSWER_WORDS = 120
LONGEST = {name: Article._meta.get_field(name).max_length for name in ("title", "body", "url", "category")}
LONGEST_VARIANT = Article._meta.get_field("variants").base_field.max_length
COLUMNS = ("kind", "title", "body", "url", "category", "variants", "is_published")


class ArticleInvalid(CatyError):
    message = "This article can't be kept as it is."


@dataclass(frozen=True, kw_only=True)
class ArticleText:
    """An article as written. `kind` is question or page; None leaves the choice to us."""

    title: str
    body: str
    url: str = ""
    category: str = ""
    kind: str | None = None
    variants: tuple[str, ...] = ()
    is_published: bool = True

    @property
    def decided_kind(self) -> str:
        """A question mark makes a question; so does an answer short enough to be given whole."""
        if self.kind:
            return self.kind
        asks = self.title.rstrip().endswith(("?", "？", "؟"))
        is_short = count_words(self.body) <= SHORT_ANSWER_WORDS and "\n#" not in self.body
        return Article.Kind.QUESTION if asks or is_short else Article.Kind.PAGE


@dataclass(frozen=True)
class ImportCounts:
    """How many articles an import made, changed and found unchanged."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass
class _Sorted:
    created: list[Article] = field(default_factory=list)
    updated: list[Article] = field(default_factory=list)
    unchanged: int = 0


def save_article(tenant: Tenant, text: ArticleText, *, article_id: int | None = None) -> Article:
    """Store a new article, or the new text of one. Raises ArticleInvalid, and NotFound where it isn't this tenant's."""
    require_valid(text)
    with transaction.atomic():
        article = Article(tenant=tenant) if article_id is None else _lock(tenant, article_id)
        _write(article, text)
        _note_word_given(article)
        article.save()
        announce_change(tenant)
    return article


def draft_article(tenant: Tenant, text: ArticleText) -> Article:
    """Store a new article that waits for a colleague's word before it answers anything. Raises ArticleInvalid."""
    require_valid(text)
    article = Article(tenant=tenant, needs_review=True)
    _write(article, replace(text, is_published=False))
    article.save()
    return article


def has_gaps(article: Article) -> bool:
    """Whether a draft that waits still has [gaps] to fill in. Brackets in a text that was read are its own."""
    return article.needs_review and article.page_id is None and GAP.search(article.body) is not None


def add_variants(tenant: Tenant, *, article_id: int, wordings: Iterable[str]) -> Article:
    """Add other ways to ask to those typed for an article. Raises ArticleInvalid where they are too many, NotFound."""
    with transaction.atomic():
        article = _lock(tenant, article_id)
        text = ArticleText(**{name: getattr(article, name) for name in COLUMNS})
        added = unlike(wordings, besides=(text.title, *text.variants))
        text = replace(text, variants=(*text.variants, *added))
        require_valid(text)
        if _write(article, text):
            article.save()
            announce_change(tenant)
    return article


def delete_article(tenant: Tenant, *, article_id: int) -> None:
    """Delete an article and its passages. Raises NotFound."""
    with transaction.atomic():
        _lock(tenant, article_id).delete()
        announce_change(tenant)


def publish_article(tenant: Tenant, *, article_id: int, is_published: bool = True) -> None:
    """Let answers use an article, or no longer; taken back, it is out of answers at once. Raises NotFound."""
    with transaction.atomic():
        article = _lock(tenant, article_id)
        article.is_published = is_published
        _note_word_given(article)
        article.save(update_fields=["is_published", "needs_review", "updated_at"])
        announce_change(tenant)


def import_articles(tenant: Tenant, texts: Sequence[ArticleText]) -> ImportCounts:
    """Store many articles in one transaction; one with the title and address of a stored one replaces it.

    Raises ArticleInvalid for the first that is not valid, before anything is written.
    """
    for text in texts:
        require_valid(text)
    with transaction.atomic():
        # Two imports at once would each miss what the other adds: the second waits.
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        found = _sort(tenant, {(text.title.strip(), text.url): text for text in texts}.values())
        Article.objects.bulk_create(found.created, batch_size=500)
        _replace(found.updated)
        if found.created or found.updated:
            announce_change(tenant)
    return ImportCounts(len(found.created), len(found.updated), found.unchanged)


def announce_change(tenant: Tenant) -> None:
    """Move the knowledge version and ask for a rebuild after commit. To be called in the transaction of the change."""
    Tenant.objects.filter(pk=tenant.pk).update(knowledge_version=F("knowledge_version") + 1)
    hint("tenants.rebuild_knowledge", tenant_id=tenant.pk)


def require_valid(text: ArticleText) -> None:
    """Raises ArticleInvalid with every field that is missing, too long, or holds what can't be stored."""
    problems = list(_problems(text))
    if problems:
        details = [{"field": name, "error": problem} for name, problem in problems]
        sentences = " ".join(f"{name}: {problem}" for name, problem in problems)
        raise ArticleInvalid(sentences, details=details)


def _problems(text: ArticleText) -> Iterable[tuple[str, str]]:
    for name in ("title", "body"):
        if not getattr(text, name).strip():
            yield name, "is missing."
    for name, longest in LONGEST.items():
        if len(getattr(text, name)) > longest:
            yield name, f"is longer than {longest} characters."
    if len(text.variants) > MOST_VARIANTS:
        yield "variants", f"are more than {MOST_VARIANTS}."
    if any(not 0 < len(variant.strip()) <= LONGEST_VARIANT for variant in text.variants):
        yield "variants", f"must each have 1 to {LONGEST_VARIANT} characters."
    if not _is_address(text.url):
        yield "url", "must begin with https://, http:// or /."
    if text.kind not in (None, *Article.Kind.values):
        yield "kind", "must be question or page."
    if not all(map(_is_storable, (text.title, text.body, text.url, text.category, *text.variants))):
        yield "text", "holds characters that can't be stored."


def _is_address(url: str) -> bool:
    """Whether a link may be made of it; a script: address must never be one."""
    if not url or (url.startswith("/") and not url.startswith(("//", "/\\"))):
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_storable(text: str) -> bool:
    """PostgreSQL keeps neither NUL nor half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _lock(tenant: Tenant, article_id: int) -> Article:
    article = Article.objects.for_tenant(tenant).select_for_update().filter(pk=article_id).first()
    if article is None:
        raise NotFound("There is no such article.")
    return article


def _write(article: Article, text: ArticleText) -> bool:
    """Put the text into the row, unsaved; whether that changed anything."""
    before = [getattr(article, name) for name in COLUMNS]
    article.kind = text.decided_kind
    article.title, article.body = text.title.strip(), text.body.strip()
    article.url, article.category = text.url, text.category
    article.variants = [variant.strip() for variant in text.variants]
    article.is_published = text.is_published
    return before != [getattr(article, name) for name in COLUMNS]


def _note_word_given(article: Article) -> None:
    """Who publishes a new text has looked at it; one that would take another's place still waits."""
    if article.is_published and article.proposed is None:
        article.needs_review = False


def _replace(articles: Sequence[Article]) -> None:
    # An insert that meets its own key and updates: seven times as fast as bulk_update with its CASE per column.
    Article.objects.bulk_create(
        articles,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*COLUMNS, "updated_at"],
    )


def _sort(tenant: Tenant, texts: Iterable[ArticleText]) -> _Sorted:
    found = _Sorted()
    stored = {(row.title, row.url): row for row in Article.objects.for_tenant(tenant).order_by("-pk")}
    for text in texts:
        article = stored.get((text.title.strip(), text.url))
        if article is None:
            article = Article(tenant=tenant)
            _write(article, text)
            found.created.append(article)
        elif _write(article, text):
            found.updated.append(article)
        else:
            found.unchanged += 1
    return found
