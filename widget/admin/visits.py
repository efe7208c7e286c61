"""What a lead's page tells of visits: the pages seen on the one it came from, and all conversations that named it."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.admin.lead_blocks import lead_block
from leads.models import Lead
from leads.source import without_ids
from widget.models import PageView, Session

MOST_PAGES = 50
MOST_CONVERSATIONS = 20


@lead_block("admin/widget/lead_visits.html")
def visits_of(lead: Lead) -> dict:
    """`pages` of the conversation that made the lead, oldest first, and `conversations`, newest first."""
    references = [lead.conversation_reference, *lead.conversations.values_list("conversation_reference", flat=True)]
    sessions = Session.objects.for_tenant(lead.tenant_id).filter(reference__in=references)
    views = PageView.objects.for_tenant(lead.tenant_id).filter(session__reference=lead.conversation_reference)
    seen = list(views.order_by("started_at", "pk")[: MOST_PAGES + 1])
    return {
        "pages": [_page(view) for view in seen[:MOST_PAGES]],
        "has_later_pages": len(seen) > MOST_PAGES,
        "conversations": [_conversation(one, lead) for one in sessions.order_by("-started_at")[:MOST_CONVERSATIONS]],
    }


def _page(view: PageView) -> dict:
    return {"view": view, "address": without_ids(view.url), "spent": time_in_words(view.time_on_page_ms)}


def _conversation(session: Session, lead: Lead) -> dict:
    made_it = session.reference == lead.conversation_reference
    return {"session": session, "part": _("The lead came from it") if made_it else _("Named the same address")}


def time_in_words(milliseconds: int) -> str:
    """Such as “2 minutes 14 seconds”."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    parts = [ngettext("%d minute", "%d minutes", minutes) % minutes] if minutes else []
    if seconds or not minutes:
        parts.append(ngettext("%d second", "%d seconds", seconds) % seconds)
    return " ".join(parts)
