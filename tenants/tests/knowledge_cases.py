"""What the tests of knowledge share: a small shop's articles, and writing and indexing them."""

from tenants.knowledge import rebuild
from tenants.knowledge.articles import ArticleText, save_article
from tenants.models import Tenant

SHOP = (
    ArticleText(
        title="How long does delivery take?",
        body="Parcels within the country arrive in two to three working days.",
        url="https://acme.example/delivery",
        category="Delivery",
        variants=("When will my parcel arrive?", "shipping time"),
    ),
    ArticleText(
        title="Can I return a lamp?",
        body="You may send any lamp back within 30 days. We refund the price once it has reached us.",
        url="https://acme.example/returns",
    ),
    ArticleText(
        title="Which bulbs fit the Aurora lamp?",
        body="The Aurora takes E27 bulbs of up to 40 watts.",
    ),
    ArticleText(
        title="Our workshop",
        kind="page",
        body="# History\n\nFounded in Leipzig by two sisters.\n\n# Visits\n\nThe showroom is open on Saturdays.",
        url="https://acme.example/workshop",
    ),
)


def make_tenant(name: str, *, language: str = "en") -> Tenant:
    return Tenant.objects.create(name=name, slug=name.lower(), language=language)


def teach(tenant: Tenant, *texts: ArticleText) -> list:
    """The saved articles, with the index built of them."""
    articles = [save_article(tenant, text) for text in texts]
    rebuild(tenant.pk)
    return articles
