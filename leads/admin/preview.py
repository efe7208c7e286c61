"""What would be sent of a lead over a connection, by the code that sends."""

from dataclasses import dataclass

from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _

from leads.admin.mapping import can_be_mapped, label_of_ours, labels_of_theirs
from leads.connectors import get_connector
from leads.connectors.base import LeadSnapshot
from leads.mapping import Mapped, values_of
from leads.models import Connection, Lead
from leads.outgoing import mapping_of, snapshot_of

NEWEST = 20


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row of the mapping, as it turns out for one lead: either a value, or why there is none."""

    ours: str
    theirs: str
    value: str = ""
    overwrite: bool = False
    left_out: str = ""


def lines_of(connection: Connection, lead: LeadSnapshot) -> list[Line]:
    """Each row of the connection's mapping, what is sent first."""
    rows = mapping_of(connection.pk)
    sent = {value.field: value for value in values_of(lead, rows)}
    labels = labels_of_theirs(connection)
    lines = [_line(row, lead, sent, labels, is_read=bool(connection.remote_fields_read_at)) for row in rows]
    return sorted(lines, key=lambda line: bool(line.left_out))


def _line(row: Mapped, lead: LeadSnapshot, sent: dict, labels: dict, *, is_read: bool) -> Line:
    names = {"ours": label_of_ours(row.field), "theirs": labels.get(row.remote_field, row.remote_field)}
    own = values_of(lead, [row])
    if not own:
        return Line(**names, left_out=_("This lead has nothing there."))
    if is_read and row.remote_field not in labels:
        return Line(**names, left_out=_("There is no such field any more."))
    if sent[row.remote_field].label != own[0].label:
        return Line(**names, left_out=_("“%s” is put into this field already.") % sent[row.remote_field].label)
    return Line(**names, value=own[0].value, overwrite=row.overwrite)


class PreviewPage:
    """For the admin of connections: mix in before ScopedAdmin."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.preview_view)
        return [path("<path:object_id>/preview/", view, name="leads_connection_preview"), *super().get_urls()]

    def preview_view(self, request, object_id: str):
        """`?lead=lead_…` chooses one of the newest; by default it is the newest."""
        connection = self.get_object(request, object_id)
        if connection is None:
            raise Http404
        if not can_be_mapped(connection):
            return redirect("admin:leads_connection_change", connection.pk)
        newest = list(Lead.objects.for_tenant(connection.tenant_id).order_by("-captured_at", "-pk")[:NEWEST])
        chosen = next((lead for lead in newest if lead.public_id == request.GET.get("lead")), None)
        lead = chosen or next(iter(newest), None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("What would be sent to %s") % connection.name,
            "connection": connection,
            "connector": get_connector(connection.kind),
            "newest": newest,
            "lead": lead,
            "lines": lines_of(connection, snapshot_of(lead)) if lead else [],
        }
        return TemplateResponse(request, "admin/leads/preview.html", context)
