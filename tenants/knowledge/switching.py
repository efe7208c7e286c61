"""From the old articles of a source to the new ones, in one transaction and one version of the knowledge."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction

from tenants.knowledge.articles import announce_change
from tenants.models import Article, Source, SourcePage

State = SourcePage.State
TEXT_COLUMNS = ("kind", "title", "body", "url", "category")
PAGES_AT_ONCE = 200
# Told apart from a page that fails today: what is still linked may come back, what is gone or left out doesn't.
KEPT_STATES = (State.READ, State.UNCHANGED, State.FAILED)


@dataclass
class Counts:
    """What a switch changed. `to_review`: texts that wait for a colleague's word."""

    created: int = 0
    changed: int = 0
    retired: int = 0
    to_review: int = 0


@dataclass
class _Changes:
    created: list[Article] = field(default_factory=list)
    changed: list[Article] = field(default_factory=list)
    retired: list[int] = field(default_factory=list)


def switch(source: Source) -> Counts:
    """Make the source's articles what its pages said in this round.

    What a colleague has rewritten is not overwritten: the page's new words are proposed. A page that could not be read
    this time keeps its articles; one that is gone, wants to be left out, or was met no more loses them.
    """
    counts = Counts()
    with transaction.atomic():
        Source.objects.for_tenant(source.tenant).select_for_update(no_key=True).get(pk=source.pk)
        for pages in _pages_with_news(source):
            _apply(source, pages, counts)
        gone = source.pages.exclude(round=source.round, state__in=KEPT_STATES)
        retired = Article.objects.for_tenant(source.tenant).filter(page__in=gone)
        counts.retired += retired.count()
        retired.delete()
        source.pages.exclude(round=source.round).delete()
        if counts.created or counts.changed or counts.retired:
            announce_change(source.tenant)
    return counts


def digest_of(title: str, body: str) -> str:
    return hashlib.sha256(f"{title}\0{body}".encode()).hexdigest()


def digest_of_texts(texts: list[dict]) -> str:
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()


def _pages_with_news(source: Source) -> Iterator[list[SourcePage]]:
    """Batches of the pages that were read and say something else than before."""
    last = 0
    while True:
        news = source.pages.filter(round=source.round, state=State.READ, pk__gt=last)
        pages = list(news.order_by("pk")[:PAGES_AT_ONCE])
        if not pages:
            return
        yield pages
        last = pages[-1].pk


def _apply(source: Source, pages: list[SourcePage], counts: Counts) -> None:
    stored = defaultdict(dict)
    for article in Article.objects.for_tenant(source.tenant).filter(page__in=pages):
        stored[article.page_id][article.part] = article
    changes = _Changes()
    for page in pages:
        before = stored[page.pk]
        for part, text in enumerate(page.texts):
            _change(source, page, part, text, before.pop(part, None), changes)
        changes.retired += [article.pk for article in before.values()]
    Article.objects.bulk_create(changes.created, batch_size=500)
    columns = [*TEXT_COLUMNS, "read_digest", "needs_review", "proposed", "updated_at"]
    Article.objects.bulk_create(
        changes.changed, batch_size=500, update_conflicts=True, unique_fields=["id"], update_fields=columns
    )
    Article.objects.for_tenant(source.tenant).filter(pk__in=changes.retired).delete()
    for page in pages:
        page.digest = digest_of_texts(page.texts)
    SourcePage.objects.bulk_update(pages, ["digest"])
    counts.created += len(changes.created)
    counts.changed += len(changes.changed)
    counts.retired += len(changes.retired)
    counts.to_review += sum(article.needs_review for article in (*changes.created, *changes.changed))


def _change(source: Source, page: SourcePage, part: int, text: dict, article: Article | None, to: _Changes) -> None:
    texts = {name: text[name] for name in TEXT_COLUMNS}
    read = digest_of(text["title"], text["body"])
    if article is None:
        to.created.append(
            Article(
                tenant=source.tenant,
                page=page,
                part=part,
                read_digest=read,
                is_published=not source.is_reviewed,
                needs_review=source.is_reviewed,
                **texts,
            )
        )
        return
    if article.read_digest == read:
        return
    is_rewritten = digest_of(article.title, article.body) != article.read_digest
    article.read_digest = read
    if source.is_reviewed or is_rewritten:
        article.needs_review, article.proposed = True, texts
    else:
        article.needs_review, article.proposed = False, None
        for name, value in texts.items():
            setattr(article, name, value)
    to.changed.append(article)
