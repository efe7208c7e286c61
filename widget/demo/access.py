"""When the demonstration is there at all, and what its pages are allowed to do."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from tenants.models import Tenant

DEMO_SLUG = "demo"
# Everything from this server, nothing inline: the pages prove that the widget needs no more than that. It brings its
# later files from SITE_URL, which may be this machine's other name.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' {site}; style-src 'self'; img-src 'self' {site}; connect-src 'self' {site}; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def find_demo_tenant() -> Tenant | None:
    """The demo business, where DEMO is on and `manage.py demo` has made it."""
    if not settings.DEMO:
        return None
    return Tenant.objects.filter(slug=DEMO_SLUG, is_active=True).first()


def demo_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Calls `view(request, tenant, …)` with the demo business; without one the address doesn't exist."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs) -> HttpResponse:
        tenant = find_demo_tenant()
        if tenant is None:
            raise Http404
        response = view(request, tenant, **kwargs)
        response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.format(site=settings.SITE_URL)
        response["Referrer-Policy"] = "same-origin"
        return response

    return guarded
