"""What a tenant's texts would answer if they were read as of another language: nothing of it is stored."""

from collections.abc import Sequence

from tenants.knowledge.builder import build
from tenants.knowledge.calibration import calibrate
from tenants.knowledge.drafts import ArticleSource, draft_passages, entry_of
from tenants.knowledge.probability import probability, zone
from tenants.knowledge.ranking import rank
from tenants.models import Article, Tenant

MOST_ARTICLES = 1_000
COLUMNS = ("id", "kind", "title", "body", "url", "category", "variants")


def foresee_zones(tenant: Tenant, questions: Sequence[str], *, language: str) -> dict[str, str]:
    """How sure an answer would be for each of these: answer, suggest or refuse. For workers: it builds an index."""
    rows = Article.objects.for_tenant(tenant).filter(is_published=True).order_by("id").values(*COLUMNS)
    articles = [ArticleSource(**{**row, "variants": tuple(row["variants"])}) for row in rows[:MOST_ARTICLES]]
    entries = [entry_of(draft) for draft in draft_passages(articles)]
    index = build(entries, language=language)
    thresholds = calibrate(index, entries)
    zones = {}
    for question in questions:
        evidence = rank(index, question).evidence
        zones[question] = zone(evidence, probability(evidence), thresholds) if evidence else "refuse"
    return zones
