"""Pictures and PDFs that colleagues send along from the inbox."""

from django.http import HttpRequest
from django.utils import timezone

from widget.admin.inbox_desk import Opened
from widget.attaching.contracts import MOST_BYTES
from widget.services import attachments
from widget.services.attachments import AttachmentRefused


def upload(request: HttpRequest, opened: Opened) -> dict:
    """Keep a file until it is sent with a reply. Raises AttachmentRefused, MayNotAnswer and Unavailable."""
    file = request.FILES.get("file")
    if file is None:
        raise AttachmentRefused
    shown = attachments.upload_by_colleague(
        reference=opened.session.reference,
        membership=opened.membership,
        name=file.name,
        content=file.read(MOST_BYTES + 1),
        now=timezone.now(),
    )
    return {"attachment_id": shown.attachment_id, "name": shown.name}
