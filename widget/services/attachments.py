"""Pictures and PDFs in a conversation that a person answers: taken, kept, given out by signed addresses, forgotten.

What they are is told by their content. They are kept in the database, bounded a message, a conversation and a business.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from caty.lib import throttling
from caty.lib.database import release_connection
from caty.lib.errors import CatyError, NotFound, Unavailable
from tenants.config import load_config
from tenants.contracts import WidgetConfig
from tenants.models import Membership, Tenant
from tenants.staff import EDITORS
from widget.attaching.checking import Busy, check
from widget.attaching.contracts import MOST_BYTES, SUFFIXES, Reason, Refused
from widget.contracts import AttachmentShown, Caller
from widget.limits import HOUR, address_window
from widget.models import Attachment, Message, Session
from widget.queries import get_session
from widget.services.live import MOST_ATTACHMENTS, ConversationNotFound, MayNotAnswer

MOST_A_CONVERSATION = 20  # of each side
MOST_OF_A_TENANT = 500 * 1024 * 1024  # bytes, in QUOTA_TIME
QUOTA_TIME = timedelta(days=30)
UPLOADS_PER_HOUR = 40
UNSENT_KEPT = timedelta(days=1)
MOST_FORGOTTEN = 200
SALT = "caty.attachment"
GOOD_HOURS = 2  # beyond the one in which the address was made
LONGEST_NAME = 120
UNWANTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff\"\\/:*?<>|\[\]]+")
TOO_LARGE = _("This file is larger than 5 MB.")
SENTENCES = {
    Reason.KIND: _("This file can't be sent. Choose a picture (JPEG, PNG, WebP or GIF) or a PDF."),
    Reason.PIXELS: _("This picture has too many pixels. Make it smaller first."),
    Reason.PROTECTED: _("This PDF is protected. Send one that opens without a password."),
    Reason.ACTIVE: _("This PDF would run a program. Save it as a plain PDF first."),
    Reason.SLOW: _("This file is too complicated. Save it in a simpler way first."),
}


class AttachmentRefused(CatyError):
    message = SENTENCES[Reason.KIND]


class AttachmentNotFound(NotFound):
    message = "This file is not here, or its address is too old."


@dataclass(frozen=True)
class Opened:
    """A file as its address gives it out."""

    name: str
    content_type: str
    content: bytes


def upload_by_visitor(
    *,
    tenant: Tenant,
    config: WidgetConfig,
    session_id: str,
    name: str,
    content: bytes,
    caller: Caller,
    now: datetime,
) -> AttachmentShown:
    """Keep a file of the visitor's until they send it with a message, where a person answers or is waited for.

    Raises SessionNotFound, AttachmentRefused, RateLimited, and Unavailable where too many files come at once.
    """
    _require_allowed(config)
    session = get_session(tenant=tenant, session_id=session_id, now=now)
    if session.mode == Session.Mode.ASSISTANT:
        raise AttachmentRefused("Files can be sent while you are talking to a person.")
    limit = address_window(config, caller, scope="attachments", limit=UPLOADS_PER_HOUR, seconds=HOUR)
    throttling.require(limit)
    return _keep(session, name=name, content=content, uploader=None, now=now)


def upload_by_colleague(
    *, reference: str, membership: Membership, name: str, content: bytes, now: datetime
) -> AttachmentShown:
    """Keep a file of a colleague's until they send it with a reply.

    Raises ConversationNotFound, MayNotAnswer, AttachmentRefused and Unavailable.
    """
    if membership.role not in EDITORS:
        raise MayNotAnswer
    _require_allowed(load_config(membership.tenant))
    session = Session.objects.for_tenant(membership.tenant_id).filter(reference=reference).first()
    if session is None:
        raise ConversationNotFound
    return _keep(session, name=name, content=content, uploader=membership, now=now)


def attachments_of(message_pks: Iterable[int]) -> dict[int, tuple[AttachmentShown, ...]]:
    """What was sent with each of these messages, by its key; those without are left out."""
    found = defaultdict(list)
    for row in Attachment.objects.filter(message__in=list(message_pks)).defer("content").order_by("pk"):
        found[row.message_id].append(_shown(row))
    return {pk: tuple(shown) for pk, shown in found.items()}


def send_along(session: Session, ids: tuple[str, ...], message: Message) -> int:
    """Put what the visitor has uploaded and not sent yet under their message; how many that were."""
    unsent = session.attachments.filter(message=None, is_from_staff=False, public_id__in=ids[:MOST_ATTACHMENTS])
    return unsent.update(message=message)


def open_attachment(token: str, *, now: datetime) -> Opened:
    """The file whose address has this token. Raises AttachmentNotFound for one that is forged, too old, or gone."""
    try:
        public_id, hour = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError) as error:
        raise AttachmentNotFound from error
    if _hour_of(now) - hour > GOOD_HOURS:
        raise AttachmentNotFound
    row = Attachment.objects.filter(public_id=public_id, session__tenant__is_active=True).first()
    if row is None:
        raise AttachmentNotFound
    return Opened(row.name, row.content_type, bytes(row.content))


def forget_unsent(*, now: datetime) -> int:
    """Delete what was uploaded more than a day ago and never sent; how many."""
    unsent = Attachment.objects.filter(message=None, created_at__lte=now - UNSENT_KEPT).order_by("created_at")
    keys = list(unsent.values_list("pk", flat=True)[:MOST_FORGOTTEN])
    return Attachment.objects.filter(pk__in=keys, message=None).delete()[0]


def _require_allowed(config: WidgetConfig) -> None:
    if not config.behavior.attachments_enabled:
        raise AttachmentRefused("Files can't be sent here.")


def _keep(
    session: Session, *, name: str, content: bytes, uploader: Membership | None, now: datetime
) -> AttachmentShown:
    if len(content) > MOST_BYTES:
        raise AttachmentRefused(TOO_LARGE)
    is_from_staff = uploader is not None
    _require_room(session, len(content), is_from_staff=is_from_staff, now=now)
    release_connection()
    try:
        checked = check(content)
    except Refused as refusal:
        raise AttachmentRefused(SENTENCES[refusal.reason]) from refusal
    except Busy as error:
        raise Unavailable(retry_after=10) from error
    with transaction.atomic():
        # One after the other, so that what came at once is counted.
        locked = Session.objects.select_for_update().get(pk=session.pk)
        _require_room(locked, len(checked.content), is_from_staff=is_from_staff, now=now)
        row = Attachment.objects.create(
            tenant_id=locked.tenant_id,
            session=locked,
            uploader=uploader,
            is_from_staff=is_from_staff,
            name=_named(name, checked.content_type),
            content_type=checked.content_type,
            size=len(checked.content),
            content=checked.content,
            created_at=now,
        )
    return _shown(row)


def _require_room(session: Session, size: int, *, is_from_staff: bool, now: datetime) -> None:
    """Raises AttachmentRefused."""
    if session.attachments.filter(is_from_staff=is_from_staff).count() >= MOST_A_CONVERSATION:
        raise AttachmentRefused(_("No more than 20 files can be sent in one conversation."))
    recent = Attachment.objects.for_tenant(session.tenant_id).filter(created_at__gt=now - QUOTA_TIME)
    if (recent.aggregate(bytes=Sum("size"))["bytes"] or 0) + size > MOST_OF_A_TENANT:
        raise AttachmentRefused(_("No more files can be taken at the moment."))


def _named(name: str, content_type: str) -> str:
    """The file's own name without path and what confuses people or programs, with the ending of what it is."""
    plain = " ".join(UNWANTED.sub(" ", name.rpartition("/")[2].rpartition("\\")[2]).split())
    stem = (plain.rpartition(".")[0] or plain).strip(" .")
    suffix = SUFFIXES[content_type]
    if suffix == ".jpg" and plain.lower().endswith(".jpeg"):
        suffix = ".jpeg"
    return (stem[: LONGEST_NAME - len(suffix)] or "file") + suffix


def _shown(row: Attachment) -> AttachmentShown:
    return AttachmentShown(
        attachment_id=row.public_id, name=row.name, content_type=row.content_type, size=row.size, url=_url(row)
    )


def _url(row: Attachment) -> str:
    """The same for an hour, so that browsers keep what they have fetched."""
    token = signing.Signer(salt=SALT).sign_object([row.public_id, _hour_of(timezone.now())])
    return f"{settings.SITE_URL}/api/widget/attachments/{token}"


def _hour_of(at: datetime) -> int:
    return int(at.timestamp()) // HOUR
