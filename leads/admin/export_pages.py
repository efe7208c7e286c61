"""Downloading the list of leads: a small one at once, a large one or one for Excel by way of a worker."""

from django.contrib import admin, messages
from django.http import QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from caty.lib.errors import CatyError
from leads.admin import export, export_job
from tenants import services as tenant_services
from tenants.admin.fields import OwnTenantForm
from tenants.models import Tenant
from tenants.staff import EVERYONE, staff_of

OF_THE_PAGE = ("p", "o", "all")  # what a list's address says beside its filters
TENANT = "tenant__id__exact"


class ExportPages:
    """For the admin of leads: mix in before ScopedAdmin."""

    def list_tools(self, request):
        query = request.GET.urlencode()
        return [
            {"url": _address("leads_lead_export", query), "label": _("Download as table"), "icon": "download"},
            {"url": _address("leads_lead_export_excel", query), "label": _("Download for Excel"), "icon": "table_view"},
        ]

    def get_urls(self):
        csv, excel = self.admin_site.admin_view(self.export_view), self.admin_site.admin_view(self.excel_view)
        return [
            path("export/", csv, name="leads_lead_export"),
            path("export/excel/", excel, name="leads_lead_export_excel"),
            *super().get_urls(),
        ]

    def export_view(self, request):
        """All leads of the list as it is filtered: at once, or by way of a page that starts the work."""
        shown = self.get_changelist_instance(request)
        if request.method == "POST" or shown.result_count > export.MOST_AT_ONCE:
            return self._file_page(request, export_job.CSV, shown.result_count)
        leads = shown.get_queryset(request)
        return export.as_csv(leads.select_related("tenant", "owner__user").iterator(chunk_size=export.ROWS_AT_ONCE))

    def excel_view(self, request):
        return self._file_page(request, export_job.EXCEL, self.get_changelist_instance(request).result_count)

    @admin.action(description=_("Download as table"), permissions=["view"])
    def download(self, request, queryset):
        if request.POST.get("select_across") == "1":
            return redirect(_address("leads_lead_export", request.GET.urlencode()))
        return export.as_csv(queryset.select_related("tenant", "owner__user").iterator(chunk_size=export.ROWS_AT_ONCE))

    def _file_page(self, request, file_format: str, count: int):
        """What the file will hold, and the button that has it made."""
        tenant_ids = staff_of(request).tenant_ids(EVERYONE)
        form = OwnTenantForm(request.POST or None, tenant_ids=tenant_ids, initial=_asked_for(request.GET, tenant_ids))
        if request.method == "POST" and form.is_valid():
            return self._start(request, file_format, form.cleaned_data["tenant"])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Download for Excel") if file_format == export_job.EXCEL else _("Download as table"),
            "form": form,
            "count": count,
            "most": export_job.MOST_IN_EXCEL if file_format == export_job.EXCEL else None,
            "is_filtered": bool(filters_of(request.GET)),
            "back": _address("leads_lead_changelist", request.GET.urlencode()),
        }
        return TemplateResponse(request, "admin/leads/export.html", context)

    def _start(self, request, file_format: str, tenant: Tenant):
        try:
            job_pk = export_job.start(
                tenant=tenant,
                user_id=request.user.pk,
                query=filters_of(request.GET),
                file_format=file_format,
                now=timezone.now(),
            )
        except tenant_services.TooManyJobs as error:
            return self._refuse(request, error)
        return redirect("admin:tenants_job_change", job_pk)

    def _refuse(self, request, error: CatyError):
        self.message_user(request, error.message, messages.ERROR)
        return redirect(request.get_full_path())


def filters_of(asked: QueryDict) -> str:
    """What a list is filtered by, without the page one looks at and without whose it is."""
    kept = asked.copy()
    for name in (*OF_THE_PAGE, TENANT):
        kept.pop(name, None)
    return kept.urlencode()


def _asked_for(asked: QueryDict, tenant_ids: list[int]) -> dict:
    """The business that the list is filtered by."""
    chosen = asked.get(TENANT, "")
    return {"tenant": int(chosen)} if chosen in map(str, tenant_ids) else {}


def _address(name: str, query: str) -> str:
    return reverse(f"admin:{name}") + (f"?{query}" if query else "")
