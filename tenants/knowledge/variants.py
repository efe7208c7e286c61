"""Other ways to ask that a model has written: for which articles they are missing, keeping them, throwing them away.

An article's `variants_digest` tells what they were written for: first its title, then the rest. Once the title is
another one they are used no more; once anything else is, they are used until there are new ones.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import MD5, Concat, Left, Lower

from caty.lib.errors import NotFound
from tenants.knowledge.articles import announce_change
from tenants.knowledge.wordings import MOST_WRITTEN, folded, unlike
from tenants.models import Article, Tenant, VariantProgress

BODY_CHARACTERS = 600  # what of an answer is read to understand its question
MOST_UNREAD = 40  # articles with new wordings that wait for the index to be built anew


@dataclass(frozen=True, kw_only=True)
class UnvariedArticle:
    """A question that lacks other ways to ask, the beginning of its answer, and the digest of both."""

    id: int
    title: str
    body: str
    variants: tuple[str, ...]
    unwanted: tuple[str, ...]
    digest: str


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written for an article as it was at `digest`, by language; nothing where nothing useful came."""

    digest: str
    by_language: Mapping[str, Sequence[str]]


def tenants_to_write_for(*, now: datetime, most: int) -> list[int]:
    """Keys of active tenants that want variants and whose knowledge has changed since they were last complete; of many
    at random, so that each has its turn."""
    progress = VariantProgress.objects.filter(tenant=OuterRef("pk"))
    is_done = Exists(progress.filter(version__gte=OuterRef("knowledge_version")))
    waits = Exists(progress.filter(due_at__gt=now))
    questions = Article.objects.filter(tenant=OuterRef("pk"), kind=Article.Kind.QUESTION, is_published=True)
    tenants = Tenant.objects.filter(~is_done, ~waits, Exists(questions), is_active=True, writes_variants=True)
    return list(tenants.order_by("?").values_list("pk", flat=True)[:most])


def find_unvaried(tenant: Tenant, *, most: int, besides: Sequence[int] = ()) -> list[UnvariedArticle]:
    """Questions used in answers whose variants are missing or were written for something else, oldest first."""
    questions = _questions(tenant).exclude(pk__in=besides)
    stale = questions.annotate(current=_digest(tenant.all_languages)).exclude(variants_digest=F("current"))
    columns = ("pk", "title", "variants", "unwanted_variants", "current", "beginning")
    rows = stale.annotate(beginning=Left("body", BODY_CHARACTERS)).order_by("pk").values(*columns)
    return [
        UnvariedArticle(
            id=row["pk"],
            title=row["title"],
            body=row["beginning"],
            variants=tuple(row["variants"]),
            unwanted=tuple(row["unwanted_variants"]),
            digest=row["current"],
        )
        for row in rows[:most]
    ]


def count_questions(tenant: Tenant) -> int:
    return _questions(tenant).count()


def titles_among(tenant: Tenant, wordings: Iterable[str]) -> list[str]:
    """Those titles of a tenant's questions that are worded like one of these: who asks so wants that article."""
    bare = {wording.lower().strip().rstrip("?") for wording in wordings}
    asked = [*bare, *(f"{wording}?" for wording in bare)]
    named = _questions(tenant).annotate(lower=Lower("title")).filter(lower__in=asked)
    return list(named.values_list("title", flat=True))


def keep_written(tenant: Tenant, written: Mapping[int, Written]) -> int:
    """Store what was written by article id; how many articles' wordings changed.

    The knowledge gets a new version for many of them at once, at the latest by `finish` or `pause`. What a colleague
    has thrown away meanwhile stays away; an article that is gone is passed over.
    """
    changed = 0
    with transaction.atomic():
        progress = _lock_progress(tenant)
        articles = Article.objects.for_tenant(tenant).select_for_update().filter(pk__in=written).order_by("pk")
        for article in articles:
            texts, before = written[article.pk], article.written_variants
            article.written_variants = {
                language: kept
                for language, wordings in texts.by_language.items()
                if (kept := unlike(wordings, besides=article.unwanted_variants)[:MOST_WRITTEN])
            }
            article.variants_digest = texts.digest
            article.save(update_fields=["written_variants", "variants_digest"])
            changed += article.written_variants != before
        progress.unread, progress.failures, progress.due_at = progress.unread + changed, 0, None
        if progress.unread >= MOST_UNREAD:
            _tell_index(progress)
        progress.save()
    return changed


