"""The live preview beside the form of a business: the real widget, in a frame of the admin's own."""

from dataclasses import asdict

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from tenants.admin.preview import UnsavedConfig, unsaved_config
from tenants.models import Tenant
from tenants.staff import EVERYONE, OWNERS, staff_of
from tenants.texts import choose_language
from widget.admin.first_hour_forms import LooksForm, unsaved_looks
from widget.api.config_answer import describe

POLICY = (
    "default-src 'none'; script-src 'self' {site}; style-src 'self'; connect-src 'self' {site}; "
    "img-src 'self' blob: {site}; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)


@require_GET
@xframe_options_sameorigin
def frame(request) -> HttpResponse:
    """An empty page with the widget on it, which waits for a configuration from the page around it."""
    headers = {"Content-Security-Policy": POLICY.format(site=settings.SITE_URL)}
    return TemplateResponse(request, "admin/tenants/preview_frame.html", headers=headers)


@require_POST
def config(request, tenant_id: int) -> JsonResponse:
    """{"config", "problems": [{"field", "error", "color"}], "notes"} of the form as posted, which is not saved."""
    return _answer(unsaved_config(request, _tenant(request, tenant_id, EVERYONE)))


@require_POST
def first_hour_config(request, tenant_id: int) -> JsonResponse:
    """The same, of the shorter form of the first hour."""
    tenant = _tenant(request, tenant_id, OWNERS)
    return _answer(unsaved_looks(tenant, LooksForm(request.POST, initial={"language": tenant.language})))


def _tenant(request, tenant_id: int, roles) -> Tenant:
    tenants = Tenant.objects.select_related("persona", "appearance", "behavior")
    tenant = tenants.filter(pk__in=staff_of(request).tenant_ids(roles), pk=tenant_id).first()
    if tenant is None:
        raise Http404
    return tenant


def _answer(unsaved: UnsavedConfig) -> JsonResponse:
    spoken = choose_language("", unsaved.config.language)
    return JsonResponse(
        {
            "config": describe(unsaved.config, spoken).model_dump(),
            "problems": [asdict(problem) for problem in unsaved.problems],
            "notes": unsaved.notes,
        }
    )
