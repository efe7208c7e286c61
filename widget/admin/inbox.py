"""The inbox: who waits, who answers, and one conversation beside the list, for all colleagues of a business."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from caty.lib.ids import has_public_id_form
from leads.source import without_ids
from tenants.models import CannedReply
from tenants.staff import EVERYONE, staff_of
from widget.admin import timeline
from widget.admin.inbox_desk import Desk, Opened, desk_of, open_conversation, whole_number
from widget.admin.inbox_parts import changed, conversation_parts, list_parts
from widget.admin.inbox_shown import staff_name, why_not
from widget.services import inbox
from widget.services.suggesting import suggest

MOST_CANNED = 200
MOST_MOMENTS = 12  # of the visitor's timeline
PIECES = ("tabs", "rows", "head")


@require_GET
def list_page(request: HttpRequest) -> HttpResponse:
    desk = desk_of(request)
    context = {**_frame(desk), "title": _("Inbox"), **list_parts(desk)}
    return TemplateResponse(request, "admin/widget/inbox/page.html", context)


@require_GET
def conversation_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Raises Http404 for what isn't a conversation of the person's businesses."""
    desk, opened = desk_of(request), open_conversation(request, reference)
    context = {
        **_frame(desk),
        "title": _("Inbox"),
        **list_parts(desk, is_open=reference),
        **conversation_parts(desk, opened),
        **_beside(desk, opened),
    }
    return TemplateResponse(request, "admin/widget/inbox/page.html", context)


@require_GET
def news(request: HttpRequest) -> HttpResponse:
    """What changed since the page was told last; `open` is its conversation, `after` and `note` how far it has it.
    `what` is the one half that it wants to hear of, inbox or conversation; without it, both."""
    desk, reference = desk_of(request), request.GET.get("open", "")
    seen = {name: request.GET.get(name, "") for name in PIECES}
    what = request.GET.get("what", "")
    told = list_parts(desk, is_open=reference) if what != "conversation" else {}
    if what != "inbox" and has_public_id_form(reference, "conv"):
        opened = open_conversation(request, reference)
        after, note = (whole_number(request.GET.get(name, "")) for name in ("after", "note"))
        told |= conversation_parts(desk, opened, after=after, after_note=note)
    return JsonResponse(changed(told, seen))


@require_GET
def suggestion(request: HttpRequest, reference: str) -> HttpResponse:
    """What might be answered, as a piece of the conversation's page."""
    opened = open_conversation(request, reference)
    context = {"suggestions": suggest(opened.session), "may_use": not why_not(opened.membership)}
    return render(request, "admin/widget/inbox/suggestion.html", context)


def _frame(desk: Desk) -> dict:
    staff = staff_of(desk.request)
    return {
        **admin.site.each_context(desk.request),
        "desk": desk,
        "has_business": bool(staff.tenant_ids(EVERYONE)),
        "news_url": reverse("admin:widget_inbox_news"),
        "stream_url": reverse("admin:widget_inbox_stream"),
    }


def _beside(desk: Desk, opened: Opened) -> dict:
    """What stands beside the lines and doesn't change while one looks."""
    session = opened.session
    canned = CannedReply.objects.for_tenant(session.tenant_id).order_by("name")
    colleagues = [] if why_not(opened.membership) else inbox.list_colleagues(session)
    return {
        "session": session,
        "why_not": why_not(opened.membership),
        "may_answer": not why_not(opened.membership),
        "may_look": opened.membership is not None,
        "page": without_ids(session.page_url),
        "referrer": without_ids(session.referrer),
        "canned": list(canned.values("name", "text")[:MOST_CANNED]),
        "colleagues": [{"key": one.pk, "name": staff_name(one)} for one in colleagues],
        "moments": timeline.latest(session, MOST_MOMENTS),
        "acts_url": reverse("admin:widget_inbox_act", args=[session.reference, "act"]).removesuffix("act"),
        "suggestion_url": reverse("admin:widget_inbox_suggestion", args=[session.reference]),
        "shows_tenant": desk.shows_tenants,
    }
