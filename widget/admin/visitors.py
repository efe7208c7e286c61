"""Visitors: each with all visits on one line of time, and with what the law lets them ask for."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from leads.admin.filters import Question
from tenants.admin.object_actions import ObjectActions, object_action
from tenants.admin.scope import FactsAdmin
from tenants.staff import EDITORS, OWNERS
from widget.admin import timeline
from widget.models import Visitor
from widget.services import privacy


class AgainFilter(Question):
    title = gettext_lazy("Came more than once?")
    parameter_name = "again"
    words = {"yes": gettext_lazy("Yes")}
    conditions = {"yes": {"visit_count__gt": 1}}


@admin.register(Visitor)
class VisitorAdmin(ObjectActions, FactsAdmin):
    empty_words = gettext_lazy("Nobody has come yet. Visitors show up here once the widget is on your site.")
    list_display = ("reference", "visit_count", "shown_conversations", "first_seen_at", "last_seen_at")
    list_filter = (AgainFilter,)
    list_select_related = ("tenant",)
    search_fields = ("reference", "sessions__lead__name", "sessions__lead__email")
    search_help_text = gettext_lazy("The visitor's reference, or the name or e-mail of a lead")
    ordering = ("-pk",)
    object_actions = ("export",)

    def get_queryset(self, request):
        wrote = Count("sessions", filter=Q(sessions__message_count__gt=0), distinct=True)
        return super().get_queryset(request).annotate(conversations=wrote)

    def get_actions(self, request):
        return {}

    def get_urls(self):
        erase = self.admin_site.admin_view(self.erase_view)
        return [path("<path:object_id>/erase/", erase, name="widget_visitor_erase"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        visitor = self.get_object(request, object_id)
        if visitor is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        context = {
            **self._context(request, visitor, _("Visitor")),
            "object_buttons": self.buttons_for(request, visitor),
            "may_erase": self.may(request, OWNERS, visitor),
            **timeline.of(visitor),
        }
        return TemplateResponse(request, "admin/widget/visitor.html", context)

    @object_action(label=gettext_lazy("Download all that is held"), roles=EDITORS)
    def export(self, request, visitor):
        pieces = privacy.export_visitor(tenant=visitor.tenant, reference=visitor.reference)
        response = StreamingHttpResponse(pieces, content_type="application/json; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{visitor.reference}.json"'
        return response

    def erase_view(self, request, object_id):
        """Asks first, and says what goes and what stays."""
        visitor = self.get_object(request, object_id)
        if visitor is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.may(request, OWNERS, visitor):
            raise PermissionDenied
        if request.method != "POST":
            context = self._context(request, visitor, _("Erase this visitor?"))
            return TemplateResponse(request, "admin/widget/erase_visitor.html", context)
        privacy.erase_visitor(tenant=visitor.tenant, reference=visitor.reference)
        self.message_user(request, _("Erased: the visitor, with all visits and leads."), messages.SUCCESS)
        return redirect("admin:widget_visitor_changelist")

    def _context(self, request, visitor: Visitor, title: str) -> dict:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "visitor": visitor,
            "shows_tenant": self.shows_tenants(request),
        }

    @display(description=gettext_lazy("conversations"))
    def shown_conversations(self, visitor):
        return visitor.conversations
