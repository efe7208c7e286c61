"""What was attached, given out by a signed address: to be looked at or kept, never to run on our origin."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from caty.lib.api import error_answer
from caty.lib.database import release_connection
from widget import services

HEADERS = {
    # The address is the same for an hour.
    "Cache-Control": "private, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


@require_safe
def attachment(request: HttpRequest, token: str) -> HttpResponse:
    """The file behind this address: pictures to be shown, PDFs to be saved."""
    try:
        found = services.open_attachment(token, now=timezone.now())
    except services.AttachmentNotFound as error:
        return error_answer(error, request)
    release_connection()  # whoever fetches it slowly needs no database
    is_saved = not found.content_type.startswith("image/")
    disposition = content_disposition_header(is_saved, found.name)
    return HttpResponse(
        found.content, content_type=found.content_type, headers={**HEADERS, "Content-Disposition": disposition}
    )
