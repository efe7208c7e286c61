"""The way back into a conversation from a mail: a link to the business's page, good for a week, for that visitor alone.

The token stands behind the #, which browsers send nowhere, and the widget takes it out of the address at once.
"""

from datetime import timedelta
from urllib.parse import urldefrag, urlsplit

from django.core import signing

from tenants.contracts import WidgetConfig
from tenants.models import Tenant
from widget.models import Session

SALT = "caty.resume"
GOOD_FOR = timedelta(days=7)
MARK = "caty-resume="


def resume_link(session: Session, config: WidgetConfig) -> str:
    """The page the visitor was on last, where it is one of the business's, else its website; "" where it has none."""
    page = urldefrag(session.page_url).url
    parts = urlsplit(page)
    is_ours = parts.scheme in ("http", "https") and parts.hostname in config.hosts
    target = page if is_ours else config.website
    return f"{target}#{MARK}{_token(session)}" if target else ""


def find_by_token(tenant: Tenant, token: str) -> Session | None:
    """The conversation of this business that the token is for, ended or not; None for one that is forged, foreign or
    too old."""
    try:
        key = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    return Session.objects.for_tenant(tenant).select_related("visitor").filter(pk=key).first()


def _token(session: Session) -> str:
    return signing.dumps(session.pk, salt=SALT)
