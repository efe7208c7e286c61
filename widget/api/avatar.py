"""The pictures of the persona and of colleagues, as the widget shows them on the pages of a business."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tenants import services as tenant_services

HEADERS = {
    # The address changes with the content.
    "Cache-Control": "public, max-age=31536000, immutable",
    # Opened by itself it may do nothing, whatever a browser takes it for.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


@require_safe
def avatar(request: HttpRequest, digest: str) -> HttpResponse:
    """The picture with this digest."""
    found = tenant_services.find_avatar(digest) or tenant_services.find_face(digest)
    if found is None:
        return HttpResponse(status=404, headers={"Cache-Control": "public, max-age=60"})
    return HttpResponse(found.content, content_type=found.content_type, headers={**HEADERS, "ETag": f'"{digest}"'})
