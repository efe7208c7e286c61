"""The demo shop: a few pages and a help page for every article, with the widget on each."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from tenants.models import Article, Tenant
from widget.demo.access import demo_only
from widget.demo.content import HELP_PATH
from widget.demo.keys import api_key


def shop_page(request: HttpRequest, name: str, **context) -> HttpResponse:
    """Renders templates/widget/demo/<name>.html with the key that the widget needs."""
    return render(request, f"widget/demo/{name}.html", {"page": name, "api_key": api_key(), **context})


def plain_page(name: str) -> Callable[..., HttpResponse]:
    """A view of a page that is nothing but its template."""

    @require_GET
    @demo_only
    def view(request: HttpRequest, tenant: Tenant) -> HttpResponse:
        return shop_page(request, name)

    return view


home = plain_page("home")
products = plain_page("products")
pricing = plain_page("pricing")
delivery = plain_page("delivery")
try_out = plain_page("try")


@require_http_methods(["GET", "POST"])
@demo_only
def contact(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """The form only says that this is a demonstration: whatever was typed is neither read nor kept."""
    return shop_page(request, "contact", is_sent=request.method == "POST")


@require_GET
@demo_only
def help_index(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """All questions by category, as the admin has them now."""
    articles = _help_articles(tenant).order_by("category", "id").only("title", "url", "category")
    return shop_page(request, "help", articles=articles)


@require_GET
@demo_only
def help_article(request: HttpRequest, tenant: Tenant, slug: str) -> HttpResponse:
    """The page an answer names as its source. Shows what staff made of the article, not what the file had."""
    article = _help_articles(tenant).filter(url=HELP_PATH + slug).first()
    if article is None:
        raise Http404
    return shop_page(request, "article", article=article)


def _help_articles(tenant: Tenant):
    return Article.objects.for_tenant(tenant).filter(is_published=True, url__startswith=HELP_PATH)
