"""Who asks something of the inbox, about what: read from a request once, for its pages, its news and its actions."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest
from django.utils import timezone

from tenants.models import Membership
from tenants.staff import staff_of
from widget.models import Session
from widget.services import inbox

LAST_PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The list somebody has before them. `now` is when they asked."""

    request: HttpRequest
    tab: str
    page: int
    now: datetime

    @property
    def user(self):
        return self.request.user

    @property
    def shows_tenants(self) -> bool:
        return len(staff_of(self.request).names) > 1


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A conversation that somebody has before them. `membership` is as whom, None for the operator."""

    session: Session
    membership: Membership | None


def desk_of(request: HttpRequest) -> Desk:
    tab, page = request.GET.get("tab", ""), request.GET.get("page", "")
    return Desk(
        request=request,
        tab=tab if tab in inbox.TABS else inbox.WAITING,
        page=min(max(1, int(page)), LAST_PAGE) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
        now=timezone.now(),
    )


def open_conversation(request: HttpRequest, reference: str) -> Opened:
    """Raises Http404 for what isn't a conversation of the person's businesses."""
    session = inbox.find_conversation(request.user, reference)
    if session is None:
        raise Http404
    return Opened(session=session, membership=inbox.find_membership(request.user, session))


def whole_number(text: str) -> int:
    """What a page says it has got; 0 for what isn't a number that a row may have."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