def finish(tenant: Tenant, *, version: int) -> None:
    """Nothing was missing at this version of the knowledge. With wordings not yet told, the next one is looked at."""
    with transaction.atomic():
        progress = _lock_progress(tenant)
        progress.version, progress.failures, progress.due_at = version, 0, None
        _tell_index(progress)
        progress.save()


def pause(tenant: Tenant, *, until: datetime, failures: int) -> None:
    """Try nothing before then."""
    with transaction.atomic():
        progress = _lock_progress(tenant)
        progress.failures, progress.due_at = failures, until
        _tell_index(progress)
        progress.save()


def failures_of(tenant: Tenant) -> int:
    """How many tries in a row have come to nothing."""
    return sum(VariantProgress.objects.for_tenant(tenant).values_list("failures", flat=True))


def throw_away(tenant: Tenant, *, article_id: int, wordings: Sequence[str]) -> None:
    """Take these wordings from an article for good. Raises NotFound."""
    gone = set(map(folded, wordings))
    with transaction.atomic():
        article = _lock(tenant, article_id)
        article.written_variants = {
            language: [wording for wording in written if folded(wording) not in gone]
            for language, written in article.written_variants.items()
        }
        article.unwanted_variants = sorted({*article.unwanted_variants, *gone})
        article.save(update_fields=["written_variants", "unwanted_variants"])
        announce_change(tenant)


def write_anew(tenant: Tenant, *, article_id: int) -> None:
    """Have an article's wordings written once more; those there are serve until then. Raises NotFound."""
    with transaction.atomic():
        article = _lock(tenant, article_id)
        article.variants_digest = article.variants_digest.partition(":")[0]
        article.save(update_fields=["variants_digest"])
        look_again(tenant)


def look_again(tenant: Tenant) -> None:
    """Have all of a tenant's questions looked at anew, at once."""
    VariantProgress.objects.filter(tenant=tenant).update(version=0, failures=0, due_at=None)


def written_for(article: Article) -> dict[str, list[str]]:
    """The written wordings of an article by language, none where they were written for another title."""
    title = hashlib.md5(article.title.encode(), usedforsecurity=False).hexdigest()
    return article.written_variants if article.variants_digest.startswith(title) else {}


def with_written(articles: QuerySet) -> QuerySet:
    """Of these, those whose written variants were written for the title they have now."""
    return articles.exclude(written_variants={}).filter(variants_digest__startswith=MD5("title"))


def _questions(tenant: Tenant) -> QuerySet:
    return Article.objects.for_tenant(tenant).filter(kind=Article.Kind.QUESTION, is_published=True)


def _digest(languages: Sequence[str]) -> Concat:
    """In the database, so that a large knowledge base need not be read to find what has changed in it."""
    rest = Concat(Left("body", BODY_CHARACTERS), Value("\n" + ",".join(sorted(languages))), output_field=CharField())
    return Concat(MD5("title"), Value(":"), MD5(rest), output_field=CharField())


def _lock_progress(tenant: Tenant) -> VariantProgress:
    VariantProgress.objects.get_or_create(tenant=tenant)
    return VariantProgress.objects.for_tenant(tenant).select_for_update().get()


def _tell_index(progress: VariantProgress) -> None:
    if progress.unread:
        progress.unread = 0
        announce_change(progress.tenant)


def _lock(tenant: Tenant, article_id: int) -> Article:
    article = Article.objects.for_tenant(tenant).select_for_update().filter(pk=article_id).first()
    if article is None:
        raise NotFound("There is no such article.")
    return article
